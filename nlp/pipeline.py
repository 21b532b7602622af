"""One spaCy pipeline for notes: tokeniser -> `journeys_cues` -> `journeys_reasons` -> `journeys_demand`.

In: a redacted note. Out: `doc._.label`, a `Label`. Cues find wordings of the taxonomy, reasons is what was learnt from
labelled notes (`nlp.reasons`), demand chooses. All are registered factories, saved and loaded as one by spaCy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import spacy
from spacy.attrs import NORM
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from journeys.taxonomy import Taxonomy
from nlp.choosing import Label, MarginChooser, choose_by_cues
from nlp.cue_finder import CueFinder
from nlp.cues import Cues
from nlp.lexicon import Lexicon, Tokens
from nlp.reasons import DOCS_AT_ONCE, Reading, ReasonFinder, Weights
from nlp.reduce import ReduceFinder, ReduceWeights
from nlp.words import norm_reader

REASONS = "journeys_reasons"
FACTORIES = {
    "words": REASONS,
    "reduce": "journeys_reduce",
}  # which component finds reasons, by the taxonomy's classifier
Learnt = Weights | ReduceWeights


def _left_by(name: str, doc: Doc) -> Any:
    return doc.user_data.get(name)


# What components leave for each other lies in `user_data`, many times faster to reach than extensions; these are for
# people who use the pipeline by itself.
for _name in ("cues", "reasons", "label"):
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, getter=partial(_left_by, _name))


class DemandChooser:
    """doc with `doc._.cues` and `doc._.reasons` -> doc with `doc._.label`."""

    def __init__(self, language: Language, taxonomy: Taxonomy) -> None:
        self._language = language
        self._lexicon = Lexicon(language)
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
        for together in _read_together(docs):
            cues = [doc.user_data["cues"] for doc in together]
            reasons = [doc.user_data["reasons"] for doc in together if "reasons" in doc.user_data]
            read = reasons[0].read.of([one.place for one in reasons]) if reasons else None
            labels = self.label(self._lexicon.read_docs(together), cues, read)
            for doc, label in zip(together, labels, strict=True):
                doc.user_data["label"] = label

    def label(self, tokens: Tokens, cues_of: Sequence[Cues], read: Reading | None) -> list[Label]:
        """Labels of notes, from the cues found in each and what the model says of them, if there is one."""
        if read is None:
            return choose_by_cues(tokens, cues_of, self._taxonomy)
        weights = finder_in(self._language).weights
        if weights is None:
            raise TypeError("reasons were found by a model that is not there any more")
        if self._chooser is None or self._chooser[0] is not weights:
            self._chooser = (weights, MarginChooser(self._taxonomy, weights))
        return self._chooser[1].choose(tokens, cues_of, read)


def _read_together(docs: list[Doc]) -> Iterator[list[Doc]]:
    """Runs of notes whose reasons were found in one batch."""
    for _, run in groupby(docs, key=lambda doc: id(getattr(doc.user_data.get("reasons"), "read", None))):
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


def parts_in(language: Language) -> tuple[CueFinder, ReasonFinder, DemandChooser] | None:
    """The parts that can read many notes without Docs; None where the classifier needs them."""
    cues, reasons, demand = (language.get_pipe(name) for name in language.pipe_names)
    if isinstance(cues, CueFinder) and isinstance(reasons, ReasonFinder) and isinstance(demand, DemandChooser):
        return cues, reasons, demand
    return None


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
