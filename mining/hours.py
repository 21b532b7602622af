"""Handling hours: how much of staff's time contacts take, by service, reason and channel, with how sure that is.

In: `contact_facts`. Out: published tables by id, and minutes a contact for other tables. Handling time is known of some contacts
only; the others are taken to be like those of the same cell, and the share that is known stands beside it. The mean is a
ratio of sums over persons, because calls of one person resemble one another; its variance is that of a ratio with persons
as clusters (W. Cochran, Sampling Techniques, 1977, section 6.3), its interval Student's with as many degrees of freedom as
persons but one:
    mean     r = sum y / sum m, for y seconds and m contacts of each of K persons
    variance   K / (K - 1) sum (y - r m)^2 / (sum m)^2
Hours are capacity, not cash: nobody goes home because a call was not needed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t as student

from journeys.engine import Engine
from journeys.settings import Settings
from mining.names import channel_name
from mining.suppress import Show, publish_table
from mining.tables import FindingTable

_MOST_ROWS = 60
_LEAST_KNOWN = 10  # persons whose handling time is known
_MEANS = ("mean_s", "mean_low", "mean_high")


def hours_tables(
    engine: Engine, settings: Settings, first_week: str, last_week: str, period: str
) -> dict[str, FindingTable]:
    """`handling` by service and kind of demand, `handling_by_reason` by service, reason and channel; none without handling times."""
    weeks = settings.publishing.window_weeks
    by_demand = measure_handling(engine, ("service", "demand"), first_week, last_week)
    if by_demand.empty:
        return {}
    by_reason = measure_handling(engine, ("service", "demand_type", "channel"), first_week, last_week)
    by_reason = by_reason.sort_values(
        ["total_s", "service", "demand_type", "channel"], ascending=[False, True, True, True]
    )
    types = settings.taxonomy.by_slug
    kinds = {"failure": "Failure demand", "value": "Value demand"}
    by_demand = by_demand[by_demand["demand"].isin(kinds)]
    tables = [
        _publish("handling", "Handling hours a week", by_demand.assign(kind=by_demand["demand"].map(kinds)),
                 (Show("kind", "Demand", "text"),), settings, weeks, period),
        _publish("handling_by_reason", "Handling hours a week by reason and channel, most first",
                 by_reason.head(_MOST_ROWS).assign(
                     reason=lambda rows: [types[s].name if s in types else s for s in rows["demand_type"]],
                     channel_name=lambda rows: [channel_name(c) for c in rows["channel"]]),
                 (Show("reason", "Reason", "text"), Show("channel_name", "Channel", "text")), settings, weeks, period),
    ]  # fmt: skip
    return {table.table_id: table for table in tables}


def _publish(
    table_id: str, title: str, rows: pd.DataFrame, named: tuple[Show, ...], settings: Settings, weeks: int, period: str
) -> FindingTable:
    shown = rows.assign(
        name=[settings.service_name(str(service)) for service in rows["service"]], known_share=rows["n_known"],
        **{name: (rows[mean] / 60).round(1) for name, mean in zip(("minutes", "minutes_low", "minutes_high"), _MEANS, strict=True)},
        **{name: (rows[mean] * rows["n_contacts"] / 3600 / weeks).round(1)
           for name, mean in zip(("hours", "hours_low", "hours_high"), _MEANS, strict=True)},
    )  # fmt: skip
    shows = (
        Show("name", "Service", "text"),
        *named,
        Show("n_contacts", "Contacts", "contacts", guard="n_persons"),
        Show("minutes", "Minutes each", "count", guard="n_persons", low="minutes_low", high="minutes_high"),
        Show("hours", "Hours a week", "count", guard="n_persons", low="hours_low", high="hours_high"),
        Show("known_share", "Handling time known", "share", guard="n_persons", of="n_contacts"),
    )
    return publish_table(table_id, title, period, "handling_hours", shown, shows, settings.publishing)


def measure_handling(engine: Engine, by: tuple[str, ...], first_week: str, last_week: str) -> pd.DataFrame:
    """Per cell of `by`: n_contacts, n_persons, n_known, mean_s with mean_low and mean_high, total_s; cells with too few left out."""
    names = ", ".join(by)
    rows = engine.run(
        f"""
        WITH own AS (
            SELECT {names}, person_id, count(*) AS n, count(handle_s) AS m, coalesce(sum(handle_s), 0.0) AS y
            FROM contact_facts
            WHERE week BETWEEN $first AND $last AND direction = 'inbound' AND is_staff_handled AND service IS NOT NULL
            GROUP BY {names}, person_id)
        SELECT {names}, CAST(sum(n) AS BIGINT) AS n_contacts, count(*) AS n_persons, CAST(sum(m) AS BIGINT) AS n_known,
               count(*) FILTER (WHERE m > 0) AS k, CAST(sum(y) AS DOUBLE) AS y, CAST(sum(y * y) AS DOUBLE) AS yy,
               CAST(sum(y * m) AS DOUBLE) AS ym, CAST(sum(m * m) AS DOUBLE) AS mm
        FROM own GROUP BY {names} ORDER BY {names}""",
        first=first_week,
        last=last_week,
    )
    rows = rows[rows["k"] >= _LEAST_KNOWN].reset_index(drop=True)
    mean = rows["y"] / rows["n_known"]
    spread = (rows["yy"] - 2 * mean * rows["ym"] + mean**2 * rows["mm"]).clip(lower=0)
    error = np.sqrt(rows["k"] / (rows["k"] - 1) * spread) / rows["n_known"]
    half = student.ppf(0.975, rows["k"] - 1) * error
    return rows.drop(columns=["k", "y", "yy", "ym", "mm"]).assign(
        mean_s=mean, mean_low=(mean - half).clip(lower=0), mean_high=mean + half, total_s=mean * rows["n_contacts"]
    )
