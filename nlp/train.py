"""Labelled notes -> weights: one linear model, every type and topic against the rest.

In: redacted notes with their types, topic, writer and weight. Out: `Weights` for `nlp.reasons`. scikit-learn's linear
support vector machine does the learning (C = 0.5, classes balanced: rare types count as much as common ones). Fixed
seeds: the same notes give the same weights.

What is shown is set on notes of writers the model has not seen, by cross-validation in which each writer's notes are
left out together: how sure a margin is (temperature), below which margin we abstain (one note in ten), and how much
urgent is preferred so that nine in ten such notes are recognised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import minimize_scalar
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC
from spacy.language import Language
from spacy.tokens import Doc

from journeys.taxonomy import URGENT
from nlp.choosing import CUES_SHARE
from nlp.cues import cue_strengths
from nlp.features import (
    APART,
    APART_SHARE,
    NEIGHBOURS,
    Block,
    Keys,
    Reals,
    letter_keys,
    pair_keys,
    word_keys,
)
from nlp.reasons import Weights

_C = 1.0
LETTERS_SHARE = 0.8  # length of the block of letters where that of words is 1; measured by writer
_FOLDS = 5
_FEWEST_PAIRS = _FEWEST_LETTERS = 2
_FEWEST_OF_TOPIC = 20
_NO_TOPIC = "general"
_COVERAGE = 0.9
_NOVEL = 0.03  # so few notes about known reasons are taken for new ones
_URGENT_RECALL, _URGENT_PRECISION = 0.9, 0.68

Margins = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One labelled note, redacted; `weight` says how much it counts (own notes more than the seed's)."""

    text: str
    demand_type: str
    topic: str
    writer: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Trained:
    """Weights, and the margins each lesson got, cues counted, while its writer was left out (lessons x types)."""

    weights: Weights
    held_out: Margins


def train_weights(
    language: Language, lessons: Sequence[Lesson], types: Sequence[str], report: Callable[[str], None]
) -> Trained:
    """Learn from the lessons; `language` is the pipeline of the taxonomy, `types` those the model is to know."""
    docs = list(_without_choice(language, [lesson.text for lesson in lessons]))
    known = tuple(slug for slug in types if any(lesson.demand_type == slug for lesson in lessons))
    report(f"learning {len(known)} types from {len(lessons):,} notes")
    said = np.array([lesson.demand_type for lesson in lessons])
    weight = np.array([lesson.weight for lesson in lessons])
    held_out = np.zeros((len(lessons), len(known)))
    groups = [lesson.writer for lesson in lessons]
    for fold, (inside, outside) in enumerate(GroupKFold(_FOLDS).split(docs, groups=groups), start=1):
        space = _Space.of([docs[at] for at in inside])
        coefficients, bias = _fit(space.rows([docs[at] for at in inside]), said[inside], weight[inside], known)
        held_out[outside] = space.rows([docs[at] for at in outside]) @ coefficients.T + bias
        report(f"writers left out, part {fold} of {_FOLDS}")
    held_out += CUES_SHARE * _cues(docs, known)
    return Trained(fit_weights(docs, lessons, known, _settings(held_out, said, known)), held_out)


def fit_weights(
    docs: Sequence[Doc], lessons: Sequence[Lesson], types: tuple[str, ...], settings: dict[str, float]
) -> Weights:
    """Learn types and topics from all lessons; `docs` are their notes, tokenised."""
    space = _Space.of(docs)
    rows = space.rows(docs, settings["letters_share"])
    said, weight = np.array([one.demand_type for one in lessons]), np.array([one.weight for one in lessons])
    coefficients, bias = _fit(rows, said, weight, types)
    topics, topic_coefficients, topic_bias = _fit_topics(rows, lessons)
    both = np.vstack([coefficients, topic_coefficients]), np.concatenate([bias, topic_bias])
    return space.weights(types, topics, *both, settings=settings)


def _without_choice(language: Language, texts: Sequence[str]) -> Sequence[Doc]:
    with language.select_pipes(enable=["journeys_cues"]):
        return list(language.pipe(texts))


def _cues(docs: Sequence[Doc], types: tuple[str, ...]) -> Margins:
    said = [cue_strengths(doc.user_data["cues"]) for doc in docs]
    return np.array([[strengths.get(slug, 0.0) for slug in types] for strengths in said])


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


def _settings(held_out: Margins, said: npt.NDArray[np.str_], types: tuple[str, ...]) -> dict[str, float]:
    column = np.array([types.index(slug) for slug in said])
    margins = held_out.copy()
    bonus = 0.0
    if URGENT in types:
        bonus = _urgent_bonus(margins, column, types.index(URGENT))
        margins[:, types.index(URGENT)] += bonus

    def surprise(temperature: float) -> float:
        powers = margins * temperature
        top = powers.max(axis=1, keepdims=True)
        chances = powers - top - np.log(np.exp(powers - top).sum(axis=1, keepdims=True))
        return float(-chances[np.arange(len(column)), column].mean())

    temperature = float(minimize_scalar(surprise, bounds=(0.5, 20.0), method="bounded").x)
    settings = {
        "letters_share": LETTERS_SHARE,
        "temperature": temperature,
        "abstain_below": float(np.quantile(margins.max(axis=1), 1 - _COVERAGE)),
        "novel_below": float(np.quantile(margins.max(axis=1), _NOVEL)),
        "urgent_bonus": bonus,
    }
    return {name: round(value, 4) for name, value in settings.items()}


def _urgent_bonus(margins: Margins, column: npt.NDArray[np.intp], urgent: int) -> float:
    """The smallest bonus that recognises nine in ten urgent notes, or the largest that keeps precision."""
    others = np.delete(margins, urgent, axis=1).max(axis=1)
    is_urgent, best = column == urgent, 0.0
    for bonus in np.arange(0.0, 1.0, 0.02):
        is_said = margins[:, urgent] + bonus > others
        right = int((is_said & is_urgent).sum())
        if right < _URGENT_PRECISION * is_said.sum():
            break
        best = float(bonus)
        if right >= _URGENT_RECALL * is_urgent.sum():
            break
    return best
