"""Looking ahead, as tables: contacts expected next week, and how many people will ask after overdue cases.

In: the weekly figures of `mining.weekly`; `steps`, `journeys`, `contact_facts`. Out: published tables by id. Only what was better than
last week's number in back-tests is shown; after a week that is not complete nothing is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.periods import Week
from journeys.settings import Settings
from mining.forecast import Forecast, forecast_next
from mining.overdue import count_overdue, expect_chasers
from mining.suppress import Show, publish_table
from mining.tables import FindingTable

_TESTED = (
    Show("expected", "Expected", "contacts", guard="n_persons", low="low", high="high"),
    Show("better", "Nearer than last week's number by", "share", guard="n_persons"),
    Show("coverage", "Past weeks inside the range", "share", guard="n_persons"),
)


def forecast_tables(
    engine: Engine, settings: Settings, week: Week, weekly: pd.DataFrame, partial_weeks: Collection[str]
) -> dict[str, FindingTable]:
    """`next_week`, and `overdue` where cases have promised dates."""
    if str(week) in partial_weeks:
        return {}
    next_week = week.plus(1)
    period = f"week ending {next_week.ends_on:%-d %B %Y}"
    tables = [_contacts(settings, weekly, partial_weeks, period)]
    counted = count_overdue(engine, settings, week)
    if len(counted) and counted["week"].iloc[-1] == str(next_week):
        found, bands = expect_chasers(counted)
        tables.append(_overdue(settings, bands, found, period))
    return {table.table_id: table for table in tables}


def _contacts(settings: Settings, weekly: pd.DataFrame, partial_weeks: Collection[str], period: str) -> FindingTable:
    counts = weekly[(weekly["measure_id"] == "contacts") & ~weekly["week"].isin(set(partial_weeks))]
    scopes = [
        ("all", "All services"),
        *((f"service:{s}", settings.service_name(s)) for s in settings.services.services),
    ]
    rows = []
    for scope, name in scopes:
        own = counts[counts["scope"] == scope].sort_values("week")
        # A service without a week in the newest is one that nobody contacted, or that has ended.
        found = (
            forecast_next(own["value"].tolist()) if len(own) and own["week"].iloc[-1] == counts["week"].max() else None
        )
        if found:
            rows.append(
                {
                    "name": name,
                    "last_week": own["value"].iloc[-1],
                    "n_persons": own["n_persons"].iloc[-1],
                    **_row(found),
                }
            )
    shows = (Show("name", "Service", "text"), Show("last_week", "Last week", "contacts", guard="n_persons"), *_TESTED)
    frame = pd.DataFrame(rows, columns=["name", "last_week", "n_persons", *_ROW])
    return publish_table(
        "next_week", "Contacts expected next week", period, "next_week", frame, shows, settings.publishing
    )


_ROW = ("expected", "low", "high", "better", "coverage")


def _row(found: Forecast) -> dict[str, Any]:
    return {
        "expected": round(found.value), "low": round(found.low), "high": round(found.high), "better": round(found.skill, 3),
        "coverage": round(found.coverage, 3),
    }  # fmt: skip


def _overdue(settings: Settings, bands: pd.DataFrame, found: Forecast | None, period: str) -> FindingTable:
    """One row per time overdue, then all; expected chasers only where back-tests bear them out."""
    total: dict[str, Any] = {
        "late": "All",
        "n_cases": bands["n_cases"].sum(),
        "hazard": None,
        "expected": None,
        "low": None,
        "high": None,
    }
    if found:
        total |= {"expected": round(found.value), "low": round(found.low), "high": round(found.high)}
    rows = [{**row, "expected": None, "low": None, "high": None} for row in bands.to_dict("records")]
    frame = pd.DataFrame([*rows, total]).assign(
        n_persons=lambda table: table["n_cases"], per_100=lambda table: table["hazard"] * 100
    )
    shows = (
        Show("late", "Past the promised date by", "text"),
        Show("n_cases", "Cases open now", "count", guard="n_persons"),
        Show("per_100", "Contacts that ask after 100 of them in a week", "count", guard="n_persons"),
        Show("expected", "Expected to ask next week", "contacts", guard="n_persons", low="low", high="high"),
    )
    return publish_table(
        "overdue", "People who will ask after overdue cases", period, "overdue", frame, shows, settings.publishing
    )
