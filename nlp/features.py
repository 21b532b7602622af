"""Words of a note -> what the linear model adds up, worked out once per distinct word.

In: Docs. Out: per note a row of sums, one per answer the model knows. Three blocks, each of a length of its own:
- words: each distinct word and pair of neighbours once, weighed by how rare it is (idf);
- apart: pairs of words with one or two others between, for what is said in more words than usual;
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
from scipy import sparse
from spacy.attrs import IS_SPACE, NORM
from spacy.lang.en.stop_words import STOP_WORDS
from spacy.tokens import Doc

# Length of the block where that of words is 1; that of letters is a setting of what was learnt. Measured by writer.
APART_SHARE = 0.7
NEIGHBOURS, APART = (1,), (2, 3)  # distances of the words of a pair
_SHORTEST, _LONGEST = 2, 5
_MOST_KEPT = 200_000
_START, _END = np.uint64(11), np.uint64(13)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

Reals = npt.NDArray[np.float32]
Keys = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]


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


class _Rows:
    """What is known of each distinct word met so far: one row a word, added one at a time, read all at once."""

    def __init__(self, width: int) -> None:
        self._rows = np.zeros((1024, width), np.float32)
        self._is_content = np.zeros(1024, bool)
        self.n = 0

    def add(self, row: Reals, *, is_content: bool) -> None:
        if self.n == len(self._rows):
            self._rows = np.vstack([self._rows, np.zeros_like(self._rows)])
            self._is_content = np.concatenate([self._is_content, np.zeros_like(self._is_content)])
        self._rows[self.n], self._is_content[self.n] = row, is_content
        self.n += 1

    @property
    def sums(self) -> Reals:
        return self._rows[: self.n]

    @property
    def is_content(self) -> npt.NDArray[np.bool_]:
        return self._is_content[: self.n]


@dataclass(frozen=True, slots=True)
class BatchSums:
    """What the words of some notes add up to, and which row each word is, to say later which words spoke."""

    sums: Reals
    note_of: Places
    position: Places
    row: Places
    rows: _Rows

    def spoken(self, answer_of: Places, most: int) -> list[list[int]]:
        """For each note the positions of the words that speak most for its answer (-1: none asked), in their order."""
        asked = self.rows.is_content[self.row] & (answer_of[self.note_of] >= 0)
        note_of, position, row = self.note_of[asked], self.position[asked], self.row[asked]
        answer, width = answer_of[note_of], self.sums.shape[1] + 1
        said = self.rows.sums[row, answer] + self.rows.sums[row, width + answer]
        found: list[list[int]] = [[] for _ in answer_of]
        order = np.lexsort((position, -said, note_of))
        for note, place, share in zip(
            note_of[order].tolist(), position[order].tolist(), said[order].tolist(), strict=True
        ):
            if share > 0 and len(found[note]) < most:
                found[note].append(place)
        return [sorted(places) for places in found]


@dataclass(slots=True)
class WordSums:
    """Sums over notes for one set of weights; keeps what it has worked out about words.

    A row holds, for each answer, what the word says itself, then its squared length; then the same for its letters.
    """

    words: Block
    pairs: Block
    apart: Block
    letters: Block
    letters_share: float
    text_of: Callable[[int], str]
    _row_of: dict[int, int] = field(default_factory=dict)
    _rows: _Rows = field(init=False)
    _pair_sums: Reals = field(init=False)
    _apart_sums: Reals = field(init=False)

    def __post_init__(self) -> None:
        self._pair_sums, self._apart_sums = _weighed(self.pairs), _weighed(self.apart)
        self._forget()

    def read(self, docs: Sequence[Doc]) -> BatchSums:
        """One row of sums per note; equal whatever the company."""
        n, width = len(docs), self.words.weights.shape[1] + 1
        keys, note_of, position = _words_of(docs)
        row = self._rows_of(keys)
        once = np.unique((note_of << 32) | row)
        both = _summed(self._rows.sums, once, n)
        framed, framed_of = _framed(keys, note_of, n)
        by_words = both[:, :width] + _of_pairs(self.pairs, self._pair_sums, framed, framed_of, NEIGHBOURS, n)
        by_apart = _of_pairs(self.apart, self._apart_sums, framed, framed_of, APART, n)
        sums = (
            _to_length(by_words, 1.0)
            + _to_length(by_apart, APART_SHARE)
            + _to_length(both[:, width:], self.letters_share)
        )
        return BatchSums(sums, note_of, position, row, self._rows)

    def _forget(self) -> None:
        self._row_of, self._rows = {}, _Rows(2 * (self.words.weights.shape[1] + 1))

    def _rows_of(self, keys: Keys) -> Places:
        distinct, back = np.unique(keys, return_inverse=True)
        if len(self._row_of) > _MOST_KEPT:
            self._forget()
        for key in distinct.tolist():
            if key not in self._row_of:
                self._row_of[key] = len(self._row_of)
                text = self.text_of(key)
                sums = _one(self.words, np.array([key], np.uint64)), _one(self.letters, letter_keys(text))
                self._rows.add(np.concatenate(sums), is_content=text.isalpha() and text not in STOP_WORDS)
        rows = np.fromiter((self._row_of[key] for key in distinct.tolist()), np.int64, len(distinct))
        return np.asarray(rows[back], np.int64)


def _words_of(docs: Sequence[Doc]) -> tuple[Keys, Places, Places]:
    """Of all words of the notes, blanks left out: key, number of the note, position in the note."""
    if not docs:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    attributes = np.concatenate([doc.to_array([NORM, IS_SPACE]) for doc in docs])
    lengths = [len(doc) for doc in docs]
    note_of = np.repeat(np.arange(len(docs), dtype=np.int64), lengths)
    position = np.concatenate([np.arange(length, dtype=np.int64) for length in lengths])
    is_word = attributes[:, 1] == 0
    return np.asarray(attributes[is_word, 0], np.uint64), note_of[is_word], position[is_word]


def word_keys(doc: Doc) -> Keys:
    """Keys of the words of a note in order, blanks left out: spaCy's own hashes of their norms."""
    attributes = doc.to_array([NORM, IS_SPACE])
    return np.asarray(attributes[attributes[:, 1] == 0, 0], np.uint64)


