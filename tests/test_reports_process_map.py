"""The process map as geometry: what must never overlap, on a council's log, a spaghetti log and a real one."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from reports.process_map import MOST_MOVES, MOST_STEPS, draw_process_map
from reports.process_map_model import Move, ProcessMapDrawing, Route, Step

LANES = [
    ("web", "Web"),
    ("written", "E-mail and post"),
    ("phone", "Phone"),
    ("face_to_face", "Face to face"),
    ("back_office", "Back office"),
]
COUNCIL = {
    "Submits web form": ("web", 808), "Web form fails": ("web", 402), "Calls: how do I tell you?": ("phone", 611),
    "Calls: something has changed": ("phone", 702), "Visits: something has changed": ("face_to_face", 233),
    "Case opened": ("back_office", 1630), "Letter sent": ("back_office", 455), "Calls: what is happening with it?": ("phone", 523),
    "Account changed": ("back_office", 1488), "Calls: this is wrong": ("phone", 188),
}  # fmt: skip
COUNCIL_MOVES = [
    ("Submits web form", "Case opened", 790), ("Web form fails", "Calls: how do I tell you?", 221),
    ("Web form fails", "Visits: something has changed", 38), ("Calls: how do I tell you?", "Calls: something has changed", 165),
    ("Calls: something has changed", "Case opened", 640), ("Visits: something has changed", "Case opened", 205),
    ("Case opened", "Letter sent", 455), ("Case opened", "Calls: what is happening with it?", 310),
    ("Case opened", "Account changed", 1010), ("Letter sent", "Account changed", 190), ("Account changed", "Calls: this is wrong", 188),
    ("Calls: this is wrong", "Account changed", 115), ("Calls: what is happening with it?", "Account changed", 338),
    ("Calls: what is happening with it?", "Calls: what is happening with it?", 90), ("Letter sent", "Web form fails", 12),
]  # fmt: skip


def _step(name: str, lane: str, n: int | None, *, starts: bool = True) -> Step:
    return Step(f"s-{name}", name, lane, n, "Calls" in name, n if starts else 0, n, f"#row-{len(name)}")


def _move(a: str, b: str, n: int | None) -> Move:
    return Move(f"s-{a}", f"s-{b}", n, "[c]" if n is None else f"{n:,}", "Calls" in b, False)


def _draw(steps: list[Step], moves: list[Move], element_id: str = "map") -> ProcessMapDrawing:
    return draw_process_map(steps, moves, lanes=LANES, title="Map", description="Steps", element_id=element_id)


def _council() -> ProcessMapDrawing:
    return _draw(
        [_step(name, lane, n) for name, (lane, n) in COUNCIL.items()], [_move(*move) for move in COUNCIL_MOVES]
    )


def _spaghetti() -> ProcessMapDrawing:
    rng = random.Random(3)
    steps = [_step(f"Step number {i} of many", LANES[rng.randrange(5)][0], rng.randrange(10, 5000)) for i in range(60)]
    pairs = {(rng.choice(steps).name, rng.choice(steps).name): rng.randrange(10, 3000) for _ in range(600)}
    return _draw(steps, [_move(a, b, n) for (a, b), n in pairs.items()])


def _receipt(shared_data: Path) -> ProcessMapDrawing:
    log = pd.read_csv(
        shared_data / "receipt" / "receipt.csv", usecols=["case:concept:name", "concept:name", "time:timestamp"]
    )
    log["at"] = pd.to_datetime(log["time:timestamp"], utc=True, format="ISO8601")
    log = log.sort_values(["case:concept:name", "at"], kind="stable")
    log["next"] = log.groupby("case:concept:name")["concept:name"].shift(-1)
    counts = log["concept:name"].value_counts()
    lane = {name: "web" if name.startswith("Confirmation") else "back_office" for name in counts.index}
    moves = log.dropna(subset="next").groupby(["concept:name", "next"]).size()
    return _draw(
        [_step(name, lane[name], int(n)) for name, n in counts.items()],
        [_move(a, b, int(n)) for (a, b), n in moves.items()],
    )


@pytest.fixture(params=["council", "spaghetti", "receipt"])
def drawing(request: pytest.FixtureRequest) -> ProcessMapDrawing:
    if request.param == "receipt":
        return _receipt(request.getfixturevalue("shared_data"))
    return _council() if request.param == "council" else _spaghetti()


Rectangle = tuple[float, float, float, float]


def _overlap(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _segments(route: Route) -> list[Rectangle]:
    return [
        (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        for (x1, y1), (x2, y2) in zip(route.points, route.points[1:], strict=False)
    ]


def _label_box(route: Route) -> Rectangle:
    (x, y), half = route.label_at, route.label_width / 2
    return (x - half + 1, y - 9, x + half - 1, y)


def _boxes(drawing: ProcessMapDrawing) -> list[Rectangle]:
    return [(box.x, box.y, box.x + box.width, box.y + box.height) for box in drawing.layout.boxes]


def test_few_enough_steps_and_moves_and_none_hangs_loose(drawing: ProcessMapDrawing) -> None:
    assert len(drawing.steps_shown) <= MOST_STEPS
    assert drawing.n_moves_shown <= MOST_MOVES
    reached = {route.move.to_id for route in drawing.layout.routes}
    for box in drawing.layout.boxes:
        assert box.step.step_id in reached or box.step.n_start


def test_no_two_boxes_overlap_and_all_is_inside_the_drawing(drawing: ProcessMapDrawing) -> None:
    for a, b in combinations(_boxes(drawing), 2):
        assert not _overlap(a, b)
    for left, top, right, bottom in [*_boxes(drawing), *(s for r in drawing.layout.routes for s in _segments(r))]:
        assert left >= 0 and top >= 0
        assert right <= drawing.width and bottom <= drawing.height
    assert drawing.width <= 980.5


def test_no_line_crosses_a_box(drawing: ProcessMapDrawing) -> None:
    for route in drawing.layout.routes:
        for left, top, right, bottom in _segments(route):
            for box in _boxes(drawing):
                inside = (box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1)
                assert not _overlap((left, top, right + 0.1, bottom + 0.1), inside), route.move


def test_no_number_stands_on_a_box_a_number_or_anothers_line(drawing: ProcessMapDrawing) -> None:
    for route in drawing.layout.routes:
        label = _label_box(route)
        for box in _boxes(drawing):
            assert not _overlap(label, box), route.move
        for other in drawing.layout.routes:
            if other is route:
                continue
            assert not _overlap(label, _label_box(other)), (route.move, other.move)
            for left, top, right, bottom in _segments(other):
                assert not _overlap(label, (left, top, right + 0.1, bottom + 0.1)), (route.move, other.move)


def test_parallel_lines_do_not_lie_on_one_another(drawing: ProcessMapDrawing) -> None:
    for one, other in combinations(drawing.layout.routes, 2):
        for a in _segments(one):
            for b in _segments(other):
                upright = a[0] == a[2] and b[0] == b[2]
                level = a[1] == a[3] and b[1] == b[3] and a[0] != a[2] and b[0] != b[2]
                if upright and min(a[3], b[3]) - max(a[1], b[1]) > 1:
                    assert abs(a[0] - b[0]) >= 4.9, (one.move, other.move)
                if level and min(a[2], b[2]) - max(a[0], b[0]) > 1:
                    assert abs(a[1] - b[1]) >= 8.9, (one.move, other.move)


def test_the_drawing_is_small_well_formed_and_the_same_twice() -> None:
    one, other = _council(), _council()
    assert one.svg == other.svg
    assert len(one.svg) < 40_000
    ET.fromstring(one.svg)


def test_two_maps_on_a_page_share_no_id() -> None:
    steps = [_step(name, lane, n) for name, (lane, n) in COUNCIL.items()]
    ids = [set(re.findall(r' id="([^"]+)"', _draw(steps, [], element).svg)) for element in ("one", "two")]
    assert ids[0] and not ids[0] & ids[1]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", 'say "hi" & go', "\u202emoc.live", "x" * 300, "🏠 moving " * 20, "]]>"]
)
def test_hostile_names_are_shown_harmlessly(name: str) -> None:
    drawing = _draw(
        [_step(name, "phone", 20), _step("Case opened", "back_office", 20)], [_move(name, "Case opened", 20)]
    )
    root = ET.fromstring(drawing.svg)
    assert "<script" not in drawing.svg
    titles = [title.text or "" for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert any(title.startswith(name) for title in titles)


def test_hidden_counts_print_c() -> None:
    drawing = _draw([_step("A", "phone", None), _step("B", "phone", None)], [_move("A", "B", None)])
    assert "[c]" in drawing.svg


def test_the_process_model_decides_which_way_is_back() -> None:
    """Of two moves in a circle the one the model allows leads on, even when fewer take it."""
    steps = [_step("A", "phone", 9), _step("B", "web", 9)]
    moves = [replace(_move("A", "B", 9), is_in_model=False), _move("B", "A", 3)]
    routes = {route.move.from_id: route.is_return for route in _draw(steps, moves).layout.routes}
    assert routes == {"s-A": True, "s-B": False}


def test_one_step_and_a_circle_of_two_can_be_drawn() -> None:
    assert _draw([_step("A", "phone", 5)], []).steps_shown == ("s-A",)
    circle = _draw([_step("A", "phone", 9), _step("B", "web", 5)], [_move("A", "B", 5), _move("B", "A", 3)])
    assert [route.is_return for route in circle.layout.routes] == [False, True]
