"""Directly-follows counts, variants, channel moves and repeats, each worked out by hand."""

from __future__ import annotations

import pytest
from builders_mining import WEEK, World, example_settings, rows_of

from journeys.engine import Engine
from mining.demand import classify_demand
from mining.events import build_events
from mining.flows import count_flows, select_window
from mining.moves import count_moves, count_stayers, pair_contacts
from mining.repeats import count_repeats, follow_contacts
from mining.variants import count_variants, weighted_variants

CALL, CHASE, MAIL = "Calls: there is a problem here", "Calls: what is happening with it?", "E-mails: this is wrong"


def _world() -> World:
    """Ann and Bob report, chase after two and four days; Bob writes a day later; Dot only reports, with no time."""
    world = World()
    for person, days in (("ann", "04"), ("bob", "06")):
        world.contact(f"{person}1", person, "2026-11-02 09:00", "report")
        world.contact(f"{person}2", person, f"2026-11-{days} 09:00", "progress_chase")
    world.contact("bob3", "bob", "2026-11-07 09:00", "error", channel="email")
    world.contact("dot1", "dot", "2026-11-02 00:00", "report", time_precision="day")
    return world.contact("dot2", "dot", "2026-11-02 10:00", "progress_chase")


@pytest.fixture
def counted() -> Engine:
    engine = _world().engine()
    classify_demand(engine, example_settings())
    build_events(engine, example_settings(), WEEK)
    select_window(engine, "2026-W40", "2026-W46")
    count_flows(engine)
    count_variants(engine)
    pair_contacts(engine)
    follow_contacts(engine)
    return engine


def test_moves_are_counted_with_their_waits_only_where_the_order_is_known(counted: Engine) -> None:
    rows = rows_of(
        counted,
        "SELECT from_activity, to_activity, n_events, n_journeys, n_persons, median_s / 86400, p90_s / 86400 "
        "FROM directly_follows ORDER BY n_events DESC",
    )
    assert rows == [
        (CALL, CHASE, 2, 2, 2, 3.0, pytest.approx(3.8)),  # 2 and 4 days: 90th centile 2 + 0.9 x 2
        (CHASE, MAIL, 1, 1, 1, 1.0, 1.0),
    ]


def test_at_every_step_what_comes_in_goes_out(counted: Engine) -> None:
    """start + moves in = events = moves out + end, with the pairs of unknown order counted in."""
    rows = rows_of(
        counted,
        """
        WITH pairs AS (SELECT activity AS a, next_activity AS b FROM window_events WHERE next_activity IS NOT NULL)
        SELECT s.activity, n_start, (SELECT count(*) FROM pairs WHERE b = s.activity) AS came, n_events,
               (SELECT count(*) FROM pairs WHERE a = s.activity) AS went, n_end
        FROM flow_steps s ORDER BY n_start DESC, n_end DESC""",
    )
    assert rows == [(CALL, 3, 0, 3, 3, 0), (CHASE, 0, 3, 3, 1, 2), (MAIL, 0, 1, 1, 0, 1)]


def test_failure_steps_are_marked(counted: Engine) -> None:
    assert dict(rows_of(counted, "SELECT activity, is_failure FROM flow_steps")) == {
        CALL: False,
        CHASE: True,
        MAIL: True,
    }


def test_variants_count_equal_journeys_together(counted: Engine) -> None:
    assert weighted_variants(counted, "waste") == {(CALL, CHASE): 2, (CALL, CHASE, MAIL): 1}
    top = rows_of(counted, "SELECT n_journeys, n_persons, n_contacts, median_s FROM variants ORDER BY n_journeys DESC")
    assert top[0] == (2, 2, 2, (2 * 86400 + 10 * 3600) / 2)  # Ann two days, Dot ten hours


def test_the_window_is_made_of_journeys_that_began_in_it(counted: Engine) -> None:
    select_window(counted, "2026-W46", "2026-W46")
    assert counted.value("SELECT count(*) FROM window_journeys") == 0


def test_channel_moves_pass_over_steps_and_over_contacts_we_made() -> None:
    world = World().contact("c1", "ann", "2026-11-02 09:00", "report").step("s1", "j-ann", "2026-11-02 10:00", "Done")
    world.contact("c2", "ann", "2026-11-03 09:00", channel="outbound", direction="outbound")
    world.contact("c3", "ann", "2026-11-04 09:00", "error", channel="email").contact("c4", "bob", "2026-11-04 09:00")
    with world.engine() as engine:
        classify_demand(engine, example_settings())
        build_events(engine, example_settings(), WEEK)
        select_window(engine, "2026-W45", "2026-W46")
        pair_contacts(engine)
        moves = count_moves(engine).to_dict("records")
        stayers = count_stayers(engine).to_dict("records")
    assert [(m["from_channel"], m["to_channel"], m["n_moves"], m["n_row"], m["median_days"]) for m in moves] == [
        ("phone", "email", 1, 1, 2.0)
    ]
    assert [(s["channel"], s["n_journeys"], s["n_stayed"], s["n_moved"]) for s in stayers] == [("phone", 2, 1, 1)]


def test_repeats_count_only_contacts_that_could_be_followed() -> None:
    """Ann on 1, 3 and 20 October, about another service too; an unlinked caller; Bob three days before the cut-off."""
    world = World().contact("a1", "ann", "2026-10-01 09:00").contact("a2", "ann", "2026-10-03 09:00")
    world.contact("a3", "ann", "2026-10-20 09:00").contact("a4", "ann", "2026-10-21 09:00", service="parking")
    world.contact("u1", "u1", "2026-10-01 09:00").contact("b1", "bob", "2026-11-13 00:00")
    world.contact("b2", "bob", "2026-11-13 12:00").contact("a5", "ann", "2026-10-01 10:00", direction="outbound")
    with world.engine() as engine:
        follow_contacts(engine)
        rows = count_repeats(engine, "2026-11-16 00:00:00")[["days", "n_contacts", "n_repeated"]].to_numpy().tolist()
        follow_contacts(engine, same_service=False)
        whole = count_repeats(engine, "2026-11-16 00:00:00").set_index("days")["n_repeated"]
    # Within 1 day: Bob's first. 3 days: that (exactly three days followed) and Ann's first; Bob's second is too new.
    assert rows == [[1, 6, 1], [3, 5, 2], [7, 4, 1], [14, 4, 1], [30, 2, 2]]
    assert whole[1] == 2  # Ann's call of 20 October, then parking a day later
