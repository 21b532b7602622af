"""Why people got in touch about one service: needs (value demand), all reasons, channels, waiting and chasing.

In: `contact_facts`, `window_journeys`, `window_events` for the window. Out: published tables.
"""

from __future__ import annotations

import pandas as pd

from journeys.engine import Engine
from journeys.settings import Settings
from mining.clustered import add_independent, add_independent_parts
from mining.dialect import centile
from mining.names import channel_name
from mining.suppress import TOTAL, PartsOf, Show, publish_table
from mining.suppress_across import Cell, hide_also
from mining.tables import FindingTable
from mining.working_time import in_working_days

_DAY_S = 86400.0


def count_reasons(engine: Engine, first_week: str, last_week: str, service: str | None = None) -> pd.DataFrame:
    """Contacts by demand and type in the window: demand, demand_type, n_contacts, n_persons, n_all, n_demand.

    share_independent and demand_independent: independent contacts that the shares of n_all and n_demand rest on.
    """
    where, given = "week BETWEEN $first AND $last", {"first": first_week, "last": last_week}
    if service is not None:
        where, given = f"{where} AND service = $service", {**given, "service": service}
    rows = engine.run(
        f"""
        WITH shown AS (
            SELECT * REPLACE (CASE WHEN demand = 'unclear' THEN 'unclear' ELSE demand_type END AS demand_type)
            FROM contact_facts)
        SELECT demand, demand_type, count(*) AS n_contacts, count(DISTINCT person_id) AS n_persons,
               count(*) FILTER (WHERE week = $last) AS n_week,
               count(DISTINCT person_id) FILTER (WHERE week = $last) AS week_persons,
               sum(count(*)) OVER () AS n_all, sum(count(*)) OVER (PARTITION BY demand) AS n_demand
        FROM shown
        WHERE {where}
        GROUP BY demand, demand_type ORDER BY demand, n_contacts DESC, demand_type""",
        **given,
    )
    shown = "demand || ' ' || CASE WHEN demand = 'unclear' THEN 'unclear' ELSE demand_type END"
    rows = rows.assign(item=rows["demand"] + " " + rows["demand_type"])
    rows = add_independent_parts(engine, rows, shown, where, "share", by="item", **given)
    rows = add_independent_parts(engine, rows, shown, where, "demand", whole="demand", by="item", **given)
    return rows.drop(columns="item")


