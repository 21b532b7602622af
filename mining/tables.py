"""What every finding is made of: tables whose cells say when they are hidden and how sure they are.

A `FindingTable` is what the page shows, the CSV holds and findings.json carries: one table, three outputs.
A cell is a plain value (text, number, true/false, null) or, for numbers, a dict:
    {"value": 0.31, "n": 420, "low": 0.27, "high": 0.36}    a share or mean with its denominator and 95% interval
    {"value": None, "suppressed": True}                      hidden: fewer persons than the settings allow
Units: text, contacts, journeys, persons, events, share, days, seconds, minutes, rows, count, rank, flag.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Cell = str | int | float | bool | None | dict[str, Any]

HIDDEN: dict[str, Any] = {"value": None, "suppressed": True}


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a finding: its key, its heading in plain words and its unit."""

    name: str
    label: str
    unit: str


@dataclass(frozen=True, slots=True)
class FindingTable:
    """One finding as a table; `definition` names an entry of the findings' definitions."""

    table_id: str
    title: str
    period: str
    definition: str
    fields: tuple[Field, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def as_json(self) -> dict[str, Any]:
        """The table as findings.json holds it: rows are objects keyed by field name."""
        names = [field.name for field in self.fields]
        return {
            "table_id": self.table_id,
            "title": self.title,
            "period": self.period,
            "definition": self.definition,
            "fields": [{"name": f.name, "label": f.label, "unit": f.unit} for f in self.fields],
            "rows": [dict(zip(names, row, strict=True)) for row in self.rows],
        }


def column_of(table: FindingTable, name: str) -> Sequence[Cell]:
    """All cells of one column, in row order."""
    position = [field.name for field in table.fields].index(name)
    return [row[position] for row in table.rows]
