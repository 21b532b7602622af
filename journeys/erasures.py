"""Erased people stay erased: rows that carry one of their tokens are left out while loading.

Erasures made with an older key are honoured too: the rows' identifiers are then tokenised with that key as well, which
is all an old key is kept for. (Rows that carried no identifier and were erased as legs of a contact are known by their
record id under the key in use only.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from journeys.engine import Engine
from journeys.identifiers import KINDS
from journeys.keys import Tokeniser, key_id, tokens_of


class Erasures:
    """Tokens of erased people, by key and field."""

    def __init__(self, keys: Sequence[bytes], erased: Sequence[Mapping[str, Any]]) -> None:
        self._tokens: dict[tuple[str, str], pa.Array] = {}
        by_place: dict[tuple[str, str], list[str]] = {}
        for row in erased:
            by_place.setdefault((row["key_id"], row["field"]), []).append(row["token"])
        for place, tokens in by_place.items():
            self._tokens[place] = pa.array(sorted(tokens), pa.string())
        self._current = key_id(keys[0]) if keys else ""
        self._tokenisers = {
            (key_id(key), kind): Tokeniser(key, kind)
            for key in keys[1:]
            for kind in KINDS
            if (key_id(key), kind) in self._tokens
        }

    def leave_out(self, rows: pa.Table, engine: Engine) -> pa.Table:
        """The rows (tokens and raw identifiers in memory) without those of erased people."""
        if not self._tokens or not rows.num_rows:
            return rows
        is_erased = pa.array([False] * rows.num_rows)
        for (made_with, field), tokens in self._tokens.items():
            column = self._column(rows, made_with, field, engine)
            if column is not None:
                is_erased = pc.or_(is_erased, pc.is_in(column, value_set=tokens))
        return rows.filter(pc.invert(is_erased))

    def _column(self, rows: pa.Table, made_with: str, field: str, engine: Engine) -> Any:
        if made_with == self._current:
            return rows[field if field in {"record_id", "case_ref"} else f"{field}_token"]
        tokeniser = self._tokenisers.get((made_with, field))
        return tokens_of(rows[f"raw_{field}"], tokeniser, engine) if tokeniser else None
