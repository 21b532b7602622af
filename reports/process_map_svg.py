"""A laid-out process map as SVG that stands alone: attributes only, no styles, scripts or references from outside.

Every box is a link to its row in the table; its name says the step, its count and whether it is failure demand.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from reports.process_map_model import Box, Layout, Point, Route
from reports.process_map_places import HEADER
from reports.process_map_text import text_width

LANE_COLOURS = ("#12436D", "#28A197", "#801650", "#3D3D3D", "#6B4E9B", "#7A5C00", "#0B5A3C")
LANE_OF_KIND = {
    "web": "#12436D",
    "phone": "#28A197",
    "face_to_face": "#801650",
    "back_office": "#3D3D3D",
    "written": "#6B4E9B",
}
FAILURE, FAILURE_FILL, LINE, INK = "#B23B05", "#FDF1EA", "#6B7276", "#0B0C0C"
_RADIUS = 5.0
_THICKEST, _THINNEST = 4.5, 1.2


def map_svg(layout: Layout, lanes: Sequence[tuple[str, str]], *, title: str, description: str, element_id: str) -> str:
    """The drawing; ids begin with `element_id`, so that two maps may stand on one page."""
    heaviest = max((route.move.n or 0 for route in layout.routes), default=1) or 1
    routes = sorted(layout.routes, key=lambda route: (route.move.is_failure, route.move.n or 0))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="group" aria-labelledby="{element_id}-title {element_id}-desc" '
        f'viewBox="0 0 {_n(layout.width)} {_n(layout.height)}" width="{_n(layout.width)}" height="{_n(layout.height)}" '
        # Said once for all words: a page has hundreds.
        f'font-family="Arial, Helvetica, sans-serif" text-anchor="middle" font-weight="normal" fill="{INK}">',
        f'<title id="{element_id}-title">{escape(title)}</title>',
        f'<desc id="{element_id}-desc">{escape(description)}</desc>',
        f'<rect width="{_n(layout.width)}" height="{_n(layout.height)}" fill="#ffffff"/>',
        *_lanes(layout, lanes),
        '<g aria-hidden="true">',
        *(_line(route, heaviest) for route in routes),
        *(_label(route) for route in routes),
        "</g>",
        *(_box(box, lanes) for box in sorted(layout.boxes, key=lambda box: (box.y, box.x))),
        "</svg>",
    ]
    return "".join(parts)


def lane_colour(lanes: Sequence[tuple[str, str]], lane: str) -> str:
    """The colour of a lane: fixed for the common ones, by place for others."""
    place = [lane_id for lane_id, _ in lanes].index(lane)
    return LANE_OF_KIND.get(lane, LANE_COLOURS[(place + 4) % len(LANE_COLOURS)])


def _lanes(layout: Layout, lanes: Sequence[tuple[str, str]]) -> list[str]:
    edges = layout.lane_edges
    parts = ['<g aria-hidden="true">']
    for place, (lane, name) in enumerate(lanes):
        left, right = edges[place], edges[place + 1]
        parts.append(
            f'<rect x="{_n(left + 1)}" width="{_n(right - left - 2)}" height="6" fill="{lane_colour(lanes, lane)}"/>'
            f'<text x="{_n((left + right) / 2)}" y="{_n(HEADER - 11)}" font-size="14" font-weight="bold" '
            f'text-anchor="middle" fill="{INK}">{escape(name)}</text>'
        )
        if place:
            parts.append(f'<path d="M{_n(left)} 6V{_n(layout.height)}" stroke="#DADDE0" stroke-width="1"/>')
    return [*parts, "</g>"]


def _kinds(route: Route) -> str:
    """Classes by which a page can fade moves: o is off the main path, k leads to no failure demand."""
    kinds = [name for name, is_so in (("o", not route.move.is_main), ("k", not route.move.is_failure)) if is_so]
    return f' class="{" ".join(kinds)}"' if kinds else ""


def _line(route: Route, heaviest: int) -> str:
    colour = FAILURE if route.move.is_failure else LINE
    thick = _THINNEST + (_THICKEST - _THINNEST) * ((route.move.n or 0) / heaviest) ** 0.5
    dashes = ' stroke-dasharray="6 4"' if route.is_return else ""
    x, y = route.tip
    head = f"M{_n(x)} {_n(y)}l7 -4.5v9z" if route.is_self else f"M{_n(x)} {_n(y)}l-4.5 -8h9z"
    return (
        f'<g{_kinds(route)}><path d="{_path(route.points)}" fill="none" stroke="{colour}" stroke-width="{_n(thick)}"{dashes}/>'
        f'<path d="{head}" fill="{colour}"/></g>'
    )


def _label(route: Route) -> str:
    if not route.move.label:
        return ""
    x, y = route.label_at
    return f'<text{_kinds(route)} x="{_n(x)}" y="{_n(y)}" font-size="11">{escape(route.move.label)}</text>'


def _path(points: Sequence[Point]) -> str:
    """Straight lines with rounded corners; points that lie on one line are passed over."""
    kept = [points[0]]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        if not (before[0] == point[0] == after[0] or before[1] == point[1] == after[1]) and point != kept[-1]:
            kept.append(point)
    kept.append(points[-1])
    text = f"M{_n(kept[0][0])} {_n(kept[0][1])}"
    for before, corner, after in zip(kept, kept[1:], kept[2:], strict=False):
        radius = min(_RADIUS, _length(before, corner) / 2, _length(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        text += f"L{_n(start[0])} {_n(start[1])}Q{_n(corner[0])} {_n(corner[1])} {_n(end[0])} {_n(end[1])}"
    return text + f"L{_n(kept[-1][0])} {_n(kept[-1][1])}"


def _length(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(corner: Point, other: Point, distance: float) -> Point:
    length = _length(corner, other) or 1.0
    return (
        corner[0] + (other[0] - corner[0]) * distance / length,
        corner[1] + (other[1] - corner[1]) * distance / length,
    )


def _box(box: Box, lanes: Sequence[tuple[str, str]]) -> str:
    step = box.step
    colour = FAILURE if step.is_failure else lane_colour(lanes, step.lane)
    style = (
        f'fill="{FAILURE_FILL}" stroke-width="2.2" stroke-dasharray="4 3"'
        if step.is_failure
        else 'fill="#ffffff" stroke-width="1.6"'
    )
    count = _count(step.n) + (" · failure demand" if step.is_failure else " · not designed" if step.is_extra else "")
    middle, y = box.x + box.width / 2, box.y + 8 + 11
    lines = []
    for line in box.lines:
        lines.append(_text(middle, y, line, 12, "bold"))
        y += 14
    lines.append(_text(middle, y, count, 11, "normal"))
    name = f"{step.name}: {_count(step.n)} journeys" + (", failure demand" if step.is_failure else "")
    name += ", not in the designed journey" if step.is_extra else ""
    return (
        f'<a href="{escape(step.href)}" aria-label="{escape(name)}"><title>{escape(name)}</title>'
        f'<rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}" rx="4" '
        f'stroke="{colour}" {style}/>{"".join(lines)}{_badges(box)}</a>'
    )


def _badges(box: Box) -> str:
    """Where journeys start (black) and end (white), at the foot of the box."""
    step, y, parts = box.step, box.y + box.height - 20, []
    if step.n_start:
        text = f"start {_count(step.n_start)}"
        width = text_width(text, 10.5) + 10
        parts.append(f'<rect x="{_n(box.x + 5)}" y="{_n(y)}" width="{_n(width)}" height="15" rx="7.5" fill="{INK}"/>')
        parts.append(_text(box.x + 5 + width / 2, y + 11, text, 10.5, "normal", "#ffffff"))
    if step.n_end:
        text = f"end {_count(step.n_end)}"
        width = text_width(text, 10.5) + 10
        x = box.x + box.width - 5 - width
        parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="15" rx="2" fill="#ffffff" stroke="{INK}"/>'
        )
        parts.append(_text(x + width / 2, y + 11, text, 10.5, "normal"))
    return "".join(parts)


def _text(x: float, y: float, text: str, size: float, weight: str, colour: str = INK) -> str:
    bold = f' font-weight="{weight}"' if weight != "normal" else ""
    fill = f' fill="{colour}"' if colour != INK else ""
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}"{bold}{fill}>{escape(text)}</text>'


def _count(n: int | None) -> str:
    return "[c]" if n is None else f"{n:,}"


def _n(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
