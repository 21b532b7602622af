"""Notes -> redacted notes and labels, in one pass: the door of this floor.

Rule: redact first, then read only the redacted words. The same text is read once, however often it comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from spacy.language import Language

from journeys.taxonomy import Taxonomy
from nlp.choosing import EMPTY, Label
from nlp.collecting import without_collecting
from nlp.lexicon import Lexicon
from nlp.pieces import in_batches
from nlp.pipeline import Learnt, build_pipeline, finder_in, parts_in, teach
from nlp.redact import redact_notes
from nlp.redact_thorough import NameFinder
from nlp.shipped import read_shipped
from nlp.words import read_lower

_NOTES_A_ZONE = 20_000
_LONGEST_NOTE = 20_000


@dataclass(frozen=True, slots=True)
class NoteBatch:
    """Redacted notes and their labels, in the order of the notes."""

    redacted: list[str]
    labels: list[Label]


class NoteReader:
    """Redacts and labels notes for one taxonomy; build once with `build_note_reader`."""

    def __init__(self, language: Language, taxonomy: Taxonomy, name_finder: NameFinder | None = None) -> None:
        self.language = language
        self._name_finder = name_finder
        self.taxonomy = taxonomy
        self._parts = parts_in(language)
        self._lexicon = Lexicon(language)
        weights = finder_in(language).weights
        learnt = weights.version if weights else "cues"
        self.model_version = f"{learnt}-{taxonomy.wording_hash}"

    def read(self, notes: Sequence[str], known_values: Sequence[Sequence[str]]) -> NoteBatch:
        """Redact notes, given what each record's identifier columns hold, and label what is left."""
        redacted = redact_notes(notes, known_values)
        if self._name_finder is not None:
            redacted = self._name_finder.mask(redacted)
        return NoteBatch(redacted, self.label(redacted))

    def label(self, redacted_notes: Sequence[str]) -> list[Label]:
        """Labels of notes that are redacted already."""
        distinct = iter(dict.fromkeys(redacted_notes))
        labels: dict[str, Label] = {}
        while texts := list(islice(distinct, _NOTES_A_ZONE)):
            labels.update(zip(texts, self._read_zone(texts), strict=True))
        return [labels[note] for note in redacted_notes]

    def _read_zone(self, texts: Sequence[str]) -> list[Label]:
        lower = [read_lower(text[:_LONGEST_NOTE]) for text in texts if text and not text.isspace()]
        # Labels hold plain text only, so nothing outlives the zone that frees spaCy's words of this batch.
        with without_collecting(), self.language.memory_zone():
            labels = iter([label for batch in in_batches(lower, len) for label in self._read_together(batch)])
        return [EMPTY if not text or text.isspace() else next(labels) for text in texts]

    def _read_together(self, texts: Sequence[str]) -> list[Label]:
        if self._parts is None:
            return [doc.user_data["label"] for doc in self.language.pipe(texts)]
        cue_finder, reason_finder, chooser = self._parts
        tokens = self._lexicon.read_texts(texts)
        return chooser.label(tokens, cue_finder.find(tokens), reason_finder.find(tokens))


def build_note_reader(
    taxonomy: Taxonomy, weights: Learnt | None = None, redaction: Literal["fast", "thorough"] = "fast"
) -> NoteReader:
    """A reader for one taxonomy with what was learnt (default: the shipped model); takes about a second."""
    language = build_pipeline(taxonomy)
    teach(language, weights or read_shipped(taxonomy.classifier))
    return NoteReader(language, taxonomy, NameFinder() if redaction == "thorough" else None)
