"""Texts -> their pieces between blanks as numbers, each distinct piece looked at once.

What can be said of a piece alone is worked out when it is first met and kept in arrays; of many texts at once it is then
looked up. Nothing here is kept for good: whoever holds such tables begins anew when they are full (`MOST_KEPT`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

MOST_KEPT = 200_000
_MOST_NOTES, _MOST_SIGNS = 2_000, 500_000

Places = npt.NDArray[np.int64]
Key = TypeVar("Key")
Item = TypeVar("Item", bound=Hashable)
Made = TypeVar("Made")


class Numbered(dict[Key, int], Generic[Key]):
    """key -> its number, counted from 0; `meet` is called with a key before it gets its number."""

    def __init__(self, meet: Callable[[Key], None]) -> None:
        super().__init__()
        self._meet = meet

    def __missing__(self, key: Key) -> int:
        self._meet(key)
        number = self[key] = len(self)
        return number


class Grown:
    """An array that rows are added to at the end; `rows` is what it holds so far."""

    def __init__(self, width: int | None, kind: npt.DTypeLike) -> None:
        self._held: npt.NDArray[Any] = np.zeros(1024 if width is None else (1024, width), kind)
        self._n_held = 0
        self._waiting: list[Any] = []

    def __len__(self) -> int:
        return self._n_held + len(self._waiting)

    @property
    def rows(self) -> npt.NDArray[Any]:
        """All rows."""
        if self._waiting:
            waiting, self._waiting = np.array(self._waiting, self._held.dtype), []
            self.add(waiting)
        return self._held[: self._n_held]

    def append(self, row: Any) -> None:
        """Put one row behind the others."""
        self._waiting.append(row)

    def extend(self, rows: Iterable[Any]) -> None:
        """Put some rows behind the others."""
        self._waiting.extend(rows)

    def add(self, rows: npt.NDArray[Any]) -> None:
        """Put an array behind the others; nothing may be waiting."""
        n = self._n_held + len(rows)
        if n > len(self._held):
            longer = np.zeros((max(n, 2 * len(self._held)), *self._held.shape[1:]), self._held.dtype)
            longer[: self._n_held] = self._held[: self._n_held]
            self._held = longer
        self._held[self._n_held : n] = rows
        self._n_held = n


@dataclass(frozen=True, slots=True)
class Pieces:
    """Texts as the numbers of their pieces, one text after the other, and how many each has."""

    numbers: Places
    lengths: Places

    @classmethod
    def of(cls, pieces: Sequence[Sequence[str]], number_of: Numbered[str]) -> Pieces:
        """Of texts that are cut already, at least one piece each."""
        lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
        n_pieces = int(lengths.sum())
        return cls(np.fromiter(map(number_of.__getitem__, chain.from_iterable(pieces)), np.int64, n_pieces), lengths)

    def replace(self, texts: Sequence[int], others: Pieces) -> Pieces:
        """The same with other pieces in the place of some texts, in their order."""
        is_other = np.zeros(len(self.lengths), bool)
        is_other[list(texts)] = True
        lengths = self.lengths.copy()
        lengths[is_other] = others.lengths
        is_new = np.repeat(is_other, lengths)
        numbers = np.empty(len(is_new), np.int64)
        numbers[is_new], numbers[~is_new] = others.numbers, self.numbers[~np.repeat(is_other, self.lengths)]
        return Pieces(numbers, lengths)


def spread(first: Places, lengths: Places) -> Places:
    """first, first + 1, ... for each length, one after the other: where the parts of pieces stand in a flat array."""
    ends = np.cumsum(lengths)
    n = int(ends[-1]) if len(ends) else 0
    places: Places = np.arange(n, dtype=np.int64) + np.repeat(first - (ends - lengths), lengths)
    return places


def sum_of_each(values: npt.NDArray[Any], lengths: Places) -> Places:
    """Sums of neighbouring whole numbers, so many rows for each."""
    ends = np.cumsum(lengths)
    so_far = np.concatenate([np.zeros((1, *values.shape[1:]), np.int64), np.cumsum(values, axis=0, dtype=np.int64)])
    sums: Places = so_far[ends] - so_far[ends - lengths]
    return sums


def in_batches(items: Sequence[Item], size_of: Callable[[Item], int]) -> Iterator[Sequence[Item]]:
    """Runs of items, short enough to be held in memory as arrays."""
    start = n_signs = 0
    for at, item in enumerate(items):
        size = size_of(item)
        if at > start and (at - start >= _MOST_NOTES or n_signs + size > _MOST_SIGNS):
            yield items[start:at]
            start, n_signs = at, 0
        n_signs += size
    if start < len(items):
        yield items[start:]


def each_once(items: Sequence[Item], work: Callable[[list[Item]], Iterable[Made]]) -> list[Made]:
    """What `work` makes of the items, in order, each distinct one worked on once."""
    distinct = list(dict.fromkeys(items))
    made = dict(zip(distinct, work(distinct), strict=True))
    return [made[item] for item in items]
