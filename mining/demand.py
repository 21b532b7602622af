"""Why each contact was made: what its words say and what its behaviour shows, in one row.

In: `contacts`, `persons`, `merges`, `labels`. Out: `demand`, one row for every contact that is no browse visit.

Words: of the labels of a contact's notes the surest that was not abstained counts. Behaviour, without reading text:
a call chain that never got through, or somebody who left before being seen (access_failure); a web form that failed,
or was abandoned before a call or visit by the same person within a day (digital_barrier); another contact about the
same service within `repeat_days` supports a failure the words show. Behaviour overrides neither urgent words, even
where they are uncertain, nor words that exclude a contact.
Definitions: `config/demand.toml`; rules: the taxonomy's list of evidence apart from the words.
"""

from __future__ import annotations

from journeys.engine import Engine
from journeys.schema import IS_LINKED
from journeys.settings import Settings

_FORM_TO_STAFF_HOURS = 24


def classify_demand(engine: Engine, settings: Settings) -> None:
    """Build `demand`."""
    engine.save("said", said_sql())
    engine.save("behaviour", behaviour_sql(settings.publishing.repeat_days))
    engine.save("demand", demand_sql())


def said_sql() -> str:
    """The surest label of each contact's notes; labels that were abstained only where there is no other."""
    return """
    WITH ranked AS (
        SELECT m.contact_id, l.*,
               row_number() OVER (PARTITION BY m.contact_id
                                  ORDER BY l.is_abstained, l.score DESC NULLS LAST, l.record_id) AS place
        FROM labels l JOIN merges m USING (record_id))
    SELECT contact_id, CASE WHEN is_abstained THEN 'unclear' ELSE demand END AS demand,
           demand_type, demand_types, score, evidence
    FROM ranked WHERE place = 1"""


def behaviour_sql(repeat_days: int) -> str:
    """The failure a contact's behaviour shows by itself, and whether it repeats an earlier one."""
    return f"""
    WITH ordered AS (
        SELECT c.contact_id, c.channel, c.activity, c.is_abandoned, c.direction, p.method,
               lead(c.channel) OVER w AS next_channel,
               epoch(lead(c.started_at) OVER w) - epoch(c.started_at) AS seconds_to_next,
               epoch(c.started_at) - epoch(lag(c.started_at) OVER w) AS seconds_since_last
        FROM contacts c JOIN persons p USING (contact_id)
        WHERE NOT c.is_browse AND c.direction = 'inbound'
        WINDOW w AS (PARTITION BY p.person_id, c.service ORDER BY c.started_at, c.source, c.tie, c.contact_id))
    SELECT contact_id,
           CASE WHEN is_abandoned AND channel IN ('phone', 'face_to_face') THEN 'access_failure'
                WHEN activity = 'Web form fails' THEN 'digital_barrier'
                WHEN activity = 'Abandons web form' AND next_channel IN ('phone', 'face_to_face')
                     AND seconds_to_next <= {_FORM_TO_STAFF_HOURS * 3600} THEN 'digital_barrier'
           END AS failure_type,
           CASE WHEN is_abandoned AND channel IN ('phone', 'face_to_face') THEN 'left before being answered'
                WHEN activity = 'Web form fails' THEN 'the web form failed'
                WHEN activity = 'Abandons web form' AND next_channel IN ('phone', 'face_to_face')
                     AND seconds_to_next <= {_FORM_TO_STAFF_HOURS * 3600} THEN 'web form, then staff within a day'
           END AS rule,
           {IS_LINKED} AND coalesce(seconds_since_last <= {repeat_days * 86400}, false) AS is_repeat
    FROM ordered"""


def demand_sql() -> str:
    """What decides for each contact: us calling, urgent words, other words, or behaviour where words are silent.

    The evidence tier says which of words and behaviour speak for a failure.
    """
    return """
    WITH decided AS (
        SELECT c.contact_id, s.demand, s.demand_type, s.demand_types, s.score, s.evidence,
               b.failure_type, b.rule, coalesce(b.is_repeat, false) AS is_repeat,
               CASE WHEN c.direction = 'outbound' OR c.channel = 'outbound' THEN 'outbound'
                    WHEN s.demand IN ('failure', 'excluded') THEN 'words'
                    WHEN b.failure_type IS NOT NULL AND coalesce(s.demand_type, '') <> 'urgent' THEN 'behaviour'
                    WHEN s.contact_id IS NOT NULL THEN 'words'
                    ELSE 'nothing' END AS decided_by
        FROM contacts c LEFT JOIN said s USING (contact_id) LEFT JOIN behaviour b USING (contact_id)
        WHERE NOT c.is_browse)
    SELECT contact_id,
           CASE decided_by WHEN 'outbound' THEN 'excluded' WHEN 'behaviour' THEN 'failure' WHEN 'words' THEN demand
                ELSE 'unclear' END AS demand,
           CASE decided_by WHEN 'outbound' THEN 'outbound' WHEN 'behaviour' THEN failure_type
                WHEN 'words' THEN demand_type ELSE 'unclear' END AS demand_type,
           CASE decided_by WHEN 'outbound' THEN 'outbound' WHEN 'words' THEN demand_types
                WHEN 'behaviour' THEN CASE WHEN coalesce(demand, 'unclear') = 'unclear' THEN failure_type
                                           ELSE failure_type || ' ' || demand_types END
                ELSE 'unclear' END AS demand_types,
           score,
           CASE WHEN decided_by = 'behaviour' THEN 'behaviour'
                WHEN decided_by = 'words' AND demand = 'failure' AND (failure_type IS NOT NULL OR is_repeat) THEN 'both'
                WHEN decided_by = 'words' AND demand = 'failure' THEN 'text'
                ELSE 'none' END AS evidence_tier,
           CASE decided_by WHEN 'outbound' THEN 'we contacted the person' WHEN 'behaviour' THEN rule
                WHEN 'words' THEN coalesce(evidence, '') ELSE 'no note' END AS rule
    FROM decided"""
