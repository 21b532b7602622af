"""The XmR chart: weekly points, their mean and their usual range, drawn as NHS Making Data Count draws them.

Points and limits come in finished (mining computed the signals); weeks without a value leave a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports import theme
from reports.figures.svg import frame, line, marker, nice_ticks, polyline, runs, text
from reports.words import amount, short_date, week_start

WIDTH, HEIGHT = 760.0, 290.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 134.0, 20.0, 34.0
_MAX_DATES = 7
_LABEL_GAP = 15.0


@dataclass(frozen=True, slots=True)
class XmrLimits:
    """Mean and natural process limits, in the unit of the points."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class XmrPoint:
    """One week: its value (None leaves a gap), its signal (usual, improving, concern, changed), and its own limits if it has any."""

    week: str
    value: float | None
    signal: str
    limits: XmrLimits | None = None


def draw_xmr(
    points: Sequence[XmrPoint],
    limits: XmrLimits | None,
    unit: str,
    *,
    name: str,
    description: str,
    element_id: str,
    limits_from: str = "",
) -> str:
    """One chart as SVG text, 760 x 290 units. Empty text when no week has a value. Limits are drawn from that week on.

    Where weeks have limits of their own these are drawn, and `limits` are the newest week's.
    """
    values = [point.value for point in points if point.value is not None]
    if not values:
        return ""
    known = [each for each in (limits, *(point.limits for point in points)) if each]
    y_of = _Axis(values + [end for each in known for end in (each.low, each.high)], 1.0 if unit == "share" else None)
    step = (WIDTH - LEFT - RIGHT) / max(len(points) - 1, 1)
    places = [(LEFT + step * at, None if point.value is None else y_of(point.value)) for at, point in enumerate(points)]
    body = [_grid(y_of, unit), _dates(points, step)]
    if limits:
        first = next((at for at, point in enumerate(points) if point.week >= limits_from), 0)
        is_moving = any(point.limits for point in points)
        if is_moving:
            body.append(_moving_limits(points, y_of, step))
        body.append(_limit_lines(limits, y_of, unit, LEFT + step * max(first - 0.5, 0), is_moving=is_moving))
    body += [polyline(run) for run in runs(places)]
    body += [marker(x, y, point.signal, 4.5) for (x, y), point in zip(places, points, strict=True) if y is not None]
    return frame("".join(body), width=WIDTH, height=HEIGHT, name=name, description=description, element_id=element_id)


class _Axis:
    """Maps a value to its height on the chart; remembers the range it covers."""

    def __init__(self, values: Sequence[float], ceiling: float | None) -> None:
        low, high = min(values), max(values)
        pad = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
        self.low, self.high = (max(low - pad, 0.0) if low >= 0 else low - pad), high + pad
        if ceiling is not None:
            self.high = min(self.high, ceiling)

    def __call__(self, value: float) -> float:
        return TOP + (self.high - value) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)


def _grid(y_of: _Axis, unit: str) -> str:
    ticks = nice_ticks(y_of.low, y_of.high)
    decimals = 1 if unit == "share" and len(ticks) > 1 and (ticks[1] - ticks[0]) < 0.01 else None
    parts = [line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, stroke=theme.NEUTRAL)]
    for tick in ticks:
        parts.append(line(LEFT, y_of(tick), WIDTH - RIGHT, y_of(tick), stroke="#E3E5E7"))
        parts.append(text(LEFT - 10, y_of(tick) + 4, amount(tick, unit, decimals), anchor="end"))
    return "".join(parts)


def _dates(points: Sequence[XmrPoint], step: float) -> str:
    every = -(-len(points) // _MAX_DATES)
    last = len(points) - 1
    parts = []
    for at in range(last, -1, -every):
        x = LEFT + step * at
        parts.append(line(x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 5, stroke=theme.NEUTRAL))
        parts.append(text(x, HEIGHT - BOTTOM + 20, short_date(week_start(points[at].week)), anchor="middle"))
    return "".join(parts)


def _moving_limits(points: Sequence[XmrPoint], y_of: _Axis, step: float) -> str:
    """Mean and limits from week to week; weeks without leave a gap."""
    parts = []
    for end, dash in (("high", "6 4"), ("mean", ""), ("low", "6 4")):
        places = [
            (LEFT + step * at, y_of(getattr(point.limits, end)) if point.limits else None)
            for at, point in enumerate(points)
        ]
        for run in runs(places):
            for (x1, y1), (x2, y2) in zip(run, run[1:], strict=False):
                parts.append(line(x1, y1, x2, y2, stroke=theme.NEUTRAL, dash=dash))
    return "".join(parts)


def _limit_lines(limits: XmrLimits, y_of: _Axis, unit: str, left: float, *, is_moving: bool) -> str:
    decimals = 1 if unit == "share" else None
    rows = [(limits.high, "top", "6 4"), (limits.mean, "mean", ""), (limits.low, "bottom", "6 4")]
    parts = [
        line(left, y_of(value), WIDTH - RIGHT, y_of(value), stroke=theme.NEUTRAL, dash=dash)
        for value, _, dash in rows
        if not is_moving
    ]
    heights = _spread([y_of(value) for value, _, _ in rows])
    for height, (value, word, _) in zip(heights, rows, strict=True):
        parts.append(text(WIDTH - RIGHT + 10, height + 4, f"{word} {amount(value, unit, decimals)}"))
    return "".join(parts)


def _spread(heights: list[float]) -> list[float]:
    """Three label heights, top to bottom, moved apart where they would touch."""
    top, middle, bottom = heights
    return [min(top, middle - _LABEL_GAP), middle, max(bottom, middle + _LABEL_GAP)]
