"""The seed corpus: enough of every type, in all styles, by many hands, nothing twice, and nobody real."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from journeys.settings_files import read_shipped_taxonomy
from nlp.seed import SeedNote, near_duplicates, read_seed_notes

# Ofcom's numbers for drama, as digits without the leading 0 or +44.
_DRAMA = re.compile(
    r"(7700900|1632960|2079460|1134960|1144960|1154960|1164960|1174960|1184960|1214960|1314960|1414960|1514960|1614960|1914980|2890180|2920180|8081570|9098790|3069990)\d*"
)
_NOT_REAL = re.compile(r"example\.(org|com|net|co\.uk)|\.example|gov\.uk")


@pytest.fixture(scope="module")
def notes() -> list[SeedNote]:
    return read_seed_notes()


def test_there_are_enough_of_every_type_and_a_fifth_are_traps(notes: list[SeedNote]) -> None:
    taxonomy = read_shipped_taxonomy()
    by_type = Counter(note.types[0] for note in notes)
    assert len(notes) >= 3000
    assert {slug for slug in taxonomy.precedence if slug != "browse" and by_type[slug] < 60} == set()
    assert {slug for note in notes for slug in note.types} <= set(taxonomy.by_slug)
    assert sum(note.is_trap for note in notes) >= len(notes) / 5
    assert len({note.writer for note in notes}) >= 50
    styles = Counter({"phone": 0, "face_to_face": 0, "web": 0, "email": 0})
    styles.update(note.channel for note in notes)
    assert min(styles["phone"], styles["face_to_face"], styles["web"] + styles["email"]) >= len(notes) / 5


def test_no_two_notes_are_alike_and_no_opening_is_a_template(notes: list[SeedNote]) -> None:
    assert near_duplicates(notes) == []
    openings = Counter(tuple(note.plain.lower().split()[:3]) for note in notes if len(note.plain.split()) > 5)
    assert openings.most_common(1)[0][1] <= 15


def test_near_duplicates_are_found(notes: list[SeedNote]) -> None:
    said = "the crew drove past us again on friday and left the blue bin full"
    pair = [
        SeedNote(f"x:{n}", "w", ("not_done",), "phone", "waste", False, f"{start} {said}")
        for n, start in ((1, "Rang:"), (2, ""))
    ]
    assert near_duplicates([*notes[:50], *pair]) == [("x:1", "x:2")]


def test_numbers_and_addresses_are_nobodys(notes: list[SeedNote]) -> None:
    wrong = []
    for note in notes:
        for kind, value in note.marks:
            digits = re.sub(r"\D", "", value).removeprefix("44").lstrip("0")
            if kind == "phone" and len(digits) >= 9 and not _DRAMA.match(digits):
                wrong.append((note.place, value))
            if kind == "email" and "@" in value and not _NOT_REAL.search(value.lower()):
                wrong.append((note.place, value))
    assert wrong == []


@pytest.mark.parametrize(
    "line", ["report|phone|waste|a note", "report|fax|waste|-|a note", "report|phone|waste|-|{{shoe|9}}"]
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.txt").write_text(f"# author: Ann\n{line}\n")
    with pytest.raises(ValueError, match=r"a\.txt:2: "):
        read_seed_notes(tmp_path)
