"""One spaCy pipeline for notes: tokeniser -> `journeys_cues` -> `journeys_reasons` -> `journeys_demand`.

In: a redacted note. Out: `doc._.label`, a `Label`. Cues find wordings of the taxonomy, reasons is what was learnt from
labelled notes (`nlp.reasons`), demand chooses. All are registered factories, saved and loaded as one by spaCy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby
from typing import Any

import spacy
from spacy.attrs import NORM
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from journeys.taxonomy import SLA_STATES, Taxonomy
from nlp.choosing import EMPTY, MarginChooser, choose_by_cues
from nlp.context import QUOTED_SHARE, is_advice_given, is_denied, quoted_tokens
from nlp.cues import NO_CUES, SLA_MARK, UNREADABLE, CueBook, Cues, Hit
from nlp.language import code_of, is_readable
from nlp.reasons import DOCS_AT_ONCE, ReasonFinder, Weights
from nlp.reduce import ReduceFinder, ReduceWeights
from nlp.remembered import Remembered
from nlp.words import norm_reader

REASONS = "journeys_reasons"
FACTORIES = {
    "words": REASONS,
    "reduce": "journeys_reduce",
}  # which component finds reasons, by the taxonomy's classifier
Learnt = Weights | ReduceWeights
_SLA_OF = {f"{SLA_MARK}{state}": state for state in SLA_STATES}  # the first that is said counts


def _left_by(name: str, doc: Doc) -> Any:
    return doc.user_data.get(name)


# What components leave for each other lies in `user_data`, many times faster to reach than extensions; these are for
# people who use the pipeline by itself.
for _name in ("cues", "reasons", "label"):
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, getter=partial(_left_by, _name))


class CueFinder:
    """doc -> doc with `doc._.cues`, the `Cues` that count in it."""

    def __init__(self, language: Language, taxonomy: Taxonomy) -> None:
        self._book = CueBook(language, taxonomy)
        strings = language.vocab.strings
        self._norms: Remembered[int, str] = Remembered(strings.__getitem__)
        self._codes: Remembered[int, int] = Remembered(lambda key: code_of(strings[key]))
        self._is_failure = {kind.slug: kind.demand == "failure" for kind in taxonomy.types}

    def __call__(self, doc: Doc) -> Doc:
        keys = doc.to_array(NORM).tolist()
        if not is_readable(sum(map(self._codes.__getitem__, keys))):
            doc.user_data["cues"] = UNREADABLE
        elif found := self._book.segments_in(doc):
            doc.user_data["cues"] = self._count(found, [self._norms[key] for key in keys])
        else:
            doc.user_data["cues"] = NO_CUES
        return doc

    def _count(self, found: list[tuple[int, int, int]], norms: list[str]) -> Cues:
        hits = self._book.hits_of(found, norms)
        if not hits:
            return NO_CUES
        ruled_out = {hit.rule.slug for hit in hits if not hit.rule.weight}
        quoted = quoted_tokens(norms)
        counted = [
            (hit, hit.rule.weight * (QUOTED_SHARE if hit.start in quoted else 1.0))
            for hit in hits
            if hit.rule.slug not in ruled_out and self._counts(hit, norms)
        ]
        states = {hit.rule.slug for hit, _ in counted} & _SLA_OF.keys()
        reasons = [weighted for weighted in counted if weighted[0].rule.slug not in states] if states else counted
        denied = {hit.rule.slug for hit in hits} - {hit.rule.slug for hit, _ in counted} - _SLA_OF.keys()
        return Cues(
            reasons, frozenset(denied), next((state for slug, state in _SLA_OF.items() if slug in states), None)
        )

    def _counts(self, hit: Hit, norms: list[str]) -> bool:
        if is_denied(hit, norms):
            return False
        return not (self._is_failure.get(hit.rule.slug) and is_advice_given(hit, norms))


class DemandChooser:
    """doc with `doc._.cues` and `doc._.reasons` -> doc with `doc._.label`."""

    def __init__(self, language: Language, taxonomy: Taxonomy) -> None:
        self._language = language
        self._taxonomy = taxonomy
        self._chooser: tuple[Learnt, MarginChooser] | None = None

    def __call__(self, doc: Doc) -> Doc:
        self._choose([doc])
        return doc

    def pipe(self, docs: Iterable[Doc], batch_size: int = DOCS_AT_ONCE) -> Iterator[Doc]:
        """Many docs at once, which is many times faster."""
        for batch in minibatch(docs, batch_size):  # type: ignore[no-untyped-call]
            notes = list(batch)
            self._choose(notes)
            yield from notes

    def _choose(self, docs: list[Doc]) -> None:
        weights = self._weights()
        for doc in docs:
            cues = doc.user_data["cues"]
            doc.user_data["label"] = (
                EMPTY if weights or not cues.is_readable else choose_by_cues(doc, cues, self._taxonomy)
            )
        if weights is None:
            return
        if self._chooser is None or self._chooser[0] is not weights:
            self._chooser = (weights, MarginChooser(self._taxonomy, weights))
        readable = [doc for doc in docs if doc.user_data["cues"].is_readable]
        for together in _read_together(readable):
            labels = self._chooser[1].choose(together, [doc.user_data["cues"] for doc in together])
            for doc, label in zip(together, labels, strict=True):
                doc.user_data["label"] = label

    def _weights(self) -> Learnt | None:
        return finder_in(self._language).weights if REASONS in self._language.pipe_names else None


def _read_together(docs: list[Doc]) -> Iterator[list[Doc]]:
    """Runs of notes whose reasons were found in one batch."""
    for _, run in groupby(docs, key=lambda doc: id(doc.user_data["reasons"].read)):
        yield list(run)


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


def finder_in(language: Language) -> ReasonFinder | ReduceFinder:
    """The trained part of a pipeline, whichever it is."""
    part = language.get_pipe(REASONS)
    if not isinstance(part, ReasonFinder | ReduceFinder):
        raise TypeError(f"the component {REASONS} is a {type(part).__name__}")
    return part


def teach(language: Language, learnt: Learnt) -> None:
    """Give the pipeline what was learnt; raises TypeError where it was learnt for the other classifier."""
    match finder_in(language), learnt:
        case ReasonFinder() as linear, Weights() as weights:
            linear.learn(weights)
        case ReduceFinder() as network, ReduceWeights() as weights:
            network.learn(weights)
        case part, _:
            raise TypeError(f"{type(learnt).__name__} cannot be used by {type(part).__name__}")


def build_pipeline(taxonomy: Taxonomy) -> Language:
    """The whole pipeline for one taxonomy, without anything learnt; takes about a second, so build it once."""
    language = spacy.blank("en")
    # A bare $ would be read as a reference to another setting when the pipeline is loaded.
    as_json = taxonomy.model_dump_json().replace("$", "\\u0024")
    language.add_pipe("journeys_cues", config={"taxonomy": as_json})
    language.add_pipe(FACTORIES[taxonomy.classifier], name=REASONS)
    language.add_pipe("journeys_demand", config={"taxonomy": as_json})
    return language
