"""Keyed hashes of one purpose, and columns taken as their distinct values so that each value is hashed once.

In: values in their one spelling and the key. Out: 64-bit tokens, lists of 32-bit tokens, or 128-bit fields. HMAC-SHA-256
with a subkey per purpose below "journeys/identity/": no token of one purpose equals a token of another.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


class Distinct:
    """A column as its distinct values, brought to one spelling, and the position of each row's value among them."""

    def __init__(self, values: list[Any], positions: pa.Array) -> None:
        self.values = values
        self.positions = positions

    @classmethod
    def of(cls, table: pa.Table, column: str, spell: Callable[[str], Any]) -> Distinct:
        """The column under one spelling; all null where the table has no such column."""
        if column not in table.column_names:
            return cls([], pa.nulls(table.num_rows, pa.int32()))
        coded = table.column(column).cast(pa.string()).combine_chunks().dictionary_encode()
        return cls([spell(value) for value in coded.dictionary.to_pylist()], coded.indices)

    def take(self, make: Callable[[Any], Any], kind: pa.DataType) -> pa.Array:
        """`make` of every row's value: computed once per distinct value; null stays null."""
        made = pa.array([None if value is None else make(value) for value in self.values], kind)
        return pc.take(made, self.positions)


class Keyed:
    """Keyed hashes of one purpose."""

    def __init__(self, key: bytes, purpose: str) -> None:
        self._subkey = hmac.digest(key, f"journeys/identity/{purpose}".encode(), "sha256")
        self._places: dict[str, int] = {}

    def token(self, value: str) -> int | None:
        """64 bits of the hash as a signed integer; None for an empty value."""
        return int.from_bytes(self._digest(value)[:8], "big", signed=True) if value else None

    def short_tokens(self, values: set[str]) -> list[int]:
        """32 bits of each hash, sorted so that their order tells nothing."""
        return sorted(int.from_bytes(self._digest(value)[:4], "big", signed=True) for value in values)

    def deletions(self, name: str) -> list[int]:
        """Short tokens of a name and of the name with each one letter left out."""
        return self.short_tokens({name} | {name[:at] + name[at + 1 :] for at in range(len(name)) if len(name) > 2})

    def masks(self, code: str) -> list[int]:
        """Short tokens of a code with each one character blanked."""
        return self.short_tokens({f"{code[:at]}*{code[at + 1 :]}" for at in range(len(code))})

    def bits(self, name: str) -> int:
        """128 bits, one set per pair of neighbouring letters, with the ends of the name counted as letters."""
        padded = f" {name} "
        field = 0
        for at in range(len(padded) - 1):
            pair = padded[at : at + 2]
            if pair not in self._places:
                self._places[pair] = 1 << (self._digest(pair)[0] & 127)
            field |= self._places[pair]
        return field

    def _digest(self, value: str) -> bytes:
        return hmac.digest(self._subkey, value.encode(), "sha256")
