"""Reasons nobody thought of: found where many persons share words, and never fewer."""

from __future__ import annotations

from nlp.emerging import find_emerging

KNOWN = [
    f"{what} {n}" for n in range(100) for what in ("bin not emptied on our street", "wants a copy of the bill please")
]
SCOOTER = "hire scooter left across the dock bay {}"


def _unclear(n_persons: int, text: str = SCOOTER) -> list[tuple[str, str]]:
    oddments = [
        (f"something or other about {word}", f"o{word}") for word in ("hats", "tea", "rain", "sums", "glue", "jam")
    ]
    return [(text.format("again" if n % 2 else "today"), f"p{n}") for n in range(n_persons)] + oddments


def test_words_that_unclear_notes_share_are_one_group() -> None:
    [found] = find_emerging(_unclear(14), KNOWN)
    assert set(found.words) <= {"hire", "scooter", "left", "dock", "bay"}
    assert "scooter" in found.words
    assert (found.n_notes, found.n_persons) == (14, 14)


def test_fewer_persons_than_k_are_no_group_however_many_notes() -> None:
    assert find_emerging(_unclear(9), KNOWN) == []
    one_person = [(SCOOTER.format(n), "p1") for n in range(40)]
    assert find_emerging(one_person, KNOWN) == []


def test_words_as_common_elsewhere_do_not_tell() -> None:
    others = [f"bin not emptied {word}" for word in ("again", "today") * 200]
    assert find_emerging(_unclear(30, "bin not emptied {}"), others) == []


def test_marks_of_redaction_are_no_words() -> None:
    found = find_emerging([(f"[person] [reference] {n}", f"p{n}") for n in range(30)], KNOWN)
    assert found == []
