"""A process map from plain tables: which steps and moves are drawn, and in which row each step stands.

In: steps and moves with counts. Out: a drawing (SVG) and what it shows. Columns are channels, time runs down the
page. At most 20 steps and 25 moves are drawn; every step keeps its strongest inbound move, so that none hangs loose.

Rows: moves are taken strongest first, those of the process model before others and the main path before all of its
kind; a move that would close a circle is a return. Rows
are the longest path over the other moves, one step per column and row. Ties are broken by name, so a step keeps its
place from week to week unless the process changed. Drawing: `process_map_routes`, `process_map_svg`.
"""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx

from reports.process_map_model import Move, Placed, ProcessMapDrawing, Step
from reports.process_map_routes import route_moves
from reports.process_map_svg import map_svg

MOST_STEPS = 20
MOST_MOVES = 25
MOST_INBOUND = 5


def draw_process_map(
    steps: Sequence[Step],
    moves: Sequence[Move],
    *,
    lanes: Sequence[tuple[str, str]],
    title: str,
    description: str,
    element_id: str,
    main_first: Sequence[str] = (),
) -> ProcessMapDrawing:
    """Draw steps and moves in the given lanes (id, name). `main_first` are the step ids of the main path in order."""
    shown = choose_steps(steps, main_first)
    kept = choose_moves(shown, moves, main_first)
    connected = {end for move in kept for end in (move.from_id, move.to_id)}
    shown = [step for step in shown if step.step_id in connected or step.n_start or step.n_end]
    used = {step.lane for step in shown}
    columns = [lane for lane in lanes if lane[0] in used]
    returns, rows = place_rows(shown, kept, main_first)
    layout = route_moves([Placed(step, rows[step.step_id]) for step in shown], kept, returns, columns)
    svg = map_svg(layout, columns, title=title, description=description, element_id=element_id)
    return ProcessMapDrawing(
        svg=svg,
        width=layout.width,
        height=layout.height,
        n_moves_shown=len(layout.routes),
        n_moves_total=len(moves),
        steps_shown=tuple(step.step_id for step in shown),
        layout=layout,
    )


def choose_steps(steps: Sequence[Step], main_first: Sequence[str]) -> list[Step]:
    """The main path, then the most frequent steps; most frequent first."""
    main = set(main_first)
    ordered = sorted(steps, key=lambda step: (step.step_id not in main, -(step.n or 0), step.name, step.step_id))
    chosen = ordered[:MOST_STEPS]
    return sorted(chosen, key=lambda step: (-(step.n or 0), step.name, step.step_id))


def choose_moves(shown: Sequence[Step], moves: Sequence[Move], main_first: Sequence[str]) -> list[Move]:
    """The main path's moves, each step's strongest inbound move, then the strongest of the rest."""
    ids = {step.step_id for step in shown}
    inside = sorted((m for m in moves if m.from_id in ids and m.to_id in ids), key=lambda m: _strength(m, main_first))
    strongest: dict[str, Move] = {}
    for move in inside:
        if move.from_id != move.to_id:
            strongest.setdefault(move.to_id, move)
    needed = [move for move in inside if move.is_main or strongest.get(move.to_id) is move]
    kept: list[Move] = []
    inbound: dict[str, int] = {}
    for move in [*needed, *(move for move in inside if move not in needed)]:
        if len(kept) == MOST_MOVES or inbound.get(move.to_id, 0) == MOST_INBOUND:
            continue
        kept.append(move)
        inbound[move.to_id] = inbound.get(move.to_id, 0) + (move.from_id != move.to_id)
    return kept


def place_rows(
    shown: Sequence[Step], moves: Sequence[Move], main_first: Sequence[str]
) -> tuple[set[tuple[str, str]], dict[str, int]]:
    """Moves that lead back, and the row of every step."""
    graph = nx.DiGraph()
    graph.add_nodes_from(step.step_id for step in shown)
    returns: set[tuple[str, str]] = set()
    for move in sorted(moves, key=lambda move: (not move.is_in_model, *_strength(move, main_first))):
        pair = (move.from_id, move.to_id)
        if move.from_id == move.to_id:
            continue
        if nx.has_path(graph, move.to_id, move.from_id):
            returns.add(pair)
        else:
            graph.add_edge(*pair)
    return returns, _rows(graph, {step.step_id: step for step in shown}, main_first)


def _rows(graph: nx.DiGraph, steps: dict[str, Step], main_first: Sequence[str]) -> dict[str, int]:
    place = {step_id: number for number, step_id in enumerate(main_first)}

    def order(step_id: str) -> tuple[int, str, str]:
        return (place.get(step_id, len(place)), steps[step_id].name, step_id)

    rows: dict[str, int] = {}
    taken: set[tuple[str, int]] = set()
    for step_id in nx.lexicographical_topological_sort(graph, key=order):
        row = max((rows[before] + 1 for before in graph.predecessors(step_id)), default=0)
        while (steps[step_id].lane, row) in taken:
            row += 1
        taken.add((steps[step_id].lane, row))
        rows[step_id] = row
    return rows


def _strength(move: Move, main_first: Sequence[str]) -> tuple[bool, int, str, str]:
    on_main = (move.from_id, move.to_id) in set(zip(main_first, main_first[1:], strict=False))
    return (not on_main, -(move.n or 0), move.from_id, move.to_id)
