"""Are confidences true, what is gained by leaving the unsure out, and what holds at another share of failure?

Pure arithmetic over paired answers. Calibration error: mean distance between confidence and share right over ten bins of
confidence, each weighed by its notes (Naeini, Cooper and Hauskrecht 2015). Precision at a share of failure p, from recall
r and false alarms f: r p / (r p + f (1 - p)) (Bayes). Corrected share: (said + specificity - 1) / (sensitivity +
specificity - 1) (Rogan and Gladen 1978), each half of the notes corrected by what the other half shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlp.scores import Share, share_of

_BINS = 10
PREVALENCES = (0.15, 0.30, 0.45)
COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.5)


@dataclass(frozen=True, slots=True)
class Bin:
    """Notes of one range of confidence: mean confidence (0-1), and how many were right."""

    low: float
    high: float
    confidence: float
    right: Share


@dataclass(frozen=True, slots=True)
class Covered:
    """The share right among the surest notes, and the confidence from which on a note is among them."""

    coverage: float
    from_score: float
    right: Share


def calibration(scores: Sequence[float], is_right: Sequence[bool]) -> tuple[float | None, list[Bin]]:
    """Expected calibration error (0-1; None of no notes) and the bins that hold notes."""
    held: list[list[int]] = [[] for _ in range(_BINS)]
    for at, score in enumerate(scores):
        held[min(int(score * _BINS), _BINS - 1)].append(at)
    bins = [
        Bin(
            place / _BINS,
            (place + 1) / _BINS,
            round(sum(scores[at] for at in own) / len(own), 4),
            share_of(sum(is_right[at] for at in own), len(own)),
        )
        for place, own in enumerate(held)
        if own
    ]
    if not bins:
        return None, []
    error = sum(abs(one.confidence - (one.right.value or 0.0)) * one.right.n for one in bins) / len(scores)
    return round(error, 4), bins


def right_when_covering(scores: Sequence[float], is_right: Sequence[bool]) -> list[Covered]:
    """What share is right when only the surest notes are kept."""
    order = sorted(range(len(scores)), key=lambda at: (-scores[at], at))
    covered = []
    for coverage in COVERAGES if order else ():
        kept = order[: max(round(coverage * len(order)), 1)]
        covered.append(Covered(coverage, scores[kept[-1]], share_of(sum(is_right[at] for at in kept), len(kept))))
    return covered


def precision_at(truth: Sequence[bool], said: Sequence[bool]) -> dict[str, float | None]:
    """Precision of what is said at other shares of what is true; None where a rate cannot be known."""
    sensitivity, specificity = _rates(truth, said)
    if sensitivity is None or specificity is None:
        return {f"{share:.2f}": None for share in PREVALENCES}
    found = {share: (sensitivity * share, (1 - specificity) * (1 - share)) for share in PREVALENCES}
    return {
        f"{share:.2f}": round(true / (true + false), 4) if true + false else None
        for share, (true, false) in found.items()
    }


def corrected_share(truth: Sequence[bool], said: Sequence[bool]) -> float | None:
    """The share as said, corrected by the errors seen on the other half of the notes; None where those are unknown."""
    corrected = []
    for own, other in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        sensitivity, specificity = _rates(truth[other], said[other])
        if sensitivity is None or specificity is None or sensitivity + specificity <= 1 or not said[own]:
            return None
        share = (sum(said[own]) / len(said[own]) + specificity - 1) / (sensitivity + specificity - 1)
        corrected.append((min(max(share, 0.0), 1.0), len(said[own])))
    return round(sum(share * n for share, n in corrected) / sum(n for _, n in corrected), 4)


def _rates(truth: Sequence[bool], said: Sequence[bool]) -> tuple[float | None, float | None]:
    """Sensitivity and specificity."""
    true_said = [answer for there, answer in zip(truth, said, strict=True) if there]
    false_said = [answer for there, answer in zip(truth, said, strict=True) if not there]
    sensitivity = sum(true_said) / len(true_said) if true_said else None
    specificity = 1 - sum(false_said) / len(false_said) if false_said else None
    return sensitivity, specificity
