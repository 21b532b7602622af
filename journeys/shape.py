"""Rows of one file take the shape of records: mapped, refused rows set apart, identifiers tokenised.

In: batches of text rows (`journeys.sources.batches`). Out: typed rows in memory with tokens and, still in the clear,
the note and the record's own identifiers, which the caller must redact before anything is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from journeys.engine import Engine
from journeys.keys import Tokeniser
from journeys.mapping import RAW_IDENTIFIERS, mapping_sql, unmapped_sql
from journeys.settings import Settings, Source
from journeys.sources.batches import ROW_NUMBER, Batch


@dataclass(slots=True)
class Tally:
    """What happened to the rows of one file so far; n_rows = n_stored + len(rejects)."""

    n_rows: int = 0
    n_stored: int = 0
    rejects: list[dict[str, Any]] = field(default_factory=list)
    unmapped: dict[tuple[str, str], int] = field(default_factory=dict)


class Shaper:
    """Maps batches of one source; holds the SQL and the tokenisers, so equal values are hashed once."""

    def __init__(self, source: Source, settings: Settings, key: bytes, latest_at: datetime) -> None:
        self.source, self._key, self._latest_at = source, key, latest_at
        self._zone = settings.organisation.timezone
        self._tokenisers = {name: Tokeniser(key, name) for name in RAW_IDENTIFIERS}
        self._unmapped = unmapped_sql(source)

    def shape(self, batch: Batch, engine: Engine, tally: Tally) -> pa.Table:
        """Rows of the batch that can be used, with their tokens; what was refused is added to `tally`."""
        tally.n_rows += batch.rows.num_rows + len(batch.malformed)
        tally.rejects += [_reject(number, "row", "row_malformed", why) for number, why in batch.malformed]
        columns = [name for name in batch.rows.column_names if name != ROW_NUMBER]
        if not batch.rows.num_rows:
            return pa.table({})
        mapped = engine.transform(batch.rows, self._sql(columns))
        self._count_unmapped(batch, engine, tally)
        refused = mapped.filter(pc.is_valid(mapped["reject_reason"]))
        names = [ROW_NUMBER, "reject_column", "reject_reason", "reject_class"]
        tally.rejects += [_reject(*row.values()) for row in refused.select(names).to_pylist()]
        kept = mapped.filter(pc.is_null(mapped["reject_reason"]))
        tally.n_stored += kept.num_rows
        return self._with_tokens(kept)

    def _sql(self, columns: list[str]) -> str:
        return mapping_sql(self.source, columns, key=self._key, home_zone=self._zone, latest_at=self._latest_at)

    def _count_unmapped(self, batch: Batch, engine: Engine, tally: Tally) -> None:
        if self._unmapped is None:
            return
        for row in engine.transform(batch.rows, self._unmapped).to_pylist():
            place = (row["field"], row["value"])
            tally.unmapped[place] = tally.unmapped.get(place, 0) + row["n_rows"]

    def _with_tokens(self, kept: pa.Table) -> pa.Table:
        for name, tokeniser in self._tokenisers.items():
            column = "case_ref" if name == "case_ref" else f"{name}_token"
            kept = kept.append_column(column, _tokens(kept[f"raw_{name}"], tokeniser))
        return kept.append_column("has_note", pc.is_valid(kept["raw_note"]))


def _reject(row_number: int, column: str, reason: str, value_class: str) -> dict[str, Any]:
    # Only times are described by their shape: any other column may hold personal data.
    shown = value_class if column in {"started_at", "row"} else "not shown"
    return {"row_number": row_number, "column_name": column, "reason": reason, "value_class": shown}


def _tokens(raw: pa.ChunkedArray, tokeniser: Tokeniser) -> pa.Array:
    """Tokens of a column: each distinct value is normalised and hashed once."""
    coded = pa.array(raw.combine_chunks() if raw.num_chunks != 1 else raw.chunk(0)).dictionary_encode()
    tokens = pa.array(tokeniser.tokens(coded.dictionary.to_pylist()), pa.string())
    return tokens.take(coded.indices)
