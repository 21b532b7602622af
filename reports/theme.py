"""The palette and its contrast, after WCAG 2.2's definition of relative luminance.

Every colour of text or line on a page stands here. `contrast` is what the tests assert with.
"""

from __future__ import annotations

import re

INK = "#1D1D1D"
QUIET_INK = "#4A4A4A"
LINE = "#C9CDD0"
PAPER = "#FFFFFF"
CONCERN = "#B23B05"
IMPROVING = "#12436D"
CHANGED = "#801650"
NEUTRAL = "#3D3D3D"
TEAL = "#28A197"  # lines and areas only: it does not reach 4.5 on white
DEFAULT_COLOUR = "#12436D"
TEXT_COLOURS = (INK, QUIET_INK, CONCERN, IMPROVING, CHANGED, NEUTRAL)
HEAT = ("#FFFFFF", "#E7ECF1", "#C7D3DE", "#A3B7C9")  # cell shades, light to dark; ink must pass on each
MIN_TEXT_CONTRAST = 4.5
MIN_SHAPE_CONTRAST = 3.0


def contrast(first: str, second: str) -> float:
    """WCAG contrast ratio of two #RRGGBB colours, 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def page_colour(colour: object) -> str:
    """The organisation's colour if it is a readable #RRGGBB, else the default."""
    if isinstance(colour, str) and re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
        return colour if contrast(colour, PAPER) >= MIN_TEXT_CONTRAST else DEFAULT_COLOUR
    return DEFAULT_COLOUR


def _luminance(colour: str) -> float:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