def pair_keys(keys: Keys, distances: tuple[int, ...]) -> Keys:
    """Keys of pairs of words so far from each other, the beginning and the end of the note counted as words."""
    framed = np.concatenate([[_START], keys, [_END]]).astype(np.uint64)
    return np.concatenate([_paired(framed[:-distance], framed[distance:]) for distance in distances])


def _framed(keys: Keys, note_of: Places, n_notes: int) -> tuple[Keys, Places]:
    """The words of all notes with a beginning and an end each, and the number of the note of each."""
    starts, ends = (np.searchsorted(note_of, np.arange(n_notes), side=side) for side in ("left", "right"))
    marks = np.tile(np.array([_START, _END]), n_notes)
    framed = np.insert(keys, np.column_stack([starts, ends]).ravel(), marks)
    return framed, np.repeat(np.arange(n_notes, dtype=np.int64), ends - starts + 2)


def _of_pairs(
    block: Block, sums: Reals, framed: Keys, framed_of: Places, distances: tuple[int, ...], n_notes: int
) -> Reals:
    known: list[Places] = []
    for distance in distances:
        is_one_note = framed_of[:-distance] == framed_of[distance:]
        at, is_known = block.places(_paired(framed[:-distance], framed[distance:]))
        is_known &= is_one_note
        known.append((framed_of[:-distance][is_known] << 32) | at[is_known])
    return _summed(sums, np.unique(np.concatenate(known)), n_notes)


def _paired(left: Keys, right: Keys) -> Keys:
    with np.errstate(over="ignore"):
        return np.asarray(left * _MULTIPLIER + right, np.uint64)


def _weighed(block: Block) -> Reals:
    """Weight times rarity for each answer, and in the last place the square of the rarity."""
    idf = block.idf[:, None]
    return np.hstack([block.weights * idf, idf * idf]).astype(np.float32)


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


def _summed(rows: Reals, once: Places, n_notes: int) -> Reals:
    """Rows added up per note; `once` is sorted and holds number of note and of row in the two halves of each integer."""
    ends = np.searchsorted(once >> 32, np.arange(n_notes + 1))
    matrix = sparse.csr_matrix((np.ones(len(once), np.float32), once & 0xFFFFFFFF, ends), shape=(n_notes, len(rows)))
    return np.asarray(matrix @ rows, np.float32)


def _to_length(sums: Reals, length: float) -> Reals:
    squared = sums[:, -1:]
    divided: Reals = np.divide(
        sums[:, :-1] * length, np.sqrt(squared), out=np.zeros_like(sums[:, :-1]), where=squared > 0
    )
    return divided
