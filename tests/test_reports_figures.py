"""Figures and colours: gaps stay gaps, names are there, colours can be read."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from reports import theme
from reports.figures.ranges import RangeRow, draw_ranges
from reports.figures.small import draw_panel, draw_sparkline
from reports.figures.svg import nice_ticks
from reports.figures.xmr import XmrLimits, XmrPoint, draw_xmr

NAMES = {"name": "A <name>", "description": "It's & so", "element_id": "x"}


def _xmr(values: list[float | None], signal: str = "usual") -> str:
    points = [XmrPoint(f"2026-W{week:02d}", value, signal) for week, value in enumerate(values, start=1)]
    return draw_xmr(points, XmrLimits(0.3, 0.24, 0.36), "share", **NAMES)


def test_a_missing_week_leaves_a_gap_in_the_line() -> None:
    whole, broken = _xmr([0.3, 0.31, 0.29, 0.3, 0.32]), _xmr([0.3, 0.31, None, 0.3, 0.32])
    assert (whole.count("<polyline"), broken.count("<polyline")) == (1, 2)
    assert (whole.count("<circle"), broken.count("<circle")) == (5, 4)


def test_each_signal_has_its_own_shape() -> None:
    shapes = {signal: _xmr([0.3, 0.31], signal) for signal in ("usual", "concern", "improving", "changed")}
    assert "<circle" in shapes["usual"] and "<circle" not in shapes["concern"]
    assert f'fill="{theme.CONCERN}"' in shapes["concern"]
    assert "<polygon" in shapes["improving"] and 'fill="#FFFFFF"' in shapes["changed"]


@pytest.mark.parametrize(
    "svg",
    [
        _xmr([0.3, 0.31]),
        draw_sparkline([1.0, None, 3.0], "concern", "days", name="A <name>", element_id="s"),
        draw_panel(["2026-W01", "2026-W02"], [3.0, None], 9.0, name="A <name>", element_id="p"),
        draw_ranges([RangeRow("A <b>", 0.3, 0.2, 0.4)], "share", **NAMES),
    ],
)
def test_a_figure_is_well_formed_named_and_without_styles_the_policy_refuses(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    named = root.attrib["aria-labelledby"].split()
    assert {element.attrib.get("id") for element in root} >= set(named)
    assert root.attrib["role"] == "img"
    assert "style=" not in svg and "<style" not in svg


def test_nothing_is_drawn_from_nothing() -> None:
    assert _xmr([None, None]) == ""
    assert draw_sparkline([None, 2.0], "usual", "days", name="", element_id="s") == ""
    assert draw_ranges([], "share", **NAMES) == ""


def test_ticks_are_round() -> None:
    assert nice_ticks(0.22, 0.41) == [0.25, 0.3, 0.35, 0.4]
    assert nice_ticks(0, 4635) == [0, 1000, 2000, 3000, 4000]


@pytest.mark.parametrize("colour", theme.TEXT_COLOURS)
def test_text_colours_can_be_read_on_white(colour: str) -> None:
    assert theme.contrast(colour, theme.PAPER) >= theme.MIN_TEXT_CONTRAST


def test_shapes_and_shades_can_be_told_from_what_lies_around_them() -> None:
    assert theme.contrast(theme.TEAL, theme.PAPER) >= theme.MIN_SHAPE_CONTRAST
    assert all(theme.contrast(theme.INK, shade) >= theme.MIN_TEXT_CONTRAST for shade in theme.HEAT)
    assert round(theme.contrast("#000000", "#FFFFFF"), 2) == 21.0
    # signal words stand on a light tint of their colour
    tints = {theme.IMPROVING: "#eef3f8", theme.CONCERN: "#fdf3ee", theme.CHANGED: "#faf0f5"}
    assert all(theme.contrast(colour, tint) >= theme.MIN_TEXT_CONTRAST for colour, tint in tints.items())


def test_an_unreadable_colour_of_the_organisation_is_not_used() -> None:
    for colour in ("#FFDD00", "red; } body { display: none"):
        assert theme.page_colours({"colour": colour}) == theme.DEFAULTS
    chosen = {"colour": "#801650", "signal_colours": {"concern": "#7A2E00", "improving": "#FFFFFF"}}
    assert theme.page_colours(chosen) == {**theme.DEFAULTS, "organisation": "#801650", "concern": "#7A2E00"}
