"""What a service's journeys show as a network: where people go round, what they might be spared, from where to where.

In: `window_events`, `window_journeys`, `variants`, `flow_steps`. Out: counts of all services, made once, and the three
tables of a service's page. Everything is counted on whole journeys: a graph of moves alone would join moves that no one
person took, so shortest ways and flows through it would promise what nobody did (only the main path is read from it).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from journeys.engine import Engine
from journeys.settings import Settings
from mining.loops import count_loops
from mining.suppress import TOTAL, Show, publish_table
from mining.tables import FindingTable
from mining.variants import steps_of

_DAY_S = 86400.0
_MOST_ROWS = 10
OTHER, STILL_OPEN = "Any other", "Not ended yet"


@dataclass(frozen=True, slots=True)
class Network:
    """Counts of all services: steps come back to, steps that might be spared, and pairs of first and last step."""

    loops: pd.DataFrame
    spared: pd.DataFrame
    ends: pd.DataFrame


def measure_network(engine: Engine, settings: Settings) -> Network:
    """Count loops, steps that might be spared and ways from start to end over the window."""
    fewest = settings.publishing.suppress_below
    return Network(
        count_loops(engine, fewest),
        engine.run(spared_sql(), fewest=fewest),
        engine.run(ends_sql(), fewest=fewest, most=_MOST_ROWS),
    )


def spared_sql() -> str:
    """Steps that are mostly failure demand: journeys they are in, their contacts, and the waits next to them.

    The waits directly before and after such a step are all that a journey could be shorter by without it: each wait
    counts once, however many of them it lies between. It is an upper bound: work that people wait for takes its time.
    """
    return """
    WITH waste AS (SELECT service, activity, channel FROM flow_steps WHERE is_failure),
    touched AS (
        SELECT w.service, w.activity, w.channel, e.journey_id, e.person_id,
               CASE WHEN e.kind = 'contact' THEN 1 ELSE 0 END AS n_contacts, coalesce(e.seconds_to_next, 0) AS wait_s
        FROM window_events e JOIN waste w
            ON e.service = w.service AND e.activity = w.activity AND e.channel = w.channel
        UNION ALL
        SELECT w.service, w.activity, w.channel, e.journey_id, e.person_id, 0, e.seconds_to_next
        FROM window_events e JOIN waste w
            ON e.service = w.service AND e.next_activity = w.activity AND e.next_channel = w.channel
        WHERE e.activity <> w.activity OR e.channel <> w.channel),
    per_journey AS (
        SELECT service, activity, channel, journey_id, min(person_id) AS person_id, sum(n_contacts) AS n_contacts,
               sum(wait_s) AS wait_s
        FROM touched GROUP BY service, activity, channel, journey_id),
    totals AS (SELECT service, count(*) AS n_all FROM window_journeys GROUP BY service)
    SELECT p.service, p.activity, p.channel, count(*) AS n_journeys, count(DISTINCT p.person_id) AS n_persons,
           sum(p.n_contacts) AS n_contacts, median(p.wait_s) AS median_s, sum(p.wait_s) AS total_s, min(t.n_all) AS n_all
    FROM per_journey p JOIN totals t ON t.service = p.service
    GROUP BY p.service, p.activity, p.channel HAVING count(DISTINCT p.person_id) >= $fewest
    ORDER BY p.service, n_journeys DESC, n_contacts DESC, p.activity, p.channel"""


def ends_sql() -> str:
    """Journeys by first and last step: the most common pairs of each service, all others in one row.

    Journeys that may go on have no last step yet. The way is the most common sequence of a pair, where enough persons
    took it.
    """
    return f"""
    WITH lasts AS (SELECT journey_id, activity FROM window_events WHERE is_last),
    whole AS (
        SELECT j.service, j.journey_id, j.person_id, j.variant_id, j.duration_s, j.is_open, f.activity AS first_step,
               CASE WHEN j.is_open THEN '{STILL_OPEN}' ELSE l.activity END AS last_step
        FROM window_journeys j JOIN lasts l ON l.journey_id = j.journey_id
        JOIN window_events f ON f.journey_id = j.journey_id AND f.is_first),
    pairs AS (
        SELECT service, first_step, last_step, count(*) AS n_journeys FROM whole
        GROUP BY service, first_step, last_step HAVING count(DISTINCT person_id) >= $fewest),
    ranked AS (
        SELECT service, first_step, last_step, row_number() OVER (
                   PARTITION BY service ORDER BY n_journeys DESC, first_step, last_step) AS place
        FROM pairs),
    ways AS (
        SELECT service, first_step, last_step, variant_id, row_number() OVER (
                   PARTITION BY service, first_step, last_step ORDER BY count(*) DESC, variant_id) AS place,
               count(DISTINCT person_id) AS n_persons
        FROM whole WHERE NOT is_open GROUP BY service, first_step, last_step, variant_id),
    counted AS (
        SELECT w.service, coalesce(r.place, $most + 1) AS place, min(r.first_step) AS first_step,
               min(r.last_step) AS last_step, count(*) AS n_journeys, count(DISTINCT w.person_id) AS n_persons,
               median(w.duration_s) FILTER (WHERE NOT w.is_open) AS median_s
        FROM whole w LEFT JOIN (SELECT * FROM ranked WHERE place <= $most) r
            ON r.service = w.service AND r.first_step = w.first_step AND r.last_step = w.last_step
        GROUP BY w.service, coalesce(r.place, $most + 1)),
    totals AS (SELECT service, count(*) AS n_all FROM window_journeys GROUP BY service)
    SELECT c.*, t.n_all, v.activities
    FROM counted c JOIN totals t ON t.service = c.service
    LEFT JOIN ways y ON y.service = c.service AND y.first_step = c.first_step AND y.last_step = c.last_step
        AND y.place = 1 AND y.n_persons >= $fewest
    LEFT JOIN variants v ON v.service = y.service AND v.variant_id = y.variant_id
    ORDER BY c.service, c.place"""


def loops_table(network: Network, service: str, settings: Settings, period: str) -> FindingTable:
    """The steps journeys come back to after others, most journeys first."""
    rows = network.loops[network.loops["service"] == service]
    rows = rows[rows["n_persons"] >= settings.publishing.suppress_below].head(_MOST_ROWS)
    rows = rows.assign(
        share=rows["n_journeys"],
        median_days=rows["median_s"] / _DAY_S,
        way=[" > ".join(steps_of(loop)[1:]) if isinstance(loop, str) else "" for loop in rows["loop"]],
    )
    return publish_table(
        "loops",
        "Steps that journeys come back to",
        period,
        "loops",
        rows,
        [
            Show("activity", "Back to", "text"),
            Show("n_journeys", "Journeys", "journeys", guard="n_persons"),
            Show("share", "Share of journeys", "share", guard="n_persons", of="n_all"),
            Show("n_rounds", "Rounds", "count", guard="n_persons"),
            Show("n_contacts", "Extra contacts", "contacts", guard="contact_persons"),
            Show("median_days", "Median days a round", "days", guard="n_persons"),
            Show("way", "Most common way round", "text"),
        ],
        settings.publishing,
    )


def spared_table(network: Network, service: str, settings: Settings, period: str) -> FindingTable:
    """What journeys could be shorter by, at most, without each step that adds no value."""
    rows = network.spared[network.spared["service"] == service].head(_MOST_ROWS)
    rows = rows.assign(
        share=rows["n_journeys"], median_days=rows["median_s"] / _DAY_S, total_days=rows["total_s"] / _DAY_S
    )
    return publish_table(
        "spared",
        "What people could be spared, at most",
        period,
        "spared",
        rows,
        [
            Show("activity", "Step", "text"),
            Show("n_journeys", "Journeys with it", "journeys", guard="n_persons"),
            Show("share", "Share of journeys", "share", guard="n_persons", of="n_all"),
            Show("n_contacts", "Contacts spared", "contacts", guard="n_persons"),
            Show("median_days", "Median days spared, at most", "days", guard="n_persons"),
            Show("total_days", "Days spared in all, at most", "days", guard="n_persons"),
        ],
        settings.publishing,
    )


def ends_table(network: Network, service: str, settings: Settings, period: str) -> FindingTable:
    """From the first step to the last, with the most common way between."""
    rows = network.ends[network.ends["service"] == service]
    rows = rows.assign(
        first_step=rows["first_step"].fillna(OTHER),
        last_step=rows["last_step"].fillna(OTHER),
        share=rows["n_journeys"],
        median_days=rows["median_s"] / _DAY_S,
        way=[_way(activities) for activities in rows["activities"]],
    )
    return publish_table(
        "start_to_end",
        "From the first step to the last",
        period,
        "start_to_end",
        rows,
        [
            Show("first_step", "First step", "text"),
            Show("last_step", "Last step", "text"),
            Show("n_journeys", "Journeys", "journeys", guard="n_persons"),
            Show("share", "Share of journeys", "share", guard="n_persons", of="n_all"),
            Show("median_days", "Median days", "days", guard="n_persons"),
            Show("way", "Most common way between", "text"),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )


def _way(activities: object) -> str:
    """The steps between the first and the last of a sequence in words; empty where none is common enough."""
    if not isinstance(activities, str):
        return ""
    steps = steps_of(activities)
    return "one step only" if len(steps) == 1 else " > ".join(steps[1:-1]) or "directly"
