"""Next week's contacts on simulated councils: better than last week's number, and inside the interval as often as stated?

Each council has services of varied size with a trend, a season, weeks that resemble their neighbours and more spread than
chance alone, and 30 to 110 weeks behind it. Only forecasts that would be published are counted, and how many those are is
said. In a third the level jumps within the last ten weeks; those are printed apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mining.forecast import COVERS, forecast_next

N_COUNCILS, _SERVICES = 210, 12


def validate_forecast() -> dict[str, Any]:
    """Figures by name."""
    figures: dict[str, Any] = {"forecast_stated_coverage": COVERS}
    for is_broken, suffix in ((False, ""), (True, "_broken")):
        own, naive, held, n_all = 0.0, 0.0, [], 0
        for seed in range(N_COUNCILS):
            if (seed % 3 == 2) is not is_broken:
                continue
            draw = np.random.default_rng(seed)
            for _ in range(_SERVICES):
                counts = _weeks(draw, is_broken=is_broken)
                n_all += 1
                found = forecast_next(counts[:-1])
                if found is None:
                    continue
                own += abs(found.value - counts[-1]) / counts.mean()
                naive += abs(counts[-2] - counts[-1]) / counts.mean()
                held.append(found.low <= counts[-1] <= found.high)
        figures[f"forecast_skill{suffix}"] = 1 - own / naive
        figures[f"forecast_coverage{suffix}"] = float(np.mean(held))
        figures[f"forecast_n{suffix}"] = len(held)
        figures[f"forecast_published_share{suffix}"] = len(held) / n_all
    return figures


def _weeks(draw: np.random.Generator, *, is_broken: bool) -> np.ndarray:
    """Counts by week, the last of which is to be forecast."""
    n = int(draw.integers(31, 111))
    weeks = np.arange(n)
    level = np.exp(draw.uniform(np.log(30), np.log(2000)))
    season = draw.uniform(0, 0.25) * np.sin(2 * np.pi * (weeks + draw.uniform(0, 52)) / 52)
    drift = np.cumsum(draw.normal(0, draw.uniform(0, 0.02), n)) + draw.uniform(-0.003, 0.003) * weeks
    expected = level * np.exp(season + drift)
    if is_broken:
        expected[n - int(draw.integers(1, 10)) :] *= draw.choice([0.7, 1.4])
    return draw.poisson(expected * draw.gamma(100, 1 / 100, n)).astype(float)
