"""Pain points: where journeys fail, ranked by how many they touch.

In: `staged`, `window_journeys`, `demand`. Out: cards, one per service, step and type of failure demand that at least
`suppress_below` persons met. Ranked by journeys affected x failure contacts per journey, which is failure contacts;
ties by journeys, then by name. The id depends on service, activity and type only, so a card keeps its link.
"""

from __future__ import annotations

import hashlib
from typing import Any

from journeys.engine import Engine
from journeys.settings import Settings
from mining.names import channel_name
from mining.suppress import as_cell, is_small, share_cell
from mining.tables import HIDDEN, Cell

_MOST_CARDS = 40
_BEGINNING_DAYS = 56
_TIERS = {(True, True): "both", (True, False): "words", (False, True): "behaviour"}


def find_pain_points(engine: Engine, settings: Settings) -> list[dict[str, Any]]:
    """Cards over all services, most failure contacts first."""
    rows = engine.run(pain_points_sql(), fewest=settings.publishing.suppress_below)
    cards = [_card(row, settings) for row in rows.head(_MOST_CARDS).to_dict("records")]
    return [{**card, "rank": rank} for rank, card in enumerate(cards, start=1)]


def pain_points_sql() -> str:
    """Failure contacts of the window by service, activity and type, with what they cost the journeys they are in.

    Days lost: how much longer the journeys with this failure last than the median journey of the service without.
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
        SELECT f.service, f.activity, f.demand_type, median(j.duration_s) AS with_s
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
    SELECT c.*, greatest(l.with_s - w.without_s, 0) / 86400.0 AS days_lost, b.since_week, t.n_all
    FROM counted c LEFT JOIN lengths l USING (service, activity, demand_type) LEFT JOIN without w USING (service)
    LEFT JOIN first_seen b USING (service, activity, demand_type) JOIN totals t USING (service)
    WHERE c.n_persons >= $fewest
    ORDER BY c.n_contacts DESC, c.n_journeys DESC, c.service, c.activity, c.demand_type"""


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
        "since_week": as_cell(row["since_week"]),
        "evidence": _TIERS.get((bool(row["has_words"]), bool(row["has_behaviour"])), "none"),
        "confidence": _confidence(row),
        "owner": stage.owner if stage else "",
        "demand_type": row["demand_type"],
        "demand_type_name": kind.name if kind else row["demand_type"],
    }


def _confidence(row: dict[Any, Any]) -> str:
    """High where words and behaviour agree in half the contacts; low where only one kind speaks in few contacts."""
    if row["n_both"] * 2 >= row["n_contacts"]:
        return "high"
    return "medium" if row["n_contacts"] >= 50 or row["n_both"] else "low"


def _count(value: Any, row: dict[Any, Any], settings: Settings) -> Cell:
    return dict(HIDDEN) if is_small(row["n_persons"], settings.publishing) else as_cell(value)
