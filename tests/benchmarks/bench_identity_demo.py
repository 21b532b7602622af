"""Linkage of the sample council against the persons it was made of, over five seeds.

Exact keys and the trained model, at the shipped settings, on 26 weeks each. Pairwise over contacts that can be linked at
all: those that state an account, a phone or an e-mail, or a name with a postcode or a date of birth, after merging.
Over-merged: persons found that hold contacts of more than one true person, as a share of all persons found. The truth is
used for scoring only; the key is a new random one each time, so figures may differ in the fourth digit.
"""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.identity.models import read_identity_model
from journeys.keys import keyed_digest_sql, read_key
from journeys.link import link_persons
from journeys.merge import merge_records
from journeys.sample.council import make_council
from journeys.schema import IDENTITIES, RECORDS
from journeys.settings_files import read_settings
from journeys.workspace import create_workspace
from reports.demo import LAST_WEEK
from reports.pipeline import Opened, load_workspace, open_project
from reports.training import train_from

SEEDS = (1, 2, 3, 4, 5)
_WEEKS = 26
_LINKABLE = """account_token IS NOT NULL OR phone_token IS NOT NULL OR email_token IS NOT NULL
    OR contact_id IN (SELECT contact_id FROM merges JOIN identities USING (record_id)
                      WHERE name IS NOT NULL AND (postcode IS NOT NULL OR dob IS NOT NULL))"""


def measure_demo_links(folder: Path) -> dict[str, Any]:
    """Smallest precision and recall and largest share of over-merged persons, with the counts of every seed."""
    figures: dict[str, Any] = {}
    found = []
    for seed in SEEDS:
        made = load_council(folder / "identity", weeks=_WEEKS, seed=seed)
        try:
            counts = count_pairs(made)
        finally:
            made.store.close()
            shutil.rmtree(folder / "identity")
        found.append(counts)
        figures |= {f"identity_demo_seed{seed}_{name}": value for name, value in counts.items()}
        print(f"  seed {seed}: {counts}", flush=True)
    return figures | {
        "identity_demo_precision_min": min(each["tp"] / max(each["tp"] + each["fp"], 1) for each in found),
        "identity_demo_recall_min": min(each["tp"] / max(each["tp"] + each["fn"], 1) for each in found),
        "identity_demo_over_merged_max": max(each["over_merged"] / each["persons"] for each in found),
    }


def load_council(folder: Path, *, weeks: int, seed: int) -> Opened:
    """A sample council in a new folder, loaded and trained as `journeys demo` does, not published."""
    shutil.rmtree(folder, ignore_errors=True)
    create_workspace(folder)
    make_council(folder, read_settings(folder / "config").services, weeks=weeks, seed=seed, last_week=LAST_WEEK)
    opened = open_project(folder)
    after = LAST_WEEK.cut_off_at(opened.settings.organisation.zone) + timedelta(days=1)
    load_workspace(opened, latest_at=after, report=lambda _: None)
    train_from(opened.workspace, opened.settings, opened.store)
    return opened


def count_pairs(opened: Opened) -> dict[str, int]:
    """tp, fp and fn pairs of linkable contacts, over-merged persons and persons."""
    with Engine(spill_to=opened.workspace.spill) as engine:
        for table in (RECORDS, IDENTITIES):
            engine.scan(table, [opened.workspace.data / part for part in opened.store.parts(table.name)])
        merge_records(engine, opened.settings.publishing, datetime(9999, 1, 1))
        link_persons(engine, opened.settings.identity, read_identity_model(opened.store)[0])
        _load_truth(engine, opened)
        row = engine.run(
            f"""
            WITH both_sides AS (
                SELECT t.person, p.person_id FROM true_persons t JOIN persons p USING (contact_id)
                JOIN contacts c USING (contact_id) WHERE {_LINKABLE}),
            sizes AS (SELECT person, person_id, count(*) AS n FROM both_sides GROUP BY ALL),
            truth AS (SELECT sum(n) AS n FROM sizes GROUP BY person),
            found AS (SELECT sum(n) AS n, count(*) AS n_people FROM sizes GROUP BY person_id),
            pairs AS (
                SELECT (SELECT sum(n * (n - 1) / 2) FROM sizes) AS tp, (SELECT sum(n * (n - 1) / 2) FROM truth) AS true_pairs,
                       (SELECT sum(n * (n - 1) / 2) FROM found) AS found_pairs)
            SELECT tp, found_pairs - tp AS fp, true_pairs - tp AS fn,
                   (SELECT count(*) FROM found WHERE n_people > 1) AS over_merged, (SELECT count(*) FROM found) AS persons
            FROM pairs"""
        ).iloc[0]
    return {str(name): int(value) for name, value in row.items()}


def _load_truth(engine: Engine, opened: Opened) -> None:
    """`true_persons`: contact_id and the person who made it, from the ids that truth.json gives for each contact."""
    key = read_key(opened.workspace.key_file)
    planted = json.loads((opened.workspace.root / "truth.json").read_text())["contacts"]
    rows = pd.DataFrame(
        [(str(row[0]), str(row[1]), str(row[2])) for row in planted], columns=["source", "own_id", "person"]
    )
    engine.load_frame("planted", rows)
    digests = " ".join(
        f"WHEN '{source}' THEN {keyed_digest_sql(key, f'record {source}', 'own_id')}"
        for source in sorted(set(rows["source"]))
    )
    engine.save("planted_ids", f"SELECT CASE source {digests} END AS record_id, person FROM planted")
    engine.save("true_persons", "SELECT DISTINCT contact_id, person FROM planted_ids JOIN merges USING (record_id)")
