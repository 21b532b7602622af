"""Words of a note -> what the linear model adds up, worked out once per distinct word.

In: Docs. Out: per note a row of sums, one per answer the model knows. Two blocks, each of a length of its own:
- words: each distinct word and pair of neighbours once, weighed by how rare it is (idf);
- letters: each distinct word's runs of 2 to 5 letters, so that a misspelt word still says something.
What depends on a word alone (its weights, the sum over its letters) is computed when the word is first met and kept, so a
note costs a look-up and a sum per word. Lengths are those of independent words: sums of squares, without cross terms.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from spacy.attrs import IS_SPACE, NORM
from spacy.tokens import Doc

LETTERS_SHARE = 0.6  # length of the block of letters where that of words is 1; measured by writer, see nlp.train
_SHORTEST, _LONGEST = 2, 5
_MOST_KEPT = 200_000
_START, _END = np.uint64(11), np.uint64(13)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

Reals = npt.NDArray[np.float32]
Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Block:
    """Features of one kind: their keys in order, how rare each is, and its weight for each answer."""

    keys: Keys
    idf: Reals
    weights: Reals

    def places(self, wanted: Keys) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
        """Where each key stands, and whether it is known."""
        if not len(self.keys):
            return np.zeros(len(wanted), np.intp), np.zeros(len(wanted), bool)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return at, self.keys[at] == wanted


class _Grown:
    """Rows of one width that are added one at a time and read all at once."""

    def __init__(self, width: int) -> None:
        self._rows = np.zeros((1024, width), np.float32)
        self._n = 0

    def add(self, row: Reals) -> None:
        if self._n == len(self._rows):
            self._rows = np.vstack([self._rows, np.zeros_like(self._rows)])
        self._rows[self._n] = row
        self._n += 1

    def at(self, places: npt.NDArray[np.int64]) -> Reals:
        return np.asarray(self._rows[places], np.float32)


@dataclass(slots=True)
class WordSums:
    """Sums over notes for one set of weights; keeps what it has worked out about words."""

    words: Block
    pairs: Block
    letters: Block
    text_of: Callable[[int], str]
    _row_of: dict[int, int] = field(default_factory=dict)
    _by_words: _Grown = field(init=False)
    _by_letters: _Grown = field(init=False)

    def __post_init__(self) -> None:
        self._forget()

    def sums(self, docs: Sequence[Doc]) -> Reals:
        """One row of sums per note."""
        notes = [word_keys(doc) for doc in docs]
        n_answers = self.words.weights.shape[1]
        note_of = np.repeat(np.arange(len(notes)), [len(keys) for keys in notes])
        if not len(note_of):
            return np.zeros((len(notes), n_answers), np.float32)
        rows = self._rows(np.concatenate(notes))
        once = np.unique((note_of.astype(np.int64) << 32) | rows)
        note_once, row_once = once >> 32, once & 0xFFFFFFFF
        by_words = _summed(self._by_words.at(row_once), note_once, len(notes))
        by_letters = _summed(self._by_letters.at(row_once), note_once, len(notes))
        by_words += self._of_pairs(notes)
        return _to_length(by_words, 1.0) + _to_length(by_letters, LETTERS_SHARE)

    def of_words(self, keys: Keys, answer: int) -> Reals:
        """What each word says for one answer, before lengths: for showing which words spoke."""
        known = self._row_of
        rows = np.array([known[key] if key in known else -1 for key in keys.tolist()], np.int64)
        if (rows < 0).any():
            rows = self._rows(keys)
        return np.asarray(self._by_words.at(rows)[:, answer] + self._by_letters.at(rows)[:, answer], np.float32)

    def _of_pairs(self, notes: Sequence[Keys]) -> Reals:
        pairs = [pair_keys(keys) for keys in notes]
        note_of = np.repeat(np.arange(len(pairs)), [len(keys) for keys in pairs])
        at, is_known = self.pairs.places(np.concatenate(pairs))
        once = np.unique((note_of[is_known].astype(np.int64) << 32) | at[is_known])
        at = once & 0xFFFFFFFF
        idf = self.pairs.idf[at][:, None]
        return _summed(np.hstack([self.pairs.weights[at] * idf, idf * idf]), once >> 32, len(notes))

    def _forget(self) -> None:
        width = self.words.weights.shape[1] + 1
        self._row_of, self._by_words, self._by_letters = {}, _Grown(width), _Grown(width)

    def _rows(self, keys: Keys) -> npt.NDArray[np.int64]:
        distinct, back = np.unique(keys, return_inverse=True)
        if len(self._row_of) > _MOST_KEPT:
            self._forget()
        for key in distinct.tolist():
            if key not in self._row_of:
                self._row_of[key] = len(self._row_of)
                self._by_words.add(_one(self.words, np.array([key], np.uint64)))
                self._by_letters.add(_one(self.letters, letter_keys(self.text_of(key))))
        rows = np.fromiter((self._row_of[key] for key in distinct.tolist()), np.int64, len(distinct))
        return rows[back]


def word_keys(doc: Doc) -> Keys:
    """Keys of the words of a note in order, blanks left out: spaCy's own hashes of their norms."""
    attributes = doc.to_array([NORM, IS_SPACE])
    return np.asarray(attributes[attributes[:, 1] == 0, 0], np.uint64)


def pair_keys(keys: Keys) -> Keys:
    """Keys of neighbouring words, the beginning and the end of the note counted as words."""
    left, right = np.concatenate([[_START], keys]), np.concatenate([keys, [_END]])
    with np.errstate(over="ignore"):
        return np.asarray(left * _MULTIPLIER + right, np.uint64)


def letter_keys(word: str) -> Keys:
    """Keys of the distinct runs of letters of a word, its ends counted as letters."""
    return np.array(sorted({zlib.crc32(run.encode()) for run in _runs(f" {word} ")}), np.uint64)


def _runs(text: str) -> Iterator[str]:
    for length in range(_SHORTEST, _LONGEST + 1):
        for start in range(len(text) - length + 1):
            yield text[start : start + length]


def _one(block: Block, keys: Keys) -> Reals:
    """Sum of the weights of known features, and in the last place their squared length."""
    at, is_known = block.places(keys)
    idf = block.idf[at[is_known]]
    return np.append(idf @ block.weights[at[is_known]], idf @ idf).astype(np.float32)


def _summed(rows: Reals, note_of: npt.NDArray[np.int64], n_notes: int) -> Reals:
    """Rows added up per note; `note_of` is sorted."""
    sums = np.zeros((n_notes, rows.shape[1]), np.float32)
    if len(rows):
        starts = np.flatnonzero(np.r_[True, np.diff(note_of) != 0])
        sums[note_of[starts]] = np.add.reduceat(rows, starts, axis=0)
    return sums


def _to_length(sums: Reals, length: float) -> Reals:
    squared = sums[:, -1:]
    divided: Reals = np.divide(
        sums[:, :-1] * length, np.sqrt(squared), out=np.zeros_like(sums[:, :-1]), where=squared > 0
    )
    return divided
