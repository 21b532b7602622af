"""A file of notes with known answers -> how well this floor does, in numbers with intervals.

In: JSON lines with `text`, `primary`, and optionally `all`, `channel` and `writer`; personal data in the text is marked
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
from nlp.calibration import Bin, Covered, calibration, corrected_share, precision_at, right_when_covering
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
    writer: str
    marks: tuple[tuple[str, str], ...]
    other_text: str


@dataclass(frozen=True, slots=True)
class PartScore:
    """The same measures for the notes of one channel or one writer."""

    name: str
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
    channels: tuple[PartScore, ...]
    writers: tuple[PartScore, ...]
    confusions: tuple[tuple[str, str, int], ...]  # true type, type said, notes; the commonest first
    calibration_error: float | None
    calibration: tuple[Bin, ...]
    covering: tuple[Covered, ...]
    failure_precision_at: dict[str, float | None]  # by share of failure
    failure_share: float | None
    failure_share_said: float | None
    failure_share_corrected: float | None
    redacted: tuple[tuple[str, Share], ...]
    redacted_all: Share
    other_words_lost: Share

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "redacted": {kind: asdict(share) for kind, share in self.redacted}}


def read_marked_notes(lines: Iterable[str], taxonomy: Taxonomy) -> list[MarkedNote]:
    """Notes of a file; blank lines are skipped; raises EvaluationFileError for the first line that cannot be used,
    or where there is none.
    """
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    notes = [_read_line(number, line, taxonomy) for number, line in numbered]
    if not notes:
        raise EvaluationFileError("the file holds no note; write one JSON object a line with text and primary")
    return notes


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
        writer=str(row.get("writer") or ""),
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
    scores = [label.score for label in batch.labels]
    is_right = [there == answer for there, answer in zip(truth, said, strict=True)]
    error, bins = calibration(scores, is_right)
    is_failure, is_said = ([demand == "failure" for demand in each] for each in (demands, demands_said))
    confused = Counter((there, answer) for there, answer in zip(truth, said, strict=True) if there != answer)
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
        channels=tuple(_score_parts([note.channel for note in notes], truth, said, taxonomy)),
        writers=tuple(_score_parts([note.writer for note in notes], truth, said, taxonomy)),
        confusions=tuple(sorted(((*pair, n) for pair, n in confused.items()), key=lambda row: (-row[2], *row[:2]))),
        calibration_error=error,
        calibration=tuple(bins),
        covering=tuple(right_when_covering(scores, is_right)),
        failure_precision_at=precision_at(is_failure, is_said),
        failure_share=share_of(sum(is_failure), len(notes)).value,
        failure_share_said=share_of(sum(is_said), len(notes)).value,
        failure_share_corrected=corrected_share(is_failure, is_said),
        redacted=tuple((kind, share_of(n_gone[kind], n_marked[kind])) for kind in sorted(n_marked)),
        redacted_all=share_of(n_gone.total(), n_marked.total()),
        other_words_lost=lost,
    )


def _score_parts(
    names: Sequence[str], truth: Sequence[str], said: Sequence[str], taxonomy: Taxonomy
) -> Iterable[PartScore]:
    for name in sorted({*names} - {""}):
        pairs = [pair for own, pair in zip(names, zip(truth, said, strict=True), strict=True) if own == name]
        there, answers = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        demands, demands_said = ([taxonomy.demand_of(slug) for slug in slugs] for slugs in (there, answers))
        yield PartScore(
            name=name,
            n=len(pairs),
            type_mean_f1=mean_f1(there, answers),
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
