"""A file of notes with known answers -> how well this floor does, in numbers with intervals.

In: JSON lines with `text`, `primary`, and optionally `all` and `channel`; personal data in the text is marked
`{{kind|value}}`. The marks are taken out before the note is redacted, so what counts is what the redactor finds.
Rules: the best guess is compared, abstained or not; a marked value is gone when none of its words is left over.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from journeys.taxonomy import URGENT, Taxonomy
from nlp.label import NoteReader
from nlp.scores import Score, Share, mean_f1, right_share, score_class, share_of

_MARK = re.compile(r"\{\{(\w+)\|(.*?)\}\}", re.DOTALL)
_REDACTED = re.compile(r"\[[a-z_]+\]")
_WORD = re.compile(r"\w\w+")


class EvaluationFileError(ValueError):
    """A line of the file cannot be used; the message names the line, never the note."""


@dataclass(frozen=True, slots=True)
class MarkedNote:
    """One note with its answer: plain text, the personal data in it as (kind, value), and the words around them."""

    text: str
    primary: str
    channel: str
    marks: tuple[tuple[str, str], ...]
    other_text: str


@dataclass(frozen=True, slots=True)
class ChannelScore:
    """The same measures for one channel."""

    channel: str
    n: int
    type_mean_f1: float
    demand_mean_f1: float
    failure_f1: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything measured; shares are 0-1."""

    n: int
    model_version: str
    types: tuple[Score, ...]
    type_mean_f1: float
    type_right: Share
    demands: tuple[Score, ...]
    demand_mean_f1: float
    failure: Score
    urgent: Score
    abstained: Share
    right_when_sure: Share
    channels: tuple[ChannelScore, ...]
    redacted: tuple[tuple[str, Share], ...]
    redacted_all: Share
    other_words_lost: Share

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "redacted": {kind: asdict(share) for kind, share in self.redacted}}


def read_marked_notes(lines: Iterable[str], taxonomy: Taxonomy) -> list[MarkedNote]:
    """Notes of a file; blank lines are skipped; raises EvaluationFileError for the first line that cannot be used."""
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    return [_read_line(number, line, taxonomy) for number, line in numbered]


def _read_line(number: int, line: str, taxonomy: Taxonomy) -> MarkedNote:
    try:
        row = json.loads(line)
    except ValueError:
        raise EvaluationFileError(
            f'line {number}: not valid JSON; write one object a line, such as {{"text": "...", "primary": "report"}}'
        ) from None
    if not isinstance(row, dict):
        raise EvaluationFileError(f"line {number}: not an object; write the note between {{ and }}")
    for key in ("text", "primary"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise EvaluationFileError(f"line {number}: '{key}' is missing or empty; give it as text")
    for slug in (row["primary"], *_texts_of(row.get("all"), number)):
        if slug not in taxonomy.by_slug:
            allowed = ", ".join(taxonomy.precedence)
            raise EvaluationFileError(f"line {number}: unknown type {slug[:40]!r}; use one of: {allowed}")
    text = row["text"]
    return MarkedNote(
        text=_MARK.sub(lambda match: match[2], text),
        primary=row["primary"],
        channel=str(row.get("channel") or "unknown"),
        marks=tuple((match[1], match[2]) for match in _MARK.finditer(text)),
        other_text=_MARK.sub(" ", text),
    )


def _texts_of(value: object, number: int) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise EvaluationFileError(f"line {number}: 'all' must be a list of types, such as [\"report\"]")
    return value


def evaluate_labels(notes: Sequence[MarkedNote], reader: NoteReader) -> Evaluation:
    """Measure a reader on notes with known answers."""
    taxonomy = reader.taxonomy
    batch = reader.read([note.text for note in notes], [()] * len(notes))
    truth = [note.primary for note in notes]
    said = [label.demand_type for label in batch.labels]
    demands, demands_said = ([taxonomy.demand_of(slug) for slug in slugs] for slugs in (truth, said))
    sure = [i for i, label in enumerate(batch.labels) if not label.is_abstained]
    n_gone, n_marked, lost = _count_redaction(notes, batch.redacted)
    return Evaluation(
        n=len(notes),
        model_version=reader.model_version,
        types=tuple(score_class(slug, truth, said) for slug in taxonomy.precedence if slug in {*truth, *said}),
        type_mean_f1=mean_f1(truth, said),
        type_right=right_share(truth, said),
        demands=tuple(score_class(name, demands, demands_said) for name in sorted({*demands, *demands_said})),
        demand_mean_f1=mean_f1(demands, demands_said),
        failure=score_class("failure", demands, demands_said),
        urgent=score_class(URGENT, truth, said),
        abstained=share_of(len(notes) - len(sure), len(notes)),
        right_when_sure=right_share([truth[i] for i in sure], [said[i] for i in sure]),
        channels=tuple(_score_channels(notes, said, taxonomy)),
        redacted=tuple((kind, share_of(n_gone[kind], n_marked[kind])) for kind in sorted(n_marked)),
        redacted_all=share_of(n_gone.total(), n_marked.total()),
        other_words_lost=lost,
    )


def _score_channels(notes: Sequence[MarkedNote], said: Sequence[str], taxonomy: Taxonomy) -> Iterable[ChannelScore]:
    for channel in sorted({note.channel for note in notes}):
        pairs = [(note.primary, answer) for note, answer in zip(notes, said, strict=True) if note.channel == channel]
        truth, answers = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        demands, demands_said = ([taxonomy.demand_of(slug) for slug in slugs] for slugs in (truth, answers))
        yield ChannelScore(
            channel=channel,
            n=len(pairs),
            type_mean_f1=mean_f1(truth, answers),
            demand_mean_f1=mean_f1(demands, demands_said),
            failure_f1=score_class("failure", demands, demands_said).f1,
        )


def _count_redaction(notes: Sequence[MarkedNote], redacted: Sequence[str]) -> tuple[Counter[str], Counter[str], Share]:
    n_gone: Counter[str] = Counter()
    n_marked: Counter[str] = Counter()
    n_lost = n_words = 0
    for note, text in zip(notes, redacted, strict=True):
        left = _words(_REDACTED.sub(" ", text))
        others = _words(note.other_text)
        over = left - others
        n_lost += (others - left).total()
        n_words += others.total()
        for kind, value in note.marks:
            n_marked[kind] += 1
            n_gone[kind] += not any(word in over for word in _words(value))
    return n_gone, n_marked, share_of(n_lost, n_words)


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower()))


def format_evaluation(evaluation: Evaluation) -> str:
    """The evaluation as a text table."""
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
        "",
        f"{'channel':24} {'n':>5}  types F1  demand F1  failure F1",
        *(
            f"{one.channel:24} {one.n:5}  {one.type_mean_f1:8.2f}  {one.demand_mean_f1:9.2f}  {one.failure_f1:10.2f}"
            for one in evaluation.channels
        ),
        "",
        f"{'personal data gone':24} {'n':>5}",
        *(f"{kind:24} {share.n:5}  {_share_text(share)}" for kind, share in evaluation.redacted),
        f"{'all':24} {evaluation.redacted_all.n:5}  {_share_text(evaluation.redacted_all)}",
        f"other words lost: {_share_text(evaluation.other_words_lost)}",
    ]
    return "\n".join(lines)


def _score_line(score: Score) -> str:
    precision, recall = _share_text(score.precision), _share_text(score.recall)
    return f"{score.name:24} {score.n:5}  {precision:20} {recall:20} {score.f1:.2f}"


def _share_text(share: Share) -> str:
    if share.value is None:
        return "-"
    return f"{share.value:.2f} ({share.low:.2f} to {share.high:.2f})"
