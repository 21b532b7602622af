"""How many journeys took the paths that config/paths.toml asks about.

In: `window_events`, `window_journeys`. Out: one published table per service. A journey takes a path where its events come
in that order (see `journeys.path_patterns`); it counts once, by the first time it is through. Nothing is matched as text:
each event of the path is a condition on columns, and one follows another by position.
"""

from __future__ import annotations

import pandas as pd

from journeys.engine import Engine
from journeys.path_patterns import Event, PathPattern
from journeys.settings import Settings
from journeys.times import literal
from mining.suppress import Show, publish_table
from mining.tables import FindingTable

_COUNTED = ("service", "number", "n_journeys", "n_persons", "median_days", "n_after", "n_all")


def count_asked_paths(engine: Engine, settings: Settings) -> pd.DataFrame:
    """Of each service and pattern (by number): journeys, persons, median days from first to last event, failures after it."""
    if not settings.paths:
        return pd.DataFrame(columns=list(_COUNTED))
    selects = [f"SELECT {number} AS number, * FROM ({path_sql(path)})" for number, path in enumerate(settings.paths)]
    engine.save("asked_paths", " UNION ALL ".join(selects))
    return engine.run(
        """
        WITH later AS (
            SELECT p.number, p.journey_id, count(*) AS n_after
            FROM asked_paths p JOIN window_events e ON e.journey_id = p.journey_id AND e.position > p.last_position
            WHERE e.demand = 'failure' GROUP BY p.number, p.journey_id),
        totals AS (SELECT service, count(*) AS n_all FROM window_journeys GROUP BY service)
        SELECT j.service, p.number, count(*) AS n_journeys, count(DISTINCT j.person_id) AS n_persons,
               median(p.seconds) / 86400.0 AS median_days, coalesce(sum(l.n_after), 0) AS n_after, max(t.n_all) AS n_all
        FROM asked_paths p JOIN window_journeys j USING (journey_id) JOIN totals t ON t.service = j.service
        LEFT JOIN later l ON l.number = p.number AND l.journey_id = p.journey_id
        GROUP BY j.service, p.number ORDER BY j.service, p.number"""
    )


def path_sql(pattern: PathPattern) -> str:
    """Journeys that take the path: journey_id, last_position (the first time it is through), seconds it took then."""
    joins, tests = [], [_is(pattern.steps[0], "e0")]
    for number, step in enumerate(pattern.steps[1:], start=1):
        before, own = f"e{number - 1}", f"e{number}"
        follows = f"{own}.position = {before}.position + 1" if step.directly else f"{own}.position > {before}.position"
        joins.append(f"JOIN window_events {own} ON {own}.journey_id = {before}.journey_id AND {follows}")
        tests.append(_is(step, own))
        if step.within is not None:
            tests.append(f"epoch({own}.started_at) - epoch({before}.started_at) <= {step.within}")
        if step.without is not None:
            tests.append(
                f"NOT EXISTS (SELECT 1 FROM window_events b WHERE b.journey_id = {own}.journey_id "
                f"AND b.position > {before}.position AND b.position < {own}.position AND {_is(step.without, 'b')})"
            )
    last = f"e{len(pattern.steps) - 1}"
    return f"""
    SELECT journey_id, min(last_position) AS last_position, arg_min(seconds, last_position) AS seconds
    FROM (SELECT e0.journey_id, {last}.position AS last_position,
                 min(epoch({last}.started_at) - epoch(e0.started_at)) AS seconds
          FROM window_events e0 {" ".join(joins)} WHERE {" AND ".join(tests)}
          GROUP BY e0.journey_id, {last}.position) AS taken
    GROUP BY journey_id"""


def _is(event: Event, alias: str) -> str:
    """The condition that a row of `window_events` is such an event."""
    tests = [
        f"{alias}.{column} IN ({', '.join(map(literal, values))})"
        for column, values in (
            ("channel", event.channels), ("activity", event.activities), ("demand_type", event.demand_types),
            ("demand", (event.demand,) if event.demand else ()),
        )
        if values
    ]  # fmt: skip
    return f"coalesce({' AND '.join(tests)}, false)"


def asked_paths_table(counts: pd.DataFrame, service: str, settings: Settings, period: str) -> FindingTable:
    """The paths of one service, in the order of the settings; those nobody took with none."""
    own = counts[counts["service"] == service].set_index("number")
    n_all = int(own["n_all"].max()) if len(own) else 0
    rows = [
        {
            "name": pattern.name,
            **(own.loc[number].to_dict() if number in own.index else dict.fromkeys(_COUNTED, 0)),
            "n_all": n_all,
        }
        for number, pattern in enumerate(settings.paths)
        if len(own)
    ]
    frame = pd.DataFrame(rows, columns=["name", *_COUNTED])
    return publish_table(
        "asked_paths", "Paths you asked about", period, "asked_paths",
        frame.assign(share=frame["n_journeys"]),
        [
            Show("name", "Path", "text"),
            Show("n_journeys", "Journeys", "journeys", guard="n_persons"),
            Show("share", "Share of all", "share", guard="n_persons", of="n_all"),
            Show("median_days", "Median days from first to last", "days", guard="n_persons"),
            Show("n_after", "Failure contacts after it", "contacts", guard="n_persons"),
        ],
        settings.publishing,
    )  # fmt: skip
