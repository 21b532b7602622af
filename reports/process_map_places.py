"""Places on a process map: how wide its gutters and boxes are, how high its gaps and rows.

Widths come from the vertical tracks each gutter needs, heights from the horizontal tracks and numbers of each gap.
All lengths are pixels of the viewBox.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from reports.process_map_model import Placed, Step
from reports.process_map_text import wrap_name

TRACK = 9.0
WIDTH = 980.0
HEADER = 34.0
BOX_WIDEST, BOX_NARROWEST = 150.0, 108.0
GUTTER_EDGE = 11.0  # from the last track of a gutter to a box
GAP_EDGE = 9.0  # from a box down to the first track of a gap
LABEL = 13.0  # height of a number
ARROW = 8.0
LINE, PADDING = 14.0, 8.0
SELF_LOOP = 16.0


class Columns:
    """Horizontal places: gutters as wide as their tracks need, boxes share the rest."""

    def __init__(self, n_tracks: Sequence[int], n_lanes: int, has_loops: bool) -> None:
        loop = SELF_LOOP + 14 if has_loops else 0.0
        self._gutters = [
            max(2 * GUTTER_EDGE + TRACK * max(n - 1, 0), 24.0) + (loop if place else 0.0)
            for place, n in enumerate(n_tracks)
        ]
        self._loop = loop
        free = WIDTH - sum(self._gutters)
        self.box_width = min(BOX_WIDEST, max(BOX_NARROWEST, free / max(n_lanes, 1)))
        spare = max(0.0, free - self.box_width * n_lanes)
        self._gutters = [width + spare / len(self._gutters) for width in self._gutters]
        self._spare = spare / len(self._gutters)
        self.width = sum(self._gutters) + self.box_width * n_lanes

    def box_x(self, lane: int) -> float:
        """Left edge of the boxes of a lane."""
        return sum(self._gutters[: lane + 1]) + self.box_width * lane

    def track_x(self, gutter: int, track: int) -> float:
        """A vertical line of a gutter; self-loops have the first pixels right of a box to themselves."""
        left = sum(self._gutters[:gutter]) + self.box_width * gutter
        loop = self._loop if gutter else 0.0
        return left + loop + self._spare / 2 + GUTTER_EDGE + TRACK * track

    def lane_edges(self) -> tuple[float, ...]:
        """Lane borders: the middle of the gutters between, the drawing's edges outside."""
        inner = [
            sum(self._gutters[:gutter]) + self.box_width * gutter + self._gutters[gutter] / 2
            for gutter in range(1, len(self._gutters) - 1)
        ]
        return (0.0, *inner, self.width)


class Rows:
    """Vertical places: gaps as high as their tracks and numbers need, rows as high as their tallest box."""

    def __init__(
        self,
        placed: Sequence[Placed],
        levels: Mapping[int, int],
        gap_tracks: Mapping[int, int],
        box_width: float,
        n_rows: int,
    ) -> None:
        self._box_width = box_width
        heights: dict[int, float] = defaultdict(float)
        for one in placed:
            heights[one.row] = max(heights[one.row], box_height(one.step, box_width))
        self._tops: list[float] = []
        self._gap_tops: dict[int, float] = {}
        y = HEADER
        for row in range(-1, n_rows):
            if row >= 0:
                self._tops.append(y)
                y += heights[row]
            self._gap_tops[row] = y
            tracks, numbers = gap_tracks.get(row, 0), levels.get(row, 0)
            y += GAP_EDGE + TRACK * tracks + (LABEL * numbers + ARROW + 2 if numbers else GAP_EDGE)
        self.height = y

    def top(self, row: int) -> float:
        """Top of the boxes of a row."""
        return self._tops[row]

    def track_y(self, gap: int, track: int) -> float:
        """A horizontal line of a gap."""
        return self._gap_tops[gap] + GAP_EDGE + TRACK * track

    def bottom_of(self, one: Placed) -> float:
        """Bottom edge of a step's box."""
        return self.top(one.row) + box_height(one.step, self._box_width)


def box_height(step: Step, width: float) -> float:
    """Name, count and, where the step starts or ends journeys, a line for the badges."""
    n_lines = len(wrap_name(step.name, width)) + 1 + bool(step.n_start or step.n_end)
    return PADDING * 2 + LINE * n_lines + (4 if step.n_start or step.n_end else 0)
