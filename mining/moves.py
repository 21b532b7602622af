"""Channel moves: consecutive contacts of one journey in different channels.

In: `window_events`. Out: `contact_pairs`, one row per contact with the next contact of its journey (steps between
them passed over), from which moves, and who stayed or left, are counted. Contacts that we made are passed over too:
the person did not choose their channel.
"""

from __future__ import annotations

import pandas as pd

from journeys.engine import Engine


def pair_contacts(engine: Engine) -> None:
    """Build `contact_pairs`."""
    engine.save(
        "contact_pairs",
        """
        SELECT journey_id, person_id, service, activity, channel, started_at,
               lead(channel) OVER w AS next_channel, row_number() OVER w AS contact_number,
               epoch(lead(started_at) OVER w) - epoch(started_at) AS seconds_to_next
        FROM window_events WHERE kind = 'contact' AND demand_type <> 'outbound'
        WINDOW w AS (PARTITION BY journey_id ORDER BY position)""",
    )


def count_moves(engine: Engine, service: str | None = None) -> pd.DataFrame:
    """Moves between channels: from_channel, to_channel, n_moves, n_persons, row total, median gap, step before."""
    return engine.run(
        """
        WITH moved AS (
            SELECT * FROM contact_pairs
            WHERE next_channel IS NOT NULL AND next_channel <> channel AND ($service IS NULL OR service = $service))
        SELECT channel AS from_channel, next_channel AS to_channel, count(*) AS n_moves,
               count(DISTINCT person_id) AS n_persons, sum(count(*)) OVER (PARTITION BY channel) AS n_row,
               median(seconds_to_next) / 86400.0 AS median_days, mode(activity ORDER BY activity) AS step_before
        FROM moved GROUP BY channel, next_channel ORDER BY n_moves DESC, channel, next_channel""",
        service=service,
    )


def count_stayers(engine: Engine) -> pd.DataFrame:
    """Journeys by the channel they began in: n_journeys, and how many never left it."""
    return engine.run(
        """
        WITH whole AS (
            SELECT journey_id, min(person_id) AS person_id, arg_min(channel, contact_number) AS channel,
                   count(DISTINCT channel) = 1 AS is_stayer
            FROM contact_pairs GROUP BY journey_id)
        SELECT channel, count(*) AS n_journeys, count(DISTINCT person_id) AS n_persons,
               count(*) FILTER (WHERE is_stayer) AS n_stayed, count(*) FILTER (WHERE NOT is_stayer) AS n_moved
        FROM whole GROUP BY channel ORDER BY n_journeys DESC, channel"""
    )
