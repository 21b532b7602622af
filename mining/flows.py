"""The directly-follows graph of each service: which step comes after which, how often and after how long.

In: `window_events` (events of the journeys that started in the window). Out: `flow_steps` (one row per service,
activity and channel) and `directly_follows` (one row per service and pair of steps whose order is known).
At every step: journeys starting there + moves in = its events = moves out + journeys ending there, when the pairs of
unknown order (same day, one without a time) are counted in; they draw no arrow.
"""

from __future__ import annotations

from journeys.engine import Engine
from mining.dialect import centile


def select_window(engine: Engine, first_week: str, last_week: str) -> None:
    """Build `window_journeys` and `window_events`: journeys that started in the weeks from first to last."""
    engine.save(
        "window_journeys",
        "SELECT * FROM journey_summary WHERE start_week BETWEEN $first AND $last",
        first=first_week,
        last=last_week,
    )
    engine.save(
        "window_events",
        "SELECT e.* EXCLUDE (service), j.service FROM events e JOIN window_journeys j USING (journey_id)",
    )


def count_flows(engine: Engine) -> None:
    """Build `flow_steps` and `directly_follows`."""
    engine.save("flow_steps", flow_steps_sql())
    engine.save("directly_follows", directly_follows_sql())


def flow_steps_sql() -> str:
    """Events, journeys and persons at each step, and how many journeys start and end there."""
    return """
    SELECT service, activity, channel, count(*) AS n_events, count(DISTINCT journey_id) AS n_journeys,
           count(DISTINCT person_id) AS n_persons,
           count(*) FILTER (WHERE is_first) AS n_start, count(*) FILTER (WHERE is_last) AS n_end,
           count(DISTINCT person_id) FILTER (WHERE is_first) AS start_persons,
           count(DISTINCT person_id) FILTER (WHERE is_last) AS end_persons,
           coalesce(count(*) FILTER (WHERE demand = 'failure') * 2 > count(*), false) AS is_failure
    FROM window_events GROUP BY service, activity, channel"""


def directly_follows_sql() -> str:
    """Moves between steps with journeys, persons and waits, elapsed and in working time (seconds)."""
    return f"""
    SELECT e.service, e.activity AS from_activity, e.channel AS from_channel,
           e.next_activity AS to_activity, e.next_channel AS to_channel,
           count(*) AS n_events, count(DISTINCT e.journey_id) AS n_journeys, count(DISTINCT e.person_id) AS n_persons,
           median(e.seconds_to_next) AS median_s, {centile("e.seconds_to_next", 0.9)} AS p90_s,
           median(e.working_seconds_to_next) AS median_working_s,
           {centile("e.working_seconds_to_next", 0.9)} AS p90_working_s
    FROM window_events e
    WHERE e.next_activity IS NOT NULL AND e.is_order_known
    GROUP BY ALL"""
