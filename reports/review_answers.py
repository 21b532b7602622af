"""The answers of a review file, read and checked: every row to mend is named, with what to do.

In: the exported CSV or XLSX with its answers. Out: rows as text, then answers as the catalogue keeps them. An answer that
cannot be used is not repeated, for anything may have been typed there.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from journeys.errors import SourceError
from journeys.identity.review_pairs import STRATA, pair_id_of
from journeys.identity.reviews import ANSWERS
from journeys.settings import FieldSource, Source
from journeys.sniff import sniff
from journeys.sources.batches import ROW_NUMBER
from journeys.sources.reading import read_batches

NEEDED = ("pair_id", "stratum", "inclusion", "answer", "reviewer", "record_1", "record_2")
LONGEST_NAME = 60


def read_answers(path: Path, needed: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of the file as text, the needed columns only, with the number a spreadsheet gives them as `row`."""
    sniffed = sniff(path)
    if sniffed.format not in ("csv", "xlsx"):
        raise SourceError(
            f"{path.name}: this is neither CSV nor XLSX; give the file that was exported, with its answers"
        )
    source = Source.model_construct(
        name="review", kind="contact", files="", format=sniffed.format, delimiter=sniffed.delimiter,
        encoding=sniffed.encoding, columns=dict[str, FieldSource](),
    )  # fmt: skip
    rows: list[dict[str, Any]] = []
    for batch in read_batches(path, source):
        if batch.malformed:
            number, why = batch.malformed[0]
            raise SourceError(f"{path.name}: row {number + 1}: {why}; mend the row")
        missing = [name for name in needed if name not in batch.rows.column_names]
        if missing:
            raise SourceError(
                f"{path.name}: there is no column {', '.join(missing)}; give the file that was exported, with its answers"
            )
        for row in batch.rows.select([*needed, ROW_NUMBER]).to_pylist():
            rows.append({**{name: (row[name] or "").strip() for name in needed}, "row": row[ROW_NUMBER] + 1})
    return rows


def check_answers(rows: Sequence[Mapping[str, Any]], known: set[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """The answers of the file, and what is wrong with it, one sentence a row."""
    answers: dict[tuple[str, str], dict[str, Any]] = {}
    problems = []
    for row in rows:
        said = row["answer"].casefold()
        if not said:
            continue
        problem = _problem(row, said, known)
        made = {
            "pair_id": row["pair_id"], "record_l": row["record_1"], "record_r": row["record_2"], "answer": said,
            "reviewer": row["reviewer"], "stratum": row["stratum"], "inclusion": read_share(row["inclusion"]), "row": row["row"],
        }  # fmt: skip
        earlier = answers.setdefault((row["pair_id"], row["reviewer"]), made)
        if not problem and earlier["answer"] != said:
            problem = f"row {earlier['row']} has another answer of the same reviewer on the same pair; keep one of them"
        if problem:
            problems.append(f"row {row['row']}: {problem}")
    return list(answers.values()), problems


def _problem(row: Mapping[str, Any], said: str, known: set[str]) -> str:
    """What is wrong with one answered row."""
    if said not in ANSWERS:
        close = difflib.get_close_matches(said, ANSWERS, n=1, cutoff=0.5)
        return f"the answer is none of {', '.join(ANSWERS)}" + (f"; did you mean '{close[0]}'?" if close else "")
    if not 0 < len(row["reviewer"]) <= LONGEST_NAME:
        return f"reviewer is empty or longer than {LONGEST_NAME} signs; say who answered, initials will do"
    if row["pair_id"] != pair_id_of(row["record_1"], row["record_2"]):
        return "pair_id does not go with record_1 and record_2: cells were moved or changed; take them from the exported file"
    if not {row["record_1"], row["record_2"]} <= known:
        return "this pair is unknown here: a record of it is not stored, or no longer; delete the row"
    if row["stratum"] not in STRATA or not read_share(row["inclusion"]):
        return "stratum or inclusion was changed; take them from the exported file"
    return ""


def read_share(text: str) -> float:
    """A share above 0 and up to 1; 0 for anything else."""
    try:
        share = float(text)
    except ValueError:
        return 0.0
    return share if 0 < share <= 1 else 0.0
