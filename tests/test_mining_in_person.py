"""Who depends on the counter: counted by hand, every service shown, small numbers hidden."""

from __future__ import annotations

from builders_mining import World, example_settings

from mining.demand import classify_demand
from mining.in_person import in_person_tables
from mining.weekly import contact_facts_sql

SEEN = {"channel": "face_to_face"}


def _tables(world: World) -> dict[str, list[dict[str, object]]]:
    settings = example_settings(share_needs=5)
    with world.engine() as engine:
        classify_demand(engine, settings)
        engine.save("contact_facts", contact_facts_sql())
        found = in_person_tables(engine, settings, "2026-W40", "2026-W46", "seven weeks", set())
    return {name: table.as_json()["rows"] for name, table in found.items()}


def test_people_who_use_no_digital_channel_depend_on_the_counter() -> None:
    """Of 40 people seen, 15 also used the website, 10 of them the day their form failed, before the visit."""
    world = World()
    for n in range(40):
        world.contact(
            f"v{n:02}", f"p{n}", "2026-11-09 12:00:00", "request", area="Abbey" if n < 20 else "Market", **SEEN
        )
        if n < 10:
            world.contact(f"w{n:02}", f"p{n}", "2026-11-09 09:00:00", channel="web_form", activity="Web form fails")
        elif n < 15:
            world.contact(f"w{n:02}", f"p{n}", "2026-10-20 09:00:00", channel="web", service="parking")
    world.contact("c1", "x", "2026-11-09 12:00:00", service="parking")
    tables = _tables(world)
    waste, parking = tables["in_person"]
    assert (waste["name"], waste["n_visits"], waste["n_persons"]) == ("Bins and recycling", 40, 40)
    assert waste["depend_share"]["value"] == 25 / 40
    assert waste["barrier_share"]["value"] == 10 / 40
    assert waste["visits_share"] == {**waste["visits_share"], "value": 40 / 50, "n": 50}
    assert (parking["name"], parking["n_visits"]) == ("Parking", 0)  # shown though nobody came
    by_area = {row["name"]: row for row in tables["in_person_by_area"]}
    assert by_area["Abbey"]["n_visits"] == 20
    assert by_area["Market"]["depend_share"]["value"] == 1


def test_few_visits_are_a_mark_and_not_a_missing_row() -> None:
    world = World()
    for n in range(4):
        world.contact(f"v{n}", f"p{n}", "2026-11-09 12:00:00", **SEEN)
    ((row),) = _tables(world)["in_person"]
    assert row["n_visits"] == {"value": None, "suppressed": True}


def test_a_form_that_failed_after_the_visit_sent_nobody() -> None:
    world = World()
    for n in range(12):
        world.contact(f"v{n:02}", f"p{n}", "2026-11-09 12:00:00", **SEEN)
        world.contact(f"w{n:02}", f"p{n}", "2026-11-09 12:00:01", channel="web_form", activity="Web form fails")
    ((row),) = _tables(world)["in_person"]
    assert row["barrier_share"]["value"] == 0
