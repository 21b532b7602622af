"""Learning: the same notes give the same model, saved and loaded it says the same, and a worse one is known as such."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy

from journeys.settings_files import read_shipped_taxonomy
from nlp.label import build_note_reader
from nlp.lessons import Lesson, lessons_of
from nlp.pipeline import REASONS, build_pipeline
from nlp.reasons import ReasonFinder, Weights
from nlp.reduce import ReduceWeights
from nlp.scores import mean_f1
from nlp.seed import read_seed_notes
from nlp.shipped import FOLDER, read_shipped
from nlp.train import train_weights
from nlp.train_own import OwnNote, train_own

NOTES = ["Bin missed again on Castle Street", "wants 2 copies of a birth cert", "she is so unhappy", "xyzzy plugh", ""]


@pytest.fixture(scope="module")
def few() -> list[Lesson]:
    """Every sixth lesson: quick to learn from."""
    return lessons_of(read_seed_notes())[::6]


def test_the_same_notes_give_the_same_model(few: list[Lesson]) -> None:
    taxonomy = read_shipped_taxonomy()
    first, second = (
        train_weights(build_pipeline(taxonomy), few, taxonomy.precedence, lambda _: None) for _ in range(2)
    )
    assert first.weights.version == second.weights.version
    assert first.weights.settings == second.weights.settings
    assert abs(first.held_out - second.held_out).max() < 1e-6


def test_saved_and_loaded_it_says_the_same(tmp_path: Path) -> None:
    taxonomy, weights = read_shipped_taxonomy(), read_shipped()
    weights.save(tmp_path)
    labels = build_note_reader(taxonomy, weights).label(NOTES)
    assert build_note_reader(taxonomy, Weights.load(tmp_path)).label(NOTES) == labels
    assert build_note_reader(taxonomy, Weights.from_text(weights.as_text())).label(NOTES) == labels


def test_the_shipped_pipeline_is_a_spacy_pipeline_of_under_20_megabytes() -> None:
    language = spacy.load(FOLDER)
    finder = language.get_pipe(REASONS)
    assert isinstance(finder, ReasonFinder)
    label = language("the crew have missed our bin again")._.label
    assert (label.demand_type, label.is_abstained) == ("not_done", False)
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 20e6


def test_own_labels_that_say_nothing_are_no_better_than_the_model_in_use() -> None:
    """Labels turned about, on which the model in use is right: the new one, learnt with the seed, cannot be."""
    taxonomy = read_shipped_taxonomy()
    seed = read_seed_notes()[:60]
    types = [note.types[0] for note in seed]
    truth = types[7:] + types[:7]
    wrong = dict(zip((note.place for note in seed), truth, strict=True))
    notes = [OwnNote(note.place, note.plain, said, note.service) for note, said in zip(seed, truth, strict=True)]
    own = train_own(taxonomy, notes, wrong, lambda _: None)
    assert (own.right_before.value, own.right_before.n) == (1.0, 60)
    assert own.is_worse
    assert set(own.said) == set(wrong)


def test_the_neural_classifier_can_take_the_place_of_the_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Learnt from few notes, saved, loaded, and used for labels by the whole pipeline."""
    monkeypatch.setattr("nlp.train._FOLDS", 2)
    taxonomy = read_shipped_taxonomy().model_copy(update={"classifier": "reduce"})
    wanted = {"not_done", "report", "urgent"}
    lessons = [lesson for lesson in lessons_of(read_seed_notes()) if lesson.demand_type in wanted][::2]
    trained = train_weights(build_pipeline(taxonomy), lessons, taxonomy.precedence, lambda _: None)
    assert isinstance(trained.weights, ReduceWeights)
    said = [trained.weights.types[place] for place in trained.held_out.argmax(axis=1)]
    assert mean_f1([lesson.demand_type for lesson in lessons], said) > 0.5  # by chance a third
    trained.weights.save(tmp_path)
    labels = build_note_reader(taxonomy, trained.weights).label(NOTES)
    assert build_note_reader(taxonomy, ReduceWeights.load(tmp_path)).label(NOTES) == labels
    assert build_note_reader(taxonomy, ReduceWeights.from_text(trained.weights.as_text())).label(NOTES) == labels


def test_a_classifier_does_not_take_what_the_other_learnt() -> None:
    taxonomy = read_shipped_taxonomy().model_copy(update={"classifier": "reduce"})
    with pytest.raises(TypeError, match="Weights cannot be used by ReduceFinder"):
        build_note_reader(taxonomy, read_shipped("words"))
