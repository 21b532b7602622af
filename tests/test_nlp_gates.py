"""What is left out to be fast makes no difference: notes read closely, word by word, come out the same."""

from __future__ import annotations

import re

import pytest

from journeys.settings_files import read_shipped_taxonomy
from nlp.gates import Gates
from nlp.label import NoteReader, build_note_reader
from nlp.redact_names import mask_names
from nlp.redact_patterns import SHAPES, redact_shapes
from nlp.seed import read_seed_notes

ODD = [
    "a  blank more", " one before", "one after ", "three   of them", "tabs\tand\nlines\r\nand \n both", "smile : ) here",
    "at 10 a.m . sharp", "x", "emoji only \U0001f600", "İstanbul \u0130\u0130 still waiting", "STRASSE straße ﬁne",
    "J. Smith and a. nobody", "Mr J", "mr\nj smith", "20/12345 4567 quoted", "[reference] 4567", "CT 12 345",
    "ring (0161) 496 0123 or o1632 960123", "2 St Mary's Close", "flat 2 Rose Court, 14 High St.", "AB 12 CDE",
]  # fmt: skip
NOTES = [note.plain for note in read_seed_notes()[::7]]
NOTES = [*NOTES, *(note.upper() for note in NOTES[::5]), *(note.lower() for note in NOTES[::5]), *ODD]


@pytest.fixture(scope="module")
def reader() -> NoteReader:
    return build_note_reader(read_shipped_taxonomy())


def _shapes_by_digits(note: str) -> list:
    runs = [len(run) for run in re.findall(r"\d+", note)]
    n, longest = sum(runs), max(runs, default=0)
    return [shape for shape in SHAPES if n >= shape.fewest_digits and longest >= shape.fewest_in_a_row]


def test_shapes_left_out_would_have_found_nothing() -> None:
    gates = Gates()
    tried = gates.shapes.shapes_to_try(NOTES, gates.read(NOTES))
    for note, shapes in zip(NOTES, tried, strict=True):
        if shapes or any(sign.isdigit() for sign in note):
            assert redact_shapes(note, shapes) == redact_shapes(note, _shapes_by_digits(note))


def test_words_left_out_are_no_names() -> None:
    gates = Gates()
    suspects = gates.names.suspects(gates.read(NOTES), [frozenset()] * len(NOTES))
    for note, places in zip(NOTES, suspects, strict=True):
        masked = note if places is None else mask_names(note, frozenset(), places)
        assert masked == mask_names(note, frozenset())


def test_labels_are_those_of_the_pipeline_of_spacy(reader: NoteReader) -> None:
    lower = [note.lower() for note in NOTES]
    assert reader.label(lower) == [doc._.label for doc in reader.language.pipe(lower)]


def test_a_note_is_labelled_alike_alone_and_among_others(reader: NoteReader) -> None:
    among = reader.label(NOTES)
    assert [build_note_reader(reader.taxonomy).label([note])[0] for note in NOTES[:3]] == among[:3]
    assert [reader.label([note])[0] for note in NOTES[::9]] == among[::9]
