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
_PAIRED_KINDS = frozenset({"unknown", "word_name", "initial"})
_WORD = re.compile(r"(?<![\w\[@])(?:[^\W\d_]\.(?= [^\W\d_])|[^\W\d_]+(?:['’-][^\W\d_]+)*)(?![\w\]@])")


class Word(NamedTuple):
    """What the lists make of a word, wherever it stands; worked out once for each distinct word."""

    lower: str
    kind: str  # title, name, word_name, place, common, unknown, initial
    is_capital: bool
    is_shouted: bool  # all capitals, more than an initial
    may_be_name: bool  # it alone is reason to look for names
    n_capitals: int
    n_letters: int


class Note(NamedTuple):
    """A note as its words, and where each stands."""

    text: str
    words: list[Word]
    spans: list[tuple[int, int]]

    def is_adjacent(self, left: int, right: int) -> bool:
        """Whether nothing but blanks, or what joins names, stands between two words."""
        between = self.text[self.spans[left][1] : self.spans[right][0]]
        if between == " ":
            return True
        signs = " .&" if self.words[left].kind in {"title", "initial"} else " &"
        return between.strip(signs) == "" and "\n" not in between

    def starts_sentence(self, at: int) -> bool:
        """Whether a sentence begins with this word."""
        before = self.text[: self.spans[at][0]].rstrip(" \"'(")
        return not before or before[-1] in ".!?:\n"


def _look_up(word: str) -> Word:
    lower = word.lower().removesuffix("'s").removesuffix("’s")
    is_capital = word[0].isupper()
    kind = _kind_of(word, lower, is_capital)
    return Word(
        lower=lower,
        kind=kind,
        is_capital=is_capital,
        is_shouted=word.isupper(),
        may_be_name=kind not in {"common", "place"} and (is_capital or kind in {"name", "title"}),
        n_capitals=sum(map(str.isupper, word)),
        n_letters=sum(map(str.isalpha, word)),
    )


def _kind_of(word: str, lower: str, is_capital: bool) -> str:
    if len(word.rstrip(".")) == 1:
        return "initial" if is_capital and lower not in {"i", "a"} else "common"
    parts = [part for part in re.split(r"[-'’]", lower) if len(part) > 2]
    if lower in TITLES:
        return "title"
    if lower in _NAMES or ("-" in lower and is_capital and any(part in _NAMES for part in parts)):
        return "name"
    if lower in _WORD_NAMES:
        return "word_name"
    if lower in _PLACES:
        return "place"
    return "common" if lower in _COMMON else "unknown"


_KNOWN_WORDS: Remembered[str, Word] = Remembered(_look_up)


def is_never_a_name(word: str) -> bool:
    """Whether the lists know the word as common or as part of a place, and not as a name."""
    return not word.isalpha() or _KNOWN_WORDS[word].kind in {"common", "place"}


def mask_names(note: str, known: AbstractSet[str]) -> str:
    """The note with names replaced by [person]; `known` holds words, in lower case, that always go."""
    words = [_KNOWN_WORDS[word] for word in _WORD.findall(note)]
    if not any(word.may_be_name for word in words) and (not known or all(word.lower not in known for word in words)):
        return note
    read = Note(note, words, [match.span() for match in _WORD.finditer(note)])
    masked = _find_names(read, known)
    return _replace_runs(read, masked) if masked else note


def _find_names(note: Note, known: AbstractSet[str]) -> set[int]:
    words = note.words
    is_case_telling = sum(word.n_capitals for word in words) * 2 < sum(word.n_letters for word in words)
    places = _place_runs(note) if is_case_telling else set()
    masked = {i for i, word in enumerate(words) if word.kind == "name" and i not in places}
    if known:
        masked |= {i for i, word in enumerate(words) if word.lower in known}
    for i, title in enumerate(words[:-1]):
        if title.kind == "title" and note.is_adjacent(i, i + 1) and _may_follow_title(words[i + 1], is_case_telling):
            masked.add(i + 1)
    if is_case_telling:
        capitals = [i for i, word in enumerate(words) if word.is_capital]
        masked |= _named_by_capital(note, capitals, places) | _capital_pairs(note, capitals, places)
    if not masked:
        return masked
    _spread(note, masked, places, is_case_telling)
    gone = {words[i].lower for i in masked}
    return masked | {
        i for i, word in enumerate(words) if word.lower in gone and word.kind in {"unknown", "name"} and i not in places
    }


