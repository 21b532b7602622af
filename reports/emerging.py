"""Reasons that may be new: from the notes of recent weeks that no type fits, by the floor that can read them."""

from __future__ import annotations

import pandas as pd

from journeys.engine import Engine
from journeys.periods import Week
from nlp.emerging import find_emerging

_WEEKS = 4
_MOST_OTHERS = 20_000


def emerging_rows(engine: Engine, week: Week) -> pd.DataFrame:
    """Words, n_contacts and n_persons of each group of notes; in: `notes`, `labels`, `merges`, `contacts`, `persons`.

    Words that fewer persons use than a group needs are never among them, so that no name that redaction missed is.
    """
    rows = engine.run(
        f"""
        SELECT n.note, p.person_id, l.is_abstained OR l.is_novel AS is_unclear
        FROM notes n JOIN labels l USING (record_id) JOIN merges m USING (record_id) JOIN contacts c USING (contact_id)
        JOIN persons p USING (contact_id)
        WHERE c.week BETWEEN $first AND $last AND trim(n.note) <> ''
        ORDER BY sha256(n.record_id) LIMIT {_MOST_OTHERS}""",
        first=str(week.plus(1 - _WEEKS)),
        last=str(week),
    )
    unclear = rows[rows["is_unclear"].astype(bool)]
    others = rows[~rows["is_unclear"].astype(bool)]
    found = find_emerging(list(zip(unclear["note"], unclear["person_id"], strict=True)), list(others["note"]))
    return pd.DataFrame(
        [{"words": ", ".join(one.words), "n_contacts": one.n_notes, "n_persons": one.n_persons} for one in found],
        columns=["words", "n_contacts", "n_persons"],
    )
