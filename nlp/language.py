"""Can a note be read: is it in English? A note in another language is left unlabelled rather than guessed at.

Rule: not English when most letters are outside the Latin alphabet, or when words that only other languages use
outnumber common English ones. The lists are our own and small: Welsh first, then languages councils hear most.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlp.lists import read_list
from nlp.words import is_word

_FEWEST_WORDS = 2
_FOREIGN = read_list("foreign_words.txt")
_ENGLISH = read_list("english_words.txt")


def is_readable(norms: Sequence[str]) -> bool:
    """Whether the cues can be trusted to read this note: two words at least, and English."""
    if sum(map(is_word, norms)) < _FEWEST_WORDS:
        return False
    text = "".join(norms)
    if not text.isascii():
        letters = [letter for letter in text if letter.isalpha()]
        if sum(letter > "\u024f" for letter in letters) * 2 > len(letters):
            return False
    n_foreign = sum(norm in _FOREIGN for norm in norms)
    return n_foreign < 2 or n_foreign <= sum(norm in _ENGLISH for norm in norms)
