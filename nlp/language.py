"""Can a note be read: is it in English? A note in another language is left unlabelled rather than guessed at.

Rule: not English when most letters are outside the Latin alphabet, or when words that only other languages use
outnumber common English ones. The lists are our own and small: Welsh first, then languages councils hear most.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nlp.lists import read_list
from nlp.words import is_word

_FEWEST_WORDS = 2
_FOREIGN = read_list("foreign_words.txt")
_ENGLISH = read_list("english_words.txt")
N_COUNTS = 5


def counts_of(norm: str) -> tuple[int, int, int, int, int]:
    """What a token counts as: word, foreign word, English word, letters, letters of other alphabets."""
    letters = [letter for letter in norm if letter.isalpha()]
    n_other = sum(letter > "\u024f" for letter in letters)
    return int(is_word(norm)), int(norm in _FOREIGN), int(norm in _ENGLISH), len(letters), n_other


def is_readable(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether notes can be trusted to be read, from the sums of their counts: two words at least, and English."""
    n_words, n_foreign, n_english, n_letters, n_other = counts.T
    is_latin = (n_words >= _FEWEST_WORDS) & (n_other * 2 <= n_letters)
    return np.asarray(is_latin & ((n_foreign < 2) | (n_foreign <= n_english)), bool)
