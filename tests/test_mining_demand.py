"""Why a contact was made: words, behaviour, and which of them decides."""

from __future__ import annotations

from builders_mining import World, example_settings, rows_of

from mining.demand import classify_demand

MONDAY = "2026-11-09 09:00"


def _demand(world: World, *columns: str) -> dict[str, tuple[object, ...]]:
    with world.engine() as engine:
        classify_demand(engine, example_settings())
        rows = rows_of(engine, f"SELECT contact_id, {', '.join(columns)} FROM demand ORDER BY contact_id")
    return {str(row[0]): row[1:] for row in rows}


def test_words_decide_where_they_are_sure() -> None:
    world = World().contact("c1", "ann", MONDAY, "request").contact("c2", "bob", MONDAY, "not_done")
    assert _demand(world, "demand", "demand_type", "evidence_tier", "rule") == {
        "c1": ("value", "request", "none", "words of request"),
        "c2": ("failure", "not_done", "text", "words of not_done"),
    }


def test_the_surest_note_that_was_not_abstained_counts() -> None:
    world = World().contact("c1", "ann", MONDAY)
    world.note("c1", "pay", score=0.99, is_abstained=True).note("c1", "report", score=0.6)
    world.note("c1", "error", score=0.8)
    assert _demand(world, "demand", "demand_type") == {"c1": ("failure", "error")}


def test_uncertain_words_keep_their_best_guess_but_count_as_unclear() -> None:
    world = World().contact("c1", "ann", MONDAY).note("c1", "complaint", is_abstained=True).contact("c2", "bob", MONDAY)
    assert _demand(world, "demand", "demand_type", "evidence_tier") == {
        "c1": ("unclear", "complaint", "none"),
        "c2": ("unclear", "unclear", "none"),
    }


def test_contacts_we_made_are_excluded_whatever_their_note_says() -> None:
    world = World().contact("c1", "ann", MONDAY, "not_done", direction="outbound", channel="outbound")
    assert _demand(world, "demand", "demand_type", "demand_types", "evidence_tier") == {
        "c1": ("excluded", "outbound", "outbound", "none")
    }


def test_a_call_that_never_got_through_is_a_failure_by_behaviour() -> None:
    world = World().contact("c1", "ann", MONDAY, is_abandoned=True)
    assert _demand(world, "demand", "demand_type", "demand_types", "evidence_tier", "rule") == {
        "c1": ("failure", "access_failure", "access_failure", "behaviour", "left before being answered")
    }


def test_urgent_is_never_failure_not_even_when_uncertain() -> None:
    world = World().contact("c1", "ann", MONDAY, "urgent", is_abandoned=True)
    world.contact("c2", "bob", MONDAY, is_abandoned=True).note("c2", "urgent", is_abstained=True)
    assert _demand(world, "demand", "demand_type", "evidence_tier") == {
        "c1": ("value", "urgent", "none"),
        "c2": ("unclear", "urgent", "none"),
    }


def test_a_wrong_number_stays_excluded_when_the_caller_gives_up() -> None:
    assert _demand(
        World().contact("c1", "ann", MONDAY, "not_for_us", is_abandoned=True), "demand", "evidence_tier"
    ) == {"c1": ("excluded", "none")}


def test_a_form_given_up_is_a_barrier_only_when_staff_are_contacted_within_a_day() -> None:
    form = {"channel": "web", "activity": "Abandons web form"}
    world = World().contact("a1", "ann", MONDAY, **form).contact("a2", "ann", "2026-11-10 09:00", "request")
    world.contact("b1", "bob", MONDAY, **form).contact("b2", "bob", "2026-11-10 09:01", "request")
    world.contact("d1", "dot", MONDAY, channel="web", activity="Web form fails")
    found = _demand(world, "demand", "demand_type", "evidence_tier")
    assert found["a1"] == ("failure", "digital_barrier", "behaviour")
    assert found["b1"] == ("unclear", "unclear", "none")
    assert found["d1"] == ("failure", "digital_barrier", "behaviour")


def test_a_repeat_within_seven_days_supports_words_but_proves_nothing_alone() -> None:
    world = World().contact("a1", "ann", MONDAY, "report").contact("a2", "ann", "2026-11-16 09:00", "progress_chase")
    world.contact("a3", "ann", "2026-11-16 10:00", "pay").contact("b1", "bob", MONDAY, "report")
    world.contact("b2", "bob", "2026-11-16 09:01", "progress_chase")
    found = _demand(world, "demand", "evidence_tier")
    assert found["a2"] == ("failure", "both")  # exactly seven days after the report
    assert found["a3"] == ("value", "none")
    assert found["b2"] == ("failure", "text")


def test_browse_visits_have_no_demand() -> None:
    assert _demand(World().contact("c1", "ann", MONDAY, channel="web", is_browse=True), "demand") == {}
