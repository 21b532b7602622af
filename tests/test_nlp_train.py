"""Learning: the same notes give the same model, saved and loaded it says the same, and a worse one is known as such."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy

from journeys.settings_files import read_shipped_taxonomy
from nlp.label import build_note_reader
from nlp.pipeline import REASONS, build_pipeline
from nlp.reasons import ReasonFinder, Weights
from nlp.seed import read_seed_notes
from nlp.shipped import FOLDER, read_shipped
from nlp.train import Lesson, train_weights
from nlp.train_own import OwnNote, train_own
from nlp.train_shipped import lessons_of

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
