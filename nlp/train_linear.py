"""Labelled notes -> weights of the linear model of `nlp.reasons`: every type and topic against the rest.

scikit-learn's linear support vector machine does the learning (rare types count more, by the square root of how rare
they are). Fixed seeds: the same notes give the same weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.svm import LinearSVC
from spacy.tokens import Doc

from nlp.features import APART, APART_SHARE, NEIGHBOURS, Block, Keys, Reals, letter_keys, pair_keys, word_keys
from nlp.lessons import Lesson
from nlp.reasons import Weights

_C = 1.0
LETTERS_SHARE = 0.8  # length of the block of letters where that of words is 1; measured by writer
_FEWEST_PAIRS = _FEWEST_LETTERS = 2
_FEWEST_OF_TOPIC = 20
_NO_TOPIC = "general"

Margins = npt.NDArray[np.float64]


class LinearLearner:
    """How the default classifier learns; see `nlp.train`."""

    def margins(
        self, docs: Sequence[Doc], lessons: Sequence[Lesson], others: Sequence[Doc], types: tuple[str, ...]
    ) -> Margins:
        """What a model learnt from these lessons says of other notes (notes x types)."""
        space = _Space.of(docs)
        coefficients, bias = _fit(space.rows(docs), *_said(lessons), types)
        said: Margins = space.rows(others) @ coefficients.T + bias
        return said

    def fit(
        self, docs: Sequence[Doc], lessons: Sequence[Lesson], types: tuple[str, ...], settings: dict[str, float]
    ) -> Weights:
        """What is learnt from all lessons."""
        return fit_weights(docs, lessons, types, settings | {"letters_share": LETTERS_SHARE})


def fit_weights(
    docs: Sequence[Doc], lessons: Sequence[Lesson], types: tuple[str, ...], settings: dict[str, float]
) -> Weights:
    """Learn types and topics from all lessons; `docs` are their notes, tokenised."""
    space = _Space.of(docs)
    rows = space.rows(docs, settings["letters_share"])
    coefficients, bias = _fit(rows, *_said(lessons), types)
    topics, topic_coefficients, topic_bias = _fit_topics(rows, lessons)
    both = np.vstack([coefficients, topic_coefficients]), np.concatenate([bias, topic_bias])
    return space.weights(types, topics, *both, settings=settings)


def _said(lessons: Sequence[Lesson]) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.float64]]:
    """Types and weights of lessons."""
    return np.array([one.demand_type for one in lessons]), np.array([one.weight for one in lessons])


@dataclass(frozen=True, slots=True)
class _Space:
    """The features seen in training, in the order of their keys: words, pairs, pairs apart, then letters."""

    words: tuple[Keys, Reals]
    pairs: tuple[Keys, Reals]
    apart: tuple[Keys, Reals]
    letters: tuple[Keys, Reals]
    letters_of: dict[int, Keys]

    @classmethod
    def of(cls, docs: Sequence[Doc]) -> _Space:
        letters_of: dict[int, Keys] = {}
        words, pairs, apart, letters = [], [], [], []
        for doc in docs:
            keys = word_keys(doc)
            _spell(doc, letters_of)
            words.append(np.unique(keys))
            pairs.append(np.unique(pair_keys(keys, NEIGHBOURS)))
            apart.append(np.unique(pair_keys(keys, APART)))
            letters.append(np.unique(np.concatenate([letters_of[key] for key in keys.tolist()] or [keys])))
        return cls(
            _rarity(words, 1),
            _rarity(pairs, _FEWEST_PAIRS),
            _rarity(apart, _FEWEST_PAIRS),
            _rarity(letters, _FEWEST_LETTERS),
            letters_of,
        )

    def rows(self, docs: Sequence[Doc], letters_share: float = LETTERS_SHARE) -> sparse.csr_matrix:
        """The notes as vectors, each block of its own length, as `nlp.features` adds them up."""
        by_words, by_apart, by_letters = [], [], []
        for doc in docs:
            keys = word_keys(doc)
            _spell(doc, self.letters_of)
            own = self._found(np.unique(keys), self.words)
            paired = self._found(np.unique(pair_keys(keys, NEIGHBOURS)), self.pairs)
            by_words.append(
                (np.concatenate([own[0], paired[0] + len(self.words[0])]), np.concatenate([own[1], paired[1]]))
            )
            by_apart.append(self._found(np.unique(pair_keys(keys, APART)), self.apart))
            by_letters.append(self._spelt(np.unique(keys)))
        n_words = len(self.words[0]) + len(self.pairs[0])
        return sparse.hstack(
            [
                _matrix(by_words, n_words, 1.0),
                _matrix(by_apart, len(self.apart[0]), APART_SHARE),
                _matrix(by_letters, len(self.letters[0]), letters_share),
            ]
        ).tocsr()

    def weights(
        self,
        types: tuple[str, ...],
        topics: tuple[str, ...],
        coefficients: Margins,
        bias: Margins,
        *,
        settings: dict[str, float],
    ) -> Weights:
        ends = np.cumsum([len(block[0]) for block in (self.words, self.pairs, self.apart, self.letters)])
        words, pairs, apart, letters, _ = np.split(coefficients.T.astype(np.float32), ends)
        return Weights(
            types, topics, Block(*self.words, words), Block(*self.pairs, pairs), Block(*self.apart, apart),
            Block(*self.letters, letters),
            bias.astype(np.float32), settings,
        )  # fmt: skip

    def _spelt(self, keys: Keys) -> tuple[npt.NDArray[np.intp], Reals, float]:
        """Letters of distinct words: places, values, and the sum of squares of the words taken one by one."""
        found = [self._found(self.letters_of[key], self.letters) for key in keys.tolist()]
        if not found:
            return np.zeros(0, np.intp), np.zeros(0, np.float32), 0.0
        at, values = np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])
        return at, values, float(values @ values)

    @staticmethod
    def _found(keys: Keys, space: tuple[Keys, Reals]) -> tuple[npt.NDArray[np.intp], Reals]:
        at, is_known = Block(*space, np.zeros((0, 0), np.float32)).places(keys)
        return at[is_known], space[1][at[is_known]]


def _spell(doc: Doc, letters_of: dict[int, Keys]) -> None:
    for token in doc:
        if token.norm not in letters_of:
            letters_of[token.norm] = letter_keys(token.norm_)


def _rarity(notes: Sequence[Keys], fewest: int) -> tuple[Keys, Reals]:
    """Keys that so many notes hold, sorted, and their inverse document frequency."""
    keys, counts = np.unique(np.concatenate(notes), return_counts=True)
    keys, counts = keys[counts >= fewest], counts[counts >= fewest]
    return keys, (np.log((1 + len(notes)) / (1 + counts)) + 1).astype(np.float32)


def _matrix(
    notes: Sequence[tuple[npt.NDArray[np.intp], Reals] | tuple[npt.NDArray[np.intp], Reals, float]],
    width: int,
    length: float,
) -> sparse.csr_matrix:
    values, places, ends = [], [], [0]
    for at, own, *squared in notes:
        total = float(squared[0]) if squared else float(own @ own)
        values.append(own * (length / np.sqrt(total)) if total else own)
        places.append(at)
        ends.append(ends[-1] + len(at))
    matrix = sparse.csr_matrix((np.concatenate(values), np.concatenate(places), ends), shape=(len(notes), width))
    matrix.sum_duplicates()
    return matrix


def _fit(
    rows: sparse.csr_matrix, said: npt.NDArray[np.str_], weight: npt.NDArray[np.float64], types: tuple[str, ...]
) -> tuple[Margins, Margins]:
    """Coefficients (types x features) and bias, in the order of `types`; a type without a note never applies."""
    machine = LinearSVC(C=_C, class_weight=_class_weights(said), random_state=0).fit(rows, said, sample_weight=weight)
    order = {slug: place for place, slug in enumerate(machine.classes_)}
    coefficients, bias = np.zeros((len(types), rows.shape[1])), np.full(len(types), -2.0)
    for place, slug in enumerate(types):
        if slug in order:
            coefficients[place], bias[place] = machine.coef_[order[slug]], machine.intercept_[order[slug]]
    return coefficients, bias


def _class_weights(said: npt.NDArray[np.str_]) -> dict[str, float]:
    """Rare types count more, but not as much as common ones: by the square root of how rare they are."""
    names, counts = np.unique(said, return_counts=True)
    return dict(zip(names.tolist(), np.sqrt(counts.mean() / counts).tolist(), strict=True))


def _fit_topics(rows: sparse.csr_matrix, lessons: Sequence[Lesson]) -> tuple[tuple[str, ...], Margins, Margins]:
    counts: dict[str, int] = {}
    for lesson in lessons:
        counts[lesson.topic] = counts.get(lesson.topic, 0) + 1
    topics = tuple(sorted(t for t, n in counts.items() if n >= _FEWEST_OF_TOPIC and t not in {"", _NO_TOPIC}))
    if len(topics) < 2:
        return (), np.zeros((0, rows.shape[1])), np.zeros(0)
    said = np.array([lesson.topic if lesson.topic in topics else "" for lesson in lessons])
    return topics, *_fit(rows, said, np.array([lesson.weight for lesson in lessons]), topics)
