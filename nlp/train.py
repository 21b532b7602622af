"""Labelled notes -> what a classifier learns from them, and how sure it may be.

In: redacted notes with their types, topic, writer and weight. Out: what the classifier that the taxonomy names learnt
(`nlp.train_linear` or `nlp.train_reduce`).

What is shown is set on notes of writers the model has not seen, by cross-validation in which each writer's notes are
left out together: how sure a margin is (temperature), below which margin we abstain (one note in ten), and how much
urgent is preferred so that nine in ten such notes are recognised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from sklearn.model_selection import GroupKFold
from spacy.language import Language
from spacy.tokens import Doc

from journeys.taxonomy import URGENT
from nlp.choosing import CUES_SHARE
from nlp.cues import cue_strengths
from nlp.lessons import Lesson
from nlp.pipeline import Learnt, finder_in
from nlp.reduce import ReduceFinder
from nlp.train_linear import LinearLearner, Margins
from nlp.train_reduce import ReduceLearner

_FOLDS = 5
_COVERAGE = 0.9
_NOVEL = 0.03  # so few notes about known reasons are taken for new ones
_URGENT_RECALL, _URGENT_PRECISION = 0.9, 0.68


@dataclass(frozen=True, slots=True)
class Trained:
    """Weights, and the margins each lesson got, cues counted, while its writer was left out (lessons x types)."""

    weights: Learnt
    held_out: Margins


def train_weights(
    language: Language, lessons: Sequence[Lesson], types: Sequence[str], report: Callable[[str], None]
) -> Trained:
    """Learn from the lessons; `language` is the pipeline of the taxonomy, `types` those the model is to know."""
    docs = list(_without_choice(language, [lesson.text for lesson in lessons]))
    known = tuple(slug for slug in types if any(lesson.demand_type == slug for lesson in lessons))
    report(f"learning {len(known)} types from {len(lessons):,} notes")
    learner = ReduceLearner(language) if isinstance(finder_in(language), ReduceFinder) else LinearLearner()
    held_out = np.zeros((len(lessons), len(known)))
    groups = [lesson.writer for lesson in lessons]
    for fold, (inside, outside) in enumerate(GroupKFold(_FOLDS).split(docs, groups=groups), start=1):
        learnt_from = [docs[at] for at in inside], [lessons[at] for at in inside]
        held_out[outside] = learner.margins(*learnt_from, [docs[at] for at in outside], known)
        report(f"writers left out, part {fold} of {_FOLDS}")
    held_out += CUES_SHARE * _cues(docs, known)
    settings = _settings(held_out, np.array([lesson.demand_type for lesson in lessons]), known)
    return Trained(learner.fit(docs, lessons, known, settings), held_out)


def _without_choice(language: Language, texts: Sequence[str]) -> Sequence[Doc]:
    with language.select_pipes(enable=["journeys_cues"]):
        return list(language.pipe(texts))


def _cues(docs: Sequence[Doc], types: tuple[str, ...]) -> Margins:
    said = [cue_strengths(doc.user_data["cues"]) for doc in docs]
    return np.array([[strengths.get(slug, 0.0) for slug in types] for strengths in said])


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
