"""Where boxes and lines of a process map lie: horizontals only between rows, verticals only between lanes.

So no line ever crosses a box. A move leaves the bottom of its box, runs along the gap below, along a gutter between
lanes if it must pass rows, along the gap above its target, and down to its number and arrowhead. In every gap and
gutter, lines that would overlap lie on tracks of their own, 9 px apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.process_map_model import Box, Layout, Move, Placed, Point, Route, Step
from reports.process_map_text import label_width, wrap_name

TRACK = 9.0
WIDTH = 980.0
HEADER = 34.0
BOX_WIDEST, BOX_NARROWEST = 150.0, 108.0
_GUTTER_EDGE = 11.0  # from the last track of a gutter to a box
_GAP_EDGE = 9.0  # from a box down to the first track of a gap
_LABEL = 13.0  # height of a number
_ARROW = 8.0
_LINE, _PADDING = 14.0, 8.0
_SELF_LOOP = 16.0


@dataclass(slots=True)
class _Path:
    """One move while it is routed."""

    move: Move
    source: Placed
    target: Placed
    is_return: bool
    gutter: int | None = None
    x_out: float = 0.0
    x_in: float = 0.0
    level: int = 0
    gutter_track: int = 0
    first_track: int = 0
    last_track: int = 0

    @property
    def first_gap(self) -> int:
        """The gap below the source's row."""
        return self.source.row

    @property
    def last_gap(self) -> int:
        """The gap above the target's row."""
        return self.target.row - 1


def route_moves(
    placed: Sequence[Placed],
    moves: Sequence[Move],
    returns: set[tuple[str, str]],
    lanes: Sequence[tuple[str, str]],
) -> Layout:
    """Boxes and routes of a map; every length fits the drawing."""
    at = {one.step.step_id: one for one in placed}
    lane_of = {lane: number for number, (lane, _) in enumerate(lanes)}
    loops = [move for move in moves if move.from_id == move.to_id]
    paths = [
        _Path(move, at[move.from_id], at[move.to_id], (move.from_id, move.to_id) in returns)
        for move in moves
        if move.from_id != move.to_id
    ]
    _choose_gutters(paths, lane_of)
    n_tracks = _assign_gutter_tracks(paths, len(lanes))
    columns = _Columns(n_tracks, len(lanes), bool(loops))
    _place_ports(paths, columns, lane_of)
    n_rows = max((one.row for one in placed), default=0) + 1
    gap_tracks = _assign_gap_tracks(paths, columns, n_rows)
    rows = _Rows(placed, paths, gap_tracks, columns.box_width, n_rows)
    boxes = [_box(one, columns, rows, lane_of) for one in placed]
    routes = [_route(path, columns, rows) for path in paths]
    by_id = {box.step.step_id: box for box in boxes}
    routes += [_loop(move, by_id[move.from_id]) for move in loops]
    return Layout(tuple(boxes), tuple(routes), columns.lane_edges(), columns.width, rows.height)


def _choose_gutters(paths: Sequence[_Path], lane_of: Mapping[str, int]) -> None:
    """A move past other rows takes a gutter beside its target or source, the emptier of the two; returns keep left."""
    load: dict[int, int] = defaultdict(int)
    for path in paths:
        if not path.is_return and path.last_gap == path.first_gap:
            continue
        source, target = lane_of[path.source.step.lane], lane_of[path.target.step.lane]
        if source == target:
            candidates = [source] if path.is_return else [source + 1]
        elif source < target:
            candidates = [target, source + 1]
        else:
            candidates = [target + 1, source]
        path.gutter = min(candidates, key=lambda gutter: (load[gutter], candidates.index(gutter)))
        load[path.gutter] += 1


def _assign_gutter_tracks(paths: Sequence[_Path], n_lanes: int) -> list[int]:
    """Tracks of each gutter by the rows its lines span; returns the number of tracks per gutter."""
    counts = [0] * (n_lanes + 1)
    for gutter in range(n_lanes + 1):
        inside = [path for path in paths if path.gutter == gutter]
        spans = [_span(path.first_gap, path.last_gap) for path in inside]
        tracks, counts[gutter] = _colour(spans)
        for path, track in zip(inside, tracks, strict=True):
            path.gutter_track = track
    return counts


def _span(a: float, b: float) -> tuple[float, float]:
    return (min(a, b), max(a, b))