def with_names(rows: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Reasons with the taxonomy's name and definition of each type."""
    types = settings.taxonomy.by_slug
    kinds = [types.get(slug) for slug in rows["demand_type"]]
    return rows.assign(
        demand_type_name=[kind.name if kind else slug for kind, slug in zip(kinds, rows["demand_type"], strict=True)],
        definition_text=[kind.definition if kind else "" for kind in kinds],
        share=rows["n_contacts"],
    )


def reasons_table(rows: pd.DataFrame, settings: Settings, period: str) -> FindingTable:
    """Every reason for contact with its definition."""
    return publish_table(
        "reasons",
        f"Reasons for contact, those of {settings.publishing.suppress_below} people or more",
        period,
        "demand",
        rows,
        [
            Show("demand", "Demand", "text"),
            Show("demand_type", "Type", "text"),
            Show("demand_type_name", "Reason", "text"),
            Show("definition_text", "Counted when the person", "text"),
            Show("n_contacts", "Contacts", "contacts", guard="n_persons"),
            Show("share", "Share of contacts", "share", guard="n_persons", of="n_all", independent="share_independent"),
        ],
        settings.publishing,
        parts_of=PartsOf(within="demand"),
    )


def needs_table(rows: pd.DataFrame, settings: Settings, period: str) -> FindingTable:
    """What people need: value demand by type, as a share of value demand."""
    value = rows[rows["demand"] == "value"]
    return publish_table(
        "needs",
        "What people need",
        period,
        "value_demand",
        value,
        [
            Show("demand_type_name", "Need", "text"),
            Show("n_contacts", "Contacts", "contacts", guard="n_persons"),
            Show(
                "share",
                "Share of value demand",
                "share",
                guard="n_persons",
                of="n_demand",
                independent="demand_independent",
            ),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )


def service_channels_table(
    engine: Engine, service: str, settings: Settings, first_week: str, last_week: str, period: str, hidden: set[Cell]
) -> FindingTable:
    """Contacts and failure demand of one service by channel; in-person is listed even when small.

    `hidden` are (service, channel) that would give others away.
    """
    where = "service = $service AND week BETWEEN $first AND $last AND direction = 'inbound'"
    given = {"service": service, "first": first_week, "last": last_week}
    rows = engine.run(
        f"""
        SELECT channel, count(*) AS n_contacts, count(DISTINCT person_id) AS n_persons, sum(count(*)) OVER () AS n_all,
               count(*) FILTER (WHERE demand = 'failure') AS n_failure,
               count(*) FILTER (WHERE demand IN ('failure', 'value')) AS n_rated
        FROM contact_facts WHERE {where}
        GROUP BY channel ORDER BY n_contacts DESC, channel""",
        **given,
    )
    rated = {"failure": ("demand = 'failure'", "demand IN ('failure', 'value')")}
    rows = add_independent(engine, rows, "channel", rated, where, by="channel", **given)
    rows = add_independent_parts(engine, rows, "channel", where, "share", **given)
    if "face_to_face" not in set(rows["channel"]):
        none = dict.fromkeys(rows.columns, 0) | {"channel": "face_to_face", "n_all": rows["n_all"].max()}
        rows = pd.concat([rows, pd.DataFrame([none])], ignore_index=True)
    rows = hide_also(rows, "channel", {channel for of, channel in hidden if of == service}).assign(
        channel_name=[channel_name(channel) for channel in rows["channel"]],
        share=rows["n_contacts"],
        failure_demand_rate=rows["n_failure"],
    )
    return publish_table(
        "channels",
        "Contacts by channel",
        period,
        "channel",
        rows,
        [
            Show("channel", "Channel id", "text"),
            Show("channel_name", "Channel", "text"),
            Show("n_contacts", "Contacts", "contacts", guard="n_persons"),
            Show("share", "Share of contacts", "share", guard="n_persons", of="n_all", independent="share_independent"),
            Show(
                "failure_demand_rate",
                "Failure demand",
                "share",
                guard="n_persons",
                of="n_rated",
                independent="failure_independent",
            ),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )


def waiting_table(engine: Engine, service: str, settings: Settings, period: str) -> FindingTable:
    """How long journeys last, and when people first chase."""
    row = engine.run(
        f"""
        WITH chased AS (
            SELECT e.journey_id, min(e.started_at) AS chased_at, min(e.worked_s) AS chased_worked_s
            FROM window_events e
            WHERE e.demand = 'failure' AND e.demand_type = 'progress_chase' GROUP BY e.journey_id),
        begun AS (SELECT journey_id, worked_s FROM window_events WHERE is_first)
        SELECT count(*) FILTER (WHERE j.n_events > 1) AS n_long,
               count(DISTINCT j.person_id) FILTER (WHERE j.n_events > 1) AS long_persons,
               median(j.duration_s) FILTER (WHERE j.n_events > 1) AS median_s,
               {centile("j.duration_s", 0.9)} FILTER (WHERE j.n_events > 1) AS p90_s,
               median(j.working_s) FILTER (WHERE j.n_events > 1) AS median_working_s,
               {centile("j.working_s", 0.9)} FILTER (WHERE j.n_events > 1) AS p90_working_s,
               median(c.chased_worked_s - b.worked_s) AS chase_working_s,
               count(c.journey_id) AS n_chased,
               count(DISTINCT j.person_id) FILTER (WHERE c.journey_id IS NOT NULL) AS chased_persons,
               median(epoch(c.chased_at) - epoch(j.started_at)) AS chase_s, count(*) AS n_all,
               count(DISTINCT j.person_id) AS n_persons,
               count(*) FILTER (WHERE j.is_open) AS n_open,
               count(DISTINCT j.person_id) FILTER (WHERE j.is_open) AS open_persons
        FROM window_journeys j JOIN begun b USING (journey_id) LEFT JOIN chased c USING (journey_id)
        WHERE j.service = $service""",
        service=service,
    ).iloc[0]
    working = in_working_days(row[["median_working_s", "p90_working_s", "chase_working_s"]].astype(float), settings)
    rows = pd.DataFrame(
        [
            ("Median days from first to last event", row["median_s"] / _DAY_S, "days", row["long_persons"]),
            ("Median working days from first to last event", working["median_working_s"], "days", row["long_persons"]),
            ("90th centile of days", row["p90_s"] / _DAY_S, "days", row["long_persons"]),
            ("90th centile of working days", working["p90_working_s"], "days", row["long_persons"]),
            ("Median days to the first chase", row["chase_s"] / _DAY_S, "days", row["chased_persons"]),
            ("Median working days to the first chase", working["chase_working_s"], "days", row["chased_persons"]),
            ("Journeys in which somebody chased", row["n_chased"], "journeys", row["chased_persons"]),
            ("Journeys that may still go on", row["n_open"], "journeys", row["open_persons"]),
            ("Journeys started", row["n_all"], "journeys", row["n_persons"]),
        ],
        columns=["measure", "value", "unit", "persons"],
    )
    if settings.calendar is None:
        rows = rows[~rows["measure"].str.contains("working days")]
    return publish_table(
        "waiting",
        "Waiting and chasing",
        period,
        "waiting",
        rows,
        [
            Show("measure", "Measure", "text"),
            Show("value", "Value", "count", guard="persons"),
            Show("unit", "Unit", "text"),
        ],
        settings.publishing,
    )
