"""Why each contact was made: what its words say and what its behaviour shows, in one row.

In: `contacts`, `persons`, `merges`, `labels`. Out: `demand`, one row for every contact that is no browse visit.

Words: of the labels of a contact's notes the surest that was not abstained counts. Behaviour: the rules of
`mining.behaviour`. Behaviour overrides neither urgent words, even where they are uncertain, nor words that exclude a
contact. Beside demand and type stand the evidence tier (both, behaviour, text), what is known of a promised date (the case's
own date before what words say), whether the contact repeats an earlier one, and what the taxonomy says of a type: who
could prevent it, and where its cause lies.
"""

from __future__ import annotations

from journeys.engine import Engine
from journeys.settings import Settings
from journeys.taxonomy import Taxonomy
from journeys.times import literal
from mining.behaviour import find_behaviour


def classify_demand(engine: Engine, settings: Settings) -> None:
    """Build `demand`."""
    engine.save("said", said_sql())
    find_behaviour(engine, settings)
    engine.save("demand", demand_sql(settings.taxonomy))


def said_sql() -> str:
    """The surest label of each contact's notes; labels that were abstained only where there is no other."""
    return """
    WITH ranked AS (
        SELECT m.contact_id, l.*,
               row_number() OVER (PARTITION BY m.contact_id
                                  ORDER BY l.is_abstained, l.score DESC NULLS LAST, l.record_id) AS place
        FROM labels l JOIN merges m USING (record_id))
    SELECT contact_id, CASE WHEN is_abstained THEN 'unclear' ELSE demand END AS demand,
           demand_type, demand_types, score, evidence, sla_state
    FROM ranked WHERE place = 1"""


def demand_sql(taxonomy: Taxonomy) -> str:
    """What decides for each contact: us calling, urgent words, other words, or behaviour where words are silent.

    The evidence tier says which of words and behaviour speak for a failure.
    """
    owners, able = (
        f"CASE demand_type {' '.join(f'WHEN {literal(slug)} THEN {literal(getattr(kind, what))}' for slug, kind in taxonomy.by_slug.items())} END"
        for what in ("cause_owner", "preventability")
    )
    return f"""
    WITH decided AS (
        SELECT c.contact_id, s.demand, s.demand_type, s.demand_types, s.score, s.evidence,
               CASE WHEN b.failure_type IS NOT NULL THEN b.failure_type ELSE b.silent_type END AS failure_type,
               CASE WHEN b.failure_type IS NOT NULL THEN b.rule ELSE b.silent_rule END AS rule,
               coalesce(b.rules, '') AS rules, coalesce(b.supported, '') AS supported,
               CASE WHEN b.is_linked IS NULL OR NOT b.is_linked THEN 'unknown' WHEN b.is_repeat THEN 'repeat' ELSE 'first' END
                   AS repeat_state,
               coalesce(b.sla_state, s.sla_state, 'unknown') AS sla_state,
               CASE WHEN c.direction = 'outbound' OR c.channel = 'outbound' THEN 'outbound'
                    WHEN s.demand IN ('failure', 'excluded') THEN 'words'
                    WHEN s.demand_type = 'urgent' THEN 'words'
                    WHEN b.failure_type IS NOT NULL THEN 'behaviour'
                    WHEN b.silent_type IS NOT NULL AND coalesce(s.demand, 'unclear') = 'unclear' THEN 'behaviour'
                    WHEN s.contact_id IS NOT NULL THEN 'words'
                    ELSE 'nothing' END AS decided_by
        FROM contacts c LEFT JOIN said s USING (contact_id) LEFT JOIN behaviour b USING (contact_id)
        WHERE NOT c.is_browse),
    labelled AS (
        SELECT contact_id, sla_state, repeat_state, rules,
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
                WHEN decided_by = 'words' AND demand = 'failure'
                     AND (supported LIKE '%*%' OR supported LIKE '% ' || demand_type || ' %') THEN 'both'
                WHEN decided_by = 'words' AND demand = 'failure' THEN 'text'
                ELSE 'none' END AS evidence_tier,
           CASE decided_by WHEN 'outbound' THEN 'we contacted the person' WHEN 'behaviour' THEN rule
                WHEN 'words' THEN coalesce(evidence, '') ELSE 'no note' END AS rule
    FROM decided)
    SELECT *, {owners} AS cause_owner, {able} AS preventability FROM labelled"""
