"""Digital beside in person and phone on the channel page: as counted and like for like, never a ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reports.figures.differences import DifferenceRow, Interval, draw_differences, points
from reports.pages.model import Block, CellView, Drawing, FigureView, Paragraph, Section, Sentence, TableView
from reports.pages.source import Row, Source, slug
from reports.pages.tables import cell_view, folded, table_view
from reports.words import NO_VALUE_MARK, is_hidden, number

_SHORT = 20  # rows; longer tables are folded away
_FIELDS = ("outcome", "first", "second", "raw", "alike", "says")
_IN_WORDS = {
    "higher": "Starting online is associated with more of this than starting {second}",
    "lower": "Starting online is associated with less of this than starting {second}",
    "chance": "No difference that is more than chance",
    "reversed": "As counted it points the other way: the two serve a different mix of needs",
    "too_few": "Not compared: too few have a counterpart in the other route",
}
_STARTING = {"In person": "in person", "Phone": "by phone"}


def comparison_section(source: Source) -> Section | None:
    """The same request, side by side; None where the data do not reach back far enough."""
    table = source.table("side_by_side")
    if table is None:
        return None
    words = (
        "A difference is associated with the route, not caused by it: people choose how to get in touch. Confidence, "
        "disability, language or a device are not in the contacts and are not made alike. "
    )
    link = source.definition("comparison")
    sentence: Sentence = (words, "Definition: ", link, ".") if link else (words,)
    blocks: list[Block] = [Paragraph(sentence)]
    for second in dict.fromkeys(str(row["second_route"]) for row in table["rows"]):
        rows = [row for row in table["rows"] if row["second_route"] == second]
        blocks.append(_figure(source, table, rows, second))
    for table_id in ("side_by_side_services", "balance", "routes"):
        more = source.table(table_id)
        if more:
            blocks.append(_more(source, more, table_id))
    return Section("side-by-side", "The same request, side by side", tuple(blocks))


def _more(source: Source, table: Mapping[str, Any], table_id: str) -> TableView:
    is_services = table_id == "side_by_side_services"
    fields = ("service", *_FIELDS) if is_services else ()
    extra = {"raw": _difference("raw"), "alike": _difference("alike"), "says": _says} if is_services else None
    view = table_view(source, table, slug(table_id), fields=fields, extra=extra)
    return folded(view) if len(view.rows) > _SHORT else view


def _figure(source: Source, table: Mapping[str, Any], rows: Sequence[Row], second: str) -> Block:
    view = table_view(
        source,
        table,
        f"side-by-side-{slug(second)}",
        fields=_FIELDS,
        extra={"raw": _difference("raw"), "alike": _difference("alike"), "says": _says},
        rows=rows,
        caption=f"Digital and {second.lower()}, like for like",
    )
    columns = tuple(replace(column, label=second) if at == 2 else column for at, column in enumerate(view.columns))
    view = replace(view, columns=columns)
    drawn = [
        DifferenceRow(str(row["outcome"]).split(":")[0], raw, _interval(row["alike"]))
        for row in rows
        if row["unit"] == "share" and (raw := _interval(row["raw"]))
    ]
    if not drawn:
        return view
    svg = draw_differences(
        drawn,
        lower="less often when started online",
        higher="more often when started online",
        name=f"Journeys started online less those started {_STARTING[second]}",
        description="; ".join(
            f"{row.label}: {points(row.raw[0])} as counted"
            + (f", {points(row.alike[0])} like for like" if row.alike else "")
            for row in drawn
        ),
        element_id=f"differences-{slug(second)}",
    )
    return FigureView(
        figure_id=f"f-differences-{slug(second)}",
        headline=f"Started online and started {_STARTING[second]}, as counted and like for like",
        subtitle=f"Difference in percentage points, {table['period']}. Line: 95% interval.",
        drawings=(Drawing(svg),),
        tables=(view,),
    )


def _interval(cell: Any) -> Interval | None:
    if not isinstance(cell, Mapping) or is_hidden(cell) or cell.get("low") is None:
        return None
    return float(cell["value"]), float(cell["low"]), float(cell["high"])


def _difference(name: str) -> Any:
    """Makes cells of differences: those of shares in points."""

    def make(row: Row) -> CellView:
        found = _interval(row[name])
        if row["unit"] != "share" or found is None:
            return cell_view(row[name], str(row["unit"]))
        value, low, high = found
        return CellView(f"{points(value)} ({number(low * 100)} to {number(high * 100)})")

    return make


def _says(row: Row) -> CellView:
    says = str(row["says"] or "")
    words = _IN_WORDS.get(says, "").format(second=_STARTING.get(str(row["second_route"]), ""))
    return CellView(words or NO_VALUE_MARK)
