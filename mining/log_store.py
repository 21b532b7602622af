"""Write what an update of a kept event log worked out, and nothing else: the caller's transaction holds all of it.

In: the working tables of `mining.log_update`. Out: `kept`, as it is to be.
"""

from __future__ import annotations

from journeys.engine import Engine
from mining.kept_centiles import store_centiles
from mining.log_kept import NAMED

EVENT = (
    "contact, track, begin_us, at_us, tie, person, activity_code, channel_code, gap_us, position, next_activity_code, "
    "next_channel_code, next_us"
)
_MOST_MINUS = 0.1  # of the rows kept: rows that take away from others


def store_update(engine: Engine) -> None:
    """Write everything that was worked out; only `kept` is written to."""
    for kept, table in NAMED:
        engine.run(
            f"INSERT INTO kept.{kept} SELECT * FROM {table} t WHERE NOT EXISTS "
            f"(SELECT 1 FROM kept.{kept} k WHERE k.value IS NOT DISTINCT FROM t.value)"
        )
    first = engine.value("SELECT min(ended_us) FROM journeys_before")
    for table, columns in (("events", f"{EVENT}, ended_us"), ("journeys", "*")):
        if first is not None:
            engine.run(
                f"DELETE FROM kept.{table} WHERE ended_us >= {first} "
                "AND (track, begin_us) IN (SELECT (track, begin_us) FROM journeys_before)"
            )
        rows = "events_after JOIN journeys_after USING (track, begin_us)" if table == "events" else "journeys_after"
        chosen = columns
        if table == "events":
            chosen = (
                ", ".join(f"events_after.{name.strip()}" for name in EVENT.split(",")) + ", journeys_after.ended_us"
            )
        engine.run(f"INSERT INTO kept.{table} SELECT {chosen} FROM {rows}")
    for kept in ("way_persons", "move_persons"):
        _store_pairs(engine, kept)
    engine.run("DELETE FROM kept.rework")
    engine.run(
        "DELETE FROM kept.ways WHERE way IN (SELECT way FROM ways_new UNION ALL SELECT way FROM ways_lost "
        "UNION ALL SELECT grp FROM way_persons_net)"
    )
    for kept in ("rework", "ways"):
        engine.run(f"INSERT INTO kept.{kept} SELECT * FROM {kept}_new")
    for kept in ("way_steps", "way_texts"):
        engine.run(f"INSERT INTO kept.{kept} SELECT * FROM {kept}_new")
    engine.run(
        """
        CREATE OR REPLACE TABLE kept.moves AS
        SELECT grp, CAST(sum(n_events) AS BIGINT) AS n_events, CAST(sum(n_persons) AS BIGINT) AS n_persons
        FROM (SELECT * FROM kept.moves UNION ALL SELECT grp, n, n_persons FROM move_persons_net) AS joined
        GROUP BY grp HAVING sum(n_events) > 0"""
    )
    for name in ("waits", "lengths", "durations"):
        store_centiles(engine, name)


def _store_pairs(engine: Engine, kept: str) -> None:
    """Add what changed; once that has grown to a part of the whole, each pair is one row again."""
    engine.run(f"INSERT INTO kept.{kept} SELECT pair, n FROM {kept}_new")
    n_rows, n_minus = engine.run(f"SELECT count(*), count(*) FILTER (WHERE n < 1) FROM kept.{kept}").iloc[0]
    if n_minus > _MOST_MINUS * n_rows:
        engine.run(
            f"""
            CREATE OR REPLACE TABLE kept.{kept} AS
            SELECT pair, CAST(sum(n) AS INTEGER) AS n FROM kept.{kept} GROUP BY pair HAVING sum(n) <> 0"""
        )
