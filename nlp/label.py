"""Notes -> redacted notes and labels, in one pass: the door of this floor.

Rule: redact first, then read only the redacted words. The same text is read once, however often it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from spacy.language import Language

from journeys.taxonomy import Taxonomy
from nlp.choosing import EMPTY, Label
from nlp.collecting import without_collecting
from nlp.helper import Kind, Setup
from nlp.lexicon import Lexicon
from nlp.pieces import each_once, in_batches
from nlp.pipeline import Learnt, build_pipeline, finder_in, parts_in, teach
from nlp.redact import pair_notes, redact_pairs, signs_in
from nlp.redact_thorough import NameFinder
from nlp.sharing import Sharing
from nlp.shipped import read_shipped
from nlp.words import read_lower

_LONGEST_NOTE = 20_000


@dataclass(frozen=True, slots=True)
class NoteBatch:
    """Redacted notes and their labels, in the order of the notes."""

    redacted: list[str]
    labels: list[Label]


class NoteReader:
    """Redacts and labels notes for one taxonomy; build once with `build_note_reader`."""

    def __init__(self, language: Language, taxonomy: Taxonomy, redaction: Literal["fast", "thorough"] = "fast") -> None:
        self.language = language
        self._name_finder = NameFinder() if redaction == "thorough" else None
        self.taxonomy = taxonomy
        self._parts = parts_in(language)
        self._lexicon = Lexicon(language)
        weights = finder_in(language).weights
        self._setup = Setup(taxonomy, weights, redaction)
        self._sharing: Sharing | None = None
        learnt = weights.version if weights else "cues"
        self.model_version = f"{learnt}-{taxonomy.wording_hash}"

    def read(self, notes: Sequence[str], known_values: Sequence[Sequence[str]]) -> NoteBatch:
        """Redact notes, given what each record's identifier columns hold, and label what is left."""
        with without_collecting():
            pairs = pair_notes(notes, known_values)
            redacted: list[str] = each_once(pairs, lambda distinct: self._work("redact", distinct, signs_in))
        return NoteBatch(redacted, self.label(redacted))

    def label(self, redacted_notes: Sequence[str]) -> list[Label]:
        """Labels of notes that are redacted already."""
        with without_collecting():
            return each_once(redacted_notes, lambda distinct: self._work("label", distinct, len))

    @contextmanager
    def helped(self) -> Iterator[Sharing]:
        """Inside, a second process takes part in the work once there is much of it (`nlp.sharing`)."""
        self._sharing = Sharing(self, self._setup)
        try:
            yield self._sharing
        finally:
            self._sharing.close()
            self._sharing = None

    def work(self, kind: Kind, chunk: Sequence[Any]) -> list[Any]:
        """Redact pairs of note and known values, or label redacted notes: one result each, in order."""
        if kind == "label":
            return self._label_together(chunk)
        redacted = redact_pairs(chunk)
        return redacted if self._name_finder is None else self._name_finder.mask(redacted)

    def _work(self, kind: Kind, items: Sequence[Any], size_of: Callable[[Any], int]) -> Iterator[Any]:
        chunks = list(in_batches(items, size_of))
        if self._sharing is not None:
            return chain.from_iterable(self._sharing.work(kind, chunks))
        return (result for chunk in chunks for result in self.work(kind, chunk))

    def _label_together(self, texts: Sequence[str]) -> list[Label]:
        lower = [read_lower(text[:_LONGEST_NOTE]) for text in texts if text and not text.isspace()]
        # Labels hold plain text only, so nothing outlives the zone that frees spaCy's words of this batch.
        with self.language.memory_zone():
            labels = iter(self._labels_of(lower)) if lower else iter(())
        return [EMPTY if not text or text.isspace() else next(labels) for text in texts]

    def _labels_of(self, texts: Sequence[str]) -> list[Label]:
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
    return NoteReader(language, taxonomy, redaction)
