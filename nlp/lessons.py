"""What is learnt from: labelled notes as the classifier will meet notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlp.redact import redact_notes
from nlp.seed import SeedNote
from nlp.words import read_lower


@dataclass(frozen=True, slots=True)
class Lesson:
    """One labelled note, redacted; `weight` says how much it counts (own notes more than the seed's)."""

    text: str
    demand_type: str
    topic: str
    writer: str
    weight: float = 1.0


def lessons_of(notes: Sequence[SeedNote]) -> list[Lesson]:
    """Seed notes as lessons: redacted by rule, in lower case."""
    redacted = redact_notes([note.plain for note in notes], [()] * len(notes))
    return [
        Lesson(read_lower(text), note.types[0], note.service, note.writer)
        for note, text in zip(notes, redacted, strict=True)
    ]
