"""Origins of failure contact: the ratio worked by hand, like compared with like, and one step found in a small world."""

from __future__ import annotations

import pandas as pd
import pytest
from builders_mining import WEEK, World, example_settings

from journeys.engine import Engine
from mining.demand import classify_demand
from mining.events import build_events
from mining.flows import select_window
from mining.origin import find_origins
from mining.rate_ratio import measure_ratios


def _sums(**columns: list[float]) -> pd.DataFrame:
    sums = pd.DataFrame(columns, dtype=float)
    return sums if "n_with" in sums else sums.assign(n_with=2 * sums["v"], n_expected=sums["v"], n_all=4 * sums["v"])


def test_the_ratio_and_its_interval_by_hand() -> None:
    """Two strata: 30 in 100 days beside 20 in 200, and 24 in 50 beside 16 in 100.

    R = 30*200/300 + 24*100/150 = 36; S = 20*100/300 + 16*50/150 = 12; V = 50*100*200/300^2 + 40*50*100/150^2 = 20.
    Ratio 3, error sqrt(20 / 432) = 0.2152, interval 3 e^(-+0.4217) = 1.968 to 4.574.
    """
    (row,) = measure_ratios(_sums(r=[36.0], s=[12.0], v=[20.0])).itertuples()
    assert (row.lift, row.lift_low, row.lift_high) == pytest.approx((3.0, 1.968, 4.574), abs=0.001)
    assert row.is_sure
    assert row.n_tests == 1


def test_among_many_tests_one_needs_more_to_be_sure() -> None:
    """Lift 2 with V = 20, R = 31.1, S = 15.5: z = ln(2 / 1.2) / 0.2037 = 2.508, p = 0.0061; sure alone, not beside 19 of chance."""
    alone = {"r": [31.1], "s": [15.55], "v": [20.0]}
    assert measure_ratios(_sums(**alone))["p"][0] == pytest.approx(0.0061, abs=0.0002)
    assert measure_ratios(_sums(**alone))["is_sure"][0]
    many = {
        name: values + [15.0 if name == "s" else 15.1 if name == "r" else 20.0] * 19 for name, values in alone.items()
    }
    assert not measure_ratios(_sums(**many))["is_sure"].any()
    assert measure_ratios(_sums(**many))["n_tests"][0] == 20


def test_a_rare_step_that_nearly_everybody_reacts_to_is_found_by_counting() -> None:
    """One contact expected, six made: the chance of six or more at 1.2 expected is 0.0015; of three or more 0.1205."""
    found = measure_ratios(
        _sums(r=[6.0, 3.0], s=[1.0, 1.0], v=[1.0, 1.0], n_with=[6.0, 3.0], n_expected=[1.0, 1.0], n_all=[9.0, 9.0])
    )
    assert list(found["p"]) == pytest.approx([0.0015, 0.1205], abs=0.0001)
    assert list(found["is_sure"]) == [True, False]


def test_where_nobody_without_the_step_makes_the_contact_half_a_contact_is_taken() -> None:
    """30 contacts, all after the step, 5 expected: S = 0.5 * 5 / 30 = 0.0833, lift 25 / 0.0833 = 300, error sqrt(4 / 2.0833) = 1.386."""
    (row,) = measure_ratios(
        _sums(r=[25.0], s=[0.0], v=[4.0], n_with=[30.0], n_expected=[5.0], n_all=[30.0])
    ).itertuples()
    assert (row.lift, row.lift_low, row.is_sure) == (
        pytest.approx(300),
        pytest.approx(300 * 2.718281828 ** (-1.96 * 1.3856), rel=0.01),
        True,
    )


def test_too_little_information_or_nobody_after_the_step_is_no_finding() -> None:
    assert measure_ratios(_sums(r=[9.0], s=[1.0], v=[0.4])).empty
    assert not measure_ratios(_sums(r=[0.0], s=[9.0], v=[9.0]))["is_sure"].any()
    assert measure_ratios(_sums(r=[], s=[], v=[])).empty


def _origins(world: World) -> pd.DataFrame:
    engine: Engine = world.engine()
    settings = example_settings()
    classify_demand(engine, settings)
    build_events(engine, settings, WEEK)
    select_window(engine, str(WEEK.plus(-12)), str(WEEK))
    return find_origins(engine, settings, f"{WEEK.cut_off_at(settings.organisation.zone):%Y-%m-%d %H:%M:%S}")


def _world(type_after_letter: str, *, person: str = "p") -> World:
    """300 people report on 20 October; half get a letter next day, half a visit; of those 70% call, of these 20%."""
    world = World()
    for n in range(300):
        name = f"{person}{n}"
        world.contact(f"a{n}", name, "2026-10-20 10:00:00", "report", journey=f"j{n}")
        has_letter = n % 2 == 0
        world.step(f"s{n}", f"j{n}", "2026-10-21 10:00:00", "Letter sent" if has_letter else "Crew visits")
        if n % 10 in ({0, 2, 4} if has_letter else {1}) or has_letter and n % 20 == 6:
            world.contact(f"b{n}", name, "2026-10-24 10:00:00", type_after_letter, journey=f"j{n}")
    return world


def test_a_letter_that_makes_people_call_is_found_with_its_contacts_and_days() -> None:
    """105 of 150 letters and 30 of 150 visits are followed by a call three days later; each journey is watched alike until then."""
    pairs = _origins(_world("clarification"))
    sure = pairs[pairs["is_sure"]]
    assert list(zip(sure["step"], sure["demand_type"], strict=True)) == [("Letter sent", "clarification")]
    letter = sure.iloc[0]
    assert (letter["n_contacts"], letter["n_persons"], letter["n_all"], letter["median_days"]) == (105, 105, 135, 3)
    assert 2.5 < letter["lift"] < 4.5


@pytest.mark.parametrize(("says", "person"), [("urgent", "p"), ("request", "p"), ("clarification", "u")])
def test_urgent_contacts_value_demand_and_unknown_persons_give_no_origin(says: str, person: str) -> None:
    assert _origins(_world(says, person=person)).empty
