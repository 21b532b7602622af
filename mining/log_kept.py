"""An event log that is kept between runs, so that a new week costs what it touches and not what all contacts cost.

In: a table or query of all contacts, once. Out: a database file, attached as `kept`, with the cut events and journeys, and
what every table published from them needs to be brought up to date (`mining.log_update`):
- `events`, `journeys`: as in `mining.log`, but a journey is known by its track (a hash of its case, or of person and
  service) and the time it began, which stay the same when contacts come before it or after it;
- `ways`, `way_steps`, `way_texts`, `moves`, `rework`: counts that add up; `way_persons`, `move_persons`: how often each person is in
  them (by a hash of both), so that distinct persons can be counted on and back;
- `waits`, `lengths`, `durations`: what centiles need (`mining.kept_centiles`).
The file holds hashes of contacts and persons and when they were in touch: pseudonymised personal data, for its owner alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from journeys.engine import Engine
from journeys.errors import SourceError, StoreError
from journeys.times import literal
from mining.dialect import STEP_MARK, added_up, after, before, hashed, in_us, running
from mining.kept_centiles import keep_centiles
from mining.log import Gaps, LogColumns, check_variety, gap_sql, is_missing, number_names, track_sql

_VERSION = 1
REWORK = ("n_self_loops_same", "n_self_loops_other", "n_repetitions_same", "n_repetitions_other")
MOVE = "(CAST(activity_code AS BIGINT) * 65536 + next_activity_code)"
NAMED = (("activities", "log_activities"), ("channels", "log_channels"))


def keep_log(
    engine: Engine, path: Path, source: str, contact: str, columns: LogColumns | None = None, gaps: Gaps | None = None
) -> int:
    """Cut all contacts of `source` and keep them in a new file at `path`; returns the number of events.

    `contact`: the column that tells contacts apart for good. `columns` and `gaps` as for `read_log`. The file takes its
    place when it is whole. Raises SettingsError for too many activities, SourceError for a contact that occurs twice.
    """
    columns, gaps = columns or LogColumns(), gaps or Gaps()
    temporary = path.with_name(path.name + ".part")
    temporary.unlink(missing_ok=True)
    engine.run(f"ATTACH {literal(str(temporary))} AS kept")
    temporary.chmod(0o600)
    try:
        _keep(engine, source, contact, columns, gaps)
    finally:
        engine.run("DETACH kept")
    temporary.replace(path)
    open_kept(engine, path, contact, columns, gaps)
    return int(engine.value("SELECT count(*) FROM kept.events"))


def open_kept(engine: Engine, path: Path, contact: str, columns: LogColumns, gaps: Gaps) -> None:
    """Attach the file as `kept`; raises StoreError where it is not there or was cut by other rules."""
    if engine.value("SELECT count(*) FROM duckdb_databases() WHERE database_name = 'kept'"):
        engine.run("DETACH kept")
    if not path.exists():
        raise StoreError(f"{path}: no event log is kept here yet; make it first with keep_log")
    engine.run(f"ATTACH {literal(str(path))} AS kept")
    if engine.value("SELECT rules FROM kept.about") != rules_of(contact, columns, gaps):
        engine.run("DETACH kept")
        raise StoreError(
            f"{path}: this event log was cut with other columns or gaps, or by another version; make it again with keep_log"
        )


def rules_of(contact: str, columns: LogColumns, gaps: Gaps) -> str:
    """What a kept log depends on besides the contacts."""
    rules = {"version": _VERSION, "contact": contact, **asdict(columns)}
    rules |= {"other_days": gaps.other_days, "by_service": dict(sorted(gaps.by_service.items()))}
    return json.dumps(rules, sort_keys=True)


def coded_sql(source: str, contact: str, columns: LogColumns, gaps: Gaps) -> str:
    """The rows of `source` as numbers, in the columns of `cut_sql`'s input."""
    tie = "CAST(NULL AS BIGINT)" if is_missing(columns.tie) else columns.tie
    return f"""
    SELECT {hashed(f"CAST({contact} AS VARCHAR)")} AS contact, {track_sql(columns)} AS track,
           {hashed(columns.person)} AS person, a.code AS activity_code, c.code AS channel_code,
           {in_us(columns.moment)} AS at_us, {tie} AS tie, CAST({gap_sql(columns, gaps)} AS BIGINT) AS gap_us
    FROM {source} AS contacts
    JOIN log_activities a ON a.value IS NOT DISTINCT FROM {columns.activity}
    JOIN log_channels c ON c.value IS NOT DISTINCT FROM {columns.channel}"""


