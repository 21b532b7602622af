"""The event log of any table of contacts: cut into journeys, in order, with what comes next; sorted once.

In: a table or query with one row per contact, and which of its columns say what. Out:
- `log_events`: journey (the place of its first event in the whole order), position (from 1), person, activity_code,
  channel_code, at_us (microseconds since 1970, UTC), is_first, next_activity_code, next_channel_code and
  seconds_to_next (all null for the last of a journey);
- `log_journeys`: journey, person, started_us, ended_us, n_events, and `way`, equal for journeys of the same activities
  in the same order;
- `log_activities`, `log_channels`: the names behind the codes.

Rules. A contact with a case reference is in that case's journey; the others of one person about one service are a
journey until a silence longer than the service's gap. Order: time, then tie. A tie tells contacts of the same time
apart; where there is none they stand in the order of their activities' names, so the order of the input's rows never
matters.
Activities are numbered and persons hashed so that the one sort moves 40 bytes a contact, and `way` adds up a hash of
each (position, activity), which needs no order: every later count is one GROUP BY.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from journeys.engine import Engine
from journeys.errors import SettingsError
from journeys.times import literal
from mining.dialect import added_up, after, before, hashed, in_us, running

MOST_ACTIVITIES = 10_000
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class LogColumns:
    """Which SQL expressions over the source's columns say what; `case` and `tie` may be NULL.

    `activity` chooses the view: a channel, a topic, a demand type, or several joined with `||`.
    """

    person: str = "person_id"
    service: str = "service"
    activity: str = "activity"
    channel: str = "channel"
    moment: str = "started_at"
    tie: str = "tie"
    case: str = "NULL"


@dataclass(frozen=True, slots=True)
class Gaps:
    """Days of silence that end a journey: of each service named, and of all others."""

    other_days: float = 30.0
    by_service: Mapping[str, float] = field(default_factory=dict)

    def in_us_sql(self, service: str) -> str:
        """The gap in microseconds for an expression that gives the service."""
        cases = " ".join(
            f"WHEN {literal(name)} THEN {round(days * _DAY_US)}" for name, days in sorted(self.by_service.items())
        )
        other = round(self.other_days * _DAY_US)
        return f"CASE {service} {cases} ELSE {other} END" if cases else str(other)


def read_log(engine: Engine, source: str, columns: LogColumns | None = None, gaps: Gaps | None = None) -> int:
    """Build the tables above from `source`, a table's name or a query in brackets; returns the number of events.

    Raises SettingsError for a view of more activities than a person could read a map of.
    """
    columns, gaps = columns or LogColumns(), gaps or Gaps()
    for table, column in (("log_activities", columns.activity), ("log_channels", columns.channel)):
        check_variety(engine, column, source)
        number_names(engine, table, column, source)
    n_events = engine.save("log_events", log_events_sql(source, columns, gaps))
    engine.save("log_journeys", log_journeys_sql())
    return n_events


def log_events_sql(source: str, columns: LogColumns, gaps: Gaps) -> str:
    """One sort of the contacts, then one pass over them in order."""
    track, gap = track_sql(columns), gap_sql(columns, gaps)
    # A gap that is one number for all is not carried along through the sort.
    gap_column, gap_name = ("", gap) if gap.isdigit() else (f", {gap} AS gap_us", "gap_us")
    tie = "a.code" if is_missing(columns.tie) else columns.tie
    return f"""
    WITH coded AS (
        SELECT {track} AS track, {hashed(columns.person)} AS person, a.code AS activity_code, c.code AS channel_code,
               {in_us(columns.moment)} AS at_us, {tie} AS tie{gap_column}
        FROM {source} AS contacts
        JOIN log_activities a ON a.value IS NOT DISTINCT FROM {columns.activity}
        JOIN log_channels c ON c.value IS NOT DISTINCT FROM {columns.channel}),
    ordered AS (SELECT * FROM coded ORDER BY track, at_us, tie NULLS LAST),
    beside AS (
        SELECT *, {running("count(*)")} AS place,
               coalesce(track <> {before("track")}, true) OR coalesce(at_us - {before("at_us")} > {gap_name}, false)
                   AS is_first,
               coalesce(track <> {after("track")}, true) OR coalesce({after("at_us")} - at_us > {gap_name}, false)
                   AS is_last,
               {after("activity_code")} AS later_activity, {after("channel_code")} AS later_channel,
               {after("at_us")} - at_us AS later_us
        FROM ordered),
    numbered AS (SELECT *, {running("max(CASE WHEN is_first THEN place END)")} AS journey FROM beside)
    SELECT CAST(journey AS INTEGER) AS journey, CAST(place - journey + 1 AS INTEGER) AS position,
           person, activity_code, channel_code, at_us, is_first,
           CASE WHEN NOT is_last THEN later_activity END AS next_activity_code,
           CASE WHEN NOT is_last THEN later_channel END AS next_channel_code,
           CASE WHEN NOT is_last THEN later_us / 1000000.0 END AS seconds_to_next
    FROM numbered"""


def log_journeys_sql() -> str:
    """One row per journey."""
    return f"""
    SELECT journey, min(person) AS person, min(at_us) AS started_us, max(at_us) AS ended_us, count(*) AS n_events,
           {added_up(hashed("position", "activity_code"))} AS way
    FROM log_events GROUP BY journey"""


def track_sql(columns: LogColumns) -> str:
    """What a journey can never leave: its case, else its person and service."""
    track = hashed(columns.person, columns.service)
    if is_missing(columns.case):
        return track
    of_case = hashed(literal("case"), f"CAST({columns.case} AS VARCHAR)")
    return f"CASE WHEN {columns.case} IS NULL THEN {track} ELSE {of_case} END"


def gap_sql(columns: LogColumns, gaps: Gaps) -> str:
    """The silence that ends a journey; null, so never, for a case."""
    gap = gaps.in_us_sql(columns.service)
    return gap if is_missing(columns.case) else f"CASE WHEN {columns.case} IS NULL THEN {gap} END"


def check_variety(engine: Engine, column: str, source: str) -> None:
    """Raise SettingsError where the column has more different values than can be counted."""
    n_names = int(engine.value(f"SELECT count(DISTINCT {column}) FROM {source} AS contacts"))
    if n_names > MOST_ACTIVITIES:
        raise SettingsError(
            [
                f"this view of the contacts has {n_names:,} different activities, and at most {MOST_ACTIVITIES:,} can be "
                "counted: choose another view, such as channel and demand type, or give rare activities one name"
            ]
        )


def is_missing(column: str) -> bool:
    """The column is not there at all."""
    return column.upper() == "NULL"


def number_names(engine: Engine, table: str, column: str, source: str) -> None:
    """Number the names of a column in the order of the alphabet; a missing one is the empty name."""
    engine.save(
        table,
        f"""
        SELECT value, name, CAST(dense_rank() OVER (ORDER BY name) - 1 AS SMALLINT) AS code
        FROM (SELECT DISTINCT {column} AS value, coalesce(CAST({column} AS VARCHAR), '') AS name
              FROM {source} AS contacts) AS named ORDER BY name""",
    )
