"""Weekly measures: usual ranges, signals, missing sources, small numbers and fair cohorts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
import pytest
from builders_mining import WEEK, World, example_settings

from journeys.rebases import Rebase
from mining.demand import classify_demand
from mining.events import build_events
from mining.measures import judge_measures
from mining.names import CHANNEL_NAMES
from mining.repeats import follow_contacts
from mining.weekly import count_weekly

WEEKS = [str(WEEK.plus(back)) for back in range(-13, 1)]


def _judged(
    values: Sequence[float],
    *,
    measure_id: str = "contacts",
    partial: Collection[str] = (),
    n: float = 400,
    publishing: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One measure of so many weeks for all services."""
    weeks = [str(WEEK.plus(back)) for back in range(1 - len(values), 1)]
    rows = [("all", measure_id, week, value, n, n, n) for week, value in zip(weeks, values, strict=True)]
    frame = pd.DataFrame(rows, columns=["scope", "measure_id", "week", "value", "n", "n_persons", "independent"])
    settings = example_settings()
    settings = settings.model_copy(update={"publishing": settings.publishing.model_copy(update=publishing or {})})
    return judge_measures(frame, settings, WEEKS[-1], partial, CHANNEL_NAMES)[0]


def test_a_week_outside_its_usual_range_says_so() -> None:
    found = _judged([400, 404] * 6 + [402, 500])
    # mean 409, mean moving range (without the jump of 98, screened) 3.83: 409 -+ 10.2
    assert found["mean"] == pytest.approx(409)
    assert found["usual_high"] == pytest.approx(409 + 2.66 * (11 * 4 + 2) / 12)
    assert (found["signal"], found["reason"], found["n_weeks"]) == ("changed", "above its usual range", 1)
    assert (found["value"], found["n"], found["is_trial"]) == (500, 400, False)


@pytest.mark.parametrize(
    ("measure_id", "value", "signal"),
    [
        ("failure_demand_rate", 0.6, "concern"),
        ("failure_demand_rate", 0.1, "improving"),
        ("one_channel_share", 0.6, "improving"),
    ],
)
def test_which_direction_is_better_depends_on_the_measure(measure_id: str, value: float, signal: str) -> None:
    found = _judged([0.3, 0.31] * 6 + [0.3, value], measure_id=measure_id)
    assert found["signal"] == signal
    assert found["low"] < value < found["high"]


def test_a_missing_source_never_shows_as_a_fall() -> None:
    found = _judged([400, 404] * 6 + [402, 30], partial={WEEKS[-1]})
    assert (found["value"], found["no_data"], found["signal"]) == (None, True, "none")
    assert found["reason"] == "a source that usually reports is missing"
    assert not found["series"][-1]["is_plotted"]
    earlier = _judged([400, 404] * 6 + [30, 402], partial={WEEKS[-2]})
    assert earlier["signal"] == "usual" and earlier["usual_low"] > 390


def test_too_few_weeks_give_no_range_and_few_give_a_trial() -> None:
    partial = set(WEEKS[:9])
    assert _judged([400.0] * 14, partial=partial)["mean"] is None
    assert _judged([400.0] * 14, partial=partial)["reason"] == "not enough weeks to tell"
    assert _judged([400.0] * 14, partial=set(WEEKS[:8]))["is_trial"] is True


def test_a_share_needs_fifty_and_is_hidden_below() -> None:
    found = _judged([0.3] * 14, measure_id="failure_demand_rate", n=49)
    assert (found["value"], found["suppressed"]) == (None, True)


def test_one_hidden_service_cannot_be_worked_out_from_the_total() -> None:
    sizes = {"all": 175, "service:waste": 100, "service:parking": 4, "service:planning": 31, "service:benefits": 40}
    rows = [(scope, "contacts", WEEKS[-1], n, n, n, n) for scope, n in sizes.items()]
    frame = pd.DataFrame(rows, columns=["scope", "measure_id", "week", "value", "n", "n_persons", "independent"])
    found = judge_measures(frame, example_settings(), WEEKS[-1], set(), CHANNEL_NAMES)
    assert {measure["scope"]: measure["value"] for measure in found} == {
        "all": 175,
        "service:waste": 100,
        "service:benefits": 40,
        "service:planning": None,
        "service:parking": None,
    }


def _weekly(world: World) -> dict[tuple[str, str], dict[str, float]]:
    """Counted figures: (scope, measure) -> week -> value."""
    settings = example_settings()
    with world.engine() as engine:
        classify_demand(engine, settings)
        build_events(engine, settings, WEEK)
        follow_contacts(engine)
        rows = count_weekly(engine, settings, str(WEEK), "2026-11-16 00:00:00").to_dict("records")
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows:
        found.setdefault((row["scope"], row["measure_id"]), {})[row["week"]] = row["value"]
    return found


