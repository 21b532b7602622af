"""How long until something happens, where not all could be watched as long: Kaplan-Meier with people counted once.

In: for each contact the age at which it comes under watch (seconds, above 0 where it began before the period), the age
at which watching ends, whether it ended with the event, and the person. Out: the share without the event at given ages,
with 95% intervals.

Estimate: E. Kaplan and P. Meier, 1958, with late entry (statsmodels). Interval: on the scale log(-log), its variance from
the sum over persons of what each contributes (Z. Ying and L. Wei, The Kaplan-Meier estimate for dependent failure time
observations, 1994): a person's contacts are alike, and counting them as strangers would make the interval too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm
from statsmodels.duration.survfunc import SurvfuncRight

from mining.intervals import wilson_interval

Reals = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
_AT_ONCE_S = 0.5  # what happens in the second in which somebody comes under watch happens just after
_Z = float(norm.ppf(0.975))


@dataclass(frozen=True, slots=True)
class Lasted:
    """The share for which nothing has happened by an age, with its 95% interval; n contacts and persons were watched."""

    age_s: float
    share: float
    low: float
    high: float
    n: int
    n_persons: int
    n_events: int

    @property
    def guard(self) -> int:
        """The smaller of the two groups of contacts, those with and those without the event; persons where all are alike."""
        return min(self.n_persons, self.n_events or self.n_persons, (self.n - self.n_events) or self.n_persons)


def measure_lasting(watched: pd.DataFrame, ages_s: Sequence[float]) -> list[Lasted]:
    """`watched` has entry_s, exit_s (not before it), is_event, person_id; none where nothing was watched.

    An age that nobody was watched until gets no row.
    """
    if watched.empty:
        return []
    entry, leave = (watched[name].to_numpy(np.float64) for name in ("entry_s", "exit_s"))
    leave = np.maximum(leave, entry + _AT_ONCE_S)
    is_event = watched["is_event"].to_numpy(bool)
    person, _ = pd.factorize(watched["person_id"])
    curve = SurvfuncRight(leave, is_event.astype(float), entry=entry)
    ages = [age for age in ages_s if leave.max() >= age]
    return [_at_age(age, curve, entry, leave, is_event, person) for age in ages]


def _at_age(
    age: float, curve: SurvfuncRight, entry: Reals, leave: Reals, is_event: npt.NDArray[np.bool_], person: Codes
) -> Lasted:
    times, at_risk, events = (np.asarray(part, np.float64) for part in (curve.surv_times, curve.n_risk, curve.n_events))
    last = int(np.searchsorted(times, age, side="right"))
    share = float(curve.surv_prob[last - 1]) if last else 1.0
    watched = entry < age
    n, n_persons = int(watched.sum()), len(np.unique(person[watched]))
    n_events = int((is_event & (leave <= age)).sum())
    if share in (0.0, 1.0):
        low, high = wilson_interval(share * n_persons, n_persons)
    else:
        spread = _spread(times[:last], at_risk[:last], events[:last], age, entry, leave, is_event, person)
        low, high = _interval(share, spread)
    return Lasted(age, share, low, high, n, n_persons, n_events)


def _spread(
    times: Reals, at_risk: Reals, events: Reals, age: float, entry: Reals, leave: Reals,
    is_event: npt.NDArray[np.bool_], person: Codes,
) -> float:  # fmt: skip
    """Standard error of the logarithm of the share: what each person adds to it, squared and summed."""
    hazard = events / at_risk
    weight = 1 / (at_risk * (1 - hazard))
    expected = np.concatenate([[0.0], np.cumsum(hazard * weight)])
    own = np.zeros(len(entry))
    happened = is_event & (leave <= age)
    own[happened] = weight[np.searchsorted(times, leave[happened])]
    until = np.searchsorted(times, np.minimum(leave, age), side="right")
    own -= expected[until] - expected[np.minimum(np.searchsorted(times, entry, side="right"), until)]
    return float(np.sqrt((np.bincount(person, weights=own) ** 2).sum()))


def _interval(share: float, spread: float) -> tuple[float, float]:
    """On the scale log(-log), so that it stays between 0 and 1 (J. Kalbfleisch and R. Prentice, 1980)."""
    factor = float(np.exp(_Z * spread / abs(np.log(share))))
    return float(share**factor), float(share ** (1 / factor))


def ended_within(days: Sequence[float], is_ended: Sequence[bool], share: float) -> float | None:
    """The time by which that share has ended, or None where so many still go on that it cannot be told.

    At equal times what ended counts before what still goes on. For 1, 2, 3+ and 4 (3 still going on), a half have ended
    within 2 and 3 in 4 within 4.
    """
    left, going = 1.0, len(days)
    for at, is_open in sorted(zip(days, (not ended for ended in is_ended), strict=True)):
        if not is_open:
            left *= 1 - 1 / going
            if 1 - left >= share - 1e-12:
                return float(at)
        going -= 1
    return None
