"""`journeys review export|import`: people read redacted notes and say why each was written.

Their answers measure the model on the council's own notes and teach it (`journeys train`). The file shows the redacted
note, what the model says and which words spoke; nothing of it is personal, but a missed name may be: keep it as you would
the notes.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.errors import NothingToDo, SourceError
from journeys.note_reviews import (
    ENOUGH,
    NOTE_ANSWERS,
    RANDOM,
    UNCERTAIN,
    draw_notes,
    notes_for_interval,
    read_note_reviews,
)
from journeys.schema import LABELS, NOTES, RECORDS
from journeys.store import Store
from journeys.taxonomy import Taxonomy
from journeys.workspace import Workspace
from reports.opened import now, open_engine, opened_to_write
from reports.review_answers import LONGEST_NAME, read_answers, read_share
from reports.review_files import check_new_file, refuse, undo_newest, write_review

_OUT = "review-notes.xlsx"
_NEEDED = ("record_id", "stratum", "inclusion", "answer", "personal_left", "reviewer")
_YES_NO = {"yes": True, "no": False, "": False}
_ANSWER = ("record_id", "reviewer", "answer", "is_personal_left")
_COLUMNS = (
    "note", "channel", "service", "week", "model_says", "because", "confidence", "answer", "personal_left", "reviewer", "comment",
    "stratum", "inclusion", "record_id",
)  # fmt: skip


def export_notes(root: Path, out: Path | None, within: float) -> list[str]:
    """Write notes to read to a new CSV or XLSX file; what it holds, in sentences.

    `within`: half the width of the interval wanted for a share of all notes, in points. Half as many uncertain notes come
    on top.
    """
    if not 1 <= within <= 20:
        raise SourceError(f"--within {within:g}: give 1 to 20 points")
    with opened_to_write(root) as (workspace, settings, store):
        path = out or workspace.root / _OUT
        check_new_file(path)
        n_random = notes_for_interval(within)
        with open_engine(workspace, settings) as engine:
            _scan(engine, workspace, store)
            drawn = draw_notes(engine, read_note_reviews(store), n_random, n_random // 2)
        if drawn.empty:
            raise NothingToDo("there are no notes to read: none is stored, or all are answered")
        shown = drawn.rename(columns={"demand_type": "model_says", "evidence": "because", "score": "confidence"})
        shown = shown.assign(answer="", personal_left="", reviewer="", comment="")[list(_COLUMNS)]
        write_review(path, shown, settings.taxonomy.precedence)
    counts = drawn["stratum"].value_counts()
    return [
        f"{len(drawn):,} notes written to {path}: {counts.get(RANDOM, 0):,} at random, {counts.get(UNCERTAIN, 0):,} the "
        "model is unsure of",
        "say in answer why each was written (the types of config/demand.toml), yes in personal_left where a name, number or "
        "address is still to be seen, and in reviewer who you are, then: "
        "journeys review import FILE",
    ]


def import_notes(root: Path, path: Path) -> list[str]:
    """Add the answers of a file; what they change, in sentences. Raises SourceError naming every row to mend."""
    with opened_to_write(root) as (workspace, settings, store):
        rows = read_answers(path, _NEEDED)
        with open_engine(workspace, settings) as engine:
            _scan(engine, workspace, store)
            known = _known(engine, rows)
        answers, problems = _check(rows, known, settings.taxonomy)
        refuse(path.name, problems)
        before = NOTE_ANSWERS.standing(store)
        said = set(zip(*(before[name] for name in _ANSWER), strict=True))
        new = [row for row in answers if tuple(row[name] for name in _ANSWER) not in said]
        if not new:
            raise NothingToDo(f"{path.name}: it holds no answer that is not known already")
        row_of = {row["record_id"]: row.pop("row") for row in new}
        batch = NOTE_ANSWERS.save(store, [{**row, "is_simulated": False} for row in new], at=now())
        lines = [
            f"{len(new):,} answers imported as batch {batch}, {sum(not row['answer'] for row in rows):,} rows have none"
        ]
        return lines + _disputes(NOTE_ANSWERS.standing(store), row_of) + [_how_far(read_note_reviews(store))]


def undo_notes(root: Path) -> list[str]:
    """Take back the newest batch of answers; what was done."""
    return undo_newest(root, NOTE_ANSWERS)


def _scan(engine: Engine, workspace: Workspace, store: Store) -> None:
    for table in (RECORDS, NOTES, LABELS):
        engine.scan(table, [workspace.data / part for part in store.parts(table.name)])


def _known(engine: Engine, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    named = sorted({str(row["record_id"]) for row in rows})
    engine.load_frame("named", pd.DataFrame({"record_id": named}, dtype="str"))
    return set(engine.run("SELECT record_id FROM labels SEMI JOIN named USING (record_id)")["record_id"])


def _check(
    rows: Sequence[Mapping[str, Any]], known: set[str], taxonomy: Taxonomy
) -> tuple[list[dict[str, Any]], list[str]]:
    """The answers of the file, and what is wrong with it, one sentence a row."""
    answers: dict[tuple[str, str], dict[str, Any]] = {}
    problems = []
    for row in rows:
        said = row["answer"].casefold()
        if not said:
            continue
        made = {**{name: row[name] for name in _NEEDED if name != "personal_left"}, "answer": said, "row": row["row"]}
        made["is_personal_left"] = _YES_NO.get(row["personal_left"].casefold())
        made["inclusion"] = read_share(row["inclusion"])
        earlier = answers.setdefault((row["record_id"], row["reviewer"]), made)
        problem = _problem(row, said, known, taxonomy)
        if not problem and earlier["answer"] != said:
            problem = f"row {earlier['row']} has another answer of the same reviewer on the same note; keep one of them"
        if problem:
            problems.append(f"row {row['row']}: {problem}")
    return list(answers.values()), problems


def _problem(row: Mapping[str, Any], said: str, known: set[str], taxonomy: Taxonomy) -> str:
    """What is wrong with one answered row; the answer itself is not repeated, for anything may have been typed there."""
    if said not in taxonomy.by_slug:
        close = difflib.get_close_matches(said, taxonomy.precedence, n=1, cutoff=0.6)
        named = f"; did you mean '{close[0]}'?" if close else f"; use one of: {', '.join(taxonomy.precedence)}"
        return f"the answer is no type of config/demand.toml{named}"
    if not 0 < len(row["reviewer"]) <= LONGEST_NAME:
        return f"reviewer is empty or longer than {LONGEST_NAME} signs; say who answered, initials will do"
    if row["personal_left"].casefold() not in _YES_NO:
        return (
            "personal_left says something else than yes or no; write yes where something personal is still to be seen"
        )
    if row["record_id"] not in known:
        return "this note is unknown here: it is not stored, or no longer; delete the row"
    if row["stratum"] not in (RANDOM, UNCERTAIN) or not read_share(row["inclusion"]):
        return "stratum or inclusion was changed; take them from the exported file"
    return ""


def _disputes(given: pd.DataFrame, row_of: Mapping[str, int]) -> list[str]:
    """Notes just answered that reviewers disagree on, by the row they have in the file."""
    disputed = given[given.groupby("record_id")["answer"].transform("nunique") > 1]
    return [
        f"row {row_of[str(record_id)]}: {' and '.join(sorted(own['reviewer']))} disagree "
        f"({', '.join(sorted(set(own['answer'])))}); both answers are kept, neither counts until they agree"
        for record_id, own in disputed.groupby("record_id")
        if record_id in row_of
    ]


def _how_far(reviews: pd.DataFrame) -> str:
    """Where the council stands on its way to a measure of its own."""
    n_random = int(((reviews["stratum"] == RANDOM) & (reviews["answer"] != "")).sum())
    if n_random < ENOUGH:
        return (
            f"{n_random:,} notes drawn at random are answered; from {ENOUGH} on pages say how accurate the labels are"
        )
    return f"{n_random:,} notes drawn at random are answered: from the next run pages say how accurate the labels are"
