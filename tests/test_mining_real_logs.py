"""The event log, directly-follows counts and variants of a real log against counts made by other tools."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from builders_mining import World, example_settings, rows_of

from journeys.periods import Week
from journeys.schema import JOURNEYS, STEPS
from mining.events import build_events
from mining.flows import count_flows, select_window
from mining.variants import count_variants


def test_permits_of_a_dutch_municipality_by_the_channel_they_came_by(shared_data: Path) -> None:
    """Counts of plain pandas and pm4py, as listed beside the data; the channel stands in for the service."""
    log = pd.read_csv(shared_data / "receipt" / "receipt.csv")
    at = pd.to_datetime(log["time:timestamp"], utc=True, format="mixed").dt.tz_localize(None)
    steps = pd.DataFrame(
        {
            "step_id": [f"s{row:05d}" for row in range(len(log))],
            "source": "permits",
            "channel": "back_office",
            "service": log["case:channel"],
            "activity": log["concept:name"],
            "started_at": at,
            "local_at": at,
            "time_precision": "second",
            "tie": range(len(log)),
        }
    )
    journeys = pd.DataFrame({"event_id": steps["step_id"], "journey_id": log["case:concept:name"], "kind": "step"})
    with World().engine() as engine:
        engine.load(STEPS, steps)
        engine.load(JOURNEYS, journeys)
        engine.save("demand", "SELECT contact_id, '' AS demand, '' AS demand_type FROM contacts")
        build_events(engine, example_settings(), Week(2012, 10))
        select_window(engine, "1990-W01", "2012-W10")
        count_flows(engine)
        count_variants(engine)
        by_channel = rows_of(
            engine,
            """
            SELECT service, count(*), sum(n_events), count(DISTINCT variant_id), median(duration_s) / 86400,
                   (SELECT count(*) FROM directly_follows d WHERE d.service = j.service)
            FROM window_journeys j GROUP BY service ORDER BY count(*) DESC""",
        )
        whole = rows_of(engine, "SELECT count(DISTINCT activity), count(DISTINCT journey_id), count(*) FROM events")
        n_variants = engine.value("SELECT count(DISTINCT variant_id) FROM journey_summary")
    assert whole == [(27, 1434, 8577)] and n_variants == 116
    assert by_channel == [
        ("Internet", 1250, 7478, 107, pytest.approx(0.022, abs=5e-4), 99),
        ("Desk", 109, 657, 22, pytest.approx(0.781, abs=5e-4), 41),
        ("Post", 53, 308, 11, pytest.approx(4.057, abs=5e-4), 20),
        ("e-mail", 21, 128, 8, pytest.approx(0.024, abs=5e-4), 13),
        ("Intern", 1, 6, 1, pytest.approx(0.969, abs=5e-4), 5),
    ]
