"""A second way to cut: a contact that plainly starts something new begins a journey, however short the silence.

In: `contacts`, `persons`, `demand`, `steps`. Out: the journey of each contact, as `journeys.cut` gives it.

Rule. As by case and gap, and besides: a contact starts something new when its reason is one that starts matters in its
service and either the person's last case there was closed when they made it, or it opens a case of its own.
- Reasons that start matters, learnt by service from the cut by gap: value demand of a type that in at least 90 in 100
  of its contacts (at least 20) came first.
- Closed: the newest step of the case before the contact is the one that most cases of the service end with.
- Opens a case: the first contact of the person to quote it, made at most a day before its first step, and not after it.
Without cases or reasons nothing is plain, and the cut is that by gap. Contacts without a case are then not put into a
case that the person had quoted before them.
"""

from __future__ import annotations

from journeys.cut import contact_journeys_sql, gap_sql, journeys_sql
from journeys.engine import Engine
from journeys.settings import Settings

STARTS_SHARE = 0.9
_FEWEST = 20
_OPENS_WITHIN_S = 86400
_W = "PARTITION BY person_id, service ORDER BY started_at, source, tie, contact_id"


def cut_as_set(engine: Engine, settings: Settings) -> None:
    """Build `journeys` by the method of config/services.toml; by process, `demand` must be there."""
    if settings.services.cut == "process":
        learn_starts(engine, settings)
    engine.save("contact_journeys", contact_journeys_as_set_sql(settings, 1.0))
    engine.save("journeys", journeys_sql())


def contact_journeys_as_set_sql(settings: Settings, gap_factor: float, persons: str = "persons") -> str:
    """Journey of each contact by the method that is set, at a multiple of every gap, for the persons of that table."""
    by_process = settings.services.cut == "process"
    return (journeys_by_process_sql if by_process else contact_journeys_sql)(settings, gap_factor, persons)


def learn_starts(engine: Engine, settings: Settings) -> None:
    """Build `starting_types` (service, demand_type) and `case_ends` (case_ref, opened_at, closed_at, other_at)."""
    engine.save("cut_by_gap", contact_journeys_sql(settings, 1.0))
    engine.save("starting_types", starting_types_sql())
    engine.save("case_ends", case_ends_sql())


def starting_types_sql() -> str:
    """Types of value demand that nearly always come first in the journeys cut by gap."""
    return f"""
    WITH placed AS (
        SELECT c.service, d.demand, d.demand_type,
               row_number() OVER (PARTITION BY g.journey_id
                                  ORDER BY c.started_at, c.source, c.tie, c.contact_id) = 1 AS is_first
        FROM cut_by_gap g JOIN contacts c USING (contact_id) JOIN demand d USING (contact_id))
    SELECT service, demand_type, count(*) AS n_contacts, count(*) FILTER (WHERE is_first) / count(*) AS first_share
    FROM placed WHERE demand = 'value' GROUP BY service, demand_type
    HAVING count(*) >= {_FEWEST} AND count(*) FILTER (WHERE is_first) >= {STARTS_SHARE} * count(*)"""


def case_ends_sql() -> str:
    """When each case had its first step, its last closing step, and its last step of another kind."""
    return """
    WITH own AS (
        SELECT case_ref, service, activity, started_at,
               row_number() OVER (PARTITION BY case_ref
                                  ORDER BY started_at DESC, source DESC, tie DESC NULLS LAST, step_id) = 1 AS is_last
        FROM steps WHERE case_ref IS NOT NULL),
    ends AS (SELECT service, activity, count(*) AS n FROM own WHERE is_last GROUP BY service, activity),
    usual AS (
        SELECT service, activity AS closing,
               row_number() OVER (PARTITION BY service ORDER BY n DESC, activity) AS place FROM ends)
    SELECT case_ref, min(started_at) AS opened_at, max(CASE WHEN activity = closing THEN started_at END) AS closed_at,
           max(CASE WHEN activity <> closing THEN started_at END) AS other_at
    FROM own JOIN usual USING (service) WHERE place = 1 GROUP BY case_ref"""


def journeys_by_process_sql(settings: Settings, gap_factor: float, persons: str = "persons") -> str:
    """Journey of each contact that is not a browse visit; `learn_starts` first."""
    return f"""
    WITH own AS (
        SELECT c.contact_id, p.person_id, c.service, c.case_ref, c.started_at, c.source, c.tie,
               t.demand_type IS NOT NULL AS is_kind
        FROM contacts c JOIN {persons} p USING (contact_id) JOIN demand d USING (contact_id)
        LEFT JOIN starting_types t ON t.service = c.service AND t.demand_type = d.demand_type AND d.demand = 'value'
        WHERE NOT c.is_browse),
    ordered AS (
        SELECT *, epoch(started_at) - epoch(lag(started_at) OVER w) > {gap_sql(settings, gap_factor)} AS is_after_gap,
               last_value(case_ref IGNORE NULLS) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS last_case,
               row_number() OVER (PARTITION BY person_id, service, case_ref
                                  ORDER BY started_at, source, tie, contact_id) = 1 AS is_first_quote
        FROM own WINDOW w AS ({_W})),
    judged AS (
        SELECT o.*, o.is_kind AND (
                   coalesce(l.closed_at < o.started_at AND NOT coalesce(l.other_at > l.closed_at
                            AND l.other_at < o.started_at, false) AND coalesce(o.case_ref <> o.last_case, true), false)
                   OR coalesce(o.is_first_quote AND e.opened_at >= o.started_at
                               AND epoch(e.opened_at) - epoch(o.started_at) <= {_OPENS_WITHIN_S}, false)) AS is_start
        FROM ordered o LEFT JOIN case_ends l ON l.case_ref = o.last_case
        LEFT JOIN case_ends e ON e.case_ref = o.case_ref),
    stretched AS (
        SELECT *, sum(CASE WHEN is_start OR coalesce(is_after_gap, true) THEN 1 ELSE 0 END) OVER w AS stretch
        FROM judged WINDOW w AS ({_W})),
    placed AS (
        SELECT *, last_value(case_ref IGNORE NULLS) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS past,
               first_value(CASE WHEN is_first_quote THEN case_ref END IGNORE NULLS)
                   OVER (w ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS future,
               first_value(contact_id) OVER w AS first_contact
        FROM stretched
        WINDOW w AS (PARTITION BY person_id, service, stretch ORDER BY started_at, source, tie, contact_id))
    SELECT contact_id, coalesce('c' || left(coalesce(past, future), 23), 's' || left(first_contact, 23)) AS journey_id
    FROM placed"""
