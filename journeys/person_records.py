"""Which stored records are one person's: for access, objection and erasure.

In: `records` in the engine, and the person's identifiers as tokens. All records of a person are found through the same
merging and linking as the reports use, so what a report would count as this person's is what is found. An identifier
that goes with several people is refused: whose records would they be?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.errors import SourceError
from journeys.identifiers import KINDS, Identified
from journeys.link import link_persons
from journeys.merge import merge_records
from journeys.schema import IS_LINKED
from journeys.settings import Settings

_END_OF_TIME = datetime(9999, 1, 1)


@dataclass(frozen=True, slots=True)
class Held:
    """What is held about one person: record ids, and (field, token) that are theirs alone."""

    record_ids: tuple[str, ...]
    tokens: tuple[tuple[str, str], ...]


def find_person_records(
    engine: Engine,
    settings: Settings,
    given: Sequence[Identified],
    model: dict[str, Any] | None,
    reviews: pd.DataFrame | None = None,
) -> Held:
    """Records of the person these identifiers name, and the identifiers that are theirs alone.

    Raises SourceError for an identifier that goes with several people.
    """
    merge_records(engine, settings.publishing, _END_OF_TIME)
    link_persons(engine, settings.identity, model, reviews)
    engine.save("carried", _carried_sql())
    engine.load_frame("asked", pd.DataFrame([{"line": g.line, "field": g.field, "token": g.token} for g in given]))
    _check_one_person_each(engine, given)
    engine.save("theirs", _theirs_sql())
    record_ids = engine.run("SELECT DISTINCT record_id FROM theirs ORDER BY record_id")["record_id"]
    tokens = engine.run(
        """
        SELECT field, token FROM carried
        GROUP BY field, token
        HAVING bool_and(record_id IN (SELECT record_id FROM theirs))
        UNION SELECT field, token FROM asked
        ORDER BY field, token"""
    )
    return Held(tuple(record_ids), tuple(zip(tokens["field"], tokens["token"], strict=True)))


def _carried_sql() -> str:
    """Every identifying token each stored row carries, restated rows among them."""
    return " UNION ALL ".join(
        f"SELECT DISTINCT record_id, '{kind}' AS field, {column} AS token FROM records WHERE {column} IS NOT NULL"
        for kind, column in ((kind, "case_ref" if kind == "case_ref" else f"{kind}_token") for kind in KINDS)
    )


def _check_one_person_each(engine: Engine, given: Sequence[Identified]) -> None:
    counts = engine.run(
        f"""
        SELECT a.line, count(DISTINCT p.person_id) AS n_persons
        FROM asked a JOIN carried c USING (field, token) JOIN merges m USING (record_id)
        JOIN persons p ON p.contact_id = m.contact_id AND p.{IS_LINKED}
        GROUP BY a.line HAVING count(DISTINCT p.person_id) > 1 ORDER BY a.line"""
    )
    for row in counts.to_dict("records"):
        field = next(g.field for g in given if g.line == row["line"])
        raise SourceError(
            f"line {row['line']}: this {field} goes with {row['n_persons']} people; leave it out and give one that is "
            "theirs alone, such as their account. Nothing was changed"
        )


def _theirs_sql() -> str:
    """Records carrying an identifier asked for, all other records of those persons, and the steps of their cases."""
    return f"""
    WITH direct AS (SELECT record_id FROM carried JOIN asked USING (field, token)),
    touched AS (
        SELECT DISTINCT m.contact_id, p.person_id, p.method
        FROM direct JOIN merges m USING (record_id) JOIN persons p USING (contact_id)),
    contacts_of AS (
        SELECT contact_id FROM touched
        UNION SELECT p.contact_id FROM persons p JOIN touched t ON t.person_id = p.person_id
        WHERE t.{IS_LINKED}),
    own AS (
        SELECT record_id FROM direct
        UNION SELECT m.record_id FROM merges m JOIN contacts_of USING (contact_id)),
    own_cases AS (
        SELECT case_ref FROM contacts WHERE case_ref IS NOT NULL
        GROUP BY case_ref HAVING bool_and(contact_id IN (SELECT contact_id FROM contacts_of)))
    SELECT record_id FROM own
    UNION SELECT u.record_id FROM used u JOIN own_cases USING (case_ref) WHERE u.kind = 'step'"""