def cut_sql(coded: str) -> str:
    """One sort and one pass, as `mining.log` makes it; `named` (code, place) says how activities' names are ordered."""
    next_one = ", ".join(
        f"CASE WHEN NOT is_last THEN later_{name} END AS {column}"
        for name, column in (("activity", "next_activity_code"), ("channel", "next_channel_code"), ("us", "next_us"))
    )
    return f"""
    WITH ordered AS (
        SELECT r.* FROM ({coded}) AS r JOIN named ON named.code = r.activity_code
        ORDER BY r.track, r.at_us, r.tie NULLS LAST, named.place),
    beside AS (
        SELECT *, {running("count(*)")} AS place,
               coalesce(track <> {before("track")}, true) OR coalesce(at_us - {before("at_us")} > gap_us, false) AS is_first,
               coalesce(track <> {after("track")}, true) OR coalesce({after("at_us")} - at_us > gap_us, false) AS is_last,
               {after("activity_code")} AS later_activity, {after("channel_code")} AS later_channel,
               {after("at_us")} - at_us AS later_us
        FROM ordered),
    numbered AS (
        SELECT *, {running("max(CASE WHEN is_first THEN place END)")} AS first_place,
               {running("last_value(CASE WHEN is_first THEN at_us END IGNORE NULLS)")} AS begin_us
        FROM beside)
    SELECT contact, track, begin_us, at_us, tie, person, activity_code, channel_code, gap_us,
           CAST(place - first_place + 1 AS INTEGER) AS position, {next_one}
    FROM numbered"""


def journeys_sql(events: str) -> str:
    """One row per journey."""
    return f"""
    SELECT track, begin_us, max(at_us) AS ended_us, min(gap_us) AS gap_us, min(person) AS person, count(*) AS n_events,
           {added_up(hashed("position", "activity_code"))} AS way
    FROM {events} GROUP BY track, begin_us"""


def rework_sql(events: str) -> str:
    """Per activity what `count_rework_by_channel` counts, over all journeys of these events."""
    kinds = zip(
        REWORK, ("= b.position_before + 1",) * 2 + ("> b.position_before + 1",) * 2, ("=", "<>") * 2, strict=True
    )
    counts = ", ".join(
        f"count(*) FILTER (WHERE b.position {where} AND b.channel_code {same} b.channel_before) AS {name}"
        for name, where, same in kinds
    )
    return f"""
    SELECT b.activity_code, count(*) AS n_again, {counts}
    FROM (SELECT activity_code, channel_code, position, lag(position) OVER w AS position_before,
                 lag(channel_code) OVER w AS channel_before
          FROM {events} WINDOW w AS (PARTITION BY track, begin_us, activity_code ORDER BY position)) AS b
    WHERE b.position_before IS NOT NULL GROUP BY b.activity_code"""


def way_texts_sql(steps: str) -> str:
    """Each way's activities by name, joined as `list_variants` joins them."""
    return f"""
    SELECT s.way, string_agg(a.name, '{STEP_MARK}' ORDER BY s.position) AS activities
    FROM {steps} s JOIN (SELECT DISTINCT code, name FROM log_activities) a ON a.code = s.activity_code GROUP BY s.way"""


