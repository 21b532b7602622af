"""Which earlier step a failure contact answers: letters, forms, closures, transfers, contacts, anything before it.

In: `window_events`, `window_journeys`. Out: `origin_follows` (failure contacts with each different step of the 30 days before in
their journey) and, per service, step and type of failure, how many times as often people make such contact in the 30 days
after the step as without it.

Compared are days, not journeys: every journey is watched from event to event, until its service's gap of silence ends it. A
day after the step stands beside days without the step of journeys that began in the same week, are as old, have had as many contacts
and as many other steps, and whose last event lies as far back. So a long or busy journey, in which everything happens
more, does not make its steps look like causes. What somebody does within a web visit is part of that contact, not a step before it. This is a discrete-time hazard within strata; see
`mining.rate_ratio` for the estimate. A later contact of the same type does not follow from the first: strata hold the contacts so far.

Only journeys of known persons count: nobody else can be seen to come back. Urgent contacts are neither cause nor effect.
A form that fails is a step that people answer, not their answer. A lift is an association: it came before, and more often than
matched; it need not be the cause.
"""

from __future__ import annotations

import pandas as pd

from journeys.cut import gap_sql
from journeys.engine import Engine
from journeys.settings import Settings
from journeys.taxonomy import URGENT
from mining.dialect import centile, hashed
from mining.rate_ratio import measure_ratios

FORM_ENDS = "('Web form fails', 'Abandons web form')"
LAG_DAYS = 30
_MOST_BACK = 60  # events that are looked back over
_MOST_COUNTED = 10  # contacts, and other steps, so far: busier journeys are alike
_QUIET_DAYS = (0, 1, 3, 7, 14, LAG_DAYS)
_AGE_DAYS = (1, 2, 3, 5, 7, 10, 14, 18, 22, 26, LAG_DAYS, 36, 45, 60, 90)
_IS_ANSWER = f"demand = 'failure' AND kind = 'contact' AND activity NOT IN {FORM_ENDS}"


def find_origins(engine: Engine, settings: Settings, cut_off_at: str) -> pd.DataFrame:
    """Pairs of step and failure type that could be tested, surest first: see `pairs_sql` and `measure_ratios`.

    `is_sure` marks those that are shown.
    """
    engine.save("origin_watched", watched_sql(settings, cut_off_at))
    engine.save("origin_pieces", pieces_sql())
    engine.save("origin_exposed", exposed_sql())
    engine.save("origin_follows", follows_sql())
    pairs = measure_ratios(engine.run(sums_sql())).drop(columns="n_all")
    return pairs.merge(engine.run(pairs_sql()), on=["service", "step", "demand_type"]).sort_values(
        ["lift_low", "service", "step", "demand_type"], ascending=[False, True, True, True], ignore_index=True
    )


def watched_sql(settings: Settings, cut_off_at: str) -> str:
    """Each event of known persons with how long nothing followed it, up to the lag, and the failure that ended this.

    `quiet_days` ends at the next event, the service's gap, the lag or the end of the data, whichever is first.
    """
    answer = f"CASE WHEN {_IS_ANSWER} THEN demand_type END"
    return f"""
    WITH followed AS (
        SELECT e.*, j.start_week, epoch(e.started_at) - epoch(j.begun_at) AS age_s,
               lead({answer}) OVER w AS next_type, epoch(lead(e.started_at) OVER w) - epoch(e.started_at) AS next_s,
               count(*) FILTER (WHERE kind = 'contact') OVER w AS n_contacts,
               count(*) FILTER (WHERE kind <> 'contact') OVER w AS n_steps,
               least({gap_sql(settings, 1.0)}, {LAG_DAYS * 86400}, epoch(TIMESTAMP '{cut_off_at}') - epoch(e.started_at))
                   AS most_s
        FROM window_events e
        JOIN (SELECT journey_id, start_week, started_at AS begun_at FROM window_journeys WHERE is_linked) j USING (journey_id)
        WHERE (e.kind = 'contact' OR e.channel_group = 'back_office')
        WINDOW w AS (PARTITION BY e.journey_id ORDER BY e.position))
    SELECT service, journey_id, position, start_week, started_at, activity, age_s / 86400.0 AS age_days,
           least(n_contacts, {_MOST_COUNTED}) AS n_contacts, least(n_steps, {_MOST_COUNTED}) AS n_steps,
           CASE WHEN {_IS_ANSWER} THEN demand_type ELSE '' END AS answer_type,
           coalesce(demand = 'unclear' OR demand_type = '{URGENT}' OR demand = 'excluded' AND demand_type <> 'outbound', false)
               AS is_no_cause,
           least(coalesce(next_s, most_s), most_s) / 86400.0 AS quiet_days,
           CASE WHEN next_s <= most_s THEN next_type END AS next_type
    FROM followed WHERE most_s > 0"""


def pieces_sql() -> str:
    """The quiet time after each event cut into pieces of like age and like quiet; the last carries the failure contact, if any.

    A stratum is pieces of one service and week of beginning, alike in age, quiet, contacts and other steps so far.
    """
    bands = " UNION ALL ".join(
        f"SELECT {low} AS from_day, {high} AS to_day" for low, high in zip(_QUIET_DAYS, _QUIET_DAYS[1:], strict=False)
    )
    ages = " ".join(f"WHEN age_days + from_day < {age} THEN {age}" for age in _AGE_DAYS)
    return f"""
    SELECT journey_id, position, started_at, from_day,
           {hashed("service", "start_week", "n_contacts", "n_steps", "from_day", f"CASE {ages} ELSE 999 END")} AS stratum,
           least(quiet_days, to_day) - from_day AS n_days,
           CASE WHEN quiet_days <= to_day THEN next_type END AS failed
    FROM origin_watched JOIN ({bands}) ON quiet_days > from_day OR from_day = 0"""


