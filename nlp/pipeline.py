"""One spaCy pipeline for notes: English tokeniser -> `journeys_cues` (finds cues) -> `journeys_demand` (chooses).

In: a redacted note. Out: `doc._.label`, a `Label`. Both parts are registered factories, so a trained component can
take its place between or instead of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import spacy
from spacy.attrs import NORM
from spacy.language import Language
from spacy.tokens import Doc

from journeys.taxonomy import Taxonomy
from nlp.choosing import choose_label
from nlp.context import QUOTED_SHARE, is_advice_given, is_denied, quoted_tokens
from nlp.cues import CueBook, Hit
from nlp.language import is_readable
from nlp.words import norm_reader

if TYPE_CHECKING:
    from collections.abc import Callable

for _name in ("cue_hits", "label"):
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=None)


class CueFinder:
    """doc -> doc with `doc._.cue_hits`: (hit, weight) of the cues that count."""

    def __init__(self, language: Language, taxonomy: Taxonomy) -> None:
        self._book = CueBook(language, taxonomy)
        self._is_failure = {kind.slug: kind.demand == "failure" for kind in taxonomy.types}

    def __call__(self, doc: Doc) -> Doc:
        norms = [token.norm_ for token in doc]
        hits = self._book.hits_in(doc, norms)
        if hits and is_readable(norms):
            ruled_out = {hit.rule.slug for hit in hits if not hit.rule.weight}
            quoted = quoted_tokens(norms)
            doc._.cue_hits = [
                (hit, hit.rule.weight * (QUOTED_SHARE if hit.start in quoted else 1.0))
                for hit in hits
                if hit.rule.slug not in ruled_out and self._counts(hit, norms)
            ]
        return doc

    def _counts(self, hit: Hit, norms: list[str]) -> bool:
        if is_denied(hit, norms):
            return False
        return not (self._is_failure[hit.rule.slug] and is_advice_given(hit, norms))


class DemandChooser:
    """doc with `doc._.cue_hits` -> doc with `doc._.label`."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy

    def __call__(self, doc: Doc) -> Doc:
        doc._.label = choose_label(doc, doc._.cue_hits or [], self._taxonomy)
        return doc


@Language.factory("journeys_cues", default_config={"taxonomy": ""})
def build_cue_finder(nlp: Language, name: str, taxonomy: str) -> Callable[[Doc], Doc]:  # noqa: ARG001 - spaCy's call
    """Factory; `taxonomy` is the taxonomy as JSON, so that a saved pipeline carries its own."""
    return CueFinder(nlp, Taxonomy.model_validate_json(taxonomy))


@Language.factory("journeys_demand", default_config={"taxonomy": ""})
def build_demand_chooser(nlp: Language, name: str, taxonomy: str) -> Callable[[Doc], Doc]:  # noqa: ARG001 - as above
    """Factory; `taxonomy` is the taxonomy as JSON."""
    return DemandChooser(Taxonomy.model_validate_json(taxonomy))


def build_pipeline(taxonomy: Taxonomy) -> Language:
    """The whole pipeline for one taxonomy; takes about a second, so build it once."""
    language = spacy.blank("en")
    norm_of = norm_reader(taxonomy.abbreviations)
    language.vocab.lex_attr_getters[NORM] = norm_of  # type: ignore[attr-defined]
    for lexeme in language.vocab:
        lexeme.norm_ = norm_of(lexeme.text)
    as_json = taxonomy.model_dump_json()
    language.add_pipe("journeys_cues", config={"taxonomy": as_json})
    language.add_pipe("journeys_demand", config={"taxonomy": as_json})
    return language
