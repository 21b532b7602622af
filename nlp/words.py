"""One word of a note -> the form in which cues meet it.

Rule: lower case; the council's abbreviations written out; every number is "#", every ordinal from the second
is "#th". spaCy keeps the result per lexeme (NORM), so each distinct word is worked out once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from nlp.lists import read_list

NUMBER, ORDINAL = "#", "#th"
_FIGURES = re.compile(r"\d[\d.,:]*")
_FIGURES_ORDINAL = re.compile(r"\d+(st|nd|rd|th)")
_EMERGENCY_NUMBERS = frozenset({"999", "101", "111"})
_NUMBER_WORDS = read_list("number_words.txt")
_ORDINAL_WORDS = read_list("ordinal_words.txt")
_CURLY = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})


def read_lower(text: str) -> str:
    """The text in lower case with straight quotes, of the same length, so that positions still hold."""
    straight = text if text.isascii() else text.translate(_CURLY)
    lower = straight.lower()
    return lower if len(lower) == len(straight) else straight


def is_word(norm: str) -> bool:
    """Whether a token is a word or a number, not punctuation or a blank."""
    return norm[0].isalnum() or norm in {NUMBER, ORDINAL}


def norm_reader(abbreviations: Mapping[str, str]) -> Callable[[str], str]:
    """A function from a word to its form for matching; applying it twice changes nothing."""
    written_out = {short.lower(): full.lower() for short, full in abbreviations.items()}

    def norm_of(word: str) -> str:
        word = word.lower()
        word = written_out.get(word, word)
        if word in _EMERGENCY_NUMBERS or word == "1st":
            return {"1st": "first"}.get(word, word)
        if word in _NUMBER_WORDS or _FIGURES.fullmatch(word):
            return NUMBER
        if word in _ORDINAL_WORDS or _FIGURES_ORDINAL.fullmatch(word):
            return ORDINAL
        return word

    return norm_of
