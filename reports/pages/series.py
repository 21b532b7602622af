"""The XmR figure of one measure: the chart, its two titles from the signal, and its table week by week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.figures.xmr import XmrLimits, XmrPoint, draw_xmr
from reports.pages.measures import measure_slug
from reports.pages.model import CellView, ColumnView, Drawing, FigureView, RowView, TableView
from reports.pages.signals import (
    has_limits,
    has_moved,
    has_value,
    is_plural,
    measure_title,
    place,
    signal_sentence,
    why_no_value,
)
from reports.pages.source import Source
from reports.words import (
    HIDDEN_MARK,
    NO_VALUE_MARK,
    a_list,
    amount,
    clip_limits,
    number,
    ordinal,
    week_ending,
    week_start,
)

Measure = Mapping[str, Any]


def xmr_figure(source: Source, measure: Measure | None) -> FigureView | None:
    """The XmR chart of one measure with its table; None when fewer than two weeks have a value."""
    if measure is None or sum(w.get("value") is not None for w in measure["series"]) < 2:
        return None
    unit, anchor = str(measure["unit"]), measure_slug(measure)
    points = [
        XmrPoint(
            w["week"], w["value"] if w.get("is_plotted", True) else None, w.get("signal") or "usual", _limits(w, unit)
        )
        for w in measure["series"]
    ]
    limits = _limits(measure, unit)
    title = measure_title(measure)
    svg = draw_xmr(
        points,
        limits,
        unit,
        name=f"{title}, week by week",
        description=signal_sentence(measure),
        element_id=f"x-{anchor}",
        limits_from=str(measure.get("rebased_from") or ""),
    )
    first, last = week_start(points[0].week), week_ending(points[-1].week)
    trial = "; trial limits, from fewer than 12 weeks" if measure.get("is_trial") else ""
    span = f"weeks from {first.day} {first:%B %Y} to {last}"
    return FigureView(
        figure_id=f"f-{anchor}",
        headline=xmr_headline(measure),
        subtitle=f"{title}, {_unit_words(unit)}, {span}. Broken lines: usual range{trial}.{_rebased(measure)}{_seasonal(measure)}",
        drawings=(Drawing(svg),),
        tables=(_series_table(source, measure, title),),
        layout="series",
        note=_marks_note({point.signal for point in points if point.value is not None}),
    )


def _limits(judged: Mapping[str, Any], unit: str) -> XmrLimits | None:
    """The usual range of a measure or of one of its weeks."""
    if not has_limits(judged):
        return None
    return XmrLimits(judged["mean"], *clip_limits(judged["usual_low"], judged["usual_high"], unit))


def _seasonal(measure: Measure) -> str:
    return " The range follows the same weeks of last year." if measure.get("is_seasonal") else ""


def _rebased(measure: Measure) -> str:
    """From when on the range holds, and why it was set anew."""
    if not measure.get("rebased_from"):
        return ""
    start = week_start(measure["rebased_from"])
    return f" Range set anew from {start.day} {start:%B %Y}: {measure['rebased_because']}."


def xmr_headline(measure: Measure) -> str:
    """The message of a chart in at most 15 words, from its signal alone."""
    name, weeks, where = str(measure["name"]), int(measure.get("n_weeks") or 0), place(measure)
    if not has_value(measure):
        return f"{name}: {why_no_value(measure)}"
    if not where:
        return f"{name}: too few weeks yet for a usual range"
    its = "their" if is_plural(measure) else "its"
    if not has_moved(measure):
        return f"{name} stayed inside {its} usual range"
    lasted = f" for the {ordinal(weeks)} week" if weeks else ""
    if where != "inside":
        return f"{name} stood {where} {its} usual range{lasted}"
    side = "above" if measure["value"] > measure["mean"] else "below"
    return f"{name} kept {side} {its} average{lasted}"


def _marks_note(signals: set[str]) -> str:
    """What the shapes mean, for the shapes that are there."""
    words = {
        "concern": "a square is a concern",
        "improving": "a diamond is an improvement",
        "changed": "an open diamond is a change",
    }
    there = [words[signal] for signal in words if signal in signals]
    return f"A circle is a usual week, {a_list(there)}." if there else ""


def _series_table(source: Source, measure: Measure, title: str) -> TableView:
    unit = str(measure["unit"])
    columns = (
        ColumnView("Week ending"),
        ColumnView("Value", True),
        ColumnView("Counted", True),
        ColumnView("Signal"),
    )
    rows, plain = [], []
    for week in reversed(measure["series"]):
        hidden, value = week.get("suppressed"), week.get("value")
        text = HIDDEN_MARK if hidden else NO_VALUE_MARK if value is None else _point(value, unit)
        n_text = NO_VALUE_MARK if hidden or week.get("n") is None else number(week["n"])
        shown = week.get("signal") if value is not None and week.get("is_plotted", True) else ""
        rows.append(
            RowView(
                (
                    CellView(week_ending(week["week"])),
                    CellView(text),
                    CellView(n_text),
                    CellView(signal=shown or "none"),
                )
            )
        )
        plain.append([week["week"], HIDDEN_MARK if hidden else value, None if hidden else week.get("n"), shown])
    name = f"weeks-{measure_slug(measure)}"
    return TableView(
        table_id=f"t-{name}",
        caption=f"{title}, week by week",
        columns=columns,
        rows=tuple(rows),
        csv_href=source.csv_of_rows(name, ["week", "value", "n", "signal"], plain),
        definition=source.definition(measure.get("definition")),
        has_hidden=any(week.get("suppressed") for week in measure["series"]),
        is_folded=True,
        is_narrow=True,
    )


def _point(value: float, unit: str) -> str:
    return amount(value, unit, 1 if unit == "share" else None)


def _unit_words(unit: str) -> str:
    words = {
        "share": "per cent",
        "days": "days",
        "seconds": "time",
        "contacts": "number",
        "journeys": "number",
    }
    return words.get(unit, unit)
