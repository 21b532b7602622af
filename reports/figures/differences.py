"""Differences on either side of nought: each row twice, as counted and like for like, with its interval.

The line is the 95% interval, the hollow dot the difference as counted, the full dot that like for like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports import theme
from reports.figures.svg import coordinate, frame, line, nice_ticks, text
from reports.words import number

WIDTH, ROW_HEIGHT = 560.0, 76.0
LEFT, RIGHT, TOP, BOTTOM = 12.0, 170.0, 24.0, 30.0
Interval = tuple[float, float, float]  # value, low, high


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One measure: its label, the difference as counted, and like for like (None where it was not compared)."""

    label: str
    raw: Interval
    alike: Interval | None


def draw_differences(
    rows: Sequence[DifferenceRow], *, lower: str, higher: str, name: str, description: str, element_id: str
) -> str:
    """A chart in percentage points, 560 wide; `lower` and `higher` say which side is which. Empty without rows."""
    if not rows:
        return ""
    ends = [abs(end) for row in rows for interval in (row.raw, row.alike) if interval for end in interval]
    furthest = max(ends) or 0.01
    middle, scale = (LEFT + WIDTH - RIGHT) / 2, (WIDTH - RIGHT - LEFT) / 2 / furthest
    floor = TOP + ROW_HEIGHT * len(rows)
    parts = [text(middle - 8, 14, lower, anchor="end"), text(middle + 8, 14, higher)]
    for tick in nice_ticks(0.0, furthest):
        for x in {middle - tick * scale, middle + tick * scale}:
            if LEFT <= x <= WIDTH - RIGHT:
                parts.append(line(x, TOP, x, floor, stroke=theme.NEUTRAL if not tick else "#E3E5E7"))
        parts.append(text(middle + tick * scale, floor + 18, number(tick * 100), anchor="middle"))
        if tick:
            parts.append(text(middle - tick * scale, floor + 18, number(-tick * 100), anchor="middle"))
    for at, row in enumerate(rows):
        top = TOP + ROW_HEIGHT * at
        parts.append(text(LEFT, top + 18, row.label, bold=True))
        parts.append(_interval(row.raw, top + 38, middle, scale, "as counted", is_full=False))
        if row.alike is not None:
            parts.append(_interval(row.alike, top + 60, middle, scale, "like for like", is_full=True))
    return frame(
        "".join(parts), width=WIDTH, height=floor + BOTTOM, name=name, description=description, element_id=element_id
    )


def _interval(interval: Interval, y: float, middle: float, scale: float, words: str, *, is_full: bool) -> str:
    value, low, high = interval
    x = coordinate(middle + value * scale)
    fill = theme.IMPROVING if is_full else theme.PAPER
    return (
        line(middle + low * scale, y, middle + high * scale, y, stroke=theme.TEAL, width=5)
        + f'<circle cx="{x}" cy="{coordinate(y)}" r="5.5" fill="{fill}" stroke="{theme.IMPROVING}" stroke-width="2"/>'
        + text(WIDTH - RIGHT + 14, y + 4, f"{points(value)} {words}", bold=is_full)
    )


def points(value: float) -> str:
    """A difference of shares: 0.05 -> "5 points"."""
    shown = number(value * 100)
    return f"{shown} point" if shown in ("1", "-1") else f"{shown} points"