def exposed_sql() -> str:
    """For each piece the different steps that happened in the lag before it; `own_type` is what a failure contact asked for."""
    return f"""
    SELECT p.stratum, x.service, x.activity AS step, x.answer_type AS own_type, p.failed,
           max(p.n_days) AS n_days
    FROM origin_pieces p JOIN origin_watched x ON x.journey_id = p.journey_id
         AND x.position BETWEEN p.position - {_MOST_BACK} AND p.position
         AND epoch(p.started_at) - epoch(x.started_at) <= {LAG_DAYS * 86400} - p.from_day * 86400
    WHERE NOT x.is_no_cause
    GROUP BY p.journey_id, p.position, p.from_day, p.stratum, p.failed, x.service, x.activity, x.answer_type"""


def sums_sql() -> str:
    """Per service, step and type of failure the sums over strata of `mining.rate_ratio`, from pieces with and without the step."""
    return """
    WITH total AS (SELECT stratum, sum(n_days) AS t FROM origin_pieces GROUP BY stratum),
    failed AS (
        SELECT stratum, failed AS demand_type, count(*) AS m FROM origin_pieces WHERE failed IS NOT NULL
        GROUP BY stratum, failed),
    days AS (
        SELECT service, stratum, step, own_type, sum(n_days) AS t1 FROM origin_exposed
        GROUP BY service, stratum, step, own_type),
    hits AS (
        SELECT service, stratum, step, own_type, failed AS demand_type, count(*) AS a FROM origin_exposed
        WHERE failed IS NOT NULL GROUP BY service, stratum, step, own_type, failed),
    cells AS (
        SELECT d.service, d.step, f.demand_type, coalesce(h.a, 0) AS a, f.m, d.t1, t.t - d.t1 AS t0, t.t
        FROM days d JOIN total t USING (stratum) JOIN failed f USING (stratum)
        LEFT JOIN hits h USING (service, stratum, step, own_type, demand_type)
        WHERE d.own_type <> f.demand_type AND d.t1 > 0 AND t.t - d.t1 > 0.000001)
    SELECT service, step, demand_type, sum(a * t0 / t) AS r, sum((m - a) * t1 / t) AS s, sum(m * t1 * t0 / (t * t)) AS v,
           sum(m * t1 / t) AS n_expected, CAST(sum(a) AS DOUBLE) AS n_with,
           CAST(sum(m) AS DOUBLE) AS n_all
    FROM cells GROUP BY service, step, demand_type ORDER BY service, step, demand_type"""


def follows_sql() -> str:
    """Each failure contact with each different step before it in the lag, and the days since the last time it happened."""
    return f"""
    SELECT e.event_id, e.service, e.person_id, e.demand_type, x.activity AS step,
           min(epoch(e.started_at) - epoch(x.started_at)) / 86400.0 AS n_days
    FROM window_events e JOIN origin_watched x ON x.journey_id = e.journey_id
         AND x.position BETWEEN e.position - {_MOST_BACK} AND e.position - 1
         AND epoch(e.started_at) - epoch(x.started_at) <= {LAG_DAYS * 86400}
    WHERE e.kind = 'contact' AND e.demand = 'failure' AND e.activity NOT IN {FORM_ENDS}
          AND x.answer_type <> e.demand_type AND NOT x.is_no_cause
    GROUP BY e.event_id, e.service, e.person_id, e.demand_type, x.activity"""


def pairs_sql() -> str:
    """Contacts and persons of each pair, how many of all contacts of that type of known persons, days between, and evidence.

    `n_supported`: contacts as far as evidence supports them; words alone count as much as they are likely to be right.
    """
    return f"""
    WITH answers AS (
        SELECT e.event_id, e.service, e.demand_type, d.evidence_tier,
               CASE WHEN d.evidence_tier = 'text' THEN coalesce(d.score, 1.0) ELSE 1.0 END AS sureness, count(*) OVER (PARTITION BY e.service, e.demand_type) AS n_all
        FROM window_events e JOIN window_journeys j USING (journey_id) JOIN demand d ON d.contact_id = e.event_id
        WHERE j.is_linked AND e.kind = 'contact' AND e.demand = 'failure' AND e.activity NOT IN {FORM_ENDS})
    SELECT f.service, f.step, f.demand_type, count(*) AS n_contacts, count(DISTINCT f.person_id) AS n_persons,
           max(a.n_all) AS n_all, median(f.n_days) AS median_days, {centile("f.n_days", 0.9)} AS p90_days,
           sum(a.sureness) AS n_supported, count(*) FILTER (WHERE a.evidence_tier = 'both') AS n_both,
           count(*) FILTER (WHERE a.evidence_tier = 'behaviour') AS n_behaviour
    FROM origin_follows f JOIN answers a USING (event_id)
    GROUP BY f.service, f.step, f.demand_type ORDER BY f.service, f.step, f.demand_type"""
