"""An evaluation as text tables, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlp.evaluate import Evaluation, PartScore
from nlp.scores import Score, Share

_MOST_CONFUSIONS = 10


def format_evaluation(evaluation: Evaluation) -> str:
    """All of it, the largest confusions only."""
    lines = [
        f"{evaluation.n} notes, model {evaluation.model_version}",
        "",
        f"{'type':24} {'n':>5}  {'precision':20} {'recall':20} F1",
        *(_score_line(score) for score in evaluation.types),
        f"{'mean of types':24} {'':5}  {'':20} {'':20} {evaluation.type_mean_f1:.2f}",
        "",
        *(_score_line(score) for score in evaluation.demands),
        f"{'mean of demands':24} {'':5}  {'':20} {'':20} {evaluation.demand_mean_f1:.2f}",
        "",
        f"right type: {_share_text(evaluation.type_right)}",
        f"abstained: {_share_text(evaluation.abstained)}; right where not: {_share_text(evaluation.right_when_sure)}",
        *_confusion_lines(evaluation),
        "",
        *_calibration_lines(evaluation),
        "",
        *_prevalence_lines(evaluation),
        *_part_lines("channel", evaluation.channels),
        *_part_lines("writer", evaluation.writers),
        "",
        f"{'personal data gone':24} {'n':>5}",
        *(f"{kind:24} {share.n:5}  {_share_text(share)}" for kind, share in evaluation.redacted),
        f"{'all':24} {evaluation.redacted_all.n:5}  {_share_text(evaluation.redacted_all)}",
        f"other words lost: {_share_text(evaluation.other_words_lost)}",
    ]
    return "\n".join(lines)


def _confusion_lines(evaluation: Evaluation) -> Iterable[str]:
    if evaluation.confusions:
        yield ""
        yield f"{'commonest confusions: is':24} {'n':>5}  said"
    for there, answer, n in evaluation.confusions[:_MOST_CONFUSIONS]:
        yield f"{there:24} {n:5}  {answer}"


def _calibration_lines(evaluation: Evaluation) -> Iterable[str]:
    yield f"{'confidence':24} {'n':>5}  mean   right"
    for one in evaluation.calibration:
        yield f"{one.low:.1f} to {one.high:<17.1f} {one.right.n:5}  {one.confidence:.2f}   {_share_text(one.right)}"
    error = evaluation.calibration_error
    yield f"calibration error: {'-' if error is None else f'{error:.3f}'}"
    yield ""
    yield f"{'surest notes kept':24} {'n':>5}  from   right"
    for kept in evaluation.covering:
        yield f"{kept.coverage:<24.0%} {kept.right.n:5}  {kept.from_score:.2f}   {_share_text(kept.right)}"


def _prevalence_lines(evaluation: Evaluation) -> Iterable[str]:
    shares = (evaluation.failure_share, evaluation.failure_share_said, evaluation.failure_share_corrected)
    true, said, corrected = ("-" if share is None else f"{share:.1%}" for share in shares)
    yield f"failure among these notes: {true}; the model says {said}, corrected {corrected}"
    for share, precision in evaluation.failure_precision_at.items():
        right = "-" if precision is None else f"{precision:.2f}"
        yield f"were {float(share):.0%} of notes failure, {right} of those called failure would be"


def _part_lines(of: str, parts: Sequence[PartScore]) -> Iterable[str]:
    if parts:
        yield ""
        yield f"{of:24} {'n':>5}  types F1  demand F1  failure F1"
    for one in parts:
        yield f"{one.name:24} {one.n:5}  {one.type_mean_f1:8.2f}  {one.demand_mean_f1:9.2f}  {one.failure_f1:10.2f}"


def _score_line(score: Score) -> str:
    precision, recall = _share_text(score.precision), _share_text(score.recall)
    return f"{score.name:24} {score.n:5}  {precision:20} {recall:20} {score.f1:.2f}"


def _share_text(share: Share) -> str:
    if share.value is None:
        return "-"
    return f"{share.value:.2f} ({share.low:.2f} to {share.high:.2f})"
