"""A gap for each service, proposed from the waits between contacts that people made.

In: `contacts`, `persons`. Out: one `GapProposal` a service.

Rule. Of linked persons, the waits between one contact and the next about the same service, an hour or longer, on a scale
of logarithms. Where people come back about the same matter within days and about the next one after months, their density
has two hills and a valley between: a silence as long as the valley is as likely the one as the other, and is proposed. The
density is counted in bins of a twentieth of a power of ten, smoothed by a normal curve of a tenth. A valley counts between
3 and 180 days where it lies below three quarters of the lower of the highest points on its two sides, with a twentieth of
the waits at least on each side, and at least 200 waits. Of several the last is taken: one matter may have hills of its own,
such as trying again and chasing. Without one 30 days, the usual gap, is kept. Waits longer than the weeks loaded cannot be seen: propose from a year or more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from journeys.engine import Engine
from journeys.schema import IS_LINKED
from journeys.settings import Settings

USUAL_DAYS = 30.0
_BINS_PER_DECADE = 20
_SMOOTHED_DECADES = 0.1
_LONGEST_DAYS = 2000
_BETWEEN_DAYS = (3.0, 180.0)
_DEEP = 0.75
_LEAST_SHARE = 0.05
_FEWEST = 200


@dataclass(frozen=True, slots=True)
class GapProposal:
    """What the waits of one service say; `days` is the usual gap where there is no valley. Shares are of `n_waits`."""

    service: str
    set_days: float
    days: float
    has_valley: bool
    n_waits: int
    below_share: float


def propose_gaps(engine: Engine, settings: Settings) -> list[GapProposal]:
    """A proposal for every service of the settings, in their order."""
    counts = engine.run(waits_sql())
    return [
        _propose(service, block.gap / 86400, counts[counts["service"] == service])
        for service, block in settings.services.services.items()
    ]


def waits_sql() -> str:
    """Waits of an hour or longer by service and bin: bin b holds 10^(b/20) days up to the next."""
    return f"""
    WITH waits AS (
        SELECT c.service, (epoch(lead(c.started_at) OVER w) - epoch(c.started_at)) / 86400.0 AS days
        FROM contacts c JOIN persons p USING (contact_id)
        WHERE NOT c.is_browse AND c.direction = 'inbound' AND {IS_LINKED}
        WINDOW w AS (PARTITION BY p.person_id, c.service ORDER BY c.started_at, c.source, c.tie, c.contact_id))
    SELECT service, CAST(floor(log10(days) * {_BINS_PER_DECADE}) AS INTEGER) AS bin, count(*) AS n_waits
    FROM waits WHERE days >= 1 / 24.0 GROUP BY service, bin ORDER BY service, bin"""


def _propose(service: str, set_days: float, counts: pd.DataFrame) -> GapProposal:
    bins, waits = counts["bin"].to_numpy(float), counts["n_waits"].to_numpy(float)
    n_waits = int(waits.sum())
    valley = find_valley(bins, waits) if n_waits >= _FEWEST else None
    days = USUAL_DAYS if valley is None else float(max(round(valley), 1))
    below = float(waits[_days_at(bins + 0.5) < days].sum()) / n_waits if n_waits else 0.0
    return GapProposal(service, set_days, days, valley is not None, n_waits, below)


def find_valley(bins: np.ndarray, waits: np.ndarray) -> float | None:
    """Days at which the smoothed density of the waits has its last valley, or None where it has none deep enough."""
    places = np.arange(-1.5, np.log10(_LONGEST_DAYS), 0.01)
    away = (places[:, None] - (bins[None, :] + 0.5) / _BINS_PER_DECADE) / _SMOOTHED_DECADES
    density = np.exp(-(away**2) / 2) @ waits
    lower_hill = np.minimum(np.maximum.accumulate(density), np.maximum.accumulate(density[::-1])[::-1])
    found = None
    for place in _lows(density):
        days = float(10 ** places[place])
        before = waits[_days_at(bins + 0.5) < days].sum() / waits.sum()
        is_deep = density[place] <= _DEEP * lower_hill[place]
        if is_deep and _BETWEEN_DAYS[0] <= days <= _BETWEEN_DAYS[1] and _LEAST_SHARE <= before <= 1 - _LEAST_SHARE:
            found = days
    return found


def _lows(density: np.ndarray) -> list[int]:
    """Places that lie lower than both sides, in order; of a level stretch the middle."""
    slopes = np.sign(np.diff(density))
    steep = np.flatnonzero(slopes)
    turns = [
        (int(left), int(right))
        for left, right in zip(steep, steep[1:], strict=False)
        if slopes[left] < 0 < slopes[right]
    ]
    return [(left + 1 + right) // 2 for left, right in turns]


def _days_at(bins: np.ndarray) -> np.ndarray:
    days: np.ndarray = 10.0 ** (bins / _BINS_PER_DECADE)
    return days
