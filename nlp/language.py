"""Can a note be read: is it in English? A note in another language is left unlabelled rather than guessed at.

Rule: not English when most letters are outside the Latin alphabet, or when words that only other languages use
outnumber common English ones. The lists are our own and small: Welsh first, then languages councils hear most.

Each word has a code, worked out once; the codes of a note are added up, and the sum tells how many words of each sort
there are: sorts stand so far apart that no note of the longest length lets one run into the next.
"""

from __future__ import annotations

from nlp.lists import read_list
from nlp.words import is_word

_FEWEST_WORDS = 2
_BITS = 24
_MASK = (1 << _BITS) - 1
_FOREIGN = read_list("foreign_words.txt")
_ENGLISH = read_list("english_words.txt")


def code_of(norm: str) -> int:
    """What a token counts as: word, foreign word, English word, letters, letters of other alphabets."""
    letters = [letter for letter in norm if letter.isalpha()]
    counts = (
        int(is_word(norm)), int(norm in _FOREIGN), int(norm in _ENGLISH), len(letters),
        sum(letter > "\u024f" for letter in letters),
    )  # fmt: skip
    return sum(count << (_BITS * place) for place, count in enumerate(counts))


def is_readable(codes: int) -> bool:
    """Whether a note can be trusted to be read, from the sum of its codes: two words at least, and English."""
    n_words, n_foreign, n_english, n_letters, n_other = (codes >> (_BITS * place) & _MASK for place in range(5))
    if n_words < _FEWEST_WORDS or n_other * 2 > n_letters:
        return False
    return n_foreign < 2 or n_foreign <= n_english
