"""The event log: contacts and steps of every journey in order, built once and sorted once.

In: `journeys`, `contacts`, `steps`, `persons`, `demand`. Out: `events` (one row per event, with what comes next) and
`journey_summary` (one row per journey). Every later count is one GROUP BY over these.

A web visit stands where the page hit that names it happened; what people did before that in the visit are steps.
Order: started_at, source, tie, event_id. Two events of one day of which one has no time of day keep an order for
counting, but `is_order_known` is false and no arrow is drawn between them.
The name of a contact's event is what went wrong where that is known, else what the source calls it, else its reason.
"""

from __future__ import annotations

from journeys.cut import gap_sql
from journeys.engine import Engine
from journeys.periods import Week
from journeys.schema import IS_LINKED
from journeys.settings import Settings
from journeys.taxonomy import URGENT
from journeys.times import literal
from mining.working_time import build_working_days, days_join_sql, worked_sql

VERBS = {
    "phone": "Calls",
    "web": "Website",
    "web_form": "Web form",
    "web_chat": "Chats",
    "email": "E-mails",
    "face_to_face": "Visits",
    "post": "Writes",
    "sms": "Texts",
    "outbound": "We call",
    "other": "Other contact",
}


def build_events(engine: Engine, settings: Settings, week: Week) -> None:
    """Build `events` and `journey_summary` as known at the end of `week`."""
    engine.save("event_rows", event_rows_sql(settings))
    engine.save("events", events_sql(build_working_days(engine, settings)))
    cut_off_at = week.cut_off_at(settings.organisation.zone)
    engine.save("journey_summary", journey_summary_sql(settings, f"{cut_off_at:%Y-%m-%d %H:%M:%S}"))


def event_rows_sql(settings: Settings) -> str:
    """Contacts and steps with the columns of the log, before ordering."""
    verbs = " ".join(f"WHEN {literal(channel)} THEN {literal(verb)}" for channel, verb in VERBS.items())
    says = " ".join(
        # Urgent contacts are never shown as an example: on maps and paths they are one of the other reasons.
        f"WHEN {literal(kind.slug)} THEN {literal('another reason' if kind.slug == URGENT else kind.says)}"
        for kind in settings.taxonomy.types
        if kind.slug != "unclear"
    )
    said = f"CASE d.demand_type {says} ELSE 'reason not known' END" if says else "'reason not known'"
    named = f"(CASE c.channel {verbs} ELSE 'Contact' END || ': ' || "
    return f"""
    SELECT j.journey_id, j.event_id, 'contact' AS kind, c.channel, c.channel_group, c.service, p.person_id,
           {IS_LINKED} AS is_linked, d.demand, d.demand_type, coalesce(c.named_at, c.started_at) AS started_at,
           c.local_at + (coalesce(c.named_at, c.started_at) - c.started_at) AS local_at, c.week, c.source,
           c.tie, c.time_precision,
           CASE WHEN d.demand = 'failure' THEN coalesce(
                    CASE WHEN c.activity IN ('Web form fails', 'Abandons web form') THEN c.activity END,
                    {named}{said}))
                WHEN c.activity IS NOT NULL THEN c.activity
                WHEN d.demand = 'unclear' THEN {named}'reason not known')
                ELSE {named}{said}) END AS activity
    FROM journeys j JOIN contacts c ON j.event_id = c.contact_id AND j.kind = 'contact'
    JOIN persons p USING (contact_id) LEFT JOIN demand d USING (contact_id)
    UNION ALL
    SELECT j.journey_id, j.event_id, 'step', s.channel,
           CASE WHEN s.contact_id IS NULL THEN 'back_office' ELSE 'digital' END, s.service, NULL, false, NULL, NULL,
           s.started_at, s.local_at, strftime(s.local_at, '%G-W%V'), s.source, s.tie, s.time_precision, s.activity
    FROM journeys j JOIN steps s ON j.event_id = s.step_id AND j.kind = 'step'"""


def events_sql(n_stretches: int | None = None) -> str:
    """One window pass over the rows in order; the journey's service and person are those of its first event known.

    `n_stretches` is what `build_working_days` found: working time is null where it is None.
    """
    return f"""
    SELECT journey_id, row_number() OVER w AS position, event_id, kind, activity, channel, channel_group,
           first_value(service) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS service,
           coalesce(first_value(person_id IGNORE NULLS)
                        OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
                    'j' || journey_id) AS person_id,
           demand, demand_type, started_at, local_at, week,
           lead(activity) OVER w AS next_activity,
           lead(channel) OVER w AS next_channel,
           CAST(epoch(lead(started_at) OVER w) - epoch(started_at) AS DOUBLE) AS seconds_to_next,
           worked_s, lead(worked_s) OVER w - worked_s AS working_seconds_to_next,
           NOT coalesce((time_precision = 'day' OR lead(time_precision) OVER w = 'day')
                        AND CAST(local_at AS DATE) = CAST(lead(local_at) OVER w AS DATE), false) AS is_order_known,
           row_number() OVER w = 1 AS is_first,
           lead(event_id) OVER w IS NULL AS is_last,
           is_linked
    FROM (SELECT r.*, {worked_sql(n_stretches)} AS worked_s FROM event_rows r {days_join_sql(n_stretches)})
    WINDOW w AS (PARTITION BY journey_id ORDER BY started_at, source, tie NULLS LAST, event_id)"""


def journey_summary_sql(settings: Settings, cut_off_at: str) -> str:
    """One row per journey; open while its service's gap has not passed since its last event.

    Channels are those people chose: contacts that we made are not among them.
    """
    return f"""
    WITH summed AS (
        SELECT journey_id, min(service) AS service, min(person_id) AS person_id, bool_or(is_linked) AS is_linked,
               min(started_at) AS started_at, max(started_at) AS ended_at,
               max(worked_s) - min(worked_s) AS working_s, arg_min(week, position) AS start_week,
               count(*) AS n_events, count(*) FILTER (WHERE kind = 'contact') AS n_contacts,
               count(*) FILTER (WHERE demand = 'failure') AS n_failure,
               count(DISTINCT channel) FILTER (WHERE kind = 'contact' AND demand_type <> 'outbound') AS n_channels,
               arg_min(channel_group, position) FILTER (WHERE kind = 'contact') AS route,
               arg_max(channel_group, position) FILTER (WHERE kind = 'contact') AS route_end,
               left(sha256(string_agg(activity, chr(31) ORDER BY position)), 16) AS variant_id
        FROM events GROUP BY journey_id)
    SELECT *, epoch(ended_at) - epoch(started_at) AS duration_s,
           epoch(TIMESTAMP '{cut_off_at}') - epoch(ended_at) <= {gap_sql(settings, 1.0)} AS is_open
    FROM summed"""
