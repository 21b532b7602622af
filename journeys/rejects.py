"""Rejected rows as a CSV beside the store: where each was, why it was refused, and what its value looked like.

The value itself is never shown: a time as its shape (digits as 9, letters as a), anything else not at all.
"""

from __future__ import annotations

import csv
from pathlib import Path

from journeys.mapping import REASONS
from journeys.store import Store

COLUMNS = ("source", "file", "row", "column", "reason", "looks_like")


def write_rejects(path: Path, store: Store) -> None:
    """Write every rejected row of the store to `path`, replacing it at once; columns as in COLUMNS."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in store.rejected_rows():
            why = REASONS.get(row["reason"], row["reason"])
            cells = (row["source"], row["name"], row["row_number"], row["column_name"], why, row["value_class"])
            writer.writerow([_safe(cell) for cell in cells])
    temporary.replace(path)


def _safe(cell: object) -> object:
    """A spreadsheet must not take a cell for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" else cell
