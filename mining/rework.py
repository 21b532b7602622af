"""Rework: steps done again within one journey, and steps that follow sooner or later.

In: the tables of `mining.log` and `log_variants`. Terms as in bupaR (G. Janssenswillen and others, 2019), with the
channel in the place of the resource: a *self-loop* is a step directly after the same step; a *repetition* is a step
that has occurred earlier in the journey with another between. Each is told apart by whether it happened in the same
channel as the time before. `n_again` is the count of journeys with the step more than once, as pm4py counts rework.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from journeys.engine import Engine
from journeys.times import literal

_NAMES = "(SELECT DISTINCT code, name FROM log_activities)"


def count_rework(engine: Engine) -> pd.DataFrame:
    """Per activity that is ever done again: n_again and n_occurs (journeys), n_self_loops and n_repetitions (events)."""
    return engine.run(
        f"""
        WITH again AS (
            SELECT variant, n_journeys, activity_code, count(*) AS n_times,
                   count(*) FILTER (WHERE next_activity_code = activity_code) AS n_loops
            FROM log_variant_steps GROUP BY variant, n_journeys, activity_code)
        SELECT a.name AS activity,
               CAST(sum(n_journeys) FILTER (WHERE n_times > 1) AS BIGINT) AS n_again,
               CAST(sum(n_journeys) AS BIGINT) AS n_occurs,
               CAST(sum(n_loops * n_journeys) AS BIGINT) AS n_self_loops,
               CAST(sum((n_times - 1 - n_loops) * n_journeys) AS BIGINT) AS n_repetitions
        FROM again JOIN {_NAMES} a ON a.code = again.activity_code
        GROUP BY a.name HAVING max(n_times) > 1 ORDER BY n_again DESC, activity"""
    )


def count_rework_by_channel(engine: Engine) -> pd.DataFrame:
    """Per activity: n_self_loops and n_repetitions, each _same or _other: in the channel of the time before or not.

    Only journeys in which something is done again are looked at, one by one: the channel is no part of a variant.
    """
    return engine.run(
        f"""
        WITH looping AS (
            SELECT DISTINCT variant FROM (
                SELECT variant FROM log_variant_steps GROUP BY variant, activity_code HAVING count(*) > 1)),
        ways AS (
            SELECT way FROM log_journeys WHERE journey IN (
                SELECT example FROM log_variants JOIN looping USING (variant))),
        beside AS (
            SELECT e.activity_code, e.position, e.channel_code,
                   lag(e.position) OVER w AS position_before, lag(e.channel_code) OVER w AS channel_before
            FROM log_events e JOIN log_journeys j USING (journey) JOIN ways USING (way)
            WINDOW w AS (PARTITION BY e.journey, e.activity_code ORDER BY e.position))
        SELECT a.name AS activity,
               count(*) FILTER (WHERE position = position_before + 1 AND channel_code = channel_before)
                   AS n_self_loops_same,
               count(*) FILTER (WHERE position = position_before + 1 AND channel_code <> channel_before)
                   AS n_self_loops_other,
               count(*) FILTER (WHERE position > position_before + 1 AND channel_code = channel_before)
                   AS n_repetitions_same,
               count(*) FILTER (WHERE position > position_before + 1 AND channel_code <> channel_before)
                   AS n_repetitions_other
        FROM beside b JOIN {_NAMES} a ON a.code = b.activity_code
        WHERE position_before IS NOT NULL GROUP BY a.name ORDER BY count(*) DESC, activity"""
    )


def count_eventually(engine: Engine, pairs: Collection[tuple[str, str]]) -> pd.DataFrame:
    """For each pair: n_journeys and n_persons in which the second step comes at any time after the first occurrence of
    the first, n_first (journeys with the first at all), and median_s from that occurrence to the next of the second.
    """
    wanted = " UNION ALL ".join(
        f"SELECT {place} AS place, {literal(a)} AS first_name, {literal(b)} AS then_name"
        for place, (a, b) in enumerate(pairs)
    )
    if not wanted:
        return pd.DataFrame(columns=["first", "then", "n_first", "n_journeys", "n_persons", "median_s"])
    return engine.run(
        f"""
        WITH wanted AS ({wanted}),
        pairs AS (
            SELECT w.*, a.code AS first_code, b.code AS then_code
            FROM wanted w LEFT JOIN {_NAMES} a ON a.name = first_name LEFT JOIN {_NAMES} b ON b.name = then_name),
        firsts AS (
            SELECT p.place, p.then_code, e.journey, min(e.person) AS person, min(e.position) AS position,
                   min(e.at_us) AS at_us
            FROM log_events e JOIN pairs p ON e.activity_code = p.first_code
            GROUP BY p.place, p.then_code, e.journey),
        followed AS (
            SELECT f.place, f.journey, min(f.person) AS person, min(e.at_us - f.at_us) / 1000000.0 AS seconds
            FROM firsts f JOIN log_events e
              ON e.journey = f.journey AND e.activity_code = f.then_code AND e.position > f.position
            GROUP BY f.place, f.journey),
        begun AS (SELECT place, count(*) AS n_first FROM firsts GROUP BY place),
        done AS (
            SELECT place, count(*) AS n_journeys, count(DISTINCT person) AS n_persons, median(seconds) AS median_s
            FROM followed GROUP BY place)
        SELECT first_name AS "first", then_name AS "then", coalesce(n_first, 0) AS n_first,
               coalesce(n_journeys, 0) AS n_journeys, coalesce(n_persons, 0) AS n_persons, median_s
        FROM wanted LEFT JOIN begun USING (place) LEFT JOIN done USING (place) ORDER BY place"""
    )
