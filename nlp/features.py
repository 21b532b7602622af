"""Words of a note -> what the linear model adds up, worked out once per distinct word.

In: tokens of notes. Out: per note a row of sums, one per answer the model knows. Three blocks, each of a length of its own:
- words: each distinct word and pair of neighbours once, weighed by how rare it is (idf);
- apart: pairs of words with one or two others between, for what is said in more words than usual;
- letters: each distinct word's runs of 2 to 5 letters, so that a misspelt word still says something.
What depends on a word alone (its weights, the sum over its letters) is computed when the word is first met and kept, so a
note costs a look-up and a sum per word. Lengths are those of independent words: sums of squares, without cross terms.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from spacy.attrs import IS_SPACE, NORM
from spacy.lang.en.stop_words import STOP_WORDS
from spacy.tokens import Doc

from nlp.lexicon import Column, Tokens
from nlp.pieces import Places, spread

# Length of the block where that of words is 1; that of letters is a setting of what was learnt. Measured by writer.
APART_SHARE = 0.7
NEIGHBOURS, APART = (1,), (2, 3)  # distances of the words of a pair
_SHORTEST, _LONGEST = 2, 5
_FIRST_BITS = 18
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


class _Pairs:
    """Pairs of words of one kind, and what each says."""

    def __init__(self, block: Block, distances: tuple[int, ...]) -> None:
        self._keys, self._distances = block.keys, distances
        self._sums = _weighed(block)
        # Keys are in order and evenly spread: where those with the same first bits begin is nearly where a key stands.
        begins = np.arange(1 << _FIRST_BITS, dtype=np.uint64) << np.uint64(64 - _FIRST_BITS)
        self._begins = np.append(np.searchsorted(block.keys, begins), len(block.keys)).astype(np.int32)
        self._most_alike = int(np.diff(self._begins).max())

    def summed(self, framed: Keys, framed_of: Places, n_notes: int) -> Reals:
        """What the pairs of each note add up to, each counted once."""
        known: list[Places] = []
        for distance in self._distances:
            pairs = _paired(framed[:-distance], framed[distance:])
            pair, at = self._find(pairs)
            is_one_note = framed_of[pair] == framed_of[pair + distance]
            known.append((framed_of[pair[is_one_note]] << 32) | at[is_one_note])
        once = np.sort(np.concatenate(known))
        return _summed(self._sums, once[np.flatnonzero(np.diff(once, prepend=-1))], n_notes)

    def _find(self, pairs: Keys) -> tuple[Places, Places]:
        """Which pairs are known, and where each stands."""
        first_bits = (pairs >> np.uint64(64 - _FIRST_BITS)).astype(np.int64)
        begin, end = self._begins[first_bits], self._begins[first_bits + 1]
        found: list[tuple[Places, Places]] = []
        pair = np.flatnonzero(begin < end)
        for step in range(self._most_alike):
            at = begin[pair] + step
            is_it = self._keys[at] == pairs[pair]
            found.append((pair[is_it], at[is_it].astype(np.int64)))
            pair = pair[~is_it & (at + 1 < end[pair])]
        return np.concatenate([one for one, _ in found]), np.concatenate([at for _, at in found])


@dataclass(frozen=True, slots=True)
class BatchSums:
    """What the words of some notes add up to; and which these are, to say later which of them spoke."""

    sums: Reals
    note_of: Places
    position: Places
    word: Places
    rows: Reals
    is_content: npt.NDArray[np.bool_]

    def spoken(self, answer_of: Places, most: int) -> list[list[int]]:
        """For each note the positions of the words that speak most for its answer (-1: none asked), in their order."""
        asked = np.flatnonzero(self.is_content[self.word] & (answer_of[self.note_of] >= 0))
        answer, width = answer_of[self.note_of[asked]], self.sums.shape[1] + 1
        word = self.word[asked]
        said = self.rows[word, answer] + self.rows[word, width + answer]
        speaks = said > 0
        note_of, position = self.note_of[asked[speaks]], self.position[asked[speaks]]
        order = np.lexsort((position, -said[speaks], note_of))
        note_of, position = note_of[order], position[order]
        is_kept = np.ones(len(order), bool)
        is_kept[most:] = note_of[most:] != note_of[:-most]
        found: list[list[int]] = [[] for _ in answer_of]
        for note, place in zip(note_of[is_kept].tolist(), position[is_kept].tolist(), strict=True):
            found[note].append(place)
        return [sorted(places) for places in found]


class WordSums:
    """Sums over notes for one set of weights; keeps what it has worked out about words.

    A row holds, for each answer, what the word says itself, then its squared length; then the same for its letters.
    """

    def __init__(self, words: Block, pairs: Block, apart: Block, letters: Block, letters_share: float) -> None:
        self._words, self._letters, self._letters_share = words, letters, letters_share
        self._pairs, self._apart = _Pairs(pairs, NEIGHBOURS), _Pairs(apart, APART)
        self._width = words.weights.shape[1] + 1
        self._rows = Column(2 * self._width, np.float32, self._rows_of)
        self._is_space = Column(None, bool, lambda texts, _: list(map(str.isspace, texts)))
        self._is_content = Column(
            None, bool, lambda texts, _: [text.isalpha() and text not in STOP_WORDS for text in texts]
        )

    def read(self, tokens: Tokens) -> BatchSums:
        """One row of sums per note; equal whatever the company."""
        n = len(tokens.lengths)
        is_word = np.flatnonzero(~self._is_space.rows(tokens.words)[tokens.word])
        word, note_of = tokens.word[is_word], tokens.note_of[is_word]
        position = spread(np.zeros(n, np.int64), tokens.lengths)[is_word]
        rows = self._rows.rows(tokens.words)
        both = _summed(rows, _each_once(note_of, word, position), n)
        framed, framed_of = _framed(tokens.words.keys.rows[word], note_of, n)
        by_words = both[:, : self._width] + self._pairs.summed(framed, framed_of, n)
        by_apart = self._apart.summed(framed, framed_of, n)
        sums = (
            _to_length(by_words, 1.0)
            + _to_length(by_apart, APART_SHARE)
            + _to_length(both[:, self._width :], self._letters_share)
        )
        return BatchSums(sums, note_of, position, word, rows, self._is_content.rows(tokens.words))

    def _rows_of(self, texts: list[str], keys: Keys) -> Reals:
        """Rows of words met for the first time."""
        letters = [letter_keys(text) for text in texts]
        lengths = np.fromiter(map(len, letters), np.int64, len(letters))
        own = _said_by(self._words, keys, np.ones(len(keys), np.int64))
        return np.hstack([own, _said_by(self._letters, np.concatenate(letters), lengths)])


def _each_once(note_of: Places, word: Places, position: Places) -> Places:
    """Note and word of each distinct word of each note, in the order of the notes and of their words.

    The order of sums, and with it their last digit, must not hang on the numbers that words happened to get.
    """
    by_word = np.sort((note_of << 44) | (word << 20) | position)
    is_first = np.diff(by_word >> 20, prepend=-1) != 0
    firsts = by_word[is_first]
    by_place = np.sort((firsts >> 44 << 44) | ((firsts & 0xFFFFF) << 24) | (firsts >> 20 & 0xFFFFFF))
    return (by_place >> 44 << 32) | (by_place & 0xFFFFFF)


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
    lengths = np.bincount(note_of, minlength=n_notes) + 2
    ends = np.cumsum(lengths)
    framed = np.empty(len(keys) + 2 * n_notes, np.uint64)
    framed[ends - lengths], framed[ends - 1] = _START, _END
    framed[np.arange(len(keys)) + 2 * note_of + 1] = keys
    return framed, np.repeat(np.arange(n_notes, dtype=np.int64), lengths)


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


def _said_by(block: Block, keys: Keys, lengths: Places) -> Reals:
    """Sums of the weights of known features, so many for each row, and in the last place their squared length."""
    at, is_known = block.places(keys)
    row_of, at = np.repeat(np.arange(len(lengths)), lengths)[is_known], at[is_known]
    idf = block.idf[at]
    ends = np.searchsorted(row_of, np.arange(len(lengths) + 1))
    matrix = sparse.csr_matrix((idf, at, ends), shape=(len(lengths), len(block.keys)))
    squared = np.bincount(row_of, idf * idf, minlength=len(lengths))
    return np.column_stack([matrix @ block.weights, squared]).astype(np.float32)


def _summed(rows: Reals, once: Places, n_notes: int) -> Reals:
    """Rows added up per note; `once` holds number of note (in order) and of row in the two halves of each integer."""
    ends = np.searchsorted(once >> 32, np.arange(n_notes + 1))
    matrix = sparse.csr_matrix((np.ones(len(once), np.float32), once & 0xFFFFFFFF, ends), shape=(n_notes, len(rows)))
    return np.asarray(matrix @ rows, np.float32)


def _to_length(sums: Reals, length: float) -> Reals:
    squared = sums[:, -1:]
    divided: Reals = np.divide(
        sums[:, :-1] * length, np.sqrt(squared), out=np.zeros_like(sums[:, :-1]), where=squared > 0
    )
    return divided
