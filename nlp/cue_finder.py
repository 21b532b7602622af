"""The first part of the pipeline: notes -> the cues that count in each, as `journeys_cues`.

Rules: what cannot be read has no cues; a cue that its note takes back, or that stands in what the agent advised, does not
count (`nlp.context`); what a note says of a promised date is kept apart from why it was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from journeys.taxonomy import SLA_STATES, Taxonomy
from nlp.context import QUOTED_SHARE, is_advice_given, is_denied, quoted_tokens
from nlp.cues import NO_CUES, SLA_MARK, UNREADABLE, CueBook, Cues, Hit
from nlp.language import N_COUNTS, counts_of, is_readable
from nlp.lexicon import Column, Lexicon, Tokens
from nlp.pieces import sum_of_each
from nlp.reasons import DOCS_AT_ONCE

_SLA_OF = {f"{SLA_MARK}{state}": state for state in SLA_STATES}  # the first that is said counts


class CueFinder:
    """doc -> doc with `doc._.cues`, the `Cues` that count in it."""

    def __init__(self, language: Language, taxonomy: Taxonomy) -> None:
        self._book = CueBook(language, taxonomy)
        self._lexicon = Lexicon(language)
        self._counts = Column(N_COUNTS, int, lambda texts, _: list(map(counts_of, texts)))
        self._is_failure = {kind.slug: kind.demand == "failure" for kind in taxonomy.types}

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, docs: Iterable[Doc], batch_size: int = DOCS_AT_ONCE) -> Iterator[Doc]:
        """Many docs at once, which is many times faster."""
        for batch in minibatch(docs, batch_size):  # type: ignore[no-untyped-call]
            notes = list(batch)
            for doc, cues in zip(notes, self.find(self._lexicon.read_docs(notes)), strict=True):
                doc.user_data["cues"] = cues
            yield from notes

    def find(self, tokens: Tokens) -> list[Cues]:
        """The cues of each note."""
        counts = sum_of_each(self._counts.rows(tokens.words)[tokens.word], tokens.lengths)
        cues = [NO_CUES if is_read else UNREADABLE for is_read in is_readable(counts).tolist()]
        for note, norms, hits in self._book.hits_in(tokens):
            if cues[note].is_readable:
                cues[note] = self._count(hits, norms)
        return cues

    def _count(self, hits: list[Hit], norms: list[str]) -> Cues:
        ruled_out = {hit.rule.slug for hit in hits if not hit.rule.weight}
        quoted = quoted_tokens(norms) if '"' in "".join(norms) else frozenset()
        counted = [
            (hit, hit.rule.weight * (QUOTED_SHARE if hit.start in quoted else 1.0))
            for hit in hits
            if hit.rule.slug not in ruled_out and self._counts_as_said(hit, norms)
        ]
        states = {hit.rule.slug for hit, _ in counted} & _SLA_OF.keys()
        reasons = [weighted for weighted in counted if weighted[0].rule.slug not in states] if states else counted
        denied = {hit.rule.slug for hit in hits} - {hit.rule.slug for hit, _ in counted} - _SLA_OF.keys()
        return Cues(
            reasons, frozenset(denied), next((state for slug, state in _SLA_OF.items() if slug in states), None)
        )

    def _counts_as_said(self, hit: Hit, norms: list[str]) -> bool:
        if is_denied(hit, norms):
            return False
        return not (self._is_failure.get(hit.rule.slug) and is_advice_given(hit, norms))
