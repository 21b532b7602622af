"""The change of each service's process as published tables; the statistics are in `mining.change`.

In: `events`, `journey_summary`, the report's week. Out: `change` (one row: how far, how sure, what chance shows) and
`change_moves` (moves whose share of journeys changed) for each service with enough persons in both periods.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from journeys.cut import gap_sql
from journeys.engine import Engine
from journeys.periods import Week
from journeys.settings import Settings
from mining.change import Change, compare_periods
from mining.suppress import Show, publish_table
from mining.tables import FindingTable

_DAY_S = 86400.0
_MOST_UNITS = 500
_MOST_MOVES = 10
CHANGED, UNCHANGED = "Changed beyond chance", "No more than chance"


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """What was compared in one service: the statistics, the moves by number, and the sizes of both periods.

    `moves` has from_activity, to_activity (empty: beginning or end) and, of each period, journeys and persons with it.
    """

    change: Change
    moves: pd.DataFrame
    n_before: int
    n_now: int
    watch_days: float


def measure_changes(engine: Engine, settings: Settings, week: Week) -> dict[str, ServiceChange]:
    """Compare both periods of every service; services with too few persons in either are not among them."""
    publishing = settings.publishing
    first = week.plus(1 - publishing.window_weeks)
    weeks = {"base": str(first.plus(-publishing.window_weeks)), "first": str(first), "last": str(week)}
    cut_off_at = f"{week.cut_off_at(settings.organisation.zone):%Y-%m-%d %H:%M:%S}"
    engine.save("watched_journeys", watched_sql(settings, cut_off_at), **weeks)
    engine.save("watched_moves", watched_moves_sql())
    engine.save("watched_kinds", kinds_sql(), fewest=publishing.suppress_below)
    sizes = engine.run(
        "SELECT service, is_now, count(*) AS n_journeys, count(DISTINCT person_id) AS n_persons, "
        "min(watch_s) AS watch_s FROM watched_journeys GROUP BY service, is_now ORDER BY service, is_now"
    )
    enough = sizes[sizes["n_persons"] >= publishing.share_needs]
    units = engine.run(
        "SELECT service, is_now, unit, count(*) AS n_journeys FROM watched_journeys "
        "GROUP BY service, is_now, unit ORDER BY service, is_now, unit"
    )
    kinds = engine.run("SELECT * FROM watched_kinds ORDER BY service, move_id")
    counts_of, units_of, kinds_of = (
        dict(list(rows.groupby("service"))) for rows in (engine.run(counts_sql()), units, kinds)
    )
    return {
        str(service): _compare(counts_of[service], units_of[service], kinds_of.get(service, kinds.iloc[:0]), both)
        for service, both in enough.groupby("service")
        if len(both) == 2
    }


def watched_sql(settings: Settings, cut_off_at: str) -> str:
    """Journeys of both periods that could be watched for the same time, with their unit: a person or a few together."""
    longest = settings.publishing.window_weeks * 7 * _DAY_S / 2
    return f"""
    WITH watched AS (
        SELECT journey_id, service, person_id, started_at, start_week >= $first AS is_now,
               least({gap_sql(settings, 1.0)}, {longest}) AS watch_s
        FROM journey_summary WHERE start_week BETWEEN $base AND $last),
    begins AS (SELECT service, min(epoch(started_at)) AS begins_s FROM events GROUP BY service),
    whole AS (
        SELECT w.* FROM watched w JOIN begins b ON b.service = w.service
        WHERE epoch(TIMESTAMP '{cut_off_at}') - epoch(w.started_at) >= w.watch_s
            AND epoch(w.started_at) - b.begins_s >= w.watch_s),
    numbered AS (
        SELECT service, is_now, person_id,
               row_number() OVER (PARTITION BY service, is_now ORDER BY sha256(person_id), person_id) - 1 AS place,
               ceil(count(*) OVER (PARTITION BY service) / {_MOST_UNITS}.0) AS size
        FROM (SELECT DISTINCT service, is_now, person_id FROM whole))
    SELECT w.*, CAST(floor(n.place / n.size) AS BIGINT) AS unit
    FROM whole w JOIN numbered n ON n.service = w.service AND n.is_now = w.is_now AND n.person_id = w.person_id"""


def watched_moves_sql() -> str:
    """Moves of each of those journeys while it is watched; empty names stand for the beginning and the end."""
    return """
    WITH steps AS (
        SELECT w.service, w.is_now, w.unit, w.journey_id, w.person_id, e.activity, e.is_first, e.is_order_known,
               CASE WHEN epoch(e.started_at) - epoch(w.started_at) + e.seconds_to_next <= w.watch_s
                    THEN e.next_activity END AS next_activity
        FROM events e JOIN watched_journeys w ON w.journey_id = e.journey_id
        WHERE epoch(e.started_at) - epoch(w.started_at) <= w.watch_s)
    SELECT service, is_now, unit, journey_id, min(person_id) AS person_id, from_activity, to_activity,
           count(*) AS n_moves
    FROM (SELECT *, '' AS from_activity, activity AS to_activity FROM steps WHERE is_first
          UNION ALL
          SELECT *, activity, coalesce(next_activity, '') FROM steps WHERE is_order_known OR next_activity IS NULL)
    GROUP BY service, is_now, unit, journey_id, from_activity, to_activity"""


def kinds_sql() -> str:
    """The moves that at least `fewest` persons of one period took, numbered from 0 within each service."""
    return """
    WITH counted AS (
        SELECT service, from_activity, to_activity, count(*) FILTER (WHERE NOT is_now) AS before_with,
               count(*) FILTER (WHERE is_now) AS now_with,
               count(DISTINCT person_id) FILTER (WHERE NOT is_now) AS before_persons,
               count(DISTINCT person_id) FILTER (WHERE is_now) AS now_persons
        FROM watched_moves GROUP BY service, from_activity, to_activity)
    SELECT *, row_number() OVER (PARTITION BY service ORDER BY from_activity, to_activity) - 1 AS move_id
    FROM counted WHERE greatest(before_persons, now_persons) >= $fewest"""


def counts_sql() -> str:
    """Moves and journeys by unit and move; rare moves are number -1."""
    return """
    SELECT m.service, m.is_now, m.unit, coalesce(k.move_id, -1) AS move_id, sum(m.n_moves) AS n_moves,
           count(*) AS n_journeys
    FROM watched_moves m LEFT JOIN watched_kinds k
        ON k.service = m.service AND k.from_activity = m.from_activity AND k.to_activity = m.to_activity
    GROUP BY m.service, m.is_now, m.unit, coalesce(k.move_id, -1)"""


def _compare(counts: pd.DataFrame, units: pd.DataFrame, kinds: pd.DataFrame, both: pd.DataFrame) -> ServiceChange:
    before_units = int((~units["is_now"]).sum())
    row = counts["unit"].to_numpy() + np.where(counts["is_now"], before_units, 0)
    column = counts["move_id"].to_numpy()
    moves, with_move = np.zeros((2, len(units), len(kinds) + 1))
    moves[row, column], with_move[row, column] = counts["n_moves"], counts["n_journeys"]  # -1 is the last column
    n_journeys = units["n_journeys"].to_numpy(dtype=float)
    change = compare_periods(moves, with_move[:, :-1], n_journeys, units["is_now"].to_numpy(dtype=bool))
    n_before, n_now = (int(n) for n in both.sort_values("is_now")["n_journeys"])
    return ServiceChange(change, kinds.set_index("move_id"), n_before, n_now, float(both["watch_s"].min()) / _DAY_S)


def change_tables(
    found: ServiceChange | None, settings: Settings, week: Week, period: str, partial_weeks: Collection[str]
) -> list[FindingTable]:
    """How far the process of one service moved, and which moves; nothing where it could not be compared.

    `partial_weeks` are weeks in which a source fell short: how many of them lie in either period is told.
    """
    if found is None:
        return []
    weeks = settings.publishing.window_weeks
    change, ends_on = found.change, week.plus(-weeks).ends_on
    compared = {str(week.plus(-back)) for back in range(2 * weeks)}
    row = {
        "result": CHANGED if change.is_changed else UNCHANGED,
        **{name: getattr(change, name) for name in ("measured", "by_chance", "chance_top", "distance", "low", "high")},
        "before_period": f"{weeks} weeks to {ends_on:%-d %B %Y}",
        "n_before": found.n_before,
        "n_now": found.n_now,
        "watch_days": found.watch_days,
        "n_compared": change.n_compared,
        "n_partial": len(compared & set(partial_weeks)),
    }
    shows = [
        Show("result", "Result", "text"),
        Show("measured", "Moves that differ, as measured", "share"),
        Show("by_chance", "By chance, half the time below", "share"),
        Show("chance_top", "By chance, 99 times in 100 below", "share"),
        Show("distance", "Moves that differ, chance taken off", "share", low="low", high="high"),
        Show("before_period", "Compared with", "text"),
        Show("n_before", "Journeys before", "journeys"),
        Show("n_now", "Journeys now", "journeys"),
        Show("watch_days", "Days each is watched", "days"),
        Show("n_compared", "Different moves compared", "count"),
        Show("n_partial", "Weeks in which a source fell short", "count"),
    ]
    title = "How far the journey moved"
    return [
        publish_table("change", title, period, "change", pd.DataFrame([row]), shows, settings.publishing),
        _moves_table(found, settings, period),
    ]


def _moves_table(found: ServiceChange, settings: Settings, period: str) -> FindingTable:
    rows = found.change.moves.head(_MOST_MOVES).join(found.moves, on="move_id")
    nothing_more = f"Nothing more within {found.watch_days:g} days"
    rows = rows.assign(
        from_name=[name or "Start" for name in rows["from_activity"]],
        to_name=[name or nothing_more for name in rows["to_activity"]],
        before_share=rows["before_with"],
        now_share=rows["now_with"],
        n_before=found.n_before,
        n_now=found.n_now,
    )
    # A difference would give away a hidden share, so it is guarded by all counts behind both.
    behind = [rows[name] for name in ("before_persons", "now_persons", "before_with", "now_with")]
    behind += [found.n_before - rows["before_with"], found.n_now - rows["now_with"]]
    fewest = [min([count for count in counts if count > 0], default=0) for counts in zip(*behind, strict=True)]
    return publish_table(
        "change_moves",
        "Moves that changed most",
        period,
        "change_moves",
        rows.assign(fewest=fewest),
        [
            Show("from_name", "From", "text"),
            Show("to_name", "To", "text"),
            Show("before_share", "Journeys with it, before", "share", guard="before_persons", of="n_before"),
            Show("now_share", "Journeys with it, now", "share", guard="now_persons", of="n_now"),
            Show("difference", "Difference (points)", "share", guard="fewest", low="low", high="high"),
        ],
        settings.publishing,
    )
