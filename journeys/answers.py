"""What people answered, kept so that it can be taken back: rows are only ever added.

A later answer of the same reviewer goes before the earlier one. Taking back a batch (one import) adds rows that say so.
Every import and withdrawal is logged among the requests, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from journeys.catalogue import REQUESTS, CatalogueTable
from journeys.store import Store

WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class AnswerLog:
    """Answers in one table of the catalogue, each about what column `key` names; `about` says it in words."""

    table: CatalogueTable
    key: str
    about: str

    def standing(self, store: Store) -> pd.DataFrame:
        """The newest answer of each reviewer on each key, batches taken back left out; all columns of the table."""
        rows = store.rows(self.table.select().order_by(self.table.c.review_id))
        given = pd.DataFrame(rows, columns=[column.name for column in self.table.columns])
        taken_back = set(given.loc[given["answer"] == WITHDRAWN, "batch"])
        return given[~given["batch"].isin(taken_back)].drop_duplicates([self.key, "reviewer"], keep="last")

    def save(self, store: Store, answers: Sequence[Mapping[str, Any]], *, at: datetime) -> int:
        """Add answers (all columns but imported_at and batch) as a new batch; returns its number."""
        given = store.rows(self.table.select())
        batch = 1 + max((row["batch"] for row in given), default=0)
        self._add(store, answers, batch, at, f"{len(answers)} answers on {self.about} imported as batch {batch}")
        return batch

    def withdraw_newest(self, store: Store, *, at: datetime) -> tuple[int, int] | None:
        """Take back the newest batch in force; its number and its answers, None where there is none."""
        rows = store.rows(self.table.select().order_by(self.table.c.review_id))
        gone = {row["batch"] for row in rows if row["answer"] == WITHDRAWN}
        batch = max((row["batch"] for row in rows if row["batch"] not in gone), default=None)
        if batch is None:
            return None
        kept = [{k: v for k, v in row.items() if k != "review_id"} for row in rows if row["batch"] == batch]
        said = f"{len(kept)} answers on {self.about} of batch {batch} taken back"
        self._add(store, [{**row, "answer": WITHDRAWN} for row in kept], batch, at, said)
        return batch, len(kept)

    def forget(self, store: Store, record_ids: Sequence[str], columns: Sequence[str]) -> None:
        """Delete all answers on these records: they are erased, and what was said of them with them."""
        for column in columns:
            for start in range(0, len(record_ids), 500):
                chosen = self.table.c[column].in_(record_ids[start : start + 500])
                with store.writing() as connection:
                    connection.execute(self.table.delete().where(chosen))

    def _add(self, store: Store, answers: Sequence[Mapping[str, Any]], batch: int, at: datetime, said: str) -> None:
        with store.writing() as connection:
            connection.execute(self.table.insert(), [{**row, "batch": batch, "imported_at": at} for row in answers])
            connection.execute(REQUESTS.insert().values(kind="review", made_at=at, n_records=len(answers), said=said))
