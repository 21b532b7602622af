"""The few SVG parts every figure is made of. Values in, text out; all text is escaped.

No style attribute and no <style> element: the pages' content security policy refuses both.
"""

from __future__ import annotations

import math
from html import escape

from reports import theme

SHAPES = {
    "usual": theme.NEUTRAL,
    "improving": theme.IMPROVING,
    "concern": theme.CONCERN,
    "changed": theme.CHANGED,
}


def coordinate(value: float) -> str:
    """A coordinate with at most one decimal, shortest form."""
    return f"{value:.1f}".rstrip("0").rstrip(".") if "." in f"{value:.1f}" else f"{value:.1f}"


def frame(body: str, *, width: float, height: float, name: str, description: str, element_id: str) -> str:
    """A whole svg element with a name and a description for screen readers."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {coordinate(width)} {coordinate(height)}" '
        f'width="{coordinate(width)}" height="{coordinate(height)}" role="img" '
        f'aria-labelledby="{element_id}-t {element_id}-d" font-family="Arial, Helvetica, sans-serif">'
        f'<title id="{element_id}-t">{escape(name)}</title>'
        f'<desc id="{element_id}-d">{escape(description)}</desc>'
        f"{body}</svg>"
    )


def text(x: float, y: float, words: str, *, anchor: str = "start", size: int = 13, bold: bool = False) -> str:
    """One line of text in the page's ink."""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{coordinate(x)}" y="{coordinate(y)}" text-anchor="{anchor}" font-size="{size}"{weight} '
        f'fill="{theme.INK}">{escape(words)}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str, width: float = 1, dash: str = "") -> str:
    """One straight line."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{coordinate(x1)}" y1="{coordinate(y1)}" x2="{coordinate(x2)}" y2="{coordinate(y2)}"'
    return f'<line {ends} stroke="{stroke}" stroke-width="{coordinate(width)}"{dashes}/>'


def polyline(points: list[tuple[float, float]], *, stroke: str = theme.NEUTRAL, width: float = 1.5) -> str:
    """A line through points; a single point draws nothing."""
    path = " ".join(f"{coordinate(x)},{coordinate(y)}" for x, y in points)
    return (
        f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="{width}"/>' if len(points) > 1 else ""
    )


def marker(x: float, y: float, signal: str, size: float = 4) -> str:
    """The shape of a signal: circle usual, diamond improving, square concern, open diamond changed."""
    colour = SHAPES.get(signal, theme.NEUTRAL)
    if signal == "concern":
        side = size * 1.8
        corner = f'x="{coordinate(x - side / 2)}" y="{coordinate(y - side / 2)}"'
        return f'<rect {corner} width="{coordinate(side)}" height="{coordinate(side)}" fill="{colour}"/>'
    if signal in ("improving", "changed"):
        reach = size * 1.4
        corners = ((x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y))
        path = " ".join(f"{coordinate(a)},{coordinate(b)}" for a, b in corners)
        fill = theme.PAPER if signal == "changed" else colour
        return f'<polygon points="{path}" fill="{fill}" stroke="{colour}" stroke-width="1.5"/>'
    return f'<circle cx="{coordinate(x)}" cy="{coordinate(y)}" r="{coordinate(size * 0.8)}" fill="{colour}"/>'


def runs(points: list[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """Points split where a value is missing, so that no line is drawn across a gap."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is None:
            pieces.append([])
        else:
            pieces[-1].append((x, y))
    return [piece for piece in pieces if piece]


def nice_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round axis values (1, 2 or 5 times a power of ten apart) within [low, high], at most `most` + 1."""
    reach = high - low
    if reach <= 0:
        return [low]
    raw = reach / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    first = math.ceil(low / step - 1e-9)
    return [round(tick * step, 10) for tick in range(first, math.floor(high / step + 1e-9) + 1)]
