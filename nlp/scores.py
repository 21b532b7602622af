"""Counts of right and wrong -> shares with intervals. Pure arithmetic, no text.

Precision = right / said, recall = right / there, F1 = their harmonic mean. Intervals are Wilson's, 95%:
E. B. Wilson (1927), "Probable inference, the law of succession, and statistical inference".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """A share of n with its interval; None where n is 0."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Score:
    """How well one class is recognised. `n` is how often it is there."""

    name: str
    n: int
    precision: Share
    recall: Share
    f1: float


def share_of(k: int, n: int) -> Share:
    """k of n as a share with its Wilson interval."""
    if n == 0:
        return Share(None, None, None, 0)
    p, z2 = k / n, _Z * _Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Share(round(p, 4), round(max(0.0, centre - half), 4), round(min(1.0, centre + half), 4), n)


def score_class(name: str, truth: Sequence[str], said: Sequence[str]) -> Score:
    """Precision, recall and F1 of one class over paired answers."""
    n_right = sum(there == name == answer for there, answer in zip(truth, said, strict=True))
    n_there, n_said = truth.count(name), said.count(name)
    f1 = 2 * n_right / (n_there + n_said) if n_there + n_said else 0.0
    return Score(name, n_there, share_of(n_right, n_said), share_of(n_right, n_there), round(f1, 4))


def mean_f1(truth: Sequence[str], said: Sequence[str]) -> float:
    """Mean F1 of the classes that occur in the truth, each counting the same."""
    names = sorted(set(truth))
    return round(sum(score_class(name, truth, said).f1 for name in names) / len(names), 4) if names else 0.0


def right_share(truth: Sequence[str], said: Sequence[str]) -> Share:
    """Share of answers that are right."""
    return share_of(sum(map(str.__eq__, truth, said)), len(truth))
