"""Names of people in a note -> [person].

Rules: a word of the name lists is a name. A word that is also an everyday word is one only after a title or beside
another name. A capitalised word that no list knows is one after a title, beside a name, or beside another such word
in the middle of a sentence. Public places and bodies (runs that end in Street, School, Council ...) stay.
What the record's own identifier columns hold always goes, by part as well.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import NamedTuple

from nlp.lists import read_list
from nlp.remembered import Remembered

TITLES = read_list("titles.txt")
_COMMON = read_list("common_words.txt")
_WORD_NAMES = read_list("word_names.txt")
_PLACES = read_list("place_words.txt")
_NAMES = (read_list("first_names.txt") | read_list("surnames.txt")) - _WORD_NAMES - _COMMON
_NAMING = frozenset({"name", "surname"})
_WORD = re.compile(r"(?<![\w\[@])(?:[^\W\d_]\.(?= [^\W\d_])|[^\W\d_]+(?:['’-][^\W\d_]+)*)(?![\w\]@])")


class Looked(NamedTuple):
    """What the lists make of a word, wherever it stands."""

    lower: str
    kind: str  # title, name, word_name, place, common, unknown, initial
    is_capital: bool
    may_be_name: bool  # it alone is reason to look for names
    n_capitals: int
    n_letters: int


class Word(NamedTuple):
    """One word of a note: where it stands and what the lists make of it."""

    start: int
    end: int
    lower: str
    kind: str
    is_capital: bool


def _look_up(word: str) -> Looked:
    lower = word.lower().removesuffix("'s").removesuffix("’s")
    is_capital = word[0].isupper()
    if len(word.rstrip(".")) == 1:
        is_initial = is_capital and lower not in {"i", "a"}
        return Looked(lower, "initial" if is_initial else "common", is_capital, is_initial, int(is_capital), 1)
    parts = [part for part in re.split(r"[-'’]", lower) if len(part) > 2]
    if lower in TITLES:
        kind = "title"
    elif lower in _NAMES or ("-" in lower and is_capital and any(part in _NAMES for part in parts)):
        kind = "name"
    elif lower in _WORD_NAMES:
        kind = "word_name"
    elif lower in _PLACES:
        kind = "place"
    else:
        kind = "common" if lower in _COMMON else "unknown"
    may_be_name = kind not in {"common", "place"} and (is_capital or kind in {"name", "title"})
    n_capitals, n_letters = sum(map(str.isupper, word)), sum(map(str.isalpha, word))
    return Looked(lower, kind, is_capital, may_be_name, n_capitals, n_letters)


_LOOKED_UP: Remembered[str, Looked] = Remembered(_look_up)


def mask_names(note: str, known: AbstractSet[str]) -> str:
    """The note with names replaced by [person]; `known` holds words, in lower case, that always go."""
    read = [_LOOKED_UP[word] for word in _WORD.findall(note)]
    if not any(word.may_be_name for word in read) and (not known or all(word.lower not in known for word in read)):
        return note
    words = [
        Word(*match.span(), word.lower, word.kind, word.is_capital)
        for match, word in zip(_WORD.finditer(note), read, strict=True)
    ]
    is_case_telling = sum(word.n_capitals for word in read) * 2 < sum(word.n_letters for word in read)
    masked = _find_names(note, words, known, is_case_telling)
    return _replace_runs(note, words, masked) if masked else note


def _find_names(note: str, words: list[Word], known: AbstractSet[str], is_case_telling: bool) -> set[int]:
    places = _place_runs(note, words) if is_case_telling else set()
    masked = {i for i, word in enumerate(words) if word.lower in known}
    masked |= {i for i, word in enumerate(words) if word.kind == "name" and i not in places}
    for i in [i for i, word in enumerate(words, start=1) if word.kind == "title" and i < len(words)]:
        title, word = words[i - 1], words[i]
        if _is_adjacent(note, title, word) and _may_follow_title(word, is_case_telling):
            masked.add(i)
    if is_case_telling:
        capitals = [i for i, word in enumerate(words) if word.is_capital]
        masked |= _named_by_capital(note, words, capitals, places) | _capital_pairs(note, words, capitals, places)
    if not masked:
        return masked
    _spread(note, words, masked, places, is_case_telling)
    gone = {words[i].lower for i in masked}
    return masked | {
        i for i, word in enumerate(words) if word.lower in gone and word.kind in {"unknown", "name"} and i not in places
    }


def _may_follow_title(word: Word, is_case_telling: bool) -> bool:
    if word.kind in {"name", "word_name", "initial"} or len(word.lower) == 1:
        return True
    return word.kind in {"unknown", "place"} and (word.is_capital or not is_case_telling)


def _is_adjacent(note: str, left: Word, right: Word) -> bool:
    between = note[left.end : right.start]
    return between.strip(" .&" if left.kind in {"title", "initial"} else " &") == "" and "\n" not in between


def _starts_sentence(note: str, word: Word) -> bool:
    before = note[: word.start].rstrip(" \"'(")
    return not before or before[-1] in ".!?:\n"


def _place_runs(note: str, words: list[Word]) -> set[int]:
    """Positions in runs of capitalised words that end in a place word ("Castle Street", "Ellen Wilkinson room")."""
    places: set[int] = set()
    for i, word in enumerate(words):
        if word.lower not in _PLACES:
            continue
        run = [i]
        while run[-1] and words[run[-1] - 1].is_capital and _is_adjacent(note, words[run[-1] - 1], words[run[-1]]):
            if words[run[-1] - 1].kind == "title":
                run = []
                break
            run.append(run[-1] - 1)
        is_person = word.lower in _WORD_NAMES and len(run) == 2 and words[run[-1]].kind == "name"
        if len(run) > 1 and not is_person:
            places.update(run)
    return places


def _named_by_capital(note: str, words: list[Word], capitals: list[int], places: set[int]) -> set[int]:
    """Everyday words written with a capital where a sentence goes on ("asked Grace"), and what is called a name."""
    named: set[int] = set()
    for i in capitals:
        word = words[i]
        if i == 0 or i in places or word.kind == "common" or note[word.start : word.end].isupper():
            continue
        before = [other.lower for other in words[max(i - 2, 0) : i]]
        is_called = before[-1] in {"is", "was"} and before[0] in _NAMING or before[-1] in {"named", "called"}
        is_word_name = word.kind == "word_name" and word.lower not in _COMMON | _PLACES and before[-1] != "the"
        if (is_word_name or is_called) and not _starts_sentence(note, word):
            named.add(i)
    return named


def _capital_pairs(note: str, words: list[Word], capitals: list[int], places: set[int]) -> set[int]:
    """Two capitalised words side by side that no list knows as common; to open a sentence one must be a name-word."""
    pairs: set[int] = set()
    for i, following in pairwise(capitals):
        left, right = words[i], words[following]
        if following != i + 1 or not _is_adjacent(note, left, right) or i in places or following in places:
            continue
        if i and words[i - 1].lower == "the":
            continue
        kinds = {left.kind, right.kind}
        is_shouted = left.kind != "initial" and note[left.start : left.end].isupper()
        if is_shouted or not kinds <= {"unknown", "word_name", "initial"} or right.kind == "initial":
            continue
        if left.kind == "initial" or "word_name" in kinds or not _starts_sentence(note, left):
            pairs |= {i, i + 1}
    return pairs


def _spread(note: str, words: list[Word], masked: set[int], places: set[int], is_case_telling: bool) -> None:
    """Take in the neighbours of a name: initials, everyday-word names and, in capitals, words no list knows."""
    found = sorted(masked)
    while found:
        here = found.pop()
        for there in (here - 1, here + 1):
            if not 0 <= there < len(words) or there in masked or there in places:
                continue
            pair = (words[min(here, there)], words[max(here, there)])
            if _belongs(words[there], there > here, is_case_telling) and _is_adjacent(note, *pair):
                masked.add(there)
                found.append(there)


def _belongs(word: Word, is_after: bool, is_case_telling: bool) -> bool:
    if not is_case_telling:
        return word.kind in {"word_name", "initial"} and word.lower not in _PLACES
    if not word.is_capital or word.kind in {"common", "title"}:
        return False
    return is_after or word.kind != "place"


def _replace_runs(note: str, words: list[Word], masked: set[int]) -> str:
    """Neighbouring masked words become one mark; a possessive 's stays."""
    pieces: list[str] = []
    at, previous = 0, -2
    for i in sorted(masked):
        word = words[i]
        end = word.end - 2 if note[word.start : word.end].lower().endswith(("'s", "’s")) else word.end
        if previous == i - 1 and at == words[previous].end and _is_adjacent(note, words[previous], word):
            at = end
        else:
            pieces += [note[at : word.start], "[person]"]
            at = end
        previous = i
    return "".join([*pieces, note[at:]])