def _colour(spans: Sequence[tuple[float, float]], apart: float = 0.0) -> tuple[list[int], int]:
    """Give each interval the first track on which it meets no other (closer than `apart`); and the tracks used."""
    ends: list[list[tuple[float, float]]] = []
    tracks = [0] * len(spans)
    for index in sorted(range(len(spans)), key=lambda i: (spans[i][0], -spans[i][1], i)):
        low, high = spans[index]
        free = (
            place
            for place, taken in enumerate(ends)
            if all(high + apart < other_low or other_high + apart < low for other_low, other_high in taken)
        )
        track = next(free, len(ends))
        if track == len(ends):
            ends.append([])
        ends[track].append((low, high))
        tracks[index] = track
    return tracks, len(ends)


class _Columns:
    """Horizontal places: gutters as wide as their tracks need, boxes share the rest."""

    def __init__(self, n_tracks: Sequence[int], n_lanes: int, has_loops: bool) -> None:
        loop = _SELF_LOOP + 14 if has_loops else 0.0
        self._gutters = [
            max(2 * _GUTTER_EDGE + TRACK * max(n - 1, 0), 24.0) + (loop if place else 0.0)
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
        return left + loop + self._spare / 2 + _GUTTER_EDGE + TRACK * track

    def lane_edges(self) -> tuple[float, ...]:
        """Lane borders: the middle of the gutters between, the drawing's edges outside."""
        inner = [
            sum(self._gutters[:gutter]) + self.box_width * gutter + self._gutters[gutter] / 2
            for gutter in range(1, len(self._gutters) - 1)
        ]
        return (0.0, *inner, self.width)


def _place_ports(paths: Sequence[_Path], columns: _Columns, lane_of: Mapping[str, int]) -> None:
    """Inbound ports far enough apart for their numbers (on two levels where need be), outbound ports between them."""
    inbound, outbound = defaultdict(list), defaultdict(list)
    for path in paths:
        inbound[path.target.step.step_id].append(path)
        outbound[path.source.step.step_id].append(path)
    for own in inbound.values():
        own.sort(key=lambda path: (_comes_from(path, columns, lane_of), path.source.row, path.move.from_id))
        left, width = columns.box_x(lane_of[own[0].target.step.lane]), columns.box_width
        wide = max(label_width(path.move.label) for path in own) + 4
        is_stacked = wide * len(own) > width
        for place, path in enumerate(own):
            path.x_in = left + width * (place + 0.5) / len(own)
            path.level = place % 2 if is_stacked else 0
    for own in outbound.values():
        own.sort(key=lambda path: (_goes_to(path, columns), path.target.row, path.move.to_id))
        left, width = columns.box_x(lane_of[own[0].source.step.lane]), columns.box_width
        for place, path in enumerate(own):
            path.x_out = left + width * (place + 1) / (len(own) + 1)
    _keep_ports_apart(paths)


def _keep_ports_apart(paths: Sequence[_Path]) -> None:
    """In one gap no line going down from a box may lie on a line coming down to another."""
    for path in paths:
        if path.gutter is None and abs(path.x_out - path.x_in) < 14:
            path.x_out = path.x_in
    for path in paths:
        others = [
            *(other.x_in for other in paths if other is not path and other.last_gap == path.first_gap),
            *(other.x_out for other in paths if other is not path and other.first_gap == path.first_gap),
        ]
        if path.gutter is None and path.x_out == path.x_in and all(abs(path.x_out - x) >= 6 for x in others):
            continue
        start = path.x_out
        for shift in (0, 7, -7, 13, -13, 20, -20, 27, -27, 34, -34):
            if all(abs(start + shift - x) >= 6 for x in others):
                path.x_out = start + shift
                break


def _comes_from(path: _Path, columns: _Columns, lane_of: Mapping[str, int]) -> float:
    if path.gutter is not None:
        return columns.track_x(path.gutter, path.gutter_track)
    return columns.box_x(lane_of[path.source.step.lane]) + columns.box_width / 2


def _goes_to(path: _Path, columns: _Columns) -> float:
    return columns.track_x(path.gutter, path.gutter_track) if path.gutter is not None else path.x_in


def _assign_gap_tracks(paths: Sequence[_Path], columns: _Columns, n_rows: int) -> dict[int, int]:
    """Tracks of the horizontals in each gap (-1 is above the first row); returns the number per gap."""
    counts: dict[int, int] = {}
    for gap in range(-1, n_rows):
        spans: list[tuple[float, float]] = []
        owners: list[tuple[_Path, str]] = []
        for path in paths:
            if path.gutter is None:
                if path.first_gap == gap and abs(path.x_out - path.x_in) > 0.5:
                    spans.append(_span(path.x_out, path.x_in))
                    owners.append((path, "both"))
                continue
            middle = columns.track_x(path.gutter, path.gutter_track)
            if path.first_gap == gap:
                spans.append(_span(path.x_out, middle))
                owners.append((path, "first"))
            if path.last_gap == gap:
                spans.append(_span(middle, path.x_in))
                owners.append((path, "last"))
        tracks, counts[gap] = _colour(spans, apart=6.0)
        for (path, which), track in zip(owners, tracks, strict=True):
            if which in ("first", "both"):
                path.first_track = track
            if which in ("last", "both"):
                path.last_track = track
    return counts


class _Rows:
    """Vertical places: gaps as high as their tracks and numbers need, rows as high as their tallest box."""

    def __init__(
        self,
        placed: Sequence[Placed],
        paths: Sequence[_Path],
        gap_tracks: Mapping[int, int],
        box_width: float,
        n_rows: int,
    ) -> None:
        self._box_width = box_width
        heights: dict[int, float] = defaultdict(float)
        for one in placed:
            heights[one.row] = max(heights[one.row], box_height(one.step, box_width))
        levels: dict[int, int] = defaultdict(int)
        for path in paths:
            levels[path.last_gap] = max(levels[path.last_gap], path.level + 1)
        self._tops: list[float] = []
        self._gap_tops: dict[int, float] = {}
        y = HEADER
        for row in range(-1, n_rows):
            if row >= 0:
                self._tops.append(y)
                y += heights[row]
            self._gap_tops[row] = y
            tracks, numbers = gap_tracks.get(row, 0), levels[row]
            y += _GAP_EDGE + TRACK * tracks + (_LABEL * numbers + _ARROW + 2 if numbers else _GAP_EDGE)
        self.height = y

    def top(self, row: int) -> float:
        """Top of the boxes of a row."""
        return self._tops[row]

    def track_y(self, gap: int, track: int) -> float:
        """A horizontal line of a gap."""
        return self._gap_tops[gap] + _GAP_EDGE + TRACK * track

    def bottom_of(self, one: Placed) -> float:
        """Bottom edge of a step's box."""
        return self.top(one.row) + box_height(one.step, self._box_width)


def box_height(step: Step, width: float) -> float:
    """Name, count and, where the step starts or ends journeys, a line for the badges."""
    n_lines = len(wrap_name(step.name, width)) + 1 + bool(step.n_start or step.n_end)
    return _PADDING * 2 + _LINE * n_lines + (4 if step.n_start or step.n_end else 0)


def _box(one: Placed, columns: _Columns, rows: _Rows, lane_of: Mapping[str, int]) -> Box:
    width = columns.box_width
    return Box(
        one.step,
        columns.box_x(lane_of[one.step.lane]),
        rows.top(one.row),
        width,
        box_height(one.step, width),
        wrap_name(one.step.name, width),
    )


def _route(path: _Path, columns: _Columns, rows: _Rows) -> Route:
    top = rows.top(path.target.row)
    label_y = top - _ARROW - 2 - _LABEL * path.level
    points: list[Point] = [(path.x_out, rows.bottom_of(path.source))]
    if path.gutter is not None:
        x = columns.track_x(path.gutter, path.gutter_track)
        first, last = rows.track_y(path.first_gap, path.first_track), rows.track_y(path.last_gap, path.last_track)
        points += [(path.x_out, first), (x, first), (x, last), (path.x_in, last)]
    elif abs(path.x_out - path.x_in) > 0.5:
        y = rows.track_y(path.first_gap, path.first_track)
        points += [(path.x_out, y), (path.x_in, y)]
    points.append((path.x_in, label_y - _LABEL + 2))
    return Route(
        path.move,
        tuple(points),
        (path.x_in, label_y),
        label_width(path.move.label),
        (path.x_in, top),
        path.is_return,
        is_self=False,
    )


def _loop(move: Move, box: Box) -> Route:
    """A move back to the same step: a small loop at its right side."""
    right, middle = box.x + box.width, box.y + box.height / 2
    points = (
        (right, middle - 10),
        (right + _SELF_LOOP, middle - 10),
        (right + _SELF_LOOP, middle + 8),
        (right + 6, middle + 8),
    )
    width = label_width(move.label)
    return Route(
        move, points, (right + 2 + width / 2, middle - 14), width, (right, middle + 8), is_return=False, is_self=True
    )
