"""The common tables from a kept event log, equal to those of a full run over all contacts.

In: the log of `mining.log_kept`, attached and up to date. Out: `log_activities`, `log_channels`, `log_variants`,
`log_variant_steps`, and as views `log_journeys` and `log_events`, so that every function of `mining.log_tables` and
`mining.rework` can be called as after a full run; a journey's number is another, but stands in the same order. The
functions here give what would cost a look at all events from what is kept instead.
"""

from __future__ import annotations

import pandas as pd

from journeys.engine import Engine
from mining.kept_centiles import centile_s
from mining.log_kept import NAMED, REWORK
from mining.log_tables import name_moves

_JOURNEY = "(CAST({track} AS HUGEINT) * 18446744073709551616 + {begin})"


def show_kept(engine: Engine) -> None:
    """Build the tables and views above."""
    for kept, table in NAMED:
        engine.save(table, f"SELECT value, name, code FROM kept.{kept}")
    journey = _JOURNEY.format(track="track", begin="begin_us")
    engine.run("DROP TABLE IF EXISTS log_journeys")
    engine.run("DROP TABLE IF EXISTS log_events")
    engine.run(
        f"""
        CREATE OR REPLACE VIEW log_journeys AS
        SELECT {journey} AS journey, person, begin_us AS started_us, ended_us, n_events, way FROM kept.journeys"""
    )
    engine.run(
        f"""
        CREATE OR REPLACE VIEW log_events AS
        SELECT {journey} AS journey, position, person, activity_code, channel_code, at_us, position = 1 AS is_first,
               next_activity_code, next_channel_code, next_us / 1000000.0 AS seconds_to_next FROM kept.events"""
    )
    example = _JOURNEY.format(track="example_track", begin="example_us")
    engine.save(
        "kept_ways",
        f"""
        WITH ranked AS (
            SELECT *, row_number() OVER (ORDER BY n_journeys DESC, example_track, example_us) AS variant
            FROM kept.ways WHERE n_journeys > 0)
        SELECT r.variant, r.n_journeys, r.n_persons, (l.low_0 + l.high_0) / 2.0 / 1000000.0 AS median_s,
               {example} AS example,
               CAST(sum(r.n_journeys) OVER (ORDER BY r.variant) AS DOUBLE) / (SELECT sum(n_journeys) FROM kept.ways)
                   AS coverage, r.way
        FROM ranked r JOIN kept.lengths_found l ON l.grp = r.way ORDER BY r.variant""",
    )
    engine.save("log_variants", "SELECT * EXCLUDE (way) FROM kept_ways")
    engine.save(
        "log_variant_steps",
        """
        SELECT w.variant, w.n_journeys, s.position, s.activity_code, s.next_activity_code
        FROM kept.way_steps s JOIN kept_ways w USING (way)""",
    )


def list_kept_variants(engine: Engine, most: int = 1_000_000) -> pd.DataFrame:
    """As `list_variants`."""
    return engine.run(
        """
        SELECT w.variant, t.activities, w.n_journeys, w.n_persons, w.coverage, w.median_s
        FROM kept_ways w JOIN kept.way_texts t USING (way) WHERE w.variant <= $most ORDER BY w.variant""",
        most=most,
    )


def count_kept_moves(engine: Engine) -> pd.DataFrame:
    """As `count_moves_between`, with n_persons."""
    return name_moves(
        engine,
        f"""
            SELECT CAST(m.grp // 65536 AS SMALLINT) AS activity_code, CAST(m.grp % 65536 AS SMALLINT) AS next_activity_code,
                   m.n_events, m.n_persons, {centile_s("waits", 0)} AS median_s,
                   {centile_s("waits", 1)} AS p90_s
            FROM kept.moves m JOIN kept.waits_found f ON f.grp = m.grp""",
    )


def measure_kept_durations(engine: Engine) -> pd.DataFrame:
    """As `measure_durations`."""
    return engine.run(
        f"""
        WITH lasted AS (
            SELECT count(*) AS n_journeys, CAST(sum(n_events) AS BIGINT) AS n_events,
                   sum(ended_us - begin_us) AS us, max(ended_us - begin_us) AS longest_us FROM kept.journeys)
        SELECT n_journeys, n_events, CAST(us AS DOUBLE) / n_journeys / 1000000.0 AS mean_s,
               {centile_s("durations", 0)} AS median_s, {centile_s("durations", 1)} AS p90_s, longest_us / 1000000.0 AS longest_s,
               CAST(n_events AS DOUBLE) / n_journeys AS mean_events
        FROM lasted LEFT JOIN kept.durations_found ON true"""
    )


def count_kept_rework_by_channel(engine: Engine) -> pd.DataFrame:
    """As `count_rework_by_channel`."""
    counts = ", ".join(f"CAST(r.{name} AS BIGINT) AS {name}" for name in REWORK)
    return engine.run(
        f"""
        SELECT a.name AS activity, {counts}
        FROM kept.rework r JOIN (SELECT DISTINCT code, name FROM log_activities) a ON a.code = r.activity_code
        WHERE n_again > 0 ORDER BY n_again DESC, activity"""
    )
