"""Like for like on simulated councils of known truth: do intervals hold it, and is Simpson's paradox flagged when there?

Each council has ten services with two routes, six needs, persons with one to four journeys, and an effect of the route
that is the generator's own number. Half of the councils have one service, 3,000 journeys a route, whose raw difference
points the other way (-5 points raw, +5 like for like). In a third of the councils an assumption is broken: a tenth of
the needs are taken for another one, more often online. Those are printed apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from mining.comparison import Outcome, compare
from mining.intervals import median_interval, wilson_interval
from mining.standardise import is_reversed

N_COUNCILS = 240
_SERVICES = 10
_NEEDS = 6
_PAIR = ("digital", "in_person")
_COVERED = ("rate", "median", "adjusted_difference", "median_difference")
_SHARE = Outcome("has_failure", "", "share")
_DAYS = Outcome("days", "", "days", is_median=True)


def validate_comparison() -> dict[str, Any]:
    """Figures by name: coverage of adjusted differences and medians, Simpson found and false."""
    kept: list[tuple[bool, dict[str, list[bool]]]] = []
    for seed in range(N_COUNCILS):
        kept.append((seed % 3 == 2, _council(seed)))
    figures: dict[str, Any] = {"n_councils": N_COUNCILS}
    for is_broken, suffix in ((False, ""), (True, "_broken")):
        councils = [held for broken, held in kept if broken is is_broken]
        for name in (*_COVERED, "simpson_found", "simpson_false"):
            hits = [hit for held in councils for hit in held[name]]
            figures[f"{'coverage_' if name in _COVERED else ''}{name}{suffix}"] = float(np.mean(hits))
            figures[f"{name}{suffix}_n"] = len(hits)
        for name in _COVERED:
            figures[f"coverage_{name}{suffix}_se"] = _clustered([held[name] for held in councils])
    n_null = figures["simpson_false_n"]
    figures["simpson_null_n"] = n_null
    figures["simpson_false_lower"] = wilson_interval(round(figures["simpson_false"] * n_null), n_null)[0]
    figures["n_intervals"] = sum(figures[f"{name}_n"] for name in _COVERED)
    return figures


def _council(seed: int) -> dict[str, list[bool]]:
    draw = np.random.default_rng(seed)
    is_broken, has_simpson = seed % 3 == 2, seed % 2 == 0
    held: dict[str, list[bool]] = {name: [] for name in (*_COVERED, "simpson_found", "simpson_false")}
    for service in range(_SERVICES):
        is_planted = has_simpson and service == 0
        journeys, effect, medians, rate = _service(draw, is_planted=is_planted, is_broken=is_broken)
        second = journeys[journeys["route"] == _PAIR[1]]
        low, high = wilson_interval(int(second["has_failure"].sum()), len(second))
        held["rate"].append(low <= rate <= high)
        share = np.bincount(second["true_need"], minlength=_NEEDS) / len(second)
        low, high = median_interval(sorted(second["days"]))
        held["median"].append(low <= _median_of_mix(share) <= high)
        _, raw, alike = compare(journeys, _PAIR, _SHARE)
        if raw is None or alike is None:
            continue
        held["adjusted_difference"].append(alike.low <= effect <= alike.high)
        held["simpson_found" if is_planted else "simpson_false"].append(is_reversed(raw, alike))
        _, _, days = compare(journeys, _PAIR, _DAYS)
        if days is not None:
            held["median_difference"].append(days.low <= medians <= days.high)
    return held


def _service(
    draw: np.random.Generator, *, is_planted: bool, is_broken: bool
) -> tuple[pd.DataFrame, float, float, float]:
    """Journeys of one service; the true like-for-like difference in failure share, and in median days; the second route's share.

    The truth is standardised to the mix of needs of both routes together, as drawn.
    """
    n = 3000 if is_planted else int(draw.integers(300, 1500))
    steep = 0.5 if is_planted else float(draw.uniform(0, 0.15))
    mixes = [_mix(steep), _mix(-steep)]
    base = np.linspace(0.2, 0.6, _NEEDS)
    # With routes as unlike as these the mix alone makes a difference of some points the other way.
    effect = 0.05 if is_planted else float(draw.choice([-0.08, 0.0, 0.08]))
    if is_planted:
        mixes = _planted_mixes(base)
    slower = float(draw.choice([1.0, 1.3]))
    parts = []
    for route, mix, added, factor in zip(_PAIR, mixes, (effect, 0.0), (slower, 1.0), strict=True):
        need = draw.choice(_NEEDS, n, p=mix)
        person = np.repeat(np.arange(n), draw.integers(1, 5, n))[:n]
        days = factor * np.exp(0.1 * need + draw.normal(1.5, 0.8, n))
        parts.append(
            pd.DataFrame(
                {"route": route, "need": need, "person_id": [f"{route}{one}" for one in person],
                 "has_failure": draw.random(n) < base[need] + added, "days": days, "is_linked": True}
            )
        )  # fmt: skip
    journeys = pd.concat(parts, ignore_index=True)
    share = np.bincount(journeys["need"], minlength=_NEEDS) / len(journeys)
    true_need = journeys["need"].copy()
    medians = (slower - 1.0) * _median_of_mix(share)
    if is_broken:
        wrong = draw.random(len(journeys)) < np.where(journeys["route"] == _PAIR[0], 0.15, 0.05)
        journeys.loc[wrong, "need"] = draw.integers(0, _NEEDS, int(wrong.sum()))
    journeys["true_need"] = true_need
    journeys["kind"] = "service " + journeys["need"].astype(str)
    return journeys, effect, medians, float(mixes[1] @ base)


def _mix(steep: float) -> Any:
    weights = np.exp(steep * (np.arange(_NEEDS) - (_NEEDS - 1) / 2))
    return weights / weights.sum()


def _planted_mixes(base: Any) -> list[Any]:
    """Mixes for which the raw difference is -5 points where like for like it is +5: the mix makes -10."""
    low, high = 0.0, 3.0
    for _ in range(60):
        steep = (low + high) / 2
        gap = float((_mix(-steep) - _mix(steep)) @ base)
        low, high = (steep, high) if gap > -0.10 else (low, steep)
    return [_mix(-steep), _mix(steep)]


def _median_of_mix(share: Any) -> float:
    """Median days of a mix of needs, for a route of factor 1: where the mixture of log-normals reaches one half."""
    low, high = 0.0, 60.0
    for _ in range(80):
        middle = (low + high) / 2
        below = float(share @ norm.cdf((np.log(middle) - 1.5 - 0.1 * np.arange(_NEEDS)) / 0.8))
        low, high = (middle, high) if below < 0.5 else (low, middle)
    return middle


def _clustered(councils: list[list[bool]]) -> float:
    """Standard error of the share of intervals that hold the truth, councils counted as one each."""
    means = np.array([np.mean(hits) for hits in councils if hits])
    return float(means.std(ddof=1) / np.sqrt(len(means)))
