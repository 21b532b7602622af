"""Labelled notes -> what spaCy's own classifier learns from them (`nlp.reduce`). Fixed seeds: the same notes, the same bytes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import minibatch
from thinc.api import fix_random_seed

from nlp.lessons import Lesson
from nlp.reduce import ReduceWeights, margins_of, new_classifier

_ROUNDS = 8
_DROPOUT = 0.3
_NOTES_AN_UPDATE = 32


class ReduceLearner:
    """How spaCy's classifier learns; see `nlp.train`. A note that weighs 3 is shown three times a round. Fixed seeds."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def margins(
        self, docs: Sequence[Doc], lessons: Sequence[Lesson], others: Sequence[Doc], types: tuple[str, ...]
    ) -> npt.NDArray[np.float64]:
        """What a model learnt from these lessons says of other notes (notes x types)."""
        return margins_of(self._learn(docs, lessons, types), others).astype(np.float64)

    def fit(
        self, docs: Sequence[Doc], lessons: Sequence[Lesson], types: tuple[str, ...], settings: dict[str, float]
    ) -> ReduceWeights:
        """What is learnt from all lessons."""
        learnt = self._learn(docs, lessons, types)
        return ReduceWeights(types, learnt.to_bytes(exclude=["vocab"]), settings)

    def _learn(self, docs: Sequence[Doc], lessons: Sequence[Lesson], types: tuple[str, ...]) -> Any:
        fix_random_seed(0)
        classifier = new_classifier(self._language)
        examples = [
            Example.from_dict(doc, {"cats": {slug: float(slug == lesson.demand_type) for slug in types}})
            for doc, lesson in zip(docs, lessons, strict=True)
            for _ in range(max(1, round(lesson.weight)))
        ]
        classifier.initialize(lambda: examples, nlp=self._language, labels=list(types))
        optimiser = self._language.create_optimizer()  # type: ignore[no-untyped-call]
        shuffle = random.Random(0)
        for _ in range(_ROUNDS):
            shuffle.shuffle(examples)
            for batch in minibatch(examples, _NOTES_AN_UPDATE):  # type: ignore[no-untyped-call]
                classifier.update(list(batch), drop=_DROPOUT, sgd=optimiser)
        return classifier
