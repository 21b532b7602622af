"""Names of people in a note -> [person].

Rules: a word of the name lists is a name. A word that is also an everyday word is one only after a title or beside
another name. A capitalised word that no list knows is one after a title, beside a name, or beside another such word
in the middle of a sentence. Public places and bodies (runs that end in Street, School, Council ...) stay.
What the record's own identifier columns hold always goes, by part as well.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import NamedTuple

from nlp.lists import read_list

TITLES = read_list("titles.txt")
_COMMON = read_list("common_words.txt")
_WORD_NAMES = read_list("word_names.txt")
_PLACES = read_list("place_words.txt")
_NAMES = (read_list("first_names.txt") | read_list("surnames.txt")) - _WORD_NAMES - _COMMON
_NAMING = frozenset({"name", "surname"})
_WORD = re.compile(r"(?<![\w\[@])(?:[^\W\d_]\.(?= [^\W\d_])|[^\W\d_]+(?:['’-][^\W\d_]+)*)(?![\w\]@])")


class Word(NamedTuple):
    """One word of a note: where it stands and what the lists make of it."""

    start: int
    end: int
    lower: str
    kind: str  # title, name, word_name, place, common, unknown, initial
    is_capital: bool


@lru_cache(maxsize=65536)
def _kind_of(word: str) -> tuple[str, str, bool]:
    lower = word.lower().removesuffix("'s").removesuffix("’s")
    is_capital = word[0].isupper()
    if len(word.rstrip(".")) == 1:
        return lower, "initial" if is_capital and lower not in {"i", "a"} else "common", is_capital
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
    return lower, kind, is_capital


def mask_names(note: str, known: AbstractSet[str]) -> str:
    """The note with names replaced by [person]; `known` holds words, in lower case, that always go."""
    words = [Word(match.start(), match.end(), *_kind_of(match[0])) for match in _WORD.finditer(note)]
    if not any(_may_be_name(word, known) for word in words):
        return note
    is_case_telling = sum(map(str.isupper, note)) * 2 < sum(map(str.isalpha, note))
    masked = _find_names(note, words, known, is_case_telling)
    return _replace_runs(note, words, masked) if masked else note


def _may_be_name(word: Word, known: AbstractSet[str]) -> bool:
    if word.kind in {"common", "place"}:
        return word.lower in known
    return word.is_capital or word.kind in {"name", "title"} or word.lower in known


def _find_names(note: str, words: list[Word], known: AbstractSet[str], is_case_telling: bool) -> set[int]:
    places = _place_runs(note, words) if is_case_telling else set()
    masked = {i for i, word in enumerate(words) if word.lower in known}
    masked |= {i for i, word in enumerate(words) if word.kind == "name" and i not in places}
    for i in range(1, len(words)):
        title, word = words[i - 1], words[i]
        if title.kind == "title" and _is_adjacent(note, title, word) and _may_follow_title(word, is_case_telling):
            masked.add(i)
    if is_case_telling:
        masked |= _named_by_capital(note, words, places) | _capital_pairs(note, words, places)
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


def _named_by_capital(note: str, words: list[Word], places: set[int]) -> set[int]:
    """Everyday words written with a capital where a sentence goes on ("asked Grace"), and what is called a name."""
    named: set[int] = set()
    for i, word in enumerate(words):
        if i == 0 or i in places or not word.is_capital or note[word.start : word.end].isupper():
            continue
        before = [other.lower for other in words[max(i - 2, 0) : i]]
        is_called = before[-1] in {"is", "was"} and before[0] in _NAMING or before[-1] in {"named", "called"}
        is_word_name = word.kind == "word_name" and word.lower not in _COMMON | _PLACES and before[-1] != "the"
        if (is_word_name or (is_called and word.kind != "common")) and not _starts_sentence(note, word):
            named.add(i)
    return named


def _capital_pairs(note: str, words: list[Word], places: set[int]) -> set[int]:
    """Two capitalised words side by side that no list knows as common; to open a sentence one must be a name-word."""
    pairs: set[int] = set()
    for i in range(len(words) - 1):
        left, right = words[i], words[i + 1]
        if not (left.is_capital and right.is_capital and _is_adjacent(note, left, right)) or places & {i, i + 1}:
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
    for order in (range(len(words) - 1), range(len(words) - 2, -1, -1)):
        for i in order:
            for here, there in ((i, i + 1), (i + 1, i)):
                if here in masked and there not in masked and there not in places:
                    pair = (words[min(here, there)], words[max(here, there)])
                    if _is_adjacent(note, *pair) and _belongs(words[there], there > here, is_case_telling):
                        masked.add(there)


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
