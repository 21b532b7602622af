"""Contacts of one person become journeys: one journey is one need.

In: `contacts`, `steps`, `persons`. Out: `journeys` (event_id, journey_id, kind). The other way to cut is in
`journeys.cut_process`.

Contacts with one case reference are one journey. A contact without one belongs to the case its person is in the
middle of for that service, or will open next, as long as no silence between is longer than the service's gap;
without any case, a person's contacts about one service are a journey until such a silence. Browse visits are in no
journey. Steps join the journey of their case, or of the web visit they happened in.
"""

from __future__ import annotations

from journeys.engine import Engine
from journeys.settings import Settings
from journeys.times import literal


def cut_by_gap(engine: Engine, settings: Settings) -> None:
    """Build `journeys`."""
    engine.save("contact_journeys", contact_journeys_sql(settings, 1.0))
    engine.save("journeys", journeys_sql())


def gap_sql(settings: Settings, gap_factor: float) -> str:
    """Seconds of silence that end a journey, by service."""
    cases = " ".join(
        f"WHEN {literal(service)} THEN {block.gap * gap_factor}"
        for service, block in sorted(settings.services.services.items())
    )
    fallback = settings.gap_s("") * gap_factor
    return f"CASE service {cases} ELSE {fallback} END" if cases else str(fallback)


def contact_journeys_sql(settings: Settings, gap_factor: float, persons: str = "persons") -> str:
    """Journey of each contact that is not a browse visit, for the persons of that table."""
    return f"""
    WITH ordered AS (
        SELECT c.contact_id, p.person_id, c.service, c.case_ref, c.started_at, c.source, c.tie,
               epoch(c.started_at) - epoch(lag(c.started_at) OVER w) > {gap_sql(settings, gap_factor)} AS is_after_gap
        FROM contacts c JOIN {persons} p USING (contact_id)
        WHERE NOT c.is_browse
        WINDOW w AS (PARTITION BY p.person_id, c.service ORDER BY c.started_at, c.source, c.tie, c.contact_id)),
    stretched AS (
        SELECT *, sum(CASE WHEN coalesce(is_after_gap, true) THEN 1 ELSE 0 END) OVER w AS stretch
        FROM ordered
        WINDOW w AS (PARTITION BY person_id, service ORDER BY started_at, source, tie, contact_id)),
    placed AS (
        SELECT *, coalesce(
                 last_value(case_ref IGNORE NULLS) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
                 first_value(case_ref IGNORE NULLS) OVER (w ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
               ) AS case_key,
               first_value(contact_id) OVER w AS first_contact
        FROM stretched
        WINDOW w AS (PARTITION BY person_id, service, stretch ORDER BY started_at, source, tie, contact_id))
    SELECT contact_id, coalesce('c' || left(case_key, 23), 's' || left(first_contact, 23)) AS journey_id FROM placed"""


def journeys_sql() -> str:
    """Contacts and steps with their journey: steps go with their case or their web visit; others are in none."""
    return """
    SELECT contact_id AS event_id, journey_id, 'contact' AS kind FROM contact_journeys
    UNION ALL
    SELECT step_id, 'c' || left(case_ref, 23), 'step' FROM steps WHERE case_ref IS NOT NULL
    UNION ALL
    SELECT s.step_id, c.journey_id, 'step' FROM steps s JOIN contact_journeys c USING (contact_id)"""
