"""What the pieces of notes tell of where personal data may be: shapes (`nlp.shape_gate`) and names (`nlp.name_gate`).

Both know a piece by the same number, so that a note is cut and looked up once for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from nlp.name_gate import NameGate
from nlp.names import read_name_model
from nlp.pieces import MOST_KEPT, Numbered, Pieces
from nlp.shape_gate import ShapeGate


class Gates:
    """Keeps what is known of the pieces met so far."""

    def __init__(self) -> None:
        self.shapes, self.names = ShapeGate(), NameGate(read_name_model())
        self._number_of = Numbered(self._meet)

    def make_room(self) -> None:
        """Begin anew where there is too much; pieces read before have no meaning any more."""
        if len(self._number_of) > MOST_KEPT:
            self._forget()

    def read(self, notes: Sequence[str]) -> Pieces:
        """The pieces of notes."""
        try:
            return Pieces.of([note.split(" ") for note in notes], self._number_of)
        except BaseException:  # what was learnt by halves is worth nothing
            self._forget()
            raise

    def _meet(self, piece: str) -> None:
        self.shapes.meet(piece)
        self.names.meet(piece)

    def _forget(self) -> None:
        self.shapes.forget()
        self.names.forget()
        self._number_of = Numbered(self._meet)


@cache
def shared_gates() -> Gates:
    """Those of this process; raises StoreError where the model of names has not been made yet."""
    return Gates()
