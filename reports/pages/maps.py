"""The process map of a journey page: steps and moves of the findings drawn twice, with their two tables.

A step or move whose number is hidden is not drawn; it stays in its table as [c].
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from reports.figures.ranges import RangeRow, draw_ranges
from reports.pages.model import Drawing, FigureView, TableView
from reports.pages.source import Row, Source, shown_number, slug
from reports.pages.tables import folded, table_view
from reports.process_map import draw_process_map
from reports.process_map_model import Move, ProcessMapDrawing, Step
from reports.words import a_list, amount, lower_first, number, value_of

_MOST_WAITS = 10
_MOST_LEFT_OUT = 5
ON_TOP, LEFT_OUT = "On top", "Left out"  # as `mining.conformance_tables` says it
_FOLD_FROM = 12  # rows; longer tables are folded on screen and whole in print
_STEP_FIELDS = (
    "name",
    "channel_name",
    "n_journeys",
    "n_events",
    "n_start",
    "n_end",
    "is_failure",
    "next_steps",
)
_WORKING = ("median_working_days", "p90_working_days")  # only where the council has a calendar
_MOVE_FIELDS = ("from_name", "to_name", "n_journeys", "n_events", "median_days", "p90_days", "is_failure")


def map_figure(source: Source, service: Mapping[str, Any]) -> FigureView | None:
    """The map with its views by journeys and by median days; None without steps that may be shown."""
    steps_table, moves_table = service["tables"].get("steps"), service["tables"].get("moves")
    if not steps_table or not moves_table:
        return None
    extra, left_out = _beside_design(service)
    steps, rows = _steps(steps_table["rows"], extra), _drawable(moves_table["rows"], steps_table["rows"])
    if len(steps) < 2 or not rows:
        return None
    by_journeys = _draw(service, steps, [_move(row, _journeys_label(row)) for row in rows], "journeys")
    by_days = _draw(service, steps, [_move(row, _days_label(row)) for row in rows], "days")
    return FigureView(
        figure_id="f-process-map",
        headline=_headline(rows),
        subtitle=(f"Process map, {service['name']}, {moves_table['period']}. {_left_out(service, by_journeys)}"),
        drawings=(Drawing(by_journeys.svg, "Journeys"), Drawing(by_days.svg, "Median days")),
        tables=(_steps_table(source, service, steps_table), _moves_table(source, service, moves_table)),
        layout="toggle",
        note="Time runs down the page and each column is a channel. A broken border marks failure demand. "
        f"Each box leads to its row in the table.{_design_words(left_out, extra)}",
        faded=("Failure demand", "Main path"),
    )


def waits_figure(source: Source, service: Mapping[str, Any]) -> FigureView | None:
    """The longest waits between two steps, median to 90th centile; None without any."""
    table = service["tables"].get("moves")
    rows = [row for row in table["rows"] if shown_number(row.get("median_days"))] if table else []
    rows = sorted(rows, key=lambda row: (-(shown_number(row["median_days"]) or 0), str(row["from_name"])))[:_MOST_WAITS]
    if table is None or len(rows) < 2:
        return None
    ranges = [
        RangeRow(
            f"{row['from_name']}  ›  {row['to_name']}",
            shown_number(row["median_days"]) or 0.0,
            shown_number(row["median_days"]),
            shown_number(row.get("p90_days")),
            " to ".join(
                amount(days, "days")
                for key in ("median_days", "p90_days")
                if (days := shown_number(row.get(key))) is not None
            ),
        )
        for row in rows
    ]
    longest = rows[0]
    name = f"The longest waits between two steps in {service['name']}"
    view = table_view(
        source,
        {**table, "title": "Longest waits between two steps", "rows": rows},
        f"{service['service']}-waits",
        fields=("from_name", "to_name", "median_days", "p90_days", *_WORKING, "n_journeys"),
        is_folded=True,
    )
    return FigureView(
        figure_id="f-waits",
        headline=f"The longest wait: half take more than {amount(ranges[0].value, 'days')} days",
        subtitle=f"Median days (dot) to 90th centile (end of line), {service['name']}, {table['period']}. "
        f"Longest: {longest['from_name']} to {lower_first(str(longest['to_name']))}.",
        drawings=(
            Drawing(draw_ranges(ranges, "days", name=name, description=_waits_text(ranges), element_id="waits")),
        ),
        tables=(view,),
    )


def step_anchor(row: Row) -> str:
    """The table row a box of the map leads to."""
    return f"step-{slug(str(row['step_id']))}"


def _waits_text(ranges: Sequence[RangeRow]) -> str:
    return "; ".join(f"{row.label}: {amount(row.value, 'days')} days" for row in ranges[:3])


def _draw(service: Mapping[str, Any], steps: Sequence[Step], moves: Sequence[Move], view: str) -> ProcessMapDrawing:
    used = {step.lane for step in steps}
    words = "how many journeys took each move" if view == "journeys" else "the median days between two steps"
    return draw_process_map(
        steps,
        moves,
        lanes=[(lane, name) for lane, name in service["map"]["lanes"] if lane in used],
        title=f"Process map of {service['name']}: {words}",
        description=f"{len(steps)} steps; the tables below hold every step and move.",
        element_id=f"map-{view}",
        main_first=tuple(service["map"].get("main_path", ())),
    )


def _beside_design(service: Mapping[str, Any]) -> tuple[frozenset[str], list[str]]:
    """Steps that the designed journey does not have, and those of it that journeys leave out; none without a design."""
    table = service["tables"].get("deviations") or {"rows": ()}
    steps = [(str(row["what"]), str(row["step"])) for row in table["rows"]]
    left_out = dict.fromkeys(step for what, step in steps if what == LEFT_OUT)
    return frozenset(step for what, step in steps if what == ON_TOP), list(left_out)


def _design_words(left_out: Sequence[str], extra: Collection[str]) -> str:
    if not left_out and not extra:
        return ""
    marked = ' Boxes marked "not designed" are no part of the designed journey.' if extra else ""
    missing = f" Designed steps that journeys leave out: {a_list(list(left_out)[:_MOST_LEFT_OUT])}." if left_out else ""
    return marked + missing


def _steps(rows: Sequence[Row], extra: Collection[str]) -> list[Step]:
    return [
        Step(
            step_id=str(row["step_id"]),
            name=str(row["name"]),
            lane=str(row.get("lane", row["channel"])),
            n=_whole(row["n_journeys"]),
            is_failure=bool(row.get("is_failure")),
            n_start=_whole(row.get("n_start")),
            n_end=_whole(row.get("n_end")),
            href=f"#{step_anchor(row)}",
            is_extra=str(row["name"]) in extra,
        )
        for row in rows
        if shown_number(row["n_journeys"]) is not None
    ]


def _whole(cell: Any) -> int | None:
    value = shown_number(cell)
    return None if value is None else int(value)


def _drawable(moves: Sequence[Row], steps: Sequence[Row]) -> list[Row]:
    shown = {row["step_id"] for row in steps if shown_number(row["n_journeys"]) is not None}
    return [
        row
        for row in moves
        if row["from_id"] in shown and row["to_id"] in shown and shown_number(row["n_journeys"]) is not None
    ]


def _move(row: Row, label: str) -> Move:
    return Move(
        from_id=str(row["from_id"]),
        to_id=str(row["to_id"]),
        n=_whole(row["n_journeys"]),
        label=label,
        is_failure=bool(row.get("is_failure")),
        is_main=bool(row.get("is_main")),
        is_in_model=bool(row.get("is_in_model", True)),
    )


def _journeys_label(row: Row) -> str:
    return number(shown_number(row["n_journeys"]) or 0)


def _days_label(row: Row) -> str:
    days = shown_number(row.get("median_days"))
    return "" if days is None else f"{days:.1f}"


def _headline(rows: Sequence[Row]) -> str:
    failures = [row for row in rows if row.get("is_failure")]
    if not failures:
        return "No move shown here leads to failure demand"
    worst = max(failures, key=lambda row: (shown_number(row["n_journeys"]) or 0, str(row["from_name"])))
    words = f"{_journeys_label(worst)} journeys go from {worst['from_name']} to failure demand"
    return (
        words if len(words.split()) <= 15 else f"{_journeys_label(worst)} journeys take the same move to failure demand"
    )


def _left_out(service: Mapping[str, Any], drawing: ProcessMapDrawing) -> str:
    total = int(value_of(service["map"].get("n_moves_total")) or drawing.n_moves_total)
    if drawing.n_moves_shown >= total:
        return "All moves are shown."
    return (
        f"Shows {number(drawing.n_moves_shown)} of {number(total)} moves; the table has the rest, "
        "as far as they may be shown."
    )


def _steps_table(source: Source, service: Mapping[str, Any], table: Mapping[str, Any]) -> TableView:
    return table_view(source, table, f"{service['service']}-steps", fields=_STEP_FIELDS, row_id=step_anchor)


def _moves_table(source: Source, service: Mapping[str, Any], table: Mapping[str, Any]) -> TableView:
    view = table_view(source, table, f"{service['service']}-moves", fields=_MOVE_FIELDS)
    return folded(view) if len(view.rows) >= _FOLD_FROM else view
