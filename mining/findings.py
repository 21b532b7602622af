"""Findings: everything a week's pages show, composed once, suppressed, and nothing else published.

In: the tables of the pipeline up to `events`, and what the pipeline knows of files and rows. Out: the content of
findings.json (schema: reports/findings.schema.json). Pages are rendered from it alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.periods import Week
from journeys.settings import Settings
from mining.changes import answered_by, changes_table
from mining.channel_tables import channel_tables
from mining.comparison import build_compared
from mining.comparison_tables import comparison_tables
from mining.corrected_rates import corrected_tables
from mining.definitions import definitions_of
from mining.demand_tables import demand_tables
from mining.equality import equality_tables
from mining.flows import count_flows, select_window
from mining.forecast_tables import forecast_tables
from mining.hours import hours_tables
from mining.in_person import in_person_tables
from mining.journey_tables import measure_journeys
from mining.label_accuracy import emerging_table, label_accuracy_tables, tested_tables
from mining.ledger_tables import ledger_tables
from mining.link_tables import accuracy_table, link_tables
from mining.measures import judge_measures
from mining.model_breaks import find_model_breaks
from mining.moves import pair_contacts
from mining.names import CHANNEL_NAMES
from mining.need_tables import measure_needs
from mining.origin_tables import origin_tables
from mining.pain_points import find_pain_points
from mining.quality_tables import handed_in, quality_tables
from mining.repeats import follow_contacts
from mining.request_tables import requests_table
from mining.resolution import build_returns, resolution_by_service, resolution_table
from mining.restated import restated_table
from mining.service_findings import measure_services, services_table
from mining.stages import place_events
from mining.suppress_across import hide_channels
from mining.tables import FindingTable
from mining.transactions import transaction_tables
from mining.variants import count_variants
from mining.weekly import count_weekly

SCHEMA_VERSION = "1.0"


def measure_findings(
    engine: Engine,
    settings: Settings,
    week: Week,
    *,
    run: dict[str, Any],
    sources: pd.DataFrame,
    missing_weeks: pd.DataFrame,
    rejects: pd.DataFrame,
    unmapped: pd.DataFrame,
    clocks: pd.DataFrame,
    link_accuracy: Mapping[str, Mapping[str, float | int | None]],
    note_reviews: pd.DataFrame,
    published: Sequence[Mapping[str, Any]],
    requests: Sequence[Mapping[str, Any]],
    deliveries: pd.DataFrame,
    emerging: pd.DataFrame,
    tested: Mapping[str, Any],
) -> dict[str, Any]:
    """All findings of one week.

    `missing_weeks` has source, week and why where a source that usually reports fell short; `published` what runs of earlier
    weeks said of their measures; `requests` the log of what was asked for and done;
    `deliveries` has how many mails of each earlier week were sent, wait, or were given up.
    """
    first_week, last_week = str(week.plus(1 - settings.publishing.window_weeks)), str(week)
    cut_off_at = f"{week.cut_off_at(settings.organisation.zone):%Y-%m-%d %H:%M:%S}"
    period = f"{settings.publishing.window_weeks} weeks to {week.ends_on:%-d %B %Y}"
    week_period = f"week ending {week.ends_on:%-d %B %Y}"

    select_window(engine, first_week, last_week)
    count_flows(engine)
    count_variants(engine)
    pair_contacts(engine)
    follow_contacts(engine)
    build_returns(engine)
    build_compared(engine, settings, week)
    place_events(engine, settings)
    weekly = count_weekly(engine, settings, last_week, cut_off_at)
    partial_weeks = set(missing_weeks["week"])
    breaks = find_model_breaks(engine, last_week)
    measures = judge_measures(weekly, settings, last_week, partial_weeks, CHANNEL_NAMES, breaks)

    cards = [
        card | {"change": answered_by(settings, card["pain_point_id"], week)}
        for card in find_pain_points(engine, settings)
    ]
    changes = changes_table(settings, measures, week)
    more_tables = measure_journeys(engine, settings, week, period, partial_weeks)
    small_channels = hide_channels(engine, settings, week)
    services = measure_services(engine, settings, week, period, cards, more_tables, small_channels)
    needs = measure_needs(engine, settings, first_week, last_week, cut_off_at, f"started in the {period}")
    tables: dict[str, FindingTable] = {
        "services": services_table(measures, services, settings, week_period),
        **channel_tables(engine, settings, first_week, last_week, period, week_period, partial_weeks),
        **demand_tables(engine, settings, first_week, last_week, cut_off_at, period),
        "resolution": resolution_table(engine, week, settings, week_period),
        "resolution_by_service": resolution_by_service(engine, week, settings, week_period),
        **comparison_tables(engine, settings, week),
        **({"changes": changes} if changes else {}),
        "restated": restated_table(measures, published, settings),
        "requests": requests_table(
            requests,
            week.plus(-settings.publishing.window_weeks).cut_off_at(settings.organisation.zone),
            week.cut_off_at(settings.organisation.zone),
            period,
            settings,
        ),
        **ledger_tables(engine, settings, first_week, last_week, period),
        **origin_tables(engine, settings, week, cut_off_at, period, partial_weeks),
        **forecast_tables(engine, settings, week, weekly, partial_weeks),
        **hours_tables(engine, settings, first_week, last_week, period),
        **in_person_tables(engine, settings, first_week, last_week, period, small_channels),
        **transaction_tables(engine, settings, first_week, last_week, period),
        **equality_tables(engine, settings, first_week, last_week, period),
        **quality_tables(engine, settings, first_week, last_week, cut_off_at, period),
        **link_tables(engine, settings, first_week, last_week, cut_off_at, period),
        "link_accuracy": accuracy_table(link_accuracy, settings),
        **label_accuracy_tables(engine, note_reviews, settings),
        **corrected_tables(engine, note_reviews, settings),
        **tested_tables(tested, settings),
        "emerging": emerging_table(emerging, f"4 weeks to {week.ends_on:%-d %B %Y}", settings),
        "sources": handed_in("sources", "Rows read and what became of them", "reconciliation", sources, settings),
        "rejects": handed_in("rejects", "Rows that could not be used", "reconciliation", rejects, settings),
        "clocks": handed_in("clocks", "Clocks of two systems compared", "clocks", clocks, settings),
        "deliveries": handed_in("deliveries", "Reports sent by mail", "deliveries", deliveries, settings),
        "unmapped": handed_in("unmapped", "Values no map names", "missing", unmapped, settings),
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "run": run,
        "organisation": {**settings.organisation.model_dump(mode="json"), "logo": settings.publishing.theme.logo},
        "period": _period(settings, week, missing_weeks),
        "settings": _published_settings(settings),
        "definitions": definitions_of(settings),
        "measures": measures,
        "pain_points": cards,
        "services": services,
        **({"needs": needs} if needs else {}),
        "tables": {name: table.as_json() for name, table in sorted(tables.items())},
    }


def _period(settings: Settings, week: Week, missing_weeks: pd.DataFrame) -> dict[str, Any]:
    missing = sorted(missing_weeks.loc[missing_weeks["week"] == str(week), "source"])
    first = week.plus(1 - settings.publishing.window_weeks)
    return {
        "week": str(week),
        "starts_on": week.starts_on.isoformat(),
        "ends_on": week.ends_on.isoformat(),
        "cut_off": f"{week.plus(1).starts_on.isoformat()} 00:00 {settings.organisation.timezone}",
        "window_weeks": settings.publishing.window_weeks,
        "window_starts_on": first.starts_on.isoformat(),
        "window_ends_on": week.ends_on.isoformat(),
        "is_partial": bool(missing),
        "missing_sources": missing,
    }


def _published_settings(settings: Settings) -> dict[str, Any]:
    publishing, privacy = settings.publishing, settings.privacy
    return {
        "lawful_basis": [f"{source.name}: {source.lawful_basis}" for source in settings.sources if source.lawful_basis],
        "refused_uses": list(privacy.refused_uses),
        "keep_notes": privacy.keep_notes,
        "retain_notes_days": privacy.retain_notes_days,
        "retain_contacts_months": privacy.retain_contacts_months,
        "suppress_below": publishing.suppress_below,
        "share_needs": publishing.share_needs,
        "round_to": publishing.round_to,
        "repeat_days": publishing.repeat_days,
        "window_weeks": publishing.window_weeks,
        "retry_minutes": publishing.retry_minutes,
        "colour": publishing.theme.colour,
        "signal_colours": publishing.theme.model_dump(include={"concern", "improving", "changed"}),
    }
