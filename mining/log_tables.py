"""The common tables of process mining over an event log, each one GROUP BY.

In: the tables of `mining.log`. Out, as pandas tables with names in place of codes, most frequent first:
directly-follows moves, start and end activities, variants with coverage, durations. What depends only on the order of
activities is counted on distinct variants and weighted by their journeys; waits and persons are counted on events.
Terms: W. van der Aalst, Process Mining, 2016; waits are elapsed seconds.
"""

from __future__ import annotations

from collections import Counter

import pandas as pd

from journeys.engine import Engine
from mining.dialect import STEP_MARK, centile_s

_NAMES = "(SELECT DISTINCT code, name FROM log_activities)"


def count_log_variants(engine: Engine) -> None:
    """Build `log_variants` and `log_variant_steps`.

    `log_variants`: variant (1 is the most frequent), n_journeys, n_persons, coverage (share of journeys in this and all
    more frequent variants), median_s (of durations), example (a journey of it); `log_variant_steps`: variant,
    position, activity_code, next_activity_code.
    """
    engine.save(
        "log_variants",
        """
        WITH counted AS (
            SELECT way, count(*) AS n_journeys, count(DISTINCT person) AS n_persons, min(journey) AS example,
                   median(ended_us - started_us) / 1000000.0 AS median_s
            FROM log_journeys GROUP BY way),
        ranked AS (SELECT *, row_number() OVER (ORDER BY n_journeys DESC, example) AS variant FROM counted)
        SELECT variant, n_journeys, n_persons, median_s, example,
               CAST(sum(n_journeys) OVER (ORDER BY variant) AS DOUBLE) / (SELECT count(*) FROM log_journeys) AS coverage
        FROM ranked ORDER BY variant""",
    )
    engine.save(
        "log_variant_steps",
        """
        SELECT v.variant, v.n_journeys, e.position, e.activity_code, e.next_activity_code
        FROM log_events e JOIN log_variants v ON e.journey = v.example""",
    )


def count_moves_between(engine: Engine, *, persons: bool = True) -> pd.DataFrame:
    """Directly-follows: from_activity, to_activity, n_events, n_journeys, median_s, p90_s, and n_persons if asked for.

    Counting distinct persons costs more than all else together.
    """
    n_persons = "count(DISTINCT person) AS n_persons," if persons else ""
    return name_moves(
        engine,
        f"""
            SELECT activity_code, next_activity_code, count(*) AS n_events, {n_persons}
                   {centile_s("seconds_to_next", 0.5)} AS median_s, {centile_s("seconds_to_next", 0.9)} AS p90_s
            FROM log_events WHERE next_activity_code IS NOT NULL GROUP BY activity_code, next_activity_code""",
    )


def name_moves(engine: Engine, moved: str) -> pd.DataFrame:
    """The moves that the query `moved` counts by activity_code and next_activity_code, with names and n_journeys."""
    return engine.run(
        f"""
        WITH moved AS ({moved}),
        taken AS (
            SELECT activity_code, next_activity_code, sum(n_journeys) AS n_journeys
            FROM (SELECT DISTINCT variant, n_journeys, activity_code, next_activity_code FROM log_variant_steps)
            GROUP BY activity_code, next_activity_code)
        SELECT a.name AS from_activity, b.name AS to_activity, m.* EXCLUDE (activity_code, next_activity_code),
               CAST(t.n_journeys AS BIGINT) AS n_journeys
        FROM moved m JOIN taken t USING (activity_code, next_activity_code)
        JOIN {_NAMES} a ON a.code = m.activity_code JOIN {_NAMES} b ON b.code = m.next_activity_code
        ORDER BY n_events DESC, from_activity, to_activity"""
    )


def count_ends(engine: Engine) -> pd.DataFrame:
    """Per activity: n_events, n_journeys it occurs in, and n_start, n_end journeys that begin and end with it."""
    return engine.run(
        f"""
        WITH in_variant AS (
            SELECT variant, n_journeys, activity_code, count(*) AS n_times,
                   count(*) FILTER (WHERE position = 1) AS n_first,
                   count(*) FILTER (WHERE next_activity_code IS NULL) AS n_last
            FROM log_variant_steps GROUP BY variant, n_journeys, activity_code)
        SELECT a.name AS activity, CAST(sum(n_times * n_journeys) AS BIGINT) AS n_events,
               CAST(sum(n_journeys) AS BIGINT) AS n_journeys,
               CAST(sum(n_first * n_journeys) AS BIGINT) AS n_start, CAST(sum(n_last * n_journeys) AS BIGINT) AS n_end
        FROM in_variant v JOIN {_NAMES} a ON a.code = v.activity_code
        GROUP BY a.name ORDER BY n_events DESC, activity"""
    )


def list_variants(engine: Engine, most: int = 1_000_000) -> pd.DataFrame:
    """The `most` frequent variants: variant, activities (joined by STEP_MARK), n_journeys, n_persons, coverage, median_s."""
    return engine.run(
        f"""
        SELECT v.variant, string_agg(a.name, '{STEP_MARK}' ORDER BY s.position) AS activities,
               v.n_journeys, v.n_persons, v.coverage, v.median_s
        FROM log_variants v JOIN log_variant_steps s USING (variant) JOIN {_NAMES} a ON a.code = s.activity_code
        WHERE v.variant <= $most
        GROUP BY v.variant, v.n_journeys, v.n_persons, v.coverage, v.median_s ORDER BY v.variant""",
        most=most,
    )


def variant_counts(variants: pd.DataFrame) -> Counter[tuple[str, ...]]:
    """The variants of `list_variants` as sequences with their journeys, for `mining.models`."""
    sequences = (tuple(str(steps).split(STEP_MARK)) for steps in variants["activities"])
    return Counter(dict(zip(sequences, variants["n_journeys"].astype(int), strict=True)))


def count_by_position(engine: Engine, most: int = 10) -> pd.DataFrame:
    """Position (1 to `most`), activity and n_journeys that have it there: what people do first, second, third."""
    return engine.run(
        f"""
        SELECT s.position, a.name AS activity, CAST(sum(s.n_journeys) AS BIGINT) AS n_journeys
        FROM log_variant_steps s JOIN {_NAMES} a ON a.code = s.activity_code
        WHERE s.position <= $most GROUP BY s.position, a.name ORDER BY s.position, n_journeys DESC, activity""",
        most=most,
    )


def measure_durations(engine: Engine) -> pd.DataFrame:
    """One row: n_journeys, n_events, mean_s, median_s, p90_s and longest_s from first to last event, mean n of events."""
    return engine.run(
        f"""
        WITH lasted AS (
            SELECT ended_us - started_us AS us, (ended_us - started_us) / 1000000.0 AS seconds, n_events FROM log_journeys)
        SELECT count(*) AS n_journeys, CAST(sum(n_events) AS BIGINT) AS n_events,
               CAST(sum(us) AS DOUBLE) / count(*) / 1000000.0 AS mean_s,
               {centile_s("seconds", 0.5)} AS median_s, {centile_s("seconds", 0.9)} AS p90_s, max(seconds) AS longest_s,
               CAST(sum(n_events) AS DOUBLE) / count(*) AS mean_events
        FROM lasted"""
    )
