"""Lines of a process map on tracks of their own: which gutter a move takes, where it leaves and enters its boxes.

In every gap between rows and every gutter between lanes, lines that would overlap lie on different tracks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.process_map_model import Move, Placed
from reports.process_map_places import Columns
from reports.process_map_text import label_width


@dataclass(slots=True)
class Path:
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


def choose_gutters(paths: Sequence[Path], lane_of: Mapping[str, int]) -> None:
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


def assign_gutter_tracks(paths: Sequence[Path], n_lanes: int) -> list[int]:
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


def place_ports(paths: Sequence[Path], columns: Columns, lane_of: Mapping[str, int]) -> None:
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


def _keep_ports_apart(paths: Sequence[Path]) -> None:
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


def _comes_from(path: Path, columns: Columns, lane_of: Mapping[str, int]) -> float:
    if path.gutter is not None:
        return columns.track_x(path.gutter, path.gutter_track)
    return columns.box_x(lane_of[path.source.step.lane]) + columns.box_width / 2


def _goes_to(path: Path, columns: Columns) -> float:
    return columns.track_x(path.gutter, path.gutter_track) if path.gutter is not None else path.x_in


def assign_gap_tracks(paths: Sequence[Path], columns: Columns, n_rows: int) -> dict[int, int]:
    """Tracks of the horizontals in each gap (-1 is above the first row); returns the number per gap."""
    counts: dict[int, int] = {}
    for gap in range(-1, n_rows):
        spans: list[tuple[float, float]] = []
        owners: list[tuple[Path, str]] = []
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


def levels_of(paths: Sequence[Path]) -> dict[int, int]:
    """Lines of numbers in each gap: two where they stand too close for one."""
    levels: dict[int, int] = defaultdict(int)
    for path in paths:
        levels[path.last_gap] = max(levels[path.last_gap], path.level + 1)
    return levels
