"""Weekly figures of every measure: one row per scope, measure and week, counted and not yet judged.

In: `contacts`, `persons`, `demand`, `journey_summary`, `followed`. Out: pandas tables with scope, measure_id, week,
value, n (denominator or count), n_persons and, for shares, how many independent contacts or journeys they rest on. Weeks are those of the local clock; the newest is the report's.
"""

from __future__ import annotations

import pandas as pd

from journeys.cut import gap_sql
from journeys.engine import Engine
from journeys.schema import IS_LINKED
from journeys.settings import Settings
from mining.clustered import independent_of, person_sums

# Scope columns: all contacts together, each service, each channel.
_ALL = "'all'"
_SERVICE = "'service:' || service"
_CHANNEL = "'channel:' || channel"


def count_weekly(engine: Engine, settings: Settings, last_week: str, cut_off_at: str) -> pd.DataFrame:
    """Every measure of every week up to `last_week`."""
    engine.save("contact_facts", contact_facts_sql())
    engine.save("ended_journeys", ended_journeys_sql(settings))
    selects = [
        *(_contacts_sql(scope) for scope in (_ALL, _SERVICE, _CHANNEL)),
        *(_failure_sql(scope) for scope in (_ALL, _SERVICE, _CHANNEL)),
        *(_started_sql(scope) for scope in (_ALL, _SERVICE)),
        *(_one_channel_sql(scope) for scope in (_ALL, _SERVICE)),
        *(_median_days_sql(scope) for scope in (_ALL, _SERVICE)),
        *(_repeat_sql(scope, settings.publishing.repeat_days, cut_off_at) for scope in (_ALL, _SERVICE)),
        _abandoned_sql(),
        _browse_sql(),
        _unclear_sql(),
        _unlinked_sql(),
    ]
    rows = engine.run(
        f"SELECT * FROM ({' UNION ALL '.join(selects)}) WHERE week <= $last ORDER BY scope, measure_id, week",
        last=last_week,
    )
    return rows.assign(independent=independent_of(rows)).drop(columns=["yes", "yy", "yn", "nn", "persons"])


def contact_facts_sql() -> str:
    """One row per contact that is no browse visit, with its person, link and demand."""
    return """
    SELECT c.*, p.person_id, p.method, d.demand, d.demand_type, d.evidence_tier, d.sla_state, d.repeat_state,
           d.cause_owner, d.preventability,
           c.channel IN ('phone', 'face_to_face', 'email', 'post', 'web_chat') AS is_staff_handled
    FROM contacts c JOIN persons p USING (contact_id) JOIN demand d USING (contact_id)"""


def _rows(scope: str, measure_id: str, value: str, n: str, source: str, where: str, week: str = "week") -> str:
    return (
        f"SELECT {scope} AS scope, '{measure_id}' AS measure_id, {week} AS week, CAST({value} AS DOUBLE) AS value, "
        f"count(DISTINCT person_id) AS n_persons, CAST(NULL AS BIGINT) AS persons, CAST(NULL AS DOUBLE) AS yes, "
        f"CAST({n} AS DOUBLE) AS n, {', '.join(f'CAST(NULL AS DOUBLE) AS {name}' for name in ('yy', 'yn', 'nn'))} "
        f"FROM {source} WHERE {where} GROUP BY ALL"
    )


def _shares(scope: str, measure_id: str, yes: str, source: str, where: str, week: str = "week") -> str:
    """A share by scope and week, with its sums over persons; columns as those of `_rows`."""
    return (
        f"SELECT scope, '{measure_id}' AS measure_id, week, sum(y) / sum(n) AS value, "
        f"count(*) AS n_persons, {person_sums()} "
        f"FROM (SELECT {scope} AS scope, {week} AS week, person_id, count(*) AS n, "
        f"count(*) FILTER (WHERE {yes}) AS y FROM {source} WHERE {where} GROUP BY ALL) GROUP BY ALL"
    )


def _contacts_sql(scope: str) -> str:
    return _rows(scope, "contacts", "count(*)", "count(*)", "contact_facts", "direction = 'inbound'")


def _failure_sql(scope: str) -> str:
    return _shares(
        scope, "failure_demand_rate", "demand = 'failure'", "contact_facts", "demand IN ('failure', 'value')"
    )


def _started_sql(scope: str) -> str:
    return _rows(scope, "journeys_started", "count(*)", "count(*)", "journey_summary", "n_contacts > 0", "start_week")


def _one_channel_sql(scope: str) -> str:
    return _shares(scope, "one_channel_share", "n_channels = 1", "ended_journeys", "n_channels > 0", "end_week")


def _median_days_sql(scope: str) -> str:
    """Journeys of more than one event."""
    median, where = "median(duration_s) / 86400", "n_contacts > 0 AND n_events > 1"
    return _rows(scope, "median_days", median, "count(*)", "ended_journeys", where, "end_week")


def ended_journeys_sql(settings: Settings) -> str:
    """Journeys that have ended, with the local week in which their service's gap had passed without anything more.

    By the week they began, or of their last event, the newest weeks would look quick and simple: their journeys have
    had no time to go on.
    """
    return f"""
    SELECT j.*, strftime(l.local_at + INTERVAL ({gap_sql(settings, 1.0)}) SECOND, '%G-W%V') AS end_week
    FROM journey_summary j JOIN (SELECT journey_id, local_at FROM events WHERE is_last) l USING (journey_id)
    WHERE NOT j.is_open"""


def _repeat_sql(scope: str, days: int, cut_off_at: str) -> str:
    """By the week in which the contact's time to be repeated ran out, so that the newest week is whole."""
    seconds = days * 86400
    repeated = f"seconds_to_next <= {seconds}"
    matured = f"strftime(local_at + INTERVAL {days} DAY, '%G-W%V')"
    followed = f"epoch(TIMESTAMP '{cut_off_at}') - epoch(started_at) >= {seconds}"
    return _shares(scope, "repeat_contact_rate", repeated, "followed", followed, matured)


def _abandoned_sql() -> str:
    where = "channel = 'phone' AND direction = 'inbound' AND is_abandoned IS NOT NULL"
    return _shares(_ALL, "abandoned_share", "is_abandoned", "contact_facts", where)


def _browse_sql() -> str:
    source = "(SELECT c.*, contact_id AS person_id FROM contacts c)"
    return _rows(_ALL, "browse_visits", "count(*)", "count(*)", source, "is_browse")


def _unclear_sql() -> str:
    return _shares(_ALL, "unclear_share", "demand = 'unclear'", "contact_facts", "direction = 'inbound'")


def _unlinked_sql() -> str:
    return _shares(_ALL, "unlinked_share", f"NOT ({IS_LINKED})", "contact_facts", "direction = 'inbound'")
