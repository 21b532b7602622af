"""Answers of simulated reviewers on notes of the sample council, so that a demo shows what labels of one's own bring.

They say what was planted, but for a few: people do not always agree either. Kept as simulated; pages say so.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from journeys.keys import keyed_digest_sql, read_key
from journeys.merge import merge_records
from journeys.note_reviews import NOTE_ANSWERS, draw_notes, read_note_reviews
from journeys.schema import LABELS, NOTES, RECORDS
from journeys.settings import Settings
from journeys.store import Store
from journeys.workspace import Workspace
from reports.opened import open_engine

_N_RANDOM, _N_UNCERTAIN = 240, 60
_OTHERWISE_SHARE = 0.04
_END_OF_TIME = datetime(9999, 1, 1)


def simulate_reviews(
    workspace: Workspace, settings: Settings, store: Store, truth: Path, *, seed: int, at: datetime
) -> str:
    """Draw notes as `journeys review export` does and answer them from the truth; what was done, in a sentence."""
    planted = pd.DataFrame(
        [row[:2] + [row[4]] for row in json.loads(truth.read_text(encoding="utf-8"))["contacts"]],
        columns=["source", "own_id", "answer"],
    )
    key = read_key(workspace.key_file)
    with open_engine(workspace, settings) as engine:
        for table in (RECORDS, NOTES, LABELS):
            engine.scan(table, [workspace.data / part for part in store.parts(table.name)])
        merge_records(engine, settings.publishing, _END_OF_TIME, [])
        drawn = draw_notes(engine, read_note_reviews(store), _N_RANDOM, _N_UNCERTAIN)
        engine.load_frame("planted", planted.astype("str"))
        engine.load_frame("drawn", drawn[["record_id", "stratum", "inclusion"]])
        cases = " ".join(
            f"WHEN '{source}' THEN {keyed_digest_sql(key, f'record {source}', 'own_id')}"
            for source in sorted(set(planted["source"]))
        )
        engine.save("known", f"SELECT CASE source {cases} END AS record_id, answer FROM planted")
        rows = engine.run(
            """
            SELECT d.record_id, d.stratum, d.inclusion, any_value(k.answer) AS answer
            FROM drawn d JOIN merges m USING (record_id) JOIN merges o USING (contact_id)
            JOIN known k ON k.record_id = o.record_id
            GROUP BY ALL ORDER BY d.record_id"""
        )
    choose = np.random.default_rng(seed)
    is_other = choose.random(len(rows)) < _OTHERWISE_SHARE
    others = choose.choice(list(settings.taxonomy.slugs_of("value")), len(rows))
    answers = rows.assign(
        answer=rows["answer"].where(~is_other, others), reviewer="simulated", is_simulated=True, is_personal_left=None,
        inclusion=rows["inclusion"].astype("float64"),
    )  # fmt: skip
    NOTE_ANSWERS.save(store, [{str(k): v for k, v in row.items()} for row in answers.to_dict("records")], at=at)
    return f"{len(answers):,} notes answered by simulated reviewers"
