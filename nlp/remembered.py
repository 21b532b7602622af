"""What was worked out about a word once is kept: a dictionary that makes what it lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

_MOST_KEPT = 200_000
Key = TypeVar("Key")
Made = TypeVar("Made")


class Remembered(dict[Key, Made], Generic[Key, Made]):
    """key -> what `make` makes of it; begins anew when full, so that memory stays flat over millions of notes."""

    def __init__(self, make: Callable[[Key], Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Key) -> Made:
        if len(self) >= _MOST_KEPT:
            self.clear()
        made = self[key] = self._make(key)
        return made