def test_weekly_figures_are_those_worked_out_by_hand() -> None:
    """A week of four callers, one failing, one giving up, one unlinked, one excluded; a browse visit; we call once."""
    world = World().contact("c1", "ann", "2026-11-09 09:00", "report", is_abandoned=False)
    world.contact("c2", "bob", "2026-11-09 10:00", "not_done", is_abandoned=False)
    world.contact("c3", "u3", "2026-11-10 09:00", is_abandoned=True)
    world.contact("c4", "dot", "2026-11-11 09:00", "not_for_us", is_abandoned=False)
    world.contact("c5", "eve", "2026-11-11 09:00", channel="web", is_browse=True)
    world.contact("c6", "ann", "2026-11-12 09:00", channel="outbound", direction="outbound")
    found = _weekly(world)
    week = {measure: values.get("2026-W46") for (scope, measure), values in found.items() if scope == "all"}
    assert week["contacts"] == 4
    assert week["failure_demand_rate"] == pytest.approx(2 / 3)  # bob's and the one given up; the report is value
    assert week["abandoned_share"] == 0.25
    assert (week["browse_visits"], week["journeys_started"], week["unlinked_share"]) == (1, 4, 0.25)
    assert week["unclear_share"] == 0
    assert "median_days" not in week  # no journey has ended yet
    assert found[("channel:phone", "contacts")] == {"2026-W46": 4}


def test_journeys_are_judged_in_the_week_they_are_known_to_have_ended() -> None:
    """After 14 silent days a journey about bins is over: last events up to 1 November count in week 46."""
    world = (
        World().contact("a1", "ann", "2026-10-26 09:00", "report").contact("a2", "ann", "2026-10-28 09:00", "report")
    )
    world.contact("b1", "bob", "2026-10-27 09:00", "report")
    world.contact("b2", "bob", "2026-10-31 09:00", "report", channel="email")
    world.contact("d1", "dot", "2026-11-02 09:00", "report").contact("d2", "dot", "2026-11-13 09:00", channel="email")
    found = _weekly(world)
    assert found[("all", "median_days")] == {"2026-W46": 3.0}  # two and four days; Dot's journey may go on
    assert found[("all", "one_channel_share")] == {"2026-W46": 0.5}
    assert found[("service:waste", "journeys_started")] == {"2026-W44": 2, "2026-W45": 1}


def test_repeats_count_in_the_week_in_which_the_time_for_them_ran_out() -> None:
    world = World().contact("a1", "ann", "2026-11-02 09:00").contact("a2", "ann", "2026-11-09 09:00")
    world.contact("b1", "bob", "2026-11-08 23:00")
    # Ann's first is repeated after exactly seven days, Bob's is not; Ann's second can still be.
    assert _weekly(world)[("all", "repeat_contact_rate")] == {"2026-W46": 0.5}


def test_a_rebase_sets_the_range_anew_and_earlier_weeks_keep_theirs() -> None:
    """Seven weeks about 400, then seven about 600 since a dated change: unusual without the rebase, usual with it."""
    values = [400, 404, 400, 404, 400, 404, 400, 600, 604, 600, 604, 600, 604, 600]
    assert _judged(values)["signal"] == "changed"
    rebase = Rebase(measure="contacts", from_week=WEEKS[7], reason="One more line was opened")
    found = _judged(values, publishing={"rebase": (rebase,)})
    assert (found["signal"], found["rebased_from"], found["rebased_because"]) == ("usual", WEEKS[7], rebase.reason)
    assert found["mean"] == pytest.approx(4212 / 7)
    assert {point["signal"] for point in found["series"]} == {"usual"}
    other = Rebase(measure="contacts", from_week=WEEKS[7], reason="Only of bins", scopes=("service:waste",))
    assert _judged(values, publishing={"rebase": (other,)})["signal"] == "changed"


def test_a_signal_too_small_to_matter_does_not_lead_a_page() -> None:
    """From 400 to 415 is a signal among weeks of 400 and 401, and 3.7% of the mean."""
    values = [400, 401] * 6 + [400, 415]
    assert _judged(values)["signal"] == "changed"
    assert not _judged(values)["is_notable"]
    assert _judged(values, publishing={"least_percent": 3.0})["is_notable"]


def _years(n_weeks: int, newest: float) -> list[float]:
    """A peak of 900 every 52nd week, the newest week among them, on 400 to 416; `newest` in its place."""
    values = [900.0 if (n_weeks - 1 - at) % 52 == 0 else 400.0 + 4 * (at * 7 % 5) for at in range(n_weeks)]
    return [*values[:-1], newest]


def test_after_more_than_a_year_the_range_follows_last_years_weeks() -> None:
    """The peak of each year is no signal, and a peak that does not come is one."""
    usual = _judged(_years(80, 902))
    assert (usual["signal"], usual["is_seasonal"], usual["mean"]) == ("usual", True, pytest.approx(900, abs=9))
    missing = _judged(_years(80, 402))
    assert (missing["signal"], missing["reason"]) == ("changed", "below its usual range")
    with_limits = [point for point in usual["series"] if "usual_low" in point]
    assert len(with_limits) == 80 - 52
    assert with_limits[-1]["mean"] == usual["mean"]


def test_within_a_year_and_a_quarter_the_level_is_what_is_judged() -> None:
    found = _judged(_years(63, 902))
    assert (found["is_seasonal"], found["signal"]) == (False, "changed")
    assert "mean" not in found["series"][-1]
