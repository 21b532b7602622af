"""Which journeys of the event log may be exported, under numbers of their own.

In: `events`. Out: `export_journeys` (journey_id, number, service) and `export_events` (number, position, activity,
channel, occurred_at). `occurred_at` is the Monday of the event's local week, or with exact times the instant in UTC;
it never falls from one position to the next. Numbers begin at 1 and follow the week of the first event; no token of a person, case or
contact is among the columns.

A variant here is everything an exported journey shows but its times: service, activities and channels in order. Unless
all are asked for, only variants that enough different persons took (`suppress_below`, counted among the journeys asked
for) are kept: rare sequences are what a person is recognised by.
"""

from __future__ import annotations

from dataclasses import dataclass

from journeys.engine import Engine
from journeys.periods import Week
from journeys.settings import Publishing
from mining.dialect import STEP_MARK

_INNER_MARK = chr(30)  # between an activity and its channel


@dataclass(frozen=True, slots=True)
class Chosen:
    """What to export: journeys that began in `first` or later (None: all), of one service (None: all)."""

    first: Week | None = None
    service: str | None = None
    has_exact_times: bool = False
    has_all_variants: bool = False


@dataclass(frozen=True, slots=True)
class Selected:
    """How much was kept and left out because fewer persons than allowed took that variant."""

    n_journeys: int
    n_events: int
    n_variants: int
    n_journeys_left_out: int
    n_variants_left_out: int


def select_export(engine: Engine, publishing: Publishing, chosen: Chosen) -> Selected:
    """Build `export_journeys` and `export_events`; how much is in them, and how much is not."""
    engine.save(
        "export_ways",
        f"""
        SELECT journey_id, min(service) AS service, min(person_id) AS person_id,
               min(date_trunc('week', local_at)) AS begins_on,
               sha256(string_agg(activity || '{_INNER_MARK}' || coalesce(channel, ''), '{STEP_MARK}' ORDER BY position))
                   AS way
        FROM events GROUP BY journey_id
        HAVING ($service IS NULL OR min(service) = $service)
           AND ($first IS NULL OR min(date_trunc('week', local_at)) >= CAST($first AS DATE))""",
        service=chosen.service,
        first=chosen.first.starts_on.isoformat() if chosen.first else None,
    )
    needed = 1 if chosen.has_all_variants else publishing.suppress_below
    engine.save(
        "export_variants",
        f"""
        SELECT service, way, count(*) AS n_journeys, count(DISTINCT person_id) >= {needed} AS is_kept
        FROM export_ways GROUP BY service, way""",
    )
    engine.save(
        "export_journeys",
        """
        SELECT w.journey_id, row_number() OVER (ORDER BY begins_on, journey_id) AS number, w.service
        FROM export_ways w JOIN export_variants v ON w.way = v.way AND w.service IS NOT DISTINCT FROM v.service
        WHERE v.is_kept ORDER BY number""",
    )
    # A visit counts in the week it began but stands where the page was that names it: the later Monday holds.
    monday = "max(date_trunc('week', e.local_at)) OVER (PARTITION BY j.number ORDER BY e.position)"
    n_events = engine.save(
        "export_events",
        f"""
        SELECT j.number, e.position, e.activity, coalesce(e.channel, '') AS channel,
               CAST({"e.started_at" if chosen.has_exact_times else monday} AS TIMESTAMP) AS occurred_at
        FROM events e JOIN export_journeys j USING (journey_id) ORDER BY j.number, e.position""",
    )
    totals = engine.run(
        """
        SELECT is_kept, count(*) AS n_variants, CAST(sum(n_journeys) AS BIGINT) AS n_journeys
        FROM export_variants GROUP BY is_kept"""
    )
    kept, left_out = (totals[totals["is_kept"] == is_kept] for is_kept in (True, False))
    return Selected(
        n_journeys=int(kept["n_journeys"].sum()),
        n_events=n_events,
        n_variants=int(kept["n_variants"].sum()),
        n_journeys_left_out=int(left_out["n_journeys"].sum()),
        n_variants_left_out=int(left_out["n_variants"].sum()),
    )
