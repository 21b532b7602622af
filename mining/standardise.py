"""Two groups compared like for like: raw and directly standardised differences, with people counted once.

In: one row per journey with its group, its stratum (what it was about), its person and outcomes. Out: what each group's
share, mean or median would be if both had the same mix of strata, and the difference.

Direct standardisation: strata that both groups have are weighed by how many journeys of both fall into them (J. Fleiss,
B. Levin and M. Paik, Statistical Methods for Rates and Proportions, 2003, chapter 19). Intervals: what each person adds to
the difference, squared and summed (linearisation; S. Lohr, Sampling, 2010, chapter 9), so that a person with many
journeys is not counted as many; a cell in which all are alike counts as if half a journey more were different.
Medians: of the weighted journeys; the interval of each from that of the share below it (R. Woodruff, 1952), that of the
difference from both (G. Zou and A. Donner, 2008).
Without enough overlap nothing is compared: two groups that never have the same stratum cannot be made alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

FEWEST_IN_STRATUM = 5
LEAST_OVERLAP = 0.5
_Z = float(norm.ppf(0.975))

Reals = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Difference:
    """First group minus second, with its 95% interval, and the two values it is the difference of."""

    first: float
    second: float
    value: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Whether the interval excludes no difference."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Groups:
    """Two groups of journeys: which group (0 or 1), stratum and person each is of, and its weight when made alike.

    A weight of 0 is that of a journey in a stratum that the other group lacks. Weights of each group add up to 1.
    """

    group: Codes
    stratum: Codes
    person: Codes
    weight: Reals
    overlap: float

    @classmethod
    def of(cls, group: Codes, stratum: pd.Series, person: pd.Series) -> Groups:
        """`group` is 0 or 1 for each row."""
        strata, _ = pd.factorize(stratum)
        persons, _ = pd.factorize(person)
        n_strata = int(strata.max()) + 1 if len(strata) else 0
        counts = np.array([np.bincount(strata[group == side], minlength=n_strata) for side in (0, 1)])
        is_shared = np.all(counts >= FEWEST_IN_STRATUM, axis=0)
        share = counts.sum(axis=0) * is_shared
        weight = np.zeros(len(strata))
        if share.sum():
            cell = counts[group, strata]
            weight = np.where(is_shared[strata], share[strata] / share.sum() / np.maximum(cell, 1), 0.0)
        overlap = float(share.sum() / max(len(strata), 1))
        return cls(group, strata, persons, weight, overlap)

    def n_of(self, side: int) -> int:
        """Journeys of a group."""
        return int((self.group == side).sum())

    def n_alike(self, side: int) -> int:
        """Journeys of a group in strata that both have."""
        return int(((self.group == side) & (self.weight > 0)).sum())

    def persons_of(self, side: int) -> int:
        """Persons behind a group."""
        return len(np.unique(self.person[self.group == side]))

    @property
    def is_comparable(self) -> bool:
        """Whether enough of the journeys have a counterpart in the other group."""
        return self.overlap >= LEAST_OVERLAP and min(self.n_alike(0), self.n_alike(1)) > 0


def compare_means(groups: Groups, outcome: Reals, *, is_adjusted: bool) -> Difference:
    """Difference of means or, for an outcome of 0 and 1, of shares; both groups must have journeys."""
    weight, cell = _weights(groups, is_adjusted)
    size = np.bincount(cell, minlength=int(cell.max()) + 1).astype(float)
    total = np.bincount(cell, weights=outcome, minlength=len(size)).astype(float)
    mean = total / np.maximum(size, 1)
    first, second = (float((weight * outcome)[groups.group == side].sum()) for side in (0, 1))
    sign = np.where(groups.group == 0, 1.0, -1.0)
    spread = np.sqrt(size / np.maximum(size - 1, 1))[cell]
    added = np.bincount(groups.person, weights=sign * weight * (outcome - mean[cell]) * spread)
    variance = float((added**2).sum()) + _of_equal_cells(weight, cell, size, total)
    half = _Z * float(np.sqrt(variance))
    return Difference(first, second, first - second, first - second - half, first - second + half)


def compare_medians(groups: Groups, outcome: Reals, *, is_adjusted: bool) -> Difference:
    """Difference of medians; both groups must have journeys."""
    weight, cell = _weights(groups, is_adjusted)
    first, second = (
        _median(outcome[own], weight[own], cell[own], groups.person[own])
        for own in (groups.group == 0, groups.group == 1)
    )
    value = first[0] - second[0]
    below = np.hypot(first[0] - first[1], second[2] - second[0])
    above = np.hypot(first[2] - first[0], second[0] - second[1])
    return Difference(first[0], second[0], value, value - float(below), value + float(above))


def is_reversed(raw: Difference, adjusted: Difference) -> bool:
    """Simpson's paradox: raw and like for like point in opposite ways, and neither by chance (E. Simpson, 1951)."""
    return raw.is_sure and adjusted.is_sure and (raw.value > 0) != (adjusted.value > 0)


def standardised_difference(groups: Groups, has: npt.NDArray[np.bool_], *, is_adjusted: bool) -> float:
    """How far the two groups differ in a share, in standard deviations (P. Austin, 2009): below 0.1 is little."""
    weight, _ = _weights(groups, is_adjusted)
    first, second = (float((weight * has)[groups.group == side].sum()) for side in (0, 1))
    first, second = min(first, 1.0), min(second, 1.0)
    pooled = np.sqrt((first * (1 - first) + second * (1 - second)) / 2)
    return float((first - second) / pooled) if pooled > 0 else 0.0


def _weights(groups: Groups, is_adjusted: bool) -> tuple[Reals, Codes]:
    """Weight of each journey, and the cell within which it is compared with its mean: group, or group and stratum."""
    if is_adjusted:
        return groups.weight, groups.stratum * 2 + groups.group
    size = np.bincount(groups.group, minlength=2)
    return 1.0 / size[groups.group], groups.group


def _of_equal_cells(weight: Reals, cell: Codes, size: Reals, total: Reals) -> float:
    """Variance of cells in which all or none have a 0-1 outcome, with half a journey added to either side (Agresti)."""
    is_equal = (size > 0) & ((total == 0) | (total == size))
    share = (total + 0.5) / (size + 1)
    in_cell = np.zeros(len(size))
    np.maximum.at(in_cell, cell, weight * size[cell])  # weight of the whole cell
    return float((in_cell**2 * share * (1 - share) / np.maximum(size, 1))[is_equal].sum())


def _median(outcome: Reals, weight: Reals, cell: Codes, person: Codes) -> tuple[float, float, float]:
    """Weighted median with its interval: the values at which the share reached is half, give or take what is usual."""
    order = np.argsort(outcome, kind="stable")
    reached = np.cumsum(weight[order])
    middle = float(outcome[order][np.searchsorted(reached, reached[-1] / 2)])
    is_below = (outcome <= middle).astype(float)
    size = np.maximum(np.bincount(cell), 1)
    mean = np.bincount(cell, weights=is_below) / size
    added = np.bincount(
        person, weights=weight * (is_below - mean[cell]) * np.sqrt(size / np.maximum(size - 1, 1))[cell]
    )
    half = _Z * float(np.sqrt((added**2).sum())) / reached[-1]
    ends = (np.searchsorted(reached, reached[-1] * np.clip(0.5 + side * half, 0, 1)) for side in (-1, 1))
    low, high = (float(outcome[order][min(int(end), len(order) - 1)]) for end in ends)
    return middle, low, high
