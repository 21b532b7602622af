"""How much the headlines hang on the gap: worked by hand."""

from __future__ import annotations

from builders_mining import WEEK, World, example_settings

from mining.demand import classify_demand
from mining.quality_tables import quality_tables
from mining.weekly import contact_facts_sql


def test_headlines_at_half_and_double_the_gap() -> None:
    """60 people ask about bins (gap 14 days) on 5 Oct. 20 chase three days on, 20 ten days on, 20 twenty days on.

    Half (7 days): 20 journeys of two contacts, 80 of one. As set: 40 of two, 40 of one. Double (28 days): 60 of two. Of 120
    contacts 60 are failure demand; 20 were followed within 7 days, whatever the gap. The ten-day chases are by e-mail.
    """
    world = World()
    for n in range(60):
        days = (3, 10, 20)[n // 20]
        world.contact(f"a{n:02d}", f"p{n}", "2026-10-05 10:00", "request")
        channel = "email" if days == 10 else "phone"
        world.contact(f"b{n:02d}", f"p{n}", f"2026-10-{5 + days:02d} 10:00", "progress_chase", channel=channel)
    settings = example_settings()
    with world.engine() as engine:
        classify_demand(engine, settings)
        engine.save("contact_facts", contact_facts_sql())
        tables = quality_tables(engine, settings, "2026-W34", str(WEEK), "2026-11-16 00:00:00", "13 weeks")
    found = {
        row["gap"]: (
            row["n_journeys"],
            *(round(row[name]["value"] * row[name]["n"]) for name in ("one_contact_share", "one_channel_share")),
            row["failure_demand_rate"]["value"],
            round(row["repeat_share"]["value"] * row["repeat_share"]["n"]),
            row["repeat_share"]["n"],
        )
        for row in tables["gap_sensitivity"].as_json()["rows"]
    }
    assert found == {
        "half": (100, 80, 100, 0.5, 20, 120),
        "as set": (80, 40, 60, 0.5, 20, 120),
        "double": (60, 0, 40, 0.5, 20, 120),
    }
