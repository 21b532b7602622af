"""Repeat contact: the same person contacts again about the same service within so many days.

In: `contacts`, `persons`. Only inbound contacts of linked persons count, no browse visits, and only those that could
be followed for the whole time before the cut-off: the newest contacts have not had the time to be repeated yet.
"""

from __future__ import annotations

import pandas as pd

from journeys.engine import Engine
from journeys.schema import IS_LINKED
from mining.clustered import independent_of, person_sums

DAYS = (1, 3, 7, 14, 30)


def follow_contacts(
    engine: Engine, *, same_service: bool = True, persons: str = "persons", into: str = "followed"
) -> None:
    """Build `into`: every contact that can be followed, with the seconds to the person's next contact."""
    matter = ", c.service" if same_service else ""
    engine.save(
        into,
        f"""
        SELECT c.contact_id, p.person_id, c.service, c.channel, c.week, c.started_at, c.local_at,
               epoch(lead(c.started_at) OVER w) - epoch(c.started_at) AS seconds_to_next
        FROM contacts c JOIN {persons} p USING (contact_id)
        WHERE NOT c.is_browse AND c.direction = 'inbound' AND {IS_LINKED}
        WINDOW w AS (PARTITION BY p.person_id{matter} ORDER BY c.started_at, c.source, c.tie, c.contact_id)""",
    )


def count_repeats(engine: Engine, cut_off_at: str, first_week: str = "") -> pd.DataFrame:
    """For each number of days: contacts followed that long, how many were repeated, persons behind them, and how many
    independent contacts the share rests on.
    """
    selects = [
        f"""
        SELECT {days} AS days, {person_sums()}
        FROM (SELECT person_id, count(*) AS n, count(*) FILTER (WHERE seconds_to_next <= {days * 86400}) AS y
              FROM followed
              WHERE week >= $first AND epoch(TIMESTAMP '{cut_off_at}') - epoch(started_at) >= {days * 86400}
              GROUP BY person_id)"""
        for days in DAYS
    ]
    rows = engine.run(" UNION ALL ".join(selects) + " ORDER BY days", first=first_week).fillna(0)
    counts = rows[["n", "persons", "yes"]].astype("int64").set_axis(["n_contacts", "n_persons", "n_repeated"], axis=1)
    return pd.concat([rows[["days"]], counts], axis=1).assign(independent=independent_of(rows))
