"""Pain points: where journeys fail, ranked by how many they touch.

In: `staged`, `window_journeys`, `demand`. Out: cards, one per service, step and type of failure demand that at least
`suppress_below` persons met. Ranked by journeys affected x failure contacts per journey, which is failure contacts;
ties by journeys, then by name; with the ranks it would have had with other people (`mining.rank_interval`). The id depends on
service, activity and type only, so a card keeps its link.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd

from journeys.engine import Engine
from journeys.settings import Settings
from mining.dialect import centile
from mining.names import channel_name
from mining.rank_interval import MOST_UNITS, Reals, measure_rank_intervals
from mining.suppress import as_cell, is_small, round_count, share_cell
from mining.tables import HIDDEN, Cell

_MOST_CARDS = 40
_BEGINNING_DAYS = 56
_TIERS = {(True, True): "both", (True, False): "words", (False, True): "behaviour"}


def find_pain_points(engine: Engine, settings: Settings) -> list[dict[str, Any]]:
    """Cards over all services, most failure contacts first."""
    rows = engine.run(pain_points_sql(), fewest=settings.publishing.suppress_below)
    if rows.empty:
        return []
    low, high = measure_rank_intervals(_added(rows, engine.run(units_sql())))
    shown = rows.assign(rank=range(1, len(rows) + 1), rank_low=low, rank_high=high).head(_MOST_CARDS)
    return [_card(row, settings) for row in shown.to_dict("records")]


def pain_points_sql() -> str:
    """Failure contacts of the window by service, activity and type, with what they cost the journeys they are in.

    Days lost: how much longer the journeys with this failure last than the median journey of the service without; in the
    median, and between which the middle half of them lie.
    Since: the first week it was seen in, null within the first weeks of data, when everything is seen first.
    """
    return f"""
    WITH failures AS (
        SELECT s.*, d.evidence_tier FROM staged s JOIN demand d ON s.event_id = d.contact_id
        WHERE s.demand = 'failure'),
    counted AS (
        SELECT service, activity, demand_type, mode(stage ORDER BY stage) AS stage, count(*) AS n_contacts,
               count(DISTINCT journey_id) AS n_journeys, count(DISTINCT person_id) AS n_persons,
               string_agg(DISTINCT channel, ' ' ORDER BY channel) AS channels,
               bool_or(evidence_tier IN ('text', 'both')) AS has_words,
               bool_or(evidence_tier IN ('behaviour', 'both')) AS has_behaviour,
               count(*) FILTER (WHERE evidence_tier = 'both') AS n_both
        FROM failures GROUP BY service, activity, demand_type),
    lengths AS (
        SELECT f.service, f.activity, f.demand_type, median(j.duration_s) AS with_s,
               {centile("j.duration_s", 0.25)} AS with_p25_s, {centile("j.duration_s", 0.75)} AS with_p75_s
        FROM (SELECT DISTINCT service, activity, demand_type, journey_id FROM failures) f
        JOIN window_journeys j USING (journey_id) GROUP BY ALL),
    without AS (SELECT service, median(duration_s) AS without_s FROM window_journeys
                WHERE n_failure = 0 AND n_events > 1 GROUP BY service),
    first_seen AS (
        SELECT service, activity, demand_type,
               nullif(greatest(min(week), (SELECT strftime(min(local_at) + INTERVAL {_BEGINNING_DAYS} DAY, '%G-W%V')
                                           FROM events)),
                      (SELECT strftime(min(local_at) + INTERVAL {_BEGINNING_DAYS} DAY, '%G-W%V') FROM events)
               ) AS since_week
        FROM events WHERE demand = 'failure' GROUP BY service, activity, demand_type),
    totals AS (SELECT service, count(*) AS n_all FROM window_journeys GROUP BY service)
    SELECT c.*, greatest(l.with_s - w.without_s, 0) / 86400.0 AS days_lost,
           greatest(l.with_p25_s - w.without_s, 0) / 86400.0 AS p25_days_lost,
           greatest(l.with_p75_s - w.without_s, 0) / 86400.0 AS p75_days_lost, b.since_week, t.n_all
    FROM counted c LEFT JOIN lengths l USING (service, activity, demand_type) LEFT JOIN without w USING (service)
    LEFT JOIN first_seen b USING (service, activity, demand_type) JOIN totals t USING (service)
    WHERE c.n_persons >= $fewest
    ORDER BY c.n_contacts DESC, c.n_journeys DESC, c.service, c.activity, c.demand_type"""


def units_sql() -> str:
    """Failure contacts of the window by service, activity, type and unit: a person, or as few together as there may be units."""
    return f"""
    WITH own AS (
        SELECT service, activity, demand_type, person_id, count(*) AS n FROM staged WHERE demand = 'failure'
        GROUP BY service, activity, demand_type, person_id),
    numbered AS (
        SELECT person_id, row_number() OVER (ORDER BY sha256(person_id), person_id) - 1 AS place,
               ceil(count(*) OVER () / {MOST_UNITS}.0) AS size
        FROM (SELECT DISTINCT person_id FROM own))
    SELECT o.service, o.activity, o.demand_type, CAST(floor(p.place / p.size) AS BIGINT) AS unit,
           CAST(sum(o.n) AS BIGINT) AS n
    FROM own o JOIN numbered p ON p.person_id = o.person_id
    GROUP BY o.service, o.activity, o.demand_type, CAST(floor(p.place / p.size) AS BIGINT)
    ORDER BY o.service, o.activity, o.demand_type, unit"""


def _added(rows: pd.DataFrame, units: pd.DataFrame) -> Reals:
    """Failure contacts by unit and card, in the order of the cards; persons who are on no card count as drawn all the same."""
    names = ["service", "activity", "demand_type"]
    place = {key: at for at, key in enumerate(rows[names].itertuples(index=False, name=None))}
    column = np.array([place.get(key, -1) for key in units[names].itertuples(index=False, name=None)])
    added = np.zeros((int(units["unit"].max()) + 1, len(rows) + 1))  # -1 is the last column: too few persons for a card
    np.add.at(added, (units["unit"].to_numpy(), column), units["n"].to_numpy(dtype=float))
    return added[:, :-1]


def pain_point_id(service: str, activity: str, demand_type: str) -> str:
    """Eight hex digits that stay the same from week to week."""
    return hashlib.sha256("\n".join((service, activity, demand_type)).encode()).hexdigest()[:8]


def _card(row: dict[Any, Any], settings: Settings) -> dict[str, Any]:
    stage = settings.services.stages[int(row["stage"])] if settings.services.stages else None
    kind = settings.taxonomy.by_slug.get(row["demand_type"])
    return {
        "pain_point_id": pain_point_id(row["service"], row["activity"], row["demand_type"]),
        "service": row["service"],
        "service_name": settings.service_name(row["service"]),
        "stage": stage.name if stage else "",
        "title": row["activity"],
        "channels": [channel_name(channel) for channel in row["channels"].split()],
        "n_journeys": _count(row["n_journeys"], row, settings),
        "n_persons": _count(row["n_persons"], row, settings),
        "n_extra_contacts": _count(row["n_contacts"], row, settings),
        "share_of_journeys": share_cell(row["n_journeys"], row["n_all"], settings.publishing, persons=row["n_persons"]),
        "median_days_lost": as_cell(row["days_lost"]),
        "p25_days_lost": as_cell(row["p25_days_lost"]),
        "p75_days_lost": as_cell(row["p75_days_lost"]),
        "since_week": as_cell(row["since_week"]),
        "evidence": _TIERS.get((bool(row["has_words"]), bool(row["has_behaviour"])), "none"),
        "confidence": _confidence(row),
        "owner": stage.owner if stage else "",
        "demand_type": row["demand_type"],
        "demand_type_name": kind.name if kind else row["demand_type"],
        **{name: int(row[name]) for name in ("rank", "rank_low", "rank_high")},
    }


def _confidence(row: dict[Any, Any]) -> str:
    """High where words and behaviour agree in half the contacts; low where only one kind speaks in few contacts."""
    if row["n_both"] * 2 >= row["n_contacts"]:
        return "high"
    return "medium" if row["n_contacts"] >= 50 or row["n_both"] else "low"


def _count(value: Any, row: dict[Any, Any], settings: Settings) -> Cell:
    small = is_small(row["n_persons"], settings.publishing)
    return dict(HIDDEN) if small else round_count(value, settings.publishing)
