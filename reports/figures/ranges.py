"""Rows of one value with a range around it: shares with their intervals, waits with their long tail.

The dot is the value; the line is the range. All rows share one axis that begins at nought.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports import theme
from reports.figures.svg import coordinate, frame, line, nice_ticks, text
from reports.words import amount

WIDTH, ROW_HEIGHT = 460.0, 44.0
LEFT, RIGHT, TOP, BOTTOM = 10.0, 100.0, 6.0, 30.0
_MAX_LABEL = 64


@dataclass(frozen=True, slots=True)
class RangeRow:
    """One row: its label, value, range `low` to `high` (or None), and the words at its end."""

    label: str
    value: float
    low: float | None
    high: float | None
    words: str = ""


def draw_ranges(rows: Sequence[RangeRow], unit: str, *, name: str, description: str, element_id: str) -> str:
    """A chart of rows, 460 wide, each label above its line. Empty text when there are no rows."""
    if not rows:
        return ""
    floor = TOP + ROW_HEIGHT * len(rows)
    highest = max(max(row.value, row.high or 0.0) for row in rows) or 1.0
    scale = (WIDTH - LEFT - RIGHT) / highest
    parts = []
    for tick in nice_ticks(0.0, highest):
        x = LEFT + scale * tick
        parts.append(line(x, TOP, x, floor, stroke="#E3E5E7"))
        parts.append(text(x, floor + 18, amount(tick, unit, 0), anchor="middle"))
    parts += [_row(row, TOP + ROW_HEIGHT * at, scale, unit) for at, row in enumerate(rows)]
    return frame(
        "".join(parts),
        width=WIDTH,
        height=floor + BOTTOM,
        name=name,
        description=description,
        element_id=element_id,
    )


def _row(row: RangeRow, top: float, scale: float, unit: str) -> str:
    label = row.label if len(row.label) <= _MAX_LABEL else row.label[: _MAX_LABEL - 1] + "…"
    y = top + 30
    x = end = LEFT + row.value * scale
    parts = [text(LEFT, top + 15, label)]
    if row.low is not None and row.high is not None:
        end = LEFT + row.high * scale
        parts.append(line(LEFT + row.low * scale, y, end, y, stroke=theme.TEAL, width=5))
    parts.append(f'<circle cx="{coordinate(x)}" cy="{coordinate(y)}" r="5.5" fill="{theme.IMPROVING}"/>')
    parts.append(text(max(x, end) + 10, y + 4, row.words or amount(row.value, unit), bold=True))
    return "".join(parts)
