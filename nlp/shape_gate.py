"""Which patterns of `nlp.redact_patterns` are worth trying on which notes.

Rule: a pattern is tried only where the note holds what every text of its shape holds: so many digits, so many in a row, and
pieces between blanks of certain forms. What a piece holds is worked out once, and looked up for all notes together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

import numpy as np

from nlp.pieces import Grown, Pieces, sum_of_each
from nlp.redact_patterns import SHAPES, Shape

_HAS_SHAPE = re.compile(r"\d|www\.|://| at |\(at\)|\[at\]|double|oh |zero|seven|Cottage|Farm|Bungalow|Barn|Croft|Lodge")
# The same of one piece: blanks around a word are those beside the piece.
_MAY_HAVE_SHAPE = re.compile(_HAS_SHAPE.pattern.replace(" at ", "^at$").replace("oh ", "oh$"))
_RUN = re.compile(r"\d+")


class ShapeGate:
    """Keeps what the pieces met so far hold."""

    def __init__(self) -> None:
        needs = [(*shape.needs, *_need_of_signs(shape)) for shape in SHAPES]
        self._bit_of = {need: 1 << bit for bit, need in enumerate(dict.fromkeys(chain(*needs)), start=1)}
        self._bits = [1 | sum(self._bit_of[need] for need in own) for own in needs]
        self.forget()

    def shapes_to_try(self, notes: Sequence[str], pieces: Pieces) -> list[list[Shape]]:
        """For each note the shapes worth trying, in their order; most notes have none."""
        piece, lengths = pieces.numbers, pieces.lengths
        starts = np.cumsum(lengths) - lengths
        n_digits = sum_of_each(self._n_digits.rows[piece], lengths)
        longest = np.maximum.reduceat(self._longest.rows[piece], starts)
        held = np.bitwise_or.reduceat(self._held.rows[piece], starts)
        tried: list[list[Shape]] = [[] for _ in notes]
        is_out = {at for at in np.flatnonzero(held & ~(n_digits > 0)).tolist() if not _HAS_SHAPE.search(notes[at])}
        for shape, bits in zip(SHAPES, self._bits, strict=True):
            is_worth = (n_digits >= shape.fewest_digits) & (longest >= shape.fewest_in_a_row) & (held & bits == bits)
            for at in np.flatnonzero(is_worth).tolist():
                if at not in is_out:
                    tried[at].append(shape)
        return tried

    def forget(self) -> None:
        """Begin anew: the next piece is number 0."""
        self._n_digits, self._longest, self._held = (Grown(None, np.int64) for _ in range(3))

    def meet(self, piece: str) -> None:
        """Keep what the piece with the next number holds."""
        runs = [len(run) for run in _RUN.findall(piece)]
        self._n_digits.append(sum(runs))
        self._longest.append(max(runs, default=0))
        held = sum(bit for need, bit in self._bit_of.items() if need.search(piece))
        self._held.append(held | bool(_MAY_HAVE_SHAPE.search(piece)))


def _need_of_signs(shape: Shape) -> list[re.Pattern[str]]:
    """One of the signs of a shape, or its first word, is in a piece; unless it may come with the mark of another shape."""
    if not shape.signs or any(sign.strip("[]") in one.kind for sign in shape.signs for one in SHAPES):
        return []
    return [re.compile("|".join(re.escape(sign.split()[0]) for sign in shape.signs), re.IGNORECASE)]
