"""When people come, and what is under way: arrivals by day of the week and hour, work in progress and its age.

In: the tables of `mining.log`. Hours are the organisation's local ones. A journey is in progress at a moment when it
has begun by then and has another event later, or its last event is not longer ago than the gap that would end it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from journeys.engine import Engine
from journeys.times import literal
from mining.dialect import centile, in_us, local_from_us

_QUARTER_US = 900_000_000
_DAY_US = 86_400_000_000


def count_arrivals(engine: Engine, zone: str, *, journeys: bool = False) -> pd.DataFrame:
    """168 rows: weekday (1 is Monday), hour (0-23) and n contacts, or n journeys begun where `journeys` says so.

    Contacts are counted by quarter of an hour first, the smallest step of any zone's clock, so few times are turned
    into local ones.
    """
    only = "WHERE is_first" if journeys else ""
    return engine.run(
        f"""
        WITH quarters AS (
            SELECT at_us // {_QUARTER_US} AS quarter, count(*) AS n FROM log_events {only} GROUP BY at_us // {_QUARTER_US}),
        placed AS (SELECT {local_from_us(f"quarter * {_QUARTER_US}", literal(zone))} AS local_at, n FROM quarters),
        counted AS (
            SELECT isodow(local_at) AS weekday, hour(local_at) AS hour, sum(n) AS n FROM placed
            GROUP BY isodow(local_at), hour(local_at)),
        days AS (SELECT unnest(range(1, 8)) AS weekday), hours AS (SELECT unnest(range(0, 24)) AS hour)
        SELECT d.weekday, h.hour, CAST(coalesce(c.n, 0) AS BIGINT) AS n
        FROM days d CROSS JOIN hours h LEFT JOIN counted c ON c.weekday = d.weekday AND c.hour = h.hour
        ORDER BY d.weekday, h.hour"""
    )


def count_in_progress(engine: Engine, moments: Sequence[pd.Timestamp], *, gap_days: float = 30.0) -> pd.DataFrame:
    """At each moment (UTC): n_journeys in progress, and the median and 90th centile of their age in days."""
    listed = ", ".join(f"(TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S}')" for moment in moments)
    if not listed:
        return pd.DataFrame(columns=["moment", "n_journeys", "median_days", "p90_days"])
    return engine.run(
        f"""
        WITH moments AS (
            SELECT moment, {in_us("moment")} AS moment_us FROM (VALUES {listed}) AS given(moment)),
        aged AS (
            SELECT m.moment, (m.moment_us - j.started_us) / {_DAY_US}.0 AS days
            FROM moments m JOIN log_journeys j
              ON j.started_us <= m.moment_us AND j.ended_us + {round(gap_days * _DAY_US)} >= m.moment_us)
        SELECT m.moment, count(a.days) AS n_journeys, {centile("a.days", 0.5)} AS median_days,
               {centile("a.days", 0.9)} AS p90_days
        FROM moments m LEFT JOIN aged a ON a.moment = m.moment GROUP BY m.moment ORDER BY m.moment"""
    )
