"""Numbers and sentences as a reader meets them."""

from __future__ import annotations

from typing import Any

import pytest

from reports.pages.signals import chance_sentence, headlines, signal_sentence
from reports.words import cell_text, cut_off_text, duration, number, ordinal, usual_range, week_ending

MEASURE: dict[str, Any] = {
    "measure_id": "failure_demand_rate",
    "scope": "all",
    "scope_name": "All services",
    "name": "Failure demand",
    "unit": "share",
    "value": 0.41,
    "n": 900,
    "mean": 0.3,
    "usual_low": 0.24,
    "usual_high": 0.36,
    "signal": "concern",
    "n_weeks": 3,
    "is_notable": True,
    "reason": "outside its usual range",
}


@pytest.mark.parametrize(
    ("cell", "unit", "text"),
    [
        (1480, "contacts", "1,480"),
        ({"value": 0.31, "n": 420, "low": 0.27, "high": 0.36}, "share", "31% (27 to 36)"),
        ({"value": 9.44, "low": 8.2, "high": 10.0}, "days", "9.4 (8.2 to 10.0)"),
        ({"value": None, "suppressed": True}, "share", "[c]"),
        (None, "share", "–"),
        (0.125, "share", "13%"),  # a half is rounded up, not to the even neighbour
        (0.0024, "share", "0.2%"),  # some is not none
        (60.4, "contacts", "60"),
        (True, "flag", "Yes"),
        (252, "seconds", "4 min 12 s"),
        (1.52, "count", "1.52"),
    ],
)
def test_a_cell_prints_as_a_reader_expects(cell: Any, unit: str, text: str) -> None:
    assert cell_text(cell, unit) == text


def test_dates_ordinals_and_ranges() -> None:
    assert week_ending("2026-W46") == "15 November 2026"  # a Sunday
    assert week_ending("2026-W01") == "4 January 2026"
    assert cut_off_text("2026-11-16 00:00 Europe/London") == "16 November 2026, 00:00 (Europe/London)"
    assert [ordinal(n) for n in (1, 9, 10, 11, 22, 113)] == [
        "first",
        "ninth",
        "10th",
        "11th",
        "22nd",
        "113th",
    ]
    assert usual_range(0.24, 0.359, "share") == "24.0% to 35.9%"
    assert (number(-0.2), duration(3720)) == ("0", "1 h 2 min")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Failure demand was 41 in 100, above its usual range of 24 to 36 in 100, for the third week."),
        (
            # 36.4 would read "36 in 100, above its usual range of 24 to 36": one decimal more
            {"value": 0.364},
            "Failure demand was 36.4 in 100, above its usual range of 24.0 to 36.0 in 100, for the third week.",
        ),
        (
            {"value": 0.3, "signal": "usual", "n_weeks": 5},
            "Failure demand was 30 in 100, inside its usual range of 24 to 36 in 100.",
        ),
        (
            {"value": 0.27, "signal": "improving", "reason": "7 weeks in a row below its mean"},
            "Failure demand was 27 in 100, inside its usual range of 24 to 36 in 100, "
            "but 7 weeks in a row below its mean.",
        ),
        (
            {"scope": "service:waste", "scope_name": "Bins"},
            "Failure demand in Bins was 41 in 100, above its usual range of 24 to 36 in 100, for the third week.",
        ),
        (
            {"name": "Contacts", "unit": "contacts", "value": 1480, "usual_low": 1500.0, "usual_high": 1900.0},
            "Contacts were 1,480, below their usual range of 1,500 to 1,900, for the third week.",
        ),
        ({"value": None, "no_data": True}, "Failure demand: no data this week."),
        ({"value": None, "suppressed": True}, "Failure demand: too few people to show."),
        ({"usual_low": None}, "Failure demand was 41 in 100; too few weeks yet for a usual range."),
    ],
)
def test_a_signal_has_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert signal_sentence({**MEASURE, **changes}) == sentence


def test_headlines_are_at_most_five_concerns_first_then_by_size() -> None:
    moved = [{**MEASURE, "signal": "improving", "measure_id": f"m{n}", "n": n} for n in range(6)]
    concern = {**MEASURE, "measure_id": "worst", "n": 1}
    usual = {**MEASURE, "signal": "usual"}
    assert [m["measure_id"] for m in headlines([*moved, usual, concern])] == ["worst", "m5", "m4", "m3", "m2"]


def test_chance_is_said_aloud() -> None:
    # 4.3% of 60 stable charts is 2.58
    assert "about 3 of them would show a signal by chance" in chance_sentence(60)
    assert "fewer than 1" in chance_sentence(6)
