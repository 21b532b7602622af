"""Notes -> their words as numbers: each distinct piece of text between blanks goes through spaCy's tokeniser once.

spaCy cuts at blanks first, so the tokens of a note are those of its pieces. Where they are not (a blank that is a token,
an emoticon or abbreviation written with a blank in it) the note goes through the tokeniser as a whole. What depends on
a word alone is worked out once and kept as one row of a `Column`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from spacy.attrs import NORM, ORTH, SPACY
from spacy.language import Language
from spacy.tokens import Doc

from nlp.pieces import MOST_KEPT, Grown, Numbered, Pieces, Places, spread, sum_of_each
from nlp.specials import Specials

Array = npt.NDArray[Any]


@dataclass(slots=True)
class Words:
    """Distinct words in the form in which they are compared: their texts, and spaCy's hashes of them."""

    texts: list[str] = field(default_factory=list)
    keys: Grown = field(default_factory=lambda: Grown(None, np.uint64))


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of some notes, one note after the other."""

    words: Words
    word: Places  # number of each token's word
    written: Places  # number of each token's writing
    is_spaced: npt.NDArray[np.bool_]  # whether a blank comes after it
    lengths: Places  # tokens of each note, at least one
    writings: list[str]

    @property
    def ends(self) -> Places:
        """Where each note ends."""
        return np.cumsum(self.lengths)

    @property
    def note_of(self) -> Places:
        """The number of each token's note."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def norms(self, start: int, end: int) -> list[str]:
        """The words of tokens [start, end)."""
        texts = self.words.texts
        return [texts[number] for number in self.word[start:end].tolist()]

    def text(self, start: int, end: int) -> str:
        """Tokens [start, end) as they are written, with single blanks."""
        written = zip(self.written[start:end].tolist(), self.is_spaced[start:end].tolist(), strict=True)
        return " ".join("".join(self.writings[one] + " " * spaced for one, spaced in written).split())


class Column:
    """One row a word, worked out when the word is first met."""

    def __init__(self, width: int | None, kind: npt.DTypeLike, make: Callable[[list[str], Array], Any]) -> None:
        self._width, self._kind, self._make = width, kind, make
        self._words: Words | None = None
        self._held = Grown(width, kind)

    def rows(self, words: Words) -> Array:
        """The rows of all words."""
        if words is not self._words:
            self._words, self._held = words, Grown(self._width, self._kind)
        if (n := len(self._held)) < len(words.texts):
            self._held.add(np.asarray(self._make(words.texts[n:], words.keys.rows[n:]), self._kind))
        return self._held.rows


class Lexicon:
    """The pieces and words that notes were made of so far."""

    def __init__(self, language: Language) -> None:
        self._make_doc = language.make_doc
        self._strings = language.vocab.strings
        self._specials = Specials(language)
        self._forget()

    def read_texts(self, texts: Sequence[str]) -> Tokens:
        """Tokens of texts, none of which is empty or only blanks."""
        if len(self._pieces) > MOST_KEPT or len(self._writing) > 10 * MOST_KEPT:
            self._forget()
        try:
            pieces = self._cut(texts)
        except BaseException:  # what was learnt by halves is worth nothing
            self._forget()
            raise
        n_tokens = self._n_tokens.rows[pieces.numbers]
        at = spread(self._first.rows[pieces.numbers], n_tokens)
        written = self._writing.rows[at]
        return Tokens(
            self._words, self._word_of.rows[written], written, self._is_spaced.rows[at],
            sum_of_each(n_tokens, pieces.lengths), self._texts,
        )  # fmt: skip

    def read_docs(self, docs: Sequence[Doc]) -> Tokens:
        """Tokens of docs, none of which is empty."""
        read = np.concatenate([np.zeros((0, 3), np.uint64), *(doc.to_array([ORTH, NORM, SPACY]) for doc in docs)])
        keys = zip(read[:, 0].tolist(), read[:, 1].tolist(), strict=True)
        written = np.fromiter(map(self._writings.__getitem__, keys), np.int64, len(read))
        lengths = np.fromiter(map(len, docs), np.int64, len(docs))
        return Tokens(self._words, self._word_of.rows[written], written, read[:, 2].astype(bool), lengths, self._texts)

    def _forget(self) -> None:
        self._words = Words()
        self._word_numbers = Numbered(self._meet_word)
        self._texts: list[str] = []
        self._writings = Numbered(self._meet_writing)
        self._word_of = Grown(None, np.int64)
        self._pieces = Numbered(self._meet_piece)
        self._first, self._n_tokens, self._writing = (Grown(None, np.int64) for _ in range(3))
        self._is_spaced, self._is_odd, self._may_part, self._may_follow = (Grown(None, bool) for _ in range(4))
        self._edges: dict[int, tuple[AbstractSet[str], AbstractSet[str]]] = {}

    def _meet_word(self, key: int) -> None:
        self._words.texts.append(self._strings[key])
        self._words.keys.append(key)

    def _meet_writing(self, keys: tuple[int, int]) -> None:
        self._texts.append(self._strings[keys[0]])
        self._word_of.append(self._word_numbers[keys[1]])

    def _meet_piece(self, piece: str) -> None:
        # Of two blanks in a row the first parts words and the second is a token.
        doc = self._make_doc(piece or " ")
        *keys, is_spaced = doc.to_array([ORTH, NORM, SPACY]).T.tolist()
        self._first.append(len(self._writing))
        self._n_tokens.append(len(doc))
        self._writing.extend(map(self._writings.__getitem__, zip(*keys, strict=True)))
        self._is_spaced.extend([*is_spaced[:-1], bool(piece)])
        starts, stops = self._specials.edges(doc[0].text, doc[-1].text)
        if starts or stops:
            self._edges[len(self._pieces)] = starts, stops
        self._may_part.append(bool(stops))
        self._may_follow.append(bool(starts))
        self._is_odd.append(piece != piece.strip())

    def _cut(self, texts: Sequence[str]) -> Pieces:
        pieces = Pieces.of([text.split(" ") for text in texts], self._pieces)
        whole = sorted(self._to_read_whole(pieces))
        if not whole:
            return pieces
        return pieces.replace(whole, Pieces.of([(texts[note],) for note in whole], self._pieces))

    def _to_read_whole(self, pieces: Pieces) -> set[int]:
        """Notes whose tokens are not those of their pieces."""
        numbers, ends = pieces.numbers, np.cumsum(pieces.lengths)
        is_odd = self._is_odd.rows[numbers]
        is_odd[ends - 1] |= numbers[ends - 1] == self._pieces[""]
        note_of = np.repeat(np.arange(len(ends)), pieces.lengths)
        odd = set(note_of[is_odd].tolist())
        beside = self._may_part.rows[numbers[:-1]] & self._may_follow.rows[numbers[1:]] & (note_of[:-1] == note_of[1:])
        for at in np.flatnonzero(beside).tolist():
            (_, stops), (starts, _) = self._edges[int(numbers[at])], self._edges[int(numbers[at + 1])]
            if self._specials.may_join(stops, starts):
                odd.add(int(note_of[at]))
        return odd
