"""What a process map is made of: steps and moves in, boxes and routes out. All lengths are pixels of the viewBox."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Step:
    """One step; counts of None are hidden and print as [c]. `href` is its row in the table below.

    is_extra: the designed journey does not have it.
    """

    step_id: str
    name: str
    lane: str
    n: int | None
    is_failure: bool
    n_start: int | None
    n_end: int | None
    href: str
    is_extra: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """One move from step to step; `label` stands at its arrowhead, `n` gives its thickness.

    is_in_model: the process model allows it, so that it counts when the order of steps is decided.
    """

    from_id: str
    to_id: str
    n: int | None
    label: str
    is_failure: bool
    is_main: bool
    is_in_model: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    """A step and its row."""

    step: Step
    row: int


@dataclass(frozen=True, slots=True)
class Box:
    """Where a step is drawn; `lines` is its name, wrapped."""

    step: Step
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """How a move is drawn: corner points from box to label, the label's box, and the arrowhead's tip."""

    move: Move
    points: tuple[Point, ...]
    label_at: Point
    label_width: float
    tip: Point
    is_return: bool
    is_self: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """A map, laid out; `lane_edges` are the left edges of the lanes and the right edge of the last."""

    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]
    lane_edges: tuple[float, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class ProcessMapDrawing:
    """The drawing and what it shows of all there is."""

    svg: str
    width: float
    height: float
    n_moves_shown: int
    n_moves_total: int
    steps_shown: tuple[str, ...]
    layout: Layout
