"""Text in a process map, measured without a browser: Arial's average widths, a little on the wide side."""

from __future__ import annotations

_NARROW = frozenset("iljtfrI.,:;'|!()[] ")
_WIDE = frozenset("mwMWABCDGHKNOPQRUVXY%&@")
_NAME_SIZE = 12.0
_LABEL_SIZE = 11.0
_MOST_LINES = 3


def text_width(text: str, size: float, *, is_bold: bool = False) -> float:
    """Width in pixels at a font size; signs outside Latin count as wide."""
    units = sum(_units(sign) for sign in text)
    return units * size * (1.06 if is_bold else 1.0)


def label_width(label: str) -> float:
    """Width of a number at an arrowhead."""
    return text_width(label, _LABEL_SIZE) + 2


def wrap_name(name: str, box_width: float) -> tuple[str, ...]:
    """A step's name in at most three lines; what does not fit ends in an ellipsis (its title has it all)."""
    room = box_width - 14
    lines: list[str] = [""]
    for word in name.split():
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, _NAME_SIZE, is_bold=True) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    kept = lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        kept[-1] += "…"
    return tuple(_fit(line, room) for line in kept)


def _fit(line: str, room: float) -> str:
    if text_width(line, _NAME_SIZE, is_bold=True) <= room:
        return line
    while line and text_width(line + "…", _NAME_SIZE, is_bold=True) > room:
        line = line[:-1]
    return line.rstrip("…") + "…"


def _units(sign: str) -> float:
    if sign in _NARROW:
        return 0.31
    if sign in _WIDE:
        return 0.75
    return 0.57 if ord(sign) < 0x250 else 1.0
