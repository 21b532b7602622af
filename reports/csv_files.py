"""Findings as CSV: the same table the page shows, one column for each part of a cell.

A field whose cells carry a denominator or interval becomes `name`, `name_n`, `name_low`, `name_high`.
Hidden cells are "[c]"; text that a spreadsheet would run as a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from reports.words import HIDDEN_MARK, is_hidden, value_of

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_PARTS = ("n", "low", "high")


def table_csv(table: Mapping[str, Any]) -> str:
    """A finding table (as findings.json holds it) as CSV text with a header line."""
    names = [field["name"] for field in table["fields"]]
    parts = {name: _parts_of(table["rows"], name) for name in names}
    header = [column for name in names for column in (name, *(f"{name}_{part}" for part in parts[name]))]
    return rows_csv(header, table_columns(table)[1])


def table_columns(table: Mapping[str, Any]) -> tuple[list[tuple[str, str]], list[list[Any]]]:
    """The same columns for people: (label, unit) of each, and the rows. Parts of a share have its label: "Failure, low"."""
    header, parts = [], {}
    for field in table["fields"]:
        name, label, unit = str(field["name"]), str(field["label"]), str(field["unit"])
        parts[name] = _parts_of(table["rows"], name)
        header.append((label, unit))
        header += [(f"{label}, {part}", "count" if part == "n" else unit) for part in parts[name]]
    rows = [[value for name in parts for value in _values(row.get(name), parts[name])] for row in table["rows"]]
    return header, rows


def rows_csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Plain rows as CSV text; every value made safe for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_safe(name) for name in header])
    writer.writerows([[_safe(value) for value in row] for row in rows])
    return out.getvalue()


def _parts_of(rows: Sequence[Mapping[str, Any]], name: str) -> tuple[str, ...]:
    cells = [row.get(name) for row in rows]
    return tuple(part for part in _PARTS if any(isinstance(c, Mapping) and c.get(part) is not None for c in cells))


def _values(cell: Any, parts: Sequence[str]) -> list[Any]:
    if is_hidden(cell):
        return [HIDDEN_MARK] * (1 + len(parts))
    inner = cell if isinstance(cell, Mapping) else {}
    return [value_of(cell), *(inner.get(part) for part in parts)]


def _safe(value: Any) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
