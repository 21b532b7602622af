"""Small figures: the sparkline of a table row, and the panels that share one scale."""

from __future__ import annotations

from collections.abc import Sequence

from reports import theme
from reports.figures.svg import frame, line, marker, polyline, runs, text
from reports.words import amount, number, short_date, week_start

SPARK_WIDTH, SPARK_HEIGHT = 120.0, 30.0
PANEL_WIDTH, PANEL_HEIGHT = 300.0, 118.0


def draw_sparkline(values: Sequence[float | None], signal: str, unit: str, *, name: str, element_id: str) -> str:
    """A line of weekly values, 120 x 30, its newest point marked with the signal's shape."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    reach = (high - low) or 1.0
    step = (SPARK_WIDTH - 16) / (len(values) - 1)
    places = [
        (6 + step * at, None if value is None else 25 - 20 * (value - low) / reach) for at, value in enumerate(values)
    ]
    last_x, last_y = [(x, y) for x, y in places if y is not None][-1]
    body = "".join(polyline(run, width=1.3) for run in runs(places)) + marker(last_x, last_y, signal, 3)
    decimals = 1 if unit == "share" else None
    lowest, highest, newest = (amount(value, unit, decimals) for value in (low, high, known[-1]))
    description = f"Between {lowest} and {highest} over {len(values)} weeks; newest {newest}."
    return frame(
        body,
        width=SPARK_WIDTH,
        height=SPARK_HEIGHT,
        name=name,
        description=description,
        element_id=element_id,
    )


def draw_panel(
    weeks: Sequence[str], values: Sequence[float | None], top_value: float, *, name: str, element_id: str
) -> str:
    """One small multiple, 300 x 118, from nought to `top_value` (the same for all panels of a figure)."""
    left, right, top, bottom = 6.0, 52.0, 26.0, 22.0
    floor, reach = PANEL_HEIGHT - bottom, PANEL_HEIGHT - top - bottom
    step = (PANEL_WIDTH - left - right) / max(len(values) - 1, 1)
    places = [
        (left + step * at, None if value is None else floor - reach * value / (top_value or 1.0))
        for at, value in enumerate(values)
    ]
    known = [(x, y) for x, y in places if y is not None]
    body = [
        text(left, 15, name if len(name) <= 34 else name[:33] + "…", bold=True),
        line(left, top, PANEL_WIDTH - right, top, stroke="#E3E5E7"),
        line(left, floor, PANEL_WIDTH - right, floor, stroke=theme.NEUTRAL),
        *(polyline(run, stroke=theme.IMPROVING, width=1.8) for run in runs(places)),
        text(left, PANEL_HEIGHT - 6, short_date(week_start(weeks[0])), size=12),
        text(PANEL_WIDTH - right, PANEL_HEIGHT - 6, short_date(week_start(weeks[-1])), anchor="end", size=12),
    ]
    newest = [value for value in values if value is not None]
    if known:
        body.append(marker(*known[-1], "usual", 3.5))
        body.append(text(known[-1][0] + 8, known[-1][1] + 4, number(newest[-1]), bold=True))
    words = f"Newest week {number(newest[-1])}; highest {number(max(newest))}." if newest else "No values."
    return frame(
        "".join(body),
        width=PANEL_WIDTH,
        height=PANEL_HEIGHT,
        name=name,
        description=words,
        element_id=element_id,
    )
