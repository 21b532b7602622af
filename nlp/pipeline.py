"""One spaCy pipeline for notes: tokeniser -> `journeys_cues` -> `journeys_reasons` -> `journeys_demand`.

In: a redacted note. Out: `doc._.label`, a `Label`. Cues find wordings of the taxonomy, reasons is what was learnt from
labelled notes (`nlp.reasons`), demand chooses. All are registered factories, saved and loaded as one by spaCy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import spacy
from spacy.attrs import NORM
from spacy.language import Language
from spacy.tokens import Doc

from journeys.taxonomy import Taxonomy
from nlp.choosing import choose_by_cues, choose_by_margins
from nlp.context import QUOTED_SHARE, is_advice_given, is_denied, quoted_tokens
from nlp.cues import CueBook, Hit
from nlp.language import is_readable
from nlp.reasons import ReasonFinder
from nlp.words import norm_reader

if TYPE_CHECKING:
    from collections.abc import Callable

REASONS = "journeys_reasons"
_MOST_KEPT = 200_000

for _name in ("cue_hits", "is_readable", "norms", "label"):
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=None)


class CueFinder:
    """doc -> doc with `doc._.cue_hits`: (hit, weight) of the cues that count, and `doc._.is_readable`."""

    def __init__(self, language: Language, taxonomy: Taxonomy) -> None:
        self._book = CueBook(language, taxonomy)
        self._strings = language.vocab.strings
        self._text_of: dict[int, str] = {}
        self._is_failure = {kind.slug: kind.demand == "failure" for kind in taxonomy.types}

    def __call__(self, doc: Doc) -> Doc:
        norms = doc._.norms = self._norms_of(doc)
        hits = self._book.hits_in(doc, norms)
        doc._.is_readable = is_readable(norms)
        if hits and doc._.is_readable:
            ruled_out = {hit.rule.slug for hit in hits if not hit.rule.weight}
            quoted = quoted_tokens(norms)
            doc._.cue_hits = [
                (hit, hit.rule.weight * (QUOTED_SHARE if hit.start in quoted else 1.0))
                for hit in hits
                if hit.rule.slug not in ruled_out and self._counts(hit, norms)
            ]
        return doc

    def _norms_of(self, doc: Doc) -> list[str]:
        """Norms of the tokens; looked up by their hashes, which is many times faster than token by token."""
        text_of, strings = self._text_of, self._strings
        norms = []
        for key in doc.to_array(NORM).tolist():
            text = text_of.get(key)
            if text is None:
                if len(text_of) > _MOST_KEPT:
                    text_of.clear()
                text = text_of[key] = strings[key]
            norms.append(text)
        return norms

    def _counts(self, hit: Hit, norms: list[str]) -> bool:
        if is_denied(hit, norms):
            return False
        return not (self._is_failure[hit.rule.slug] and is_advice_given(hit, norms))


class DemandChooser:
    """doc with `doc._.cue_hits` and `doc._.reasons` -> doc with `doc._.label`."""

    def __init__(self, language: Language, taxonomy: Taxonomy) -> None:
        self._language = language
        self._taxonomy = taxonomy

    def __call__(self, doc: Doc) -> Doc:
        finder = self._reasons()
        hits = doc._.cue_hits or []
        if finder is None or finder.weights is None or doc._.reasons is None:
            doc._.label = choose_by_cues(doc, hits, self._taxonomy)
        else:
            doc._.label = choose_by_margins(doc, hits, self._taxonomy, finder)
        return doc

    def _reasons(self) -> ReasonFinder | None:
        part = self._language.get_pipe(REASONS) if REASONS in self._language.pipe_names else None
        return part if isinstance(part, ReasonFinder) else None


@Language.factory("journeys_cues", default_config={"taxonomy": ""})
def build_cue_finder(nlp: Language, name: str, taxonomy: str) -> Callable[[Doc], Doc]:  # noqa: ARG001 - spaCy's call
    """Factory; `taxonomy` is the taxonomy as JSON, so that a saved pipeline carries its own."""
    read = Taxonomy.model_validate_json(taxonomy)
    norm_of = norm_reader(read.abbreviations)
    nlp.vocab.lex_attr_getters[NORM] = norm_of  # type: ignore[attr-defined]
    for lexeme in nlp.vocab:
        lexeme.norm_ = norm_of(lexeme.text)
    return CueFinder(nlp, read)


@Language.factory("journeys_demand", default_config={"taxonomy": ""})
def build_demand_chooser(nlp: Language, name: str, taxonomy: str) -> Callable[[Doc], Doc]:  # noqa: ARG001 - as above
    """Factory; `taxonomy` is the taxonomy as JSON."""
    return DemandChooser(nlp, Taxonomy.model_validate_json(taxonomy))


def build_pipeline(taxonomy: Taxonomy) -> Language:
    """The whole pipeline for one taxonomy, without anything learnt; takes about a second, so build it once."""
    language = spacy.blank("en")
    as_json = taxonomy.model_dump_json()
    language.add_pipe("journeys_cues", config={"taxonomy": as_json})
    language.add_pipe(REASONS)
    language.add_pipe("journeys_demand", config={"taxonomy": as_json})
    return language
