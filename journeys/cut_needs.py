"""The second cut: contacts of one person about one need, across services.

In: `contacts`, `persons`, `demand`, `journeys`, `steps`, and the needs of the settings. Out:
- `need_contacts`: need, need_journey_id, contact_id, person_id, service, channel_group, started_at, week, position,
  told_position (1 where that service is told first, null where nothing is told) and is_told_again;
- `need_journeys`: one row per need journey, with its last event (contact, or work by staff in the cases of its contacts).

Rule. Contacts that a linked person made with the need's services are one need until a silence longer than its gap.
Where the need names reasons or activities, such a stretch counts only if one of its contacts has one of them; contacts
before the first of these are left out where their reason is known to be another. What comes after it is taken in
whatever its reason: it may be about something else. Contacts nobody could be found for are in no need.

Told: a service with a contact that has one of the need's reasons, says it is telling again, or whose reason is not known.
Told again: the first such contact with a second or later service; and a contact with a service contacted before that says it
is telling again (repeat_notification) or has the same reason as an earlier one with that service, of the reasons that
begin the need (of all value demand where it names none). The words are not compared.
"""

from __future__ import annotations

from journeys.engine import Engine
from journeys.needs import Need
from journeys.schema import IS_LINKED
from journeys.settings import Settings
from journeys.times import literal

_ORDER = "started_at, source, tie, contact_id"


def cut_needs(engine: Engine, settings: Settings, cut_off_at: str) -> None:
    """Build `need_contacts` and `need_journeys`; `cut_off_at` is a UTC timestamp as text. At least one need is set."""
    selects = [need_contacts_sql(slug, need) for slug, need in sorted(settings.needs.needs.items())]
    engine.save("need_contacts", " UNION ALL ".join(f"SELECT * FROM ({select})" for select in selects))
    engine.save("need_journeys", need_journeys_sql(settings, cut_off_at))


def tells_sql(need: Need) -> str:
    """Does a contact `c` with its demand `d` begin the need?"""
    parts = [
        f"coalesce({column} IN ({_listed(names)}), false)"
        for column, names in (("d.demand_type", need.demand_types), ("c.activity", need.activities))
        if names
    ]
    return f"({' OR '.join(parts)})" if parts else "true"


def need_contacts_sql(slug: str, need: Need) -> str:
    """Contacts of one need with their journey."""
    retold = f"demand_type IN ({_listed(need.demand_types)})" if need.demand_types else "demand = 'value'"
    return f"""
    WITH ordered AS (
        SELECT c.contact_id, p.person_id, c.service, c.channel_group, c.started_at, c.week, c.source, c.tie,
               d.demand, d.demand_type, {tells_sql(need)} AS is_telling,
               coalesce(d.demand = 'unclear', true) AS is_unknown,
               epoch(c.started_at) - epoch(lag(c.started_at) OVER w) > {need.gap} AS is_after_gap
        FROM contacts c JOIN persons p USING (contact_id) LEFT JOIN demand d USING (contact_id)
        WHERE NOT c.is_browse AND c.direction = 'inbound' AND {IS_LINKED} AND c.service IN ({_listed(need.services)})
        WINDOW w AS (PARTITION BY p.person_id ORDER BY c.started_at, c.source, c.tie, c.contact_id)),
    stretched AS (
        SELECT *, sum(CASE WHEN coalesce(is_after_gap, true) THEN 1 ELSE 0 END) OVER w AS stretch
        FROM ordered WINDOW w AS (PARTITION BY person_id ORDER BY {_ORDER})),
    begun AS (
        SELECT *, max(CASE WHEN is_telling THEN 1 ELSE 0 END) OVER (PARTITION BY person_id, stretch) AS is_told,
               max(CASE WHEN is_telling OR is_unknown THEN 1 ELSE 0 END)
                   OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS has_begun
        FROM stretched WINDOW w AS (PARTITION BY person_id, stretch ORDER BY {_ORDER})),
    placed AS (
        SELECT *, row_number() OVER w AS position,
               row_number() OVER (PARTITION BY person_id, stretch, service ORDER BY {_ORDER}) AS service_position,
               CASE WHEN may_tell THEN row_number() OVER (PARTITION BY person_id, stretch, service, may_tell
                                                          ORDER BY {_ORDER}) END AS told_position,
               row_number() OVER (PARTITION BY person_id, stretch, service, demand_type ORDER BY {_ORDER}) AS time_told,
               first_value(contact_id) OVER w AS first_contact
        FROM (SELECT *, is_telling OR is_unknown OR demand_type = 'repeat_notification' AS may_tell FROM begun) b
        WHERE is_told = 1 AND has_begun = 1
        WINDOW w AS (PARTITION BY person_id, stretch ORDER BY {_ORDER}))
    SELECT {literal(slug)} AS need, {literal(slug + "-")} || left(first_contact, 23) AS need_journey_id, contact_id,
           person_id, service, channel_group, started_at, week, position, told_position,
           CASE WHEN coalesce(told_position = 1, false) THEN position > 1
                ELSE coalesce(service_position > 1 AND (demand_type = 'repeat_notification'
                                                        OR (time_told > 1 AND {retold})), false) END AS is_told_again
    FROM placed"""


def need_journeys_sql(settings: Settings, cut_off_at: str) -> str:
    """One row per need journey of enough services; open while the need's gap has not passed since its last event."""
    needs = settings.needs.needs
    gap = " ".join(f"WHEN {literal(slug)} THEN {need.gap}" for slug, need in sorted(needs.items()))
    least = " ".join(f"WHEN {literal(slug)} THEN {need.least_services}" for slug, need in sorted(needs.items()))
    return f"""
    WITH worked AS (
        SELECT n.need_journey_id, max(s.started_at) AS last_step_at
        FROM need_contacts n JOIN journeys j ON j.event_id = n.contact_id AND j.kind = 'contact'
        JOIN journeys k ON k.journey_id = j.journey_id AND k.kind = 'step'
        JOIN steps s ON s.step_id = k.event_id AND s.contact_id IS NULL
        GROUP BY n.need_journey_id),
    summed AS (
        SELECT need, need_journey_id, min(person_id) AS person_id, min(started_at) AS started_at,
               max(started_at) AS last_contact_at, arg_min(week, position) AS start_week,
               arg_min(channel_group, position) AS route, count(*) AS n_contacts, count(*) FILTER (WHERE told_position = 1) AS n_services,
               count(*) FILTER (WHERE is_told_again AND told_position = 1) AS n_told_others,
               count(*) FILTER (WHERE is_told_again AND coalesce(told_position, 0) <> 1) AS n_told_same,
               string_agg(CASE WHEN told_position = 1 THEN service END, ' > ' ORDER BY position) AS services
        FROM need_contacts GROUP BY need, need_journey_id),
    ended AS (
        SELECT s.*, greatest(last_contact_at, coalesce(last_step_at, last_contact_at)) AS last_at
        FROM summed s LEFT JOIN worked USING (need_journey_id))
    SELECT *, (epoch(last_at) - epoch(started_at)) / 86400 AS days,
           epoch(TIMESTAMP {literal(cut_off_at)}) - epoch(last_at) <= CASE need {gap} END AS is_open,
           n_services >= CASE need {least} END AS is_counted
    FROM ended"""


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(literal(name) for name in names)
