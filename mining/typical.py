"""A few journeys that stand for the rest: groups of alike ways, each with the way in its middle.

In: distinct variants with their journeys. Out: groups, largest first, each with its medoid and how stable it is. Groups are
built from behaviour alone: the steps and their order, the channels, how many contacts and how long; nothing about who
people are is read here.

Distance of two ways: seven tenths edit distance of their steps over the longer one's length (V. Levenshtein, 1966), three
tenths the mean difference of channel shares, contacts and days. Groups: k-medoids, journeys as weights (L. Kaufman and P.
Rousseeuw, 1990: build, then swap while it helps); of two to six groups the number with the largest weighted silhouette.
Stable: drawn anew from the same journeys 20 times, the group comes back with a mean Jaccard similarity of at least 0.75
(C. Hennig, Cluster-wise assessment of cluster stability, 2007). Fixed seeds; the most frequent ways up to a cap are grouped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MOST_GROUPED = 150
STABLE_FROM = 0.75
_LONGEST = 20  # steps of a way that are compared
_GROUPS = range(2, 7)
_RESAMPLES = 20
_STEPS_SHARE = 0.7

Reals = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Way:
    """One distinct sequence of steps, the channel of each, its journeys, contacts and median days."""

    steps: tuple[str, ...]
    channels: tuple[str, ...]
    n_journeys: int
    n_contacts: int
    days: float


@dataclass(frozen=True, slots=True)
class Group:
    """Places of the ways in it, that of its medoid, and its stability (0-1)."""

    members: tuple[int, ...]
    medoid: int
    stability: float


def group_ways(ways: Sequence[Way]) -> list[Group]:
    """Groups of the first `MOST_GROUPED` ways (the most frequent first), by journeys; one group where there is one way."""
    kept = list(ways[:MOST_GROUPED])
    if len(kept) < 3:
        return [Group((at,), at, 1.0) for at in range(len(kept))]
    apart = distances(kept)
    weight = np.array([way.n_journeys for way in kept], float)
    choices = [_medoids(apart, weight, k) for k in _GROUPS if k < len(kept)]
    medoids = max(choices, key=lambda chosen: (round(_silhouette(apart, weight, chosen), 6), -len(chosen)))
    nearest = apart[:, medoids].argmin(axis=1)
    stability = _stability(apart, weight, medoids)
    groups = [
        Group(tuple(np.flatnonzero(nearest == place).tolist()), int(medoid), float(stability[place]))
        for place, medoid in enumerate(medoids)
    ]
    return sorted(groups, key=lambda group: (-sum(kept[at].n_journeys for at in group.members), group.medoid))


def distances(ways: Sequence[Way]) -> Reals:
    """How unlike each two ways are, 0-1."""
    context = np.array([_context(way) for way in ways])
    beside = np.abs(context[:, None, :] - context[None, :, :]).mean(axis=2)
    return np.asarray(_STEPS_SHARE * _edits(ways) + (1 - _STEPS_SHARE) * beside, np.float64)


def _context(way: Way) -> list[float]:
    """Channel shares, contacts (1 to 10) and days (0 to 90), each 0-1, the last two on a scale of ratios."""
    n = max(len(way.channels), 1)
    kinds = ("web", "phone", "face_to_face", "back_office")
    shares = [sum(channel.startswith(kind) for channel in way.channels) / n for kind in kinds]
    return [*shares, min(np.log1p(way.n_contacts) / np.log(11), 1.0), min(np.log1p(way.days) / np.log(91), 1.0)]


def _edits(ways: Sequence[Way]) -> Reals:
    """Edit distance over the longer length, of all pairs at once."""
    codes: dict[str, int] = {}
    tokens = np.full((len(ways), _LONGEST), -1)
    lengths = np.array([min(len(way.steps), _LONGEST) for way in ways])
    for at, way in enumerate(ways):
        for place, step in enumerate(way.steps[:_LONGEST]):
            tokens[at, place] = codes.setdefault(step, len(codes))
    first, second = np.triu_indices(len(ways), 1)
    width = int(lengths.max(initial=0))
    row = np.tile(np.arange(width + 1), (len(first), 1))
    found = np.where(lengths[first] == 0, lengths[second], 0)
    for i in range(1, width + 1):
        before, row = row, np.empty_like(row)
        row[:, 0] = i
        for j in range(1, width + 1):
            unlike = tokens[first, i - 1] != tokens[second, j - 1]
            row[:, j] = np.minimum(np.minimum(before[:, j], row[:, j - 1]) + 1, before[:, j - 1] + unlike)
        done = lengths[first] == i
        found[done] = row[done, lengths[second][done]]
    apart = np.zeros((len(ways), len(ways)))
    apart[first, second] = apart[second, first] = found / np.maximum(np.maximum(lengths[first], lengths[second]), 1)
    return apart


def _medoids(apart: Reals, weight: Reals, k: int) -> Places:
    """Places of k medoids: each next the one that helps most, then any swap that helps, until none does."""
    chosen = [int((apart * weight[:, None]).sum(axis=0).argmin())]
    while len(chosen) < k:
        left = np.minimum(apart, apart[:, chosen].min(axis=1)[:, None])
        cost = (left * weight[:, None]).sum(axis=0)
        cost[chosen] = np.inf
        chosen.append(int(cost.argmin()))
    best = float((apart[:, chosen].min(axis=1) * weight).sum())
    while True:
        swaps = []
        for place in range(k):
            others = chosen[:place] + chosen[place + 1 :]
            left = np.minimum(apart, apart[:, others].min(axis=1)[:, None])
            cost = (left * weight[:, None]).sum(axis=0)
            swaps.append((float(cost.min()), place, int(cost.argmin())))
        cost_now, place, candidate = min(swaps)
        if cost_now >= best - 1e-9:
            return np.array(sorted(chosen))
        best, chosen[place] = cost_now, candidate


def _silhouette(apart: Reals, weight: Reals, medoids: Places) -> float:
    """Mean over journeys of (nearest other group - own group) / the larger (P. Rousseeuw, 1987).

    Distances are means over ways, not journeys: the same way is no distance apart, and a group of one way, which counts
    as nought, would always look best.
    """
    nearest = apart[:, medoids].argmin(axis=1)
    in_group = (nearest[None, :] == np.arange(len(medoids))[:, None]).astype(float)
    sums, sizes = apart @ in_group.T, in_group.sum(axis=1)
    rows = np.arange(len(apart))
    own = sums[rows, nearest] / np.maximum(sizes[nearest] - 1, 1)
    means = sums / np.maximum(sizes, 1)[None, :]
    means[:, sizes == 0] = np.inf
    means[rows, nearest] = np.inf
    other = means.min(axis=1)
    worth = np.where(sizes[nearest] > 1, (other - own) / np.maximum(np.maximum(other, own), 1e-12), 0.0)
    return float((worth * weight).sum() / weight.sum())


def _stability(apart: Reals, weight: Reals, medoids: Places) -> Reals:
    """Mean over resamples of the journeys of each group's best Jaccard similarity with a group found anew."""
    draws = np.random.default_rng(0)
    nearest = apart[:, medoids].argmin(axis=1)
    total = np.zeros(len(medoids))
    for _ in range(_RESAMPLES):
        drawn = draws.multinomial(int(weight.sum()), weight / weight.sum()).astype(float)
        again = apart[:, _medoids(apart, drawn, len(medoids))].argmin(axis=1)
        for place in range(len(medoids)):
            own = nearest == place
            total[place] += max(
                float((weight * (own & (again == other))).sum())
                / max(float((weight * (own | (again == other))).sum()), 1.0)
                for other in range(len(medoids))
            )
    return np.asarray(total / _RESAMPLES, np.float64)
