"""One service's part of the findings, and the table of all services.

In: the tables that `mining.findings` has built for the window. Out: the `services` of the findings, and a published table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.periods import Week
from journeys.settings import Settings
from mining.model_tables import model_table
from mining.models import discover_model
from mining.reasons import (
    count_reasons,
    needs_table,
    reasons_table,
    service_channels_table,
    waiting_table,
    with_names,
)
from mining.service_tables import (
    lanes_of,
    moves_table,
    paths_table,
    read_flows,
    service_moves_table,
    steps_table,
)
from mining.stages import stages_table
from mining.suppress import Show, as_cell, is_small, publish_table, round_count
from mining.suppress_across import Cell, hide_reasons
from mining.tables import HIDDEN, FindingTable
from mining.variants import weighted_variants


def measure_services(
    engine: Engine,
    settings: Settings,
    week: Week,
    period: str,
    cards: list[dict[str, Any]],
    more_tables: Callable[[str], list[FindingTable]],
    small_channels: set[Cell],
) -> list[dict[str, Any]]:
    """One entry for each service of the settings that has journeys in the window, in the settings' order.

    `small_channels` are (service, channel) that would give others away.
    """
    first_week, last_week = str(week.plus(1 - settings.publishing.window_weeks)), str(week)
    small_reasons = hide_reasons(engine, settings, week)
    counts = engine.run(
        "SELECT service, count(*) AS n, count(DISTINCT person_id) AS n_persons FROM window_journeys GROUP BY service"
    )
    by_service = {str(row["service"]): row for row in counts.to_dict("records")}
    found = []
    for service in settings.services.services:
        if service not in by_service:
            continue
        count = by_service[service]
        flows = read_flows(engine, service, settings)
        model = discover_model(weighted_variants(engine, service))
        reasons = with_names(count_reasons(engine, first_week, last_week, service), settings)
        reasons = reasons[[(service, slug) not in small_reasons for slug in reasons["demand_type"]]]
        tables = [
            steps_table(flows, settings, period),
            moves_table(flows, model, settings, period),
            stages_table(engine, service, settings, period),
            paths_table(engine, service, settings, period),
            service_moves_table(engine, service, settings, period),
            waiting_table(engine, service, settings, period),
            needs_table(reasons, settings, period),
            reasons_table(reasons, settings, period),
            service_channels_table(engine, service, settings, first_week, last_week, period, small_channels),
            model_table(model, settings, period),
            *more_tables(service),
        ]
        found.append(
            {
                "service": service,
                "name": settings.service_name(service),
                "n_journeys": dict(HIDDEN)
                if is_small(count["n_persons"], settings.publishing)
                else round_count(count["n"], settings.publishing),
                "map": {"lanes": lanes_of(flows), "n_moves_total": flows.n_moves, "main_path": flows.main_path},
                "pain_points": [card["pain_point_id"] for card in cards if card["service"] == service],
                "tables": {table.table_id: table.as_json() for table in tables},
            }
        )
    return found


def services_table(
    measures: list[dict[str, Any]], services: list[dict[str, Any]], settings: Settings, period: str
) -> FindingTable:
    """One row per service with its measures of the week, in the order of the settings."""
    by_key = {(m["scope"], m["measure_id"]): m for m in measures}
    names = {
        "n_started": "journeys_started",
        "n_contacts": "contacts",
        "failure_demand_rate": "failure_demand_rate",
        "one_channel_share": "one_channel_share",
        "median_days": "median_days",
    }
    rows = []
    for service in services:
        scope = f"service:{service['service']}"
        found = {name: by_key.get((scope, measure_id)) for name, measure_id in names.items()}
        rate = found["failure_demand_rate"]
        rows.append(
            {
                "service": service["service"],
                "name": service["name"],
                **{name: _cell(measure) for name, measure in found.items()},
                "signal": rate["signal"] if rate else "none",
            }
        )
    frame = pd.DataFrame(rows, columns=["service", "name", *names, "signal"])
    shows = [
        Show("service", "Service id", "text"),
        Show("name", "Journey", "text"),
        Show("n_started", "Started", "journeys"),
        Show("n_contacts", "Contacts", "contacts"),
        Show("failure_demand_rate", "Failure demand", "share"),
        Show("one_channel_share", "In one channel", "share"),
        Show("median_days", "Median days", "days"),
        Show("signal", "Failure demand signal", "text"),
    ]
    return publish_table(
        "services", "Journeys this week", period, "failure_demand_rate", frame, shows, settings.publishing
    )


def _cell(measure: dict[str, Any] | None) -> Any:
    """A measure of the week as a cell: hidden stays hidden, shares keep their interval."""
    if measure is None or measure.get("no_data"):
        return None
    if measure.get("suppressed"):
        return dict(HIDDEN)
    if measure["unit"] != "share":
        return as_cell(measure["value"])
    return {key: measure[key] for key in ("value", "n", "low", "high")}
