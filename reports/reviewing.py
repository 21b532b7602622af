"""`journeys review export|import --identity`: people judge pairs of contacts, and their word joins and splits.

The file shows where each side is found (file and row) and how the two agree, never what they state: reviewers open the
rows in the council's own files. The column note is theirs; it is not stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from journeys.errors import NothingToDo, SourceError
from journeys.identity.models import read_identity_model
from journeys.identity.review_pairs import AGREEMENTS, STRATA, draw_pairs
from journeys.identity.reviews import ANSWERS, PAIR_ANSWERS, read_reviews
from journeys.link import link_persons
from journeys.merge import merge_records
from journeys.partners import translate_partners
from journeys.schema import IDENTITIES, PARTNER_KEYS, RECORDS
from journeys.settings import Settings
from journeys.store import Store
from journeys.workspace import Workspace
from reports.opened import now, open_engine, opened_to_write
from reports.review_answers import NEEDED, check_answers, read_answers
from reports.review_files import check_new_file, refuse, undo_newest, write_review

_END_OF_TIME = datetime(9999, 1, 1)
_OUT = "review-identity.csv"
_SIDE = ("source", "file", "row", "channel", "service", "date")
_COLUMNS = (
    "pair_id", "stratum", "inclusion", "tier", "probability", *(f"{name}_{n}" for n in (1, 2) for name in _SIDE),
    *AGREEMENTS, "answer", "note", "reviewer", "record_1", "record_2",
)  # fmt: skip


def export_identity(root: Path, out: Path | None, n_pairs: int) -> list[str]:
    """Write pairs to judge to a new CSV or XLSX file; what it holds, in sentences."""
    if n_pairs < 1:
        raise SourceError(f"--pairs {n_pairs}: nothing would be drawn; give 1 or more")
    with opened_to_write(root) as (workspace, settings, store):
        path = out or workspace.root / _OUT
        check_new_file(path)
        drawn = _draw(workspace, settings, store, n_pairs)
        if drawn.empty:
            raise NothingToDo(
                "there are no pairs to judge: no two contacts state one key or are alike, or all are answered"
            )
        names = {(row["source"], row["file_id"]): row["name"] for row in store.loaded_files()}
        for n in (1, 2):
            files = zip(drawn[f"source_{n}"], drawn[f"file_{n}"], strict=True)
            drawn[f"file_{n}"] = [names.get(place, "") for place in files]
        write_review(path, drawn.assign(answer="", note="", reviewer="")[list(_COLUMNS)], ANSWERS)
    counts = drawn["stratum"].value_counts()
    return [
        f"{len(drawn):,} pairs written to {path} ({', '.join(f'{name} {counts[name]:,}' for name in STRATA if name in counts)})",
        "open the two rows of each in your own files, fill in answer (same, different or unsure) and reviewer, then: "
        "journeys review import --identity FILE",
    ]


def import_identity(root: Path, path: Path) -> list[str]:
    """Add the answers of a file; what they change, in sentences. Raises SourceError naming every row to mend."""
    with opened_to_write(root) as (workspace, settings, store):
        rows = read_answers(path, NEEDED)
        answers, problems = check_answers(rows, _known_records(workspace, settings, store, rows))
        refuse(path.name, problems)
        before = PAIR_ANSWERS.standing(store)
        known = set(zip(before["pair_id"], before["reviewer"], before["answer"], strict=True))
        new = [row for row in answers if (row["pair_id"], row["reviewer"], row["answer"]) not in known]
        if not new:
            raise NothingToDo(f"{path.name}: it holds no answer that is not known already")
        kept = [{name: value for name, value in row.items() if name != "row"} for row in new]
        batch = PAIR_ANSWERS.save(store, kept, at=now())
        disputes = _disputes(PAIR_ANSWERS.standing(store), {row["pair_id"]: row["row"] for row in new})
    n_open = sum(not row["answer"] for row in rows)
    return [
        f"{len(new):,} answers imported as batch {batch}, {n_open:,} rows have none; the next run joins and splits as told",
        *disputes,
    ]


def undo_identity(root: Path) -> list[str]:
    """Take back the newest batch of answers; what was done."""
    return undo_newest(root, PAIR_ANSWERS)


def _draw(workspace: Workspace, settings: Settings, store: Store, n_pairs: int) -> pd.DataFrame:
    """Link everything as a run does, but by the machine alone: its joins are what is judged."""
    with open_engine(workspace, settings) as engine:
        for table in (RECORDS, IDENTITIES, PARTNER_KEYS):
            engine.scan(table, [workspace.data / part for part in store.parts(table.name)])
        translate_partners(engine, settings)
        merge_records(engine, settings.publishing, _END_OF_TIME, store.set_aside("object"))
        link_persons(engine, settings.identity, read_identity_model(store)[0])
        return draw_pairs(engine, read_reviews(store), n_pairs)


def _known_records(
    workspace: Workspace, settings: Settings, store: Store, rows: Sequence[Mapping[str, Any]]
) -> set[str]:
    named = sorted({str(row[side]) for row in rows for side in ("record_1", "record_2")})
    with open_engine(workspace, settings) as engine:
        engine.scan(RECORDS, [workspace.data / part for part in store.parts(RECORDS.name)])
        engine.load_frame("named", pd.DataFrame({"record_id": named}, dtype="str"))
        return set(engine.run("SELECT DISTINCT record_id FROM records SEMI JOIN named USING (record_id)")["record_id"])


def _disputes(given: pd.DataFrame, row_of: Mapping[str, int]) -> list[str]:
    """Pairs just answered that reviewers disagree on, by the row they have in the file."""
    disputed = given[given.groupby("pair_id")["answer"].transform("nunique") > 1]
    return [
        f"row {row_of[str(pair_id)]}: {' and '.join(sorted(own['reviewer']))} disagree on pair {pair_id}; both answers are "
        "kept, the pair counts as unsure"
        for pair_id, own in disputed.groupby("pair_id")
        if pair_id in row_of
    ]
