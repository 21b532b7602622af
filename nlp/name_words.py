"""The words of a note as the lists of names, titles and places know them; each distinct word is looked up once."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import NamedTuple

from nlp.lists import read_list
from nlp.remembered import Remembered

TITLES = read_list("titles.txt")
SENTENCE_ENDS = ".!?:\n"
SHAPES = ("i", "X", "C", "x")  # how a word is written: initial, capitals, a capital first, small letters
_COMMON = read_list("common_words.txt")
WORD_NAMES = read_list("word_names.txt")
PLACES = read_list("place_words.txt")
_NAMES = (read_list("first_names.txt") | read_list("surnames.txt")) - WORD_NAMES - _COMMON
_WORD = re.compile(r"(?<![\w\[@])([^\W\d_]\.(?= [^\W\d_])|[^\W\d_]+(?:['’-][^\W\d_]+)*)(?![\w\]@])")


class Word(NamedTuple):
    """What the lists make of a word, wherever it stands; worked out once for each distinct word."""

    lower: str
    kind: str  # title, name, word_name, place, common, unknown, initial
    shape: str  # one of SHAPES
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

    def before(self, at: int) -> str:
        """What stands between a word and the one before it."""
        return self.text[self.spans[at - 1][1] if at else 0 : self.spans[at][0]]

    def after(self, at: int) -> str:
        """What stands between a word and the one after it."""
        return self.text[self.spans[at][1] : self.spans[at + 1][0] if at + 1 < len(self.spans) else len(self.text)]


def read_words(text: str) -> Note:
    """The words of a note; marks of redaction are none."""
    parts = _WORD.split(text)  # what is between words, and words, in turn
    ends = list(accumulate(map(len, parts)))
    return Note(text, [_KNOWN_WORDS[word] for word in parts[1::2]], list(zip(ends[::2], ends[1::2], strict=False)))


def _look_up(word: str) -> Word:
    lower = word.lower().removesuffix("'s").removesuffix("’s")
    is_capital = word[0].isupper()
    kind = _kind_of(word, lower, is_capital)
    shape = "i" if kind == "initial" else "X" if word.isupper() else "C" if is_capital else "x"
    return Word(lower, kind, shape, sum(map(str.isupper, word)), sum(map(str.isalpha, word)))


def _kind_of(word: str, lower: str, is_capital: bool) -> str:
    if len(word.rstrip(".")) == 1:
        return "initial" if is_capital and lower not in {"i", "a"} else "common"
    parts = [part for part in re.split(r"[-'’]", lower) if len(part) > 2]
    if lower in TITLES:
        return "title"
    if lower in _NAMES or ("-" in lower and is_capital and any(part in _NAMES for part in parts)):
        return "name"
    if lower in WORD_NAMES:
        return "word_name"
    if lower in PLACES:
        return "place"
    return "common" if lower in _COMMON else "unknown"


_KNOWN_WORDS: Remembered[str, Word] = Remembered(_look_up)


def is_never_a_name(word: str) -> bool:
    """Whether the lists know the word as common or as part of a place, and not as a name."""
    return not word.isalpha() or _KNOWN_WORDS[word].kind in {"common", "place"}
