"""Variants: the journeys that took the same steps in the same order, counted together.

In: `window_events`, `window_journeys`. Out: `variants`, one row per service and distinct sequence, most frequent
first; the sequence itself is read from one example journey, so it is built once per variant and not per journey.
"""

from __future__ import annotations

from collections import Counter

from journeys.engine import Engine
from mining.dialect import STEP_MARK


def count_variants(engine: Engine) -> None:
    """Build `variants`."""
    engine.save("variants", variants_sql())


def variants_sql() -> str:
    """Journeys, persons, contacts and median duration (seconds) of each variant, with its steps and channels."""
    return f"""
    WITH counted AS (
        SELECT service, variant_id, count(*) AS n_journeys, count(DISTINCT person_id) AS n_persons,
               min(journey_id) AS example, median(duration_s) AS median_s, min(n_contacts) AS n_contacts
        FROM window_journeys GROUP BY service, variant_id)
    SELECT v.service, v.variant_id, v.n_journeys, v.n_persons, v.median_s, v.n_contacts,
           string_agg(e.activity, '{STEP_MARK}' ORDER BY e.position) AS activities,
           string_agg(e.channel, '{STEP_MARK}' ORDER BY e.position) AS channels
    FROM counted v JOIN window_events e ON e.journey_id = v.example
    GROUP BY ALL ORDER BY v.service, v.n_journeys DESC, v.variant_id"""


def weighted_variants(engine: Engine, service: str) -> Counter[tuple[str, ...]]:
    """Distinct sequences of activities of one service with the journeys that took them."""
    rows = engine.run("SELECT activities, n_journeys FROM variants WHERE service = $service", service=service)
    return Counter(
        {
            tuple(str(steps).split(STEP_MARK)): int(n)
            for steps, n in zip(rows["activities"], rows["n_journeys"], strict=True)
        }
    )


def steps_of(text: str) -> list[str]:
    """The steps (or channels) of a variant as a list."""
    return str(text).split(STEP_MARK)
