"""Finding tables as page tables: headings, cells as text, anchors, and the CSV beside each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reports.pages.model import CellView, ColumnView, RowView, TableView
from reports.pages.source import Row, Source, slug
from reports.words import HIDDEN_MARK, NUMERIC_UNITS, cell_text, is_hidden, value_of

_SORTABLE_FROM = 8  # rows; shorter tables are read faster than sorted
_LONG_TEXT = 30  # letters; such a column keeps room for whole phrases
_PLAIN_UNITS = frozenset({"count", "contacts", "journeys", "persons", "events", "rows", "days"})
MakeCell = Callable[[Row], CellView]


def table_view(
    source: Source,
    table: Mapping[str, Any],
    name: str,
    *,
    fields: Sequence[str] = (),
    extra: Mapping[str, MakeCell] | None = None,
    row_id: Callable[[Row], str] | None = None,
    rows: Sequence[Row] | None = None,
    caption: str = "",
    is_folded: bool = False,
    style: str = "",
) -> TableView:
    """A finding table as the page shows it.

    `fields` picks and orders columns (all when empty; unknown names are skipped); `extra` replaces a field's
    cells by others made from the row; `rows` limits what is shown, while the CSV always holds every row.
    """
    known = {field["name"]: field for field in table["fields"]}
    names = [field for field in fields if field in known or field in (extra or {})] or list(known)
    shown = table["rows"] if rows is None else rows
    makers = extra or {}
    decimals = {n: _decimals(known[n], shown) for n in names if n in known}
    views = tuple(
        RowView(
            cells=tuple(
                makers[n](row) if n in makers else cell_view(row.get(n), _unit(row, known[n]), decimals[n])
                for n in names
            ),
            row_id=row_id(row) if row_id else "",
        )
        for row in shown
    )
    title = caption or table["title"]
    return TableView(
        table_id=f"t-{slug(name)}",
        caption=f"{title}, {table['period']}" if table.get("period") else title,
        columns=tuple(_column(known[n], shown) for n in names),
        rows=views,
        csv_href=source.csv_of(name, table),
        definition=source.definition(table.get("definition")),
        has_hidden=any(HIDDEN_MARK in cell.text for row in views for cell in row.cells),
        is_folded=is_folded,
        is_sortable=len(views) >= _SORTABLE_FROM and "measure" not in names,
        style=style,
    )


def cell_view(cell: Any, unit: str, decimals: int | None = None) -> CellView:
    """One cell with its text and the key it sorts by."""
    value = value_of(cell)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = cell_text(cell, unit, decimals if unit in _PLAIN_UNITS else None)
    sort = f"{value:.6g}" if is_number and not is_hidden(cell) else ("-1" if is_hidden(cell) else "")
    return CellView(text=text, sort=sort if sort != text else "")


def folded(table: TableView) -> TableView:
    """The same table behind a "show the numbers" summary."""
    return replace(table, is_folded=True)


def _unit(row: Row, field: Mapping[str, Any]) -> str:
    """A field's unit; in tables of mixed measures a row may carry its own, and a share its interval."""
    unit, cell = str(field["unit"]), row.get(field["name"])
    if unit not in ("count", "text"):
        return unit
    value = value_of(cell)
    if row.get("unit") and isinstance(value, int | float):
        return str(row["unit"])
    is_share = (
        isinstance(cell, Mapping) and cell.get("low") is not None and isinstance(value, float) and 0 <= value <= 1
    )
    return "share" if is_share else unit


def _decimals(field: Mapping[str, Any], rows: Sequence[Row]) -> int | None:
    """Plain numbers of one column carry the same decimals; mixed measures decide cell by cell."""
    if field["unit"] not in _PLAIN_UNITS or any(row.get("measure") for row in rows):
        return None
    values = [value_of(row.get(field["name"])) for row in rows]
    if field["unit"] == "days":
        return 0 if all(isinstance(value, int) for value in values) else None
    return 2 if any(isinstance(value, float) and not value.is_integer() for value in values) else 0


def _column(field: Mapping[str, Any], rows: Sequence[Row]) -> ColumnView:
    if field["unit"] in NUMERIC_UNITS:
        return ColumnView(field["label"], True)
    values = [value_of(row.get(field["name"])) for row in rows]
    known = [value for value in values if value is not None]
    is_number = bool(known) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in known)
    is_long = any(isinstance(value, str) and len(value) > _LONG_TEXT for value in known)
    return ColumnView(field["label"], is_number, is_long)