def _may_follow_title(word: Word, is_case_telling: bool) -> bool:
    if word.kind in {"name", "word_name", "initial"} or len(word.lower) == 1:
        return True
    return word.kind in {"unknown", "place"} and (word.is_capital or not is_case_telling)


def _place_runs(note: Note) -> set[int]:
    """Positions in runs of capitalised words that end in a place word ("Castle Street", "Ellen Wilkinson room")."""
    places: set[int] = set()
    for i, word in enumerate(note.words):
        if word.lower not in _PLACES:
            continue
        run = [i]
        while run[-1] and note.words[run[-1] - 1].is_capital and note.is_adjacent(run[-1] - 1, run[-1]):
            if note.words[run[-1] - 1].kind == "title":
                run = []
                break
            run.append(run[-1] - 1)
        is_person = word.lower in _WORD_NAMES and len(run) == 2 and note.words[run[-1]].kind == "name"
        if len(run) > 1 and not is_person:
            places.update(run)
    return places


def _named_by_capital(note: Note, capitals: list[int], places: set[int]) -> set[int]:
    """Everyday words written with a capital where a sentence goes on ("asked Grace"), and what is called a name."""
    named: set[int] = set()
    for i in capitals:
        word = note.words[i]
        if i == 0 or i in places or word.kind == "common" or word.is_shouted:
            continue
        before = [other.lower for other in note.words[max(i - 2, 0) : i]]
        is_called = before[-1] in {"is", "was"} and before[0] in _NAMING or before[-1] in {"named", "called"}
        is_word_name = word.kind == "word_name" and word.lower not in _COMMON | _PLACES and before[-1] != "the"
        if (is_word_name or is_called) and not note.starts_sentence(i):
            named.add(i)
    return named


def _capital_pairs(note: Note, capitals: list[int], places: set[int]) -> set[int]:
    """Two capitalised words side by side that no list knows as common; to open a sentence one must be a name-word."""
    pairs: set[int] = set()
    for i, following in pairwise(capitals):
        left, right = note.words[i], note.words[following]
        kinds = {left.kind, right.kind}
        if following != i + 1 or not kinds <= _PAIRED_KINDS or right.kind == "initial":
            continue
        if not note.is_adjacent(i, following) or i in places or following in places:
            continue
        if (i and note.words[i - 1].lower == "the") or (left.kind != "initial" and left.is_shouted):
            continue
        if left.kind == "initial" or "word_name" in kinds or not note.starts_sentence(i):
            pairs |= {i, following}
    return pairs


def _spread(note: Note, masked: set[int], places: set[int], is_case_telling: bool) -> None:
    """Take in the neighbours of a name: initials, everyday-word names and, in capitals, words no list knows."""
    found = sorted(masked)
    while found:
        here = found.pop()
        for there in (here - 1, here + 1):
            if not 0 <= there < len(note.words) or there in masked or there in places:
                continue
            is_after = there > here
            if _belongs(note.words[there], is_after, is_case_telling) and note.is_adjacent(*sorted((here, there))):
                masked.add(there)
                found.append(there)


def _belongs(word: Word, is_after: bool, is_case_telling: bool) -> bool:
    if not is_case_telling:
        return word.kind in {"word_name", "initial"} and word.lower not in _PLACES
    if not word.is_capital or word.kind in {"common", "title"}:
        return False
    return is_after or word.kind != "place"


def _replace_runs(note: Note, masked: set[int]) -> str:
    """Neighbouring masked words become one mark; a possessive 's stays."""
    pieces: list[str] = []
    at, previous = 0, -2
    for i in sorted(masked):
        start, end = note.spans[i]
        end = end - 2 if note.text[start:end].lower().endswith(("'s", "’s")) else end
        if previous == i - 1 and at == note.spans[previous][1] and note.is_adjacent(previous, i):
            at = end
        else:
            pieces += [note.text[at:start], "[person]"]
            at = end
        previous = i
    return "".join([*pieces, note.text[at:]])
