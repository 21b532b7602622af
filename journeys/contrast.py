"""Contrast of two colours after WCAG 2.2, and the nearest colour that can be read."""

from __future__ import annotations

import colorsys

WHITE = "#FFFFFF"
TINT = "#EEF3F8"  # the darkest ground that words of a signal stand on
MIN_TEXT_CONTRAST = 4.5
_STEPS = 256


def contrast(first: str, second: str) -> float:
    """WCAG contrast ratio of two #RRGGBB colours, 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def nearest_readable(colour: str, ground: str) -> str:
    """The same hue, darkened no further than needed to be read on `ground`, which is light."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(part / 255 for part in _parts(colour)))
    for step in range(_STEPS + 1):
        darker = colorsys.hls_to_rgb(hue, lightness * (1 - step / _STEPS), saturation)
        found = "#" + "".join(f"{round(part * 255):02X}" for part in darker)
        if contrast(found, ground) >= MIN_TEXT_CONTRAST:
            return found
    raise ValueError(f"{ground} is too dark a ground")


def unreadable(name: str, colour: str, ground: str = WHITE) -> str | None:
    """What is wrong with a colour for text, its ratio and the nearest that passes; None where it can be read."""
    ratio = contrast(colour, ground)
    if ratio >= MIN_TEXT_CONTRAST:
        return None
    return (
        f"{name} {colour} has a contrast of {ratio:.1f} on {ground}, where {MIN_TEXT_CONTRAST} is needed to be read; "
        f"the nearest that passes is {nearest_readable(colour, ground)}"
    )


def _luminance(colour: str) -> float:
    red, green, blue = (part / 255 for part in _parts(colour))
    return 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
