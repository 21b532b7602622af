"""The palette and its contrast, after WCAG 2.2's definition of relative luminance.

Every colour of text or line on a page stands here. Drawings use the defaults; a page of an organisation with other colours is
recoloured as a whole (see `reports.render`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from journeys.contrast import MIN_TEXT_CONTRAST, contrast

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
DEFAULTS = {"organisation": DEFAULT_COLOUR, "concern": CONCERN, "improving": IMPROVING, "changed": CHANGED}
MIN_SHAPE_CONTRAST = 3.0


def page_colours(settings: Mapping[str, Any]) -> dict[str, str]:
    """The organisation's colours by name where they can be read, else the defaults: organisation, concern, improving, changed."""
    chosen = {"organisation": settings.get("colour"), **(settings.get("signal_colours") or {})}
    return {name: _readable(chosen.get(name), default) for name, default in DEFAULTS.items()}


def _readable(colour: object, default: str) -> str:
    if (
        isinstance(colour, str)
        and re.fullmatch(r"#[0-9A-Fa-f]{6}", colour)
        and contrast(colour, PAPER) >= MIN_TEXT_CONTRAST
    ):
        return colour
    return default
