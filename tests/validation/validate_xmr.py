"""XmR charts on series of known behaviour: as many false signals as the rules imply, and a planted step found soon.

Each week is judged as it arrives, with what was known by then. Stable series are independent normal weeks; the reference is the
rules written a second time, from their text alone, and tried on the same weeks. In step series the level rises by 3.5
standard deviations in a week after the baseline. Seasonal and autocorrelated series break what the rules assume; their false
signals are printed apart. `notable`: what false-discovery control among 60 charts a week leaves of the false signals.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from builders_mining import example_settings

from mining.notable import chance_of_newest, mark_notable
from mining.spc import BASELINE_POINTS, find_signals, natural_limits

Reals = npt.NDArray[np.float64]

N_SERIES, N_WEEKS = 240, 104
STEP_SDS = 3.5
_STEP_AT = 40
_CHARTS = 60


def validate_xmr() -> dict[str, Any]:
    """Figures by name."""
    draw = np.random.default_rng(46)
    stable = draw.normal(0, 1, (N_SERIES, N_WEEKS))
    n_points = N_SERIES * (N_WEEKS - BASELINE_POINTS)
    here = sum(is_signal(row, at) for row in stable for at in range(BASELINE_POINTS, N_WEEKS))
    reference = sum(is_reference_signal(row, at) for row in stable for at in range(BASELINE_POINTS, N_WEEKS))
    weeks = np.arange(N_WEEKS)
    seasonal = stable + 1.5 * np.sin(2 * np.pi * (weeks + draw.uniform(0, 52, (N_SERIES, 1))) / 52)
    correlated = stable.copy()
    for at in range(1, N_WEEKS):
        correlated[:, at] = 0.5 * correlated[:, at - 1] + np.sqrt(0.75) * stable[:, at]
    return {
        "xmr_points": n_points,
        "xmr_false_signals": here,
        "xmr_false_signals_reference": reference,
        "xmr_false_signal_ratio": here / reference,
        "xmr_false_signal_rate": here / n_points,
        "xmr_step_found_3_weeks": _found(stable),
        "xmr_false_signal_rate_seasonal": _rate(seasonal),
        "xmr_false_signal_rate_autocorrelated": _rate(correlated),
        "xmr_step_found_3_weeks_autocorrelated": _found(correlated),
        "xmr_notable_false_weeks": _notable_weeks(stable),
    }


def is_signal(row: Reals, at: int) -> bool:
    """Does the product show a signal in week `at`, with the weeks up to it?"""
    points = row[: at + 1].tolist()
    limits = natural_limits(points)
    return limits is not None and find_signals(points, limits)[-1] != 0


def is_reference_signal(row: Reals, at: int) -> bool:
    """The rules of NHS England's Making Data Count, written apart from the product."""
    base = row[:20]
    jumps = np.abs(np.diff(base))
    kept = jumps[jumps <= 3.267 * jumps.mean()]
    centre, width = base.mean(), 2.66 * kept.mean()
    now = (row[: at + 1] - centre) / width
    if abs(now[-1]) > 1:
        return True
    seven, steps = now[-7:], np.diff(row[at - 6 : at + 1])
    if (seven > 0).all() or (seven < 0).all() or (steps > 0).all() or (steps < 0).all():
        return True
    # Two of three in the outer third of one side, of which the newest is one.
    three = now[-3:] * np.sign(now[-1])
    return bool(abs(now[-1]) > 2 / 3 and (three > 2 / 3).sum() >= 2)


def _rate(series: Reals) -> float:
    weeks = range(BASELINE_POINTS, N_WEEKS)
    return sum(is_signal(row, at) for row in series for at in weeks) / (len(series) * len(weeks))


def _found(series: Reals) -> float:
    """Share of series in which a step is shown in its first three weeks."""
    stepped = series + STEP_SDS * (np.arange(N_WEEKS) >= _STEP_AT)
    return float(np.mean([any(is_signal(row, _STEP_AT + week) for week in range(3)) for row in stepped]))


def _notable_weeks(series: Reals) -> float:
    """Share of Mondays on which any of 60 stable charts is shown as notable."""
    publishing = example_settings().publishing.model_copy(update={"least_percent": 0.0})
    shown = []
    for first in range(0, N_SERIES, _CHARTS):
        for at in range(BASELINE_POINTS, N_WEEKS):
            entries, chances = [], []
            for row in series[first : first + _CHARTS]:
                points = row[: at + 1].tolist()
                limits = natural_limits(points)
                if limits is None:
                    continue
                entries.append({"value": points[-1], "mean": limits.mean, "unit": "contacts", "is_headline": False})
                chances.append(chance_of_newest(points, limits))
            mark_notable(entries, chances, publishing)
            shown.append(any(entry["is_notable"] for entry in entries))
    return float(np.mean(shown))
