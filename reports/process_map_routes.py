"""Where boxes and lines of a process map lie: horizontals only between rows, verticals only between lanes.

So no line ever crosses a box. A move leaves the bottom of its box, runs along the gap below, along a gutter between
lanes if it must pass rows, along the gap above its target, and down to its number and arrowhead. In every gap and
gutter, lines that would overlap lie on tracks of their own, 9 px apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reports.process_map_model import Box, Layout, Move, Placed, Point, Route
from reports.process_map_places import ARROW, LABEL, SELF_LOOP, Columns, Rows, box_height
from reports.process_map_text import label_width, wrap_name
from reports.process_map_tracks import (
    Path,
    assign_gap_tracks,
    assign_gutter_tracks,
    choose_gutters,
    levels_of,
    place_ports,
)


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
        Path(move, at[move.from_id], at[move.to_id], (move.from_id, move.to_id) in returns)
        for move in moves
        if move.from_id != move.to_id
    ]
    choose_gutters(paths, lane_of)
    n_tracks = assign_gutter_tracks(paths, len(lanes))
    columns = Columns(n_tracks, len(lanes), bool(loops))
    place_ports(paths, columns, lane_of)
    n_rows = max((one.row for one in placed), default=0) + 1
    gap_tracks = assign_gap_tracks(paths, columns, n_rows)
    rows = Rows(placed, levels_of(paths), gap_tracks, columns.box_width, n_rows)
    boxes = [_box(one, columns, rows, lane_of) for one in placed]
    routes = [_route(path, columns, rows) for path in paths]
    by_id = {box.step.step_id: box for box in boxes}
    routes += [_loop(move, by_id[move.from_id]) for move in loops]
    return Layout(tuple(boxes), tuple(routes), columns.lane_edges(), columns.width, rows.height)


def _box(one: Placed, columns: Columns, rows: Rows, lane_of: Mapping[str, int]) -> Box:
    width = columns.box_width
    return Box(
        one.step,
        columns.box_x(lane_of[one.step.lane]),
        rows.top(one.row),
        width,
        box_height(one.step, width),
        wrap_name(one.step.name, width),
    )


def _route(path: Path, columns: Columns, rows: Rows) -> Route:
    top = rows.top(path.target.row)
    label_y = top - ARROW - 2 - LABEL * path.level
    points: list[Point] = [(path.x_out, rows.bottom_of(path.source))]
    if path.gutter is not None:
        x = columns.track_x(path.gutter, path.gutter_track)
        first, last = rows.track_y(path.first_gap, path.first_track), rows.track_y(path.last_gap, path.last_track)
        points += [(path.x_out, first), (x, first), (x, last), (path.x_in, last)]
    elif abs(path.x_out - path.x_in) > 0.5:
        y = rows.track_y(path.first_gap, path.first_track)
        points += [(path.x_out, y), (path.x_in, y)]
    points.append((path.x_in, label_y - LABEL + 2))
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
        (right + SELF_LOOP, middle - 10),
        (right + SELF_LOOP, middle + 8),
        (right + 6, middle + 8),
    )
    width = label_width(move.label)
    return Route(
        move, points, (right + 2 + width / 2, middle - 14), width, (right, middle + 8), is_return=False, is_self=True
    )
