"""One-contact resolution of the newest complete week, on simulated contacts whose true share is the generator's number.

Contacts arrive at random; after each the person comes back with a set chance, after days drawn from a gamma
distribution, and that is a contact like any other. Naive: the share of the newest week's contacts that were not repeated
by its end, as if they had been watched for as long as the others. In a third of the councils an assumption is broken:
people come back half as often in the newest week and before, since the week began; those are printed apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from builders_mining import WEEK, example_settings
from scipy.stats import gamma

from journeys.engine import Engine
from mining.resolution import watch_period
from mining.survival import measure_lasting

N_COUNCILS = 210
_WEEKS = 12
_DAY_S = 86400.0


def validate_resolution() -> dict[str, Any]:
    """Figures by name: mean bias in points of the newest week's share, of the naive share, and coverage."""
    settings = example_settings()
    ends_at = pd.Timestamp(WEEK.cut_off_at(settings.organisation.zone))
    rows: dict[bool, list[tuple[float, float, bool]]] = {False: [], True: []}
    for seed in range(N_COUNCILS):
        rows[seed % 3 == 2].append(_council(seed, ends_at, is_broken=seed % 3 == 2))
    figures: dict[str, Any] = {"fcr_n": len(rows[False])}
    for is_broken, suffix in ((False, ""), (True, "_broken")):
        errors = np.array([[own, naive] for own, naive, _ in rows[is_broken]]) * 100
        figures[f"fcr_last_week_bias_points{suffix}"] = float(errors[:, 0].mean())
        figures[f"fcr_last_week_naive_bias_points{suffix}"] = float(errors[:, 1].mean())
        figures[f"fcr_coverage{suffix}"] = float(np.mean([held for *_, held in rows[is_broken]]))
    return figures


def _council(seed: int, ends_at: pd.Timestamp, *, is_broken: bool) -> tuple[float, float, bool]:
    """Error of the share of the newest week, error of the naive share, and whether the interval holds the truth."""
    draw = np.random.default_rng(seed)
    chance, shape, scale = draw.uniform(0.15, 0.45), draw.uniform(1.2, 3.0), draw.uniform(1.0, 2.5)
    n = int(draw.integers(2000, 8000))
    contacts = _contacts(draw, n, chance, shape, scale, halved_from=-7.0 if is_broken else np.inf)
    true = 1 - chance * _gamma_below(7.0, shape, scale) * (0.5 if is_broken else 1.0)
    returns = pd.DataFrame(
        {
            "contact_id": [f"c{at}" for at in range(len(contacts))],
            "person_id": contacts["person"].map("p{}".format),
            "service": "waste",
            "week": "",
            "started_at": (ends_at + pd.to_timedelta(contacts["at"], unit="D")).dt.floor("s"),
            "seconds_to_next": contacts["next"] * _DAY_S,
            "seconds_to_same": contacts["next"] * _DAY_S,
        }
    )
    with Engine() as engine:
        engine.load_frame("returns", returns)
        watched = watch_period(engine, WEEK, example_settings())
    (found,) = measure_lasting(watched, [7 * _DAY_S])
    newest = contacts[contacts["at"] >= -7]
    naive = float(newest["next"].isna().mean())
    return found.share - true, naive - true, found.low <= true <= found.high


def _contacts(
    draw: np.random.Generator, n: int, chance: float, shape: float, scale: float, *, halved_from: float
) -> pd.DataFrame:
    """Contacts at days before the end of the newest week, with the days until the person's next one, if it was before it."""
    at, person = draw.uniform(-7 * _WEEKS, 0, n), np.arange(n)
    parts = []
    while len(at):
        comes_back = draw.random(len(at)) < chance
        after = np.where(comes_back, draw.gamma(shape, scale, len(at)), np.inf)
        # Half of those who would come back after that day do not.
        after = np.where((at + after > halved_from) & (draw.random(len(at)) < 0.5), np.inf, after)
        is_seen = at + after < 0
        parts.append(pd.DataFrame({"at": at, "person": person, "next": np.where(is_seen, after, np.nan)}))
        at, person = (at + after)[is_seen], person[is_seen]
    return pd.concat(parts, ignore_index=True).sort_values(["person", "at"], ignore_index=True)


def _gamma_below(days: float, shape: float, scale: float) -> float:
    return float(gamma.cdf(days, shape, scale=scale))
