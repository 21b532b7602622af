"""Which words of many notes may be names: those that the rest of the words of a note cannot speak for are left out at once.

The model of names (`nlp.names`) adds up a word, its two neighbours and the signs around it. The first three depend on words
alone and are looked up for all notes together; of the signs, the most that any could say is taken. What stays below the
model's mark even so is no name. Only notes with a word that may be one are read closely (`nlp.redact_names`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import numpy as np
import numpy.typing as npt

from nlp.name_features import CASES
from nlp.name_words import SHAPES, Word, read_words
from nlp.names import HOPELESS, NameModel
from nlp.pieces import Grown, Numbered, Pieces, Places, spread, sum_of_each

_IS_INITIAL_LAST = re.compile(r"(?<![\w\[@])[^\W\d_]\.$")
_ROUNDING = 1e-6
_NO_WORD = 0  # in the place of neighbours at the ends of a note


class NameGate:
    """Keeps what the model makes of the words met so far."""

    def __init__(self, model: NameModel) -> None:
        self._model = model
        self._around = np.array([model.most_around(shape) for shape in SHAPES])
        self.forget()

    def suspects(self, pieces: Pieces, known: Sequence[AbstractSet[str]]) -> list[set[int] | None]:
        """For each note the places of words that may be names; None where there is nothing to look for.

        `known` holds words, in lower case, that are to be masked wherever they stand.
        """
        n_words = self._n_words.rows[pieces.numbers]
        word = self._word.rows[spread(self._first.rows[pieces.numbers], n_words)]
        lengths = sum_of_each(n_words, pieces.lengths)
        ends = np.cumsum(lengths)
        found: list[set[int] | None] = [None] * len(lengths)
        at = np.flatnonzero(self._may_be_name(word, lengths))
        note_of = np.searchsorted(ends, at, side="right")
        for note, place in zip(note_of.tolist(), (at - (ends - lengths)[note_of]).tolist(), strict=True):
            suspects = found[note] = found[note] or set()
            suspects.add(place)
        for note, parts in enumerate(known):
            if parts and found[note] is None:
                own = word[ends[note] - lengths[note] : ends[note]].tolist()
                found[note] = None if parts.isdisjoint(map(self._lower.__getitem__, own)) else set()
        return found

    def _may_be_name(self, word: Places, lengths: Places) -> npt.NDArray[np.bool_]:
        note_of = np.repeat(np.arange(len(lengths)), lengths)
        is_same = note_of[1:] == note_of[:-1]
        before, after = np.full((2, len(word)), _NO_WORD)
        before[1:], after[:-1] = np.where(is_same, word[:-1], _NO_WORD), np.where(is_same, word[1:], _NO_WORD)
        shape = self._shape.rows[word]
        own = self._own.rows[word, self._case_of(word, lengths)[note_of]]
        score = own + self._left.rows[before, shape] + self._right.rows[after, shape] + self._around[shape]
        after_title = self._is_title.rows[before] & self._is_single.rows[word]
        return np.asarray((own >= HOPELESS) & (score > self._model.above - _ROUNDING) | after_title, bool)

    def _case_of(self, word: Places, lengths: Places) -> Places:
        """As `nlp.name_features.case_of`, as a place in `CASES`."""
        n_capitals, n_letters = sum_of_each(self._letters.rows[word], lengths).T
        return np.where(n_capitals * 2 >= n_letters, CASES.index("X"), np.where(n_capitals > 0, 0, 2))

    def forget(self) -> None:
        """Begin anew: the next piece is number 0."""
        self._words = Numbered(self._meet_word)
        self._first, self._n_words, self._word, self._shape = (Grown(None, np.int64) for _ in range(4))
        self._own, self._letters = Grown(len(CASES), float), Grown(2, np.int64)
        self._left, self._right = (Grown(len(SHAPES), float) for _ in range(2))
        self._is_title, self._is_single = (Grown(None, bool) for _ in range(2))
        self._lower: list[str] = []
        self._words[None, False]

    def meet(self, piece: str) -> None:
        """Keep which words the piece with the next number holds."""
        words = [(word, False) for word in read_words(piece).words]
        # "J." is a word of its own kind where another follows, which a piece alone cannot tell: it is always looked at.
        if words and _IS_INITIAL_LAST.search(piece):
            words[-1] = words[-1][0], True
        self._first.append(len(self._word))
        self._n_words.append(len(words))
        self._word.extend(map(self._words.__getitem__, words))

    def _meet_word(self, key: tuple[Word | None, bool]) -> None:
        word, is_always = key
        self._lower.append(word.lower if word else "")
        self._shape.append(SHAPES.index(word.shape) if word else 0)
        self._letters.append((word.n_capitals, word.n_letters) if word else (0, 0))
        self._is_title.append(word is not None and word.kind == "title")
        self._is_single.append(word is not None and len(word.lower) == 1)
        most = np.inf if is_always else 0.0
        self._own.append([most + self._model.own(word, case) if word else -np.inf for case in CASES])
        self._left.append([most + self._model.beside("left", word, shape) for shape in SHAPES])
        self._right.append([most + self._model.beside("right", word, shape) for shape in SHAPES])
