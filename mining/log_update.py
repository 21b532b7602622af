"""Bring a kept event log up to date: read what changed, cut the journeys it touches again, add and take away the rest.

In: the kept log of `mining.log_kept`; rows that are new or that replace what a contact was before, with the columns of the
first run; and the contacts that are gone. Out: the kept log as it would be had all contacts been read again. Every table of
`mining.kept_tables` is then equal to that of a full run.

Rule. A journey is touched when one of its contacts changed or is gone, or when a changed contact lies on its track no
further than the gap from its first or last event. What the touched journeys gave to counts is taken away, what they give
after the new cut is added; the two are netted first, so that a journey which stayed the same costs nothing. All is worked
out first and then written in one transaction: an update that is stopped leaves the log as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from journeys.engine import Engine
from journeys.errors import SettingsError
from mining.dialect import hashed
from mining.kept_centiles import change_centiles
from mining.log import MOST_ACTIVITIES, Gaps, LogColumns
from mining.log_kept import (
    MOVE,
    NAMED,
    REWORK,
    check_once,
    coded_sql,
    cut_sql,
    journeys_sql,
    open_kept,
    order_names,
    rework_sql,
    way_texts_sql,
)
from mining.log_store import EVENT, store_update

_INPUT = "contact, track, person, activity_code, channel_code, at_us, tie, gap_us"


@dataclass(frozen=True, slots=True)
class Updated:
    """How many contacts were new or changed, and how many events and journeys were cut again for them."""

    n_changed: int
    n_events_cut: int
    n_journeys_cut: int


def update_log(
    engine: Engine,
    path: Path,
    changed: str,
    contact: str,
    columns: LogColumns | None = None,
    gaps: Gaps | None = None,
    *,
    gone: str | None = None,
) -> Updated:
    """Bring the log at `path` up to date.

    `changed`: table or query of the contacts that are new or not as they were. `gone`: table or query of one column
    `contact` with those that are no more (erased, expired); one that is in both is there, as changed. Raises StoreError where the log was cut by other rules,
    SourceError for a contact that occurs twice, SettingsError for too many activities; the kept log then stays as it was.
    """
    columns, gaps = columns or LogColumns(), gaps or Gaps()
    open_kept(engine, path, contact, columns, gaps)
    for (kept, table), column in zip(NAMED, (columns.activity, columns.channel), strict=True):
        _number_new_names(engine, kept, table, column, changed)
    order_names(engine)
    n_changed = engine.save("changed_rows", coded_sql(changed, contact, columns, gaps))
    check_once(engine, "changed_rows")
    _find_touched(engine, gone)
    n_events = _cut_again(engine)
    _work_out(engine)
    engine.run("BEGIN TRANSACTION")
    try:
        store_update(engine)
        engine.run("COMMIT")
    except BaseException:
        engine.run("ROLLBACK")
        raise
    return Updated(n_changed, n_events, int(engine.value("SELECT count(*) FROM journeys_after")))


def _number_new_names(engine: Engine, kept: str, table: str, column: str, changed: str) -> None:
    """Codes stay what they were; a new name gets the next one, and a missing name is the empty one."""
    engine.save(
        table,
        f"""
        WITH new AS (
            SELECT DISTINCT {column} AS value, coalesce(CAST({column} AS VARCHAR), '') AS name FROM {changed} AS contacts
            WHERE NOT EXISTS (SELECT 1 FROM kept.{kept} k WHERE k.value IS NOT DISTINCT FROM {column})),
        unnamed AS (SELECT DISTINCT name FROM new WHERE name NOT IN (SELECT name FROM kept.{kept})),
        coded AS (
            SELECT name, (SELECT coalesce(max(code), -1) FROM kept.{kept}) + row_number() OVER (ORDER BY name) AS code
            FROM unnamed),
        names AS (SELECT DISTINCT name, code FROM kept.{kept} UNION ALL SELECT name, code FROM coded)
        SELECT value, name, code FROM kept.{kept}
        UNION ALL SELECT n.value, n.name, CAST(names.code AS SMALLINT) FROM new n JOIN names USING (name)""",
    )
    if engine.value(f"SELECT count(DISTINCT code) FROM {table}") > 3 * MOST_ACTIVITIES:
        raise SettingsError(["too many different activities have come and gone: make the kept log again with keep_log"])


def _find_touched(engine: Engine, gone: str | None) -> None:
    """Build `gone_contacts`, and `journeys_before`, the journeys of the kept log that are to be cut again."""
    also = f"UNION SELECT {hashed('CAST(gone.contact AS VARCHAR)')} FROM {gone} AS gone" if gone else ""
    engine.save("gone_contacts", f"SELECT contact FROM changed_rows {also}")
    engine.save(
        "gone_journeys",
        "SELECT DISTINCT track, begin_us FROM kept.events SEMI JOIN gone_contacts USING (contact)",
    )
    # Journeys that ended longer ago than the longest gap before the first change are not even looked at.
    floor = engine.value(
        "SELECT min(at_us) - max(gap_us) FROM changed_rows HAVING count(*) = count(gap_us) AND count(*) > 0"
    )
    reach = "true" if floor is None else f"j.ended_us >= {floor}"
    engine.save(
        "journeys_before",
        f"""
        SELECT j.* FROM kept.journeys j
        SEMI JOIN (
            SELECT j.track, j.begin_us FROM kept.journeys j JOIN changed_rows c USING (track)
            WHERE {reach}
              AND coalesce(c.at_us >= j.begin_us - j.gap_us AND c.at_us <= j.ended_us + j.gap_us, true)
            UNION SELECT track, begin_us FROM gone_journeys) AS touched USING (track, begin_us)""",
    )


def _cut_again(engine: Engine) -> int:
    """Build `events_before`, `events_after` and `journeys_after`."""
    first = engine.value("SELECT min(ended_us) FROM journeys_before")
    engine.save(
        "events_before",
        f"""
        SELECT {EVENT} FROM kept.events
        SEMI JOIN journeys_before USING (track, begin_us) WHERE ended_us >= {0 if first is None else first}""",
    )
    n_events = engine.save(
        "events_after",
        cut_sql(
            f"""
            SELECT {_INPUT} FROM events_before ANTI JOIN gone_contacts USING (contact)
            UNION ALL SELECT {_INPUT} FROM changed_rows"""
        ),
    )
    engine.save("journeys_after", journeys_sql("events_after"))
    return n_events


def _work_out(engine: Engine) -> None:
    """What comes to every count and what goes from it, netted."""
    pair = f"{hashed('grp', 'person')} AS pair"
    for kept, columns, table, where in (
        ("way_persons", "way AS grp, person", "journeys", "true"),
        ("move_persons", f"{MOVE} AS grp, person", "events", "next_us IS NOT NULL"),
    ):
        _net(engine, f"{kept}_net", columns, table, where)
        engine.save(f"{kept}_new", f"SELECT *, {pair} FROM {kept}_net")
    for kept in ("way_persons", "move_persons"):
        _count_persons(engine, kept)
    for name, values, table, where in (
        ("waits", f"{MOVE} AS grp, next_us AS value", "events", "next_us IS NOT NULL"),
        ("lengths", "way AS grp, ended_us - begin_us AS value", "journeys", "true"),
        ("durations", "0 AS grp, ended_us - begin_us AS value", "journeys", "true"),
    ):
        _net(engine, f"{name}_net", values, table, where)
        change_centiles(engine, name, f"{name}_net")
    counts = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in ("n_again", *REWORK))
    minus = ", ".join(f"-{name}" for name in ("n_again", *REWORK))
    engine.save(
        "rework_new",
        f"""
        SELECT activity_code, {counts} FROM (
            SELECT * FROM ({rework_sql("events_after")}) AS made
            UNION ALL SELECT activity_code, {minus} FROM ({rework_sql("events_before")}) AS had
            UNION ALL SELECT * FROM kept.rework) AS every GROUP BY activity_code""",
    )
    _work_out_ways(engine)


def _net(engine: Engine, table: str, columns: str, rows: str, where: str) -> None:
    """What rows of `<rows>_after` come and of `<rows>_before` go, as n above or below 0."""
    names = "grp, person" if "person" in columns else "grp, value"
    engine.save(
        table,
        f"""
        SELECT {names}, CAST(sum(n) AS BIGINT) AS n FROM (
            SELECT {columns}, 1 AS n FROM {rows}_after WHERE {where}
            UNION ALL SELECT {columns}, -1 AS n FROM {rows}_before WHERE {where}) AS joined
        GROUP BY {names} HAVING sum(n) <> 0""",
    )


def _count_persons(engine: Engine, kept: str) -> None:
    """Build `<kept>_net`: per group the change of rows (n) and of distinct persons (n_persons)."""
    engine.save(
        f"{kept}_net",
        f"""
        WITH had AS (
            SELECT pair, sum(n) AS n FROM kept.{kept} SEMI JOIN {kept}_new USING (pair) GROUP BY pair)
        SELECT c.grp, CAST(sum(c.n) AS BIGINT) AS n,
               CAST(sum(CASE WHEN coalesce(h.n, 0) + c.n > 0 THEN 1 ELSE 0 END
                        - CASE WHEN coalesce(h.n, 0) > 0 THEN 1 ELSE 0 END) AS BIGINT) AS n_persons
        FROM {kept}_new c LEFT JOIN had h USING (pair) GROUP BY c.grp""",
    )


def _work_out_ways(engine: Engine) -> None:
    """Build `ways_new`, every way that changed as it is to be, and the steps and texts of those never seen before.

    The example of a way is its first journey by track and beginning. Where that one was cut again it is looked up anew.
    """
    engine.save(
        "ways_lost",
        """
        SELECT w.way FROM kept.ways w SEMI JOIN journeys_before b
        ON w.example_track = b.track AND w.example_us = b.begin_us""",
    )
    engine.save(
        "ways_new",
        """
        WITH kept_ones AS (
            SELECT way, track, begin_us FROM kept.journeys j SEMI JOIN ways_lost USING (way)
            ANTI JOIN journeys_before USING (track, begin_us)
            UNION ALL
            SELECT way, example_track, example_us FROM kept.ways SEMI JOIN (SELECT way FROM journeys_after) AS a USING (way)
            ANTI JOIN ways_lost USING (way)
            UNION ALL
            SELECT w.way, w.example_track, w.example_us FROM kept.ways w
            SEMI JOIN way_persons_net c ON w.way = c.grp
            ANTI JOIN journeys_after a ON w.way = a.way ANTI JOIN ways_lost l ON w.way = l.way
            UNION ALL SELECT way, track, begin_us FROM journeys_after),
        tracks AS (SELECT way, min(track) AS track FROM kept_ones GROUP BY way),
        examples AS (
            SELECT k.way, k.track, min(k.begin_us) AS begin_us
            FROM kept_ones k JOIN tracks USING (way, track) GROUP BY k.way, k.track)
        SELECT e.way, coalesce(w.n_journeys, 0) + coalesce(c.n, 0) AS n_journeys,
               coalesce(w.n_persons, 0) + coalesce(c.n_persons, 0) AS n_persons,
               e.track AS example_track, e.begin_us AS example_us
        FROM examples e LEFT JOIN kept.ways w ON e.way = w.way LEFT JOIN way_persons_net c ON e.way = c.grp""",
    )
    engine.save(
        "way_steps_new",
        """
        WITH unknown AS (
            SELECT way, example_track, example_us FROM ways_new
            WHERE way NOT IN (SELECT way FROM kept.way_steps WHERE position = 1))
        SELECT u.way, e.position, e.activity_code, e.next_activity_code
        FROM events_after e JOIN unknown u ON e.track = u.example_track AND e.begin_us = u.example_us""",
    )
    engine.save("way_texts_new", way_texts_sql("way_steps_new"))
