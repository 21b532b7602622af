"""Before and after by hand; too early, too few, another service that moved as well; what residents are told and when."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from builders_mining import WEEK, example_settings

from journeys.changes import Change, change_problems
from mining.changes import answered_by, changes_table
from mining.interrupted import measure_effect
from reports.pages.changes import change_words, told_residents

BUMPS = [0.01, -0.01, 0.0, 0.02, -0.02, 0.0]  # sums to nothing, so that means are the levels
WEEKS = [str(WEEK.plus(back)) for back in range(-25, 1)]


def _values(before: float, after: float, n_after: int) -> list[float | None]:
    levels = [before] * (26 - n_after) + [after] * n_after
    return [level + BUMPS[week % 6] for week, level in enumerate(levels)]


def test_a_step_is_measured_with_an_interval_that_holds_it() -> None:
    effect = measure_effect(_values(0.4, 0.3, 12), 14)
    assert effect is not None
    assert effect.low < -0.1 < effect.high < 0
    assert effect.value == pytest.approx(-0.1, abs=0.02)
    assert (effect.before, effect.after) == pytest.approx((0.4, 0.3), abs=0.003)


def test_a_trend_that_was_there_before_is_no_effect() -> None:
    draw = np.random.default_rng(1)
    falling = [0.5 - 0.005 * week + float(draw.normal(0, 0.01)) for week in range(26)]
    effect = measure_effect(falling, 14)
    assert effect is not None and not effect.is_clear


def test_what_moved_another_service_as_well_is_no_effect() -> None:
    draw = np.random.default_rng(2)
    other = [value + float(draw.normal(0, 0.01)) for value in _values(0.5, 0.4, 12) if value is not None]
    alone, beside = measure_effect(_values(0.4, 0.3, 12), 14), measure_effect(_values(0.4, 0.3, 12), 14, other)
    assert alone is not None and alone.is_clear
    assert beside is not None and not beside.is_clear


@pytest.mark.parametrize(("n_before", "n_after"), [(11, 12), (14, 7)])
def test_too_few_weeks_on_a_side_give_nothing(n_before: int, n_after: int) -> None:
    draw = np.random.default_rng(3)
    assert measure_effect(draw.normal(0.4, 0.02, n_before + n_after).tolist(), n_before) is None


def test_coverage_over_many_series_without_effect() -> None:
    """Neighbouring weeks alike (0.3): the interval holds zero in 93 of 100 series; 88 would be four standard errors off."""
    draw, held = np.random.default_rng(4), 0
    for _ in range(300):
        noise = draw.normal(0, 0.02, 40)
        for week in range(1, 40):
            noise[week] += 0.3 * noise[week - 1]
        effect = measure_effect((0.4 + noise).tolist(), 24)
        assert effect is not None
        held += not effect.is_clear
    assert held >= 264


def _measure(values: list[float | None], service: str = "schools") -> dict[str, Any]:
    series = [
        {"week": week, "value": value, "is_plotted": value is not None}
        for week, value in zip(WEEKS, values, strict=True)
    ]
    return {"scope": f"service:{service}", "measure_id": "failure_demand_rate", "name": "Failure demand", "unit": "share",
            "better": "low", "series": series}  # fmt: skip


def _says(change: dict[str, Any], *measures: dict[str, Any]) -> dict[str, Any]:
    made = Change(
        **{"id": "one", "title": "The form was mended", "service": "schools", "began_on": date(2026, 8, 24), **change}
    )
    table = changes_table(example_settings().model_copy(update={"changes": (made,)}), measures, WEEK)
    assert table is not None
    (row,) = table.as_json()["rows"]
    return row


def test_residents_are_told_once_the_weeks_bear_it_out_and_not_before() -> None:
    told = {"tell_residents": "You told us. We mended it."}
    row = _says(told, _measure(_values(0.4, 0.3, 12)))
    assert row["says"] == "better"
    assert change_words(row).startswith(
        "The form was mended (School places, from 24 August 2026): Better by more than chance. "
    )
    findings = {"tables": {"changes": {"rows": [row]}}}
    assert told_residents(findings) == [
        "You told us. We mended it. Failure demand was 40 in 100 contacts before and 30 in 100 since."
    ]
    early = _says({**told, "began_on": date(2026, 11, 2)}, _measure(_values(0.4, 0.3, 12)))
    assert (early["says"], early["tell_residents"], early["effect"]) == ("too early", "", None)
    worse = _says(told, _measure(_values(0.3, 0.4, 12)))
    assert (worse["says"], worse["tell_residents"]) == ("worse", "")


@pytest.mark.parametrize(
    ("change", "values", "says"),
    [
        ({"status": "planned"}, _values(0.4, 0.3, 12), "planned"),
        ({"service": "planning"}, _values(0.4, 0.3, 12), "no figures"),
        ({}, [None] * 8 + _values(0.4, 0.3, 12)[8:], "too few weeks before"),
        ({}, _values(0.4, 0.4, 12), "no clear change"),
    ],
)
def test_what_cannot_be_told_is_said(change: dict[str, Any], values: list[float | None], says: str) -> None:
    assert _says(change, _measure(values))["says"] == says


def test_the_week_a_change_fell_into_counts_on_neither_side() -> None:
    """Begun on a Wednesday: that week is left out, seven whole weeks remain."""
    assert _says({"began_on": date(2026, 9, 23)}, _measure(_values(0.4, 0.3, 8)))["says"] == "too early"
    assert _says({"began_on": date(2026, 9, 21)}, _measure(_values(0.4, 0.3, 8)))["says"] == "better"


def test_a_card_shows_the_change_that_answers_it() -> None:
    change = Change(
        id="one",
        title="A text when it moves",
        service="waste",
        began_on=date(2026, 9, 21),
        answers="0000abcd",
        owner="Digital",
    )
    settings = example_settings().model_copy(update={"changes": (change,)})
    assert answered_by(settings, "0000abcd", WEEK) == {
        "title": change.title,
        "status": "in place",
        "owner": "Digital",
        "n_weeks": 7,
    }
    assert answered_by(settings, "ffffffff", WEEK) is None


def test_unknown_services_and_ids_used_twice_are_named() -> None:
    change = Change(id="one", title="A text when it moves", service="wast", began_on=date(2026, 9, 21))
    problems = change_problems([change, change], {"waste", "schools"})
    assert problems[0] == "config/changes.toml: the id 'one' is used twice"
    assert "no service 'wast' in config/services.toml; nearest: 'waste'" in problems[1]