def _keep(engine: Engine, source: str, contact: str, columns: LogColumns, gaps: Gaps) -> None:
    for (kept, table), column in zip(NAMED, (columns.activity, columns.channel), strict=True):
        check_variety(engine, column, source)
        number_names(engine, table, column, source)
        engine.run(f"CREATE TABLE kept.{kept} AS SELECT * FROM {table}")
    engine.run(f"CREATE TABLE kept.about AS SELECT {literal(rules_of(contact, columns, gaps))} AS rules")
    order_names(engine)
    engine.save("kept_cut", cut_sql(coded_sql(source, contact, columns, gaps)))
    check_once(engine, "kept_cut")
    # In the order of when journeys ended: a new week touches those that ended last, and reads no others.
    engine.run(f"CREATE TABLE kept.journeys AS SELECT * FROM ({journeys_sql('kept_cut')}) AS made ORDER BY ended_us")
    engine.run(
        """
        CREATE TABLE kept.events AS
        SELECT e.*, j.ended_us FROM kept_cut e JOIN kept.journeys j USING (track, begin_us)
        ORDER BY j.ended_us, track, begin_us, position"""
    )
    engine.run("DROP TABLE kept_cut")
    _count(engine)


def _count(engine: Engine) -> None:
    engine.run(
        f"""
        CREATE TABLE kept.way_persons AS
        SELECT {hashed("way", "person")} AS pair, CAST(count(*) AS INTEGER) AS n FROM kept.journeys GROUP BY pair"""
    )
    engine.run(
        """
        CREATE TABLE kept.ways AS
        SELECT way, count(*) AS n_journeys, count(DISTINCT person) AS n_persons, min(track) AS example_track,
               min_by(begin_us, (track, begin_us)) AS example_us
        FROM kept.journeys GROUP BY way"""
    )
    engine.run(
        """
        CREATE TABLE kept.way_steps AS
        SELECT w.way, e.position, e.activity_code, e.next_activity_code
        FROM kept.events e JOIN kept.ways w ON e.track = w.example_track AND e.begin_us = w.example_us"""
    )
    engine.run(f"CREATE TABLE kept.way_texts AS {way_texts_sql('kept.way_steps')}")
    engine.save(
        "kept_pairs",
        f"""
        SELECT {MOVE} AS grp, person, CAST(count(*) AS INTEGER) AS n FROM kept.events
        WHERE next_us IS NOT NULL GROUP BY grp, person""",
    )
    engine.run(
        """
        CREATE TABLE kept.moves AS
        SELECT grp, CAST(sum(n) AS BIGINT) AS n_events, count(*) AS n_persons FROM kept_pairs GROUP BY grp"""
    )
    engine.run(f"CREATE TABLE kept.move_persons AS SELECT {hashed('grp', 'person')} AS pair, n FROM kept_pairs")
    engine.run("DROP TABLE kept_pairs")
    engine.run(f"CREATE TABLE kept.rework AS {rework_sql('kept.events')}")
    keep_centiles(engine, "waits", f"SELECT {MOVE} AS grp, next_us AS value FROM kept.events WHERE next_us IS NOT NULL")
    keep_centiles(engine, "lengths", "SELECT way AS grp, ended_us - begin_us AS value FROM kept.journeys")
    keep_centiles(engine, "durations", "SELECT 0 AS grp, ended_us - begin_us AS value FROM kept.journeys")


def order_names(engine: Engine) -> None:
    """Build `named`: the place of each activity's code in the order of the alphabet."""
    engine.save(
        "named",
        "SELECT code, row_number() OVER (ORDER BY name) AS place FROM (SELECT DISTINCT code, name FROM log_activities)",
    )


def check_once(engine: Engine, rows: str) -> None:
    """Raise SourceError where a contact occurs twice among the rows."""
    n_more = int(engine.value(f"SELECT count(*) - count(DISTINCT contact) FROM {rows}"))
    if n_more:
        raise SourceError(f"{n_more:,} contacts occur more than once; give one row for each, as it is now")
