"""Rows of one file take the shape of records: mapped, refused rows set apart, identifiers tokenised.

In: batches of text rows (`journeys.sources.batches`). Out: typed rows in memory with tokens and, still in the clear,
the note and the record's own identifiers, which the caller must redact before anything is written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from journeys.engine import Engine
from journeys.erasures import Erasures
from journeys.keys import Tokeniser, tokens_of
from journeys.mapping import RAW_IDENTIFIERS, mapping_sql, started_text_sql
from journeys.moments import with_times
from journeys.partners import purpose_of
from journeys.parts import arrow_schema
from journeys.schema import RECORDS
from journeys.settings import Settings, Source
from journeys.sources.batches import ROW_NUMBER, Batch
from journeys.unmapped import closed_fields, count_unmapped


@dataclass(slots=True)
class Tally:
    """What happened to the rows of one file so far; n_rows = n_stored + len(rejects) + n_set_aside."""

    n_rows: int = 0
    n_stored: int = 0
    n_set_aside: int = 0
    rejects: list[dict[str, Any]] = field(default_factory=list)
    unmapped: dict[tuple[str, str], int] = field(default_factory=dict)
    identifiers_given: Counter[str] = field(default_factory=Counter)
    identifiers_used: Counter[str] = field(default_factory=Counter)


class Shaper:
    """Maps batches of one source; holds the SQL and the tokenisers, so equal values are hashed once."""

    def __init__(
        self,
        source: Source,
        settings: Settings,
        keys: Sequence[bytes],
        latest_at: datetime,
        erased: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """`keys`: the one in use, then older ones; `erased`: field, token and key_id of people to leave out."""
        key = keys[0]
        self.source, self.key, self._latest_at = source, key, latest_at
        self._zone = settings.organisation.timezone
        self._tokenisers = {name: Tokeniser(key, purpose_of(source, name)) for name in RAW_IDENTIFIERS}
        self._services = frozenset(settings.services.services)
        self._closed = closed_fields(source, self._services)
        self._erasures = Erasures(keys, erased)

    def shape(self, batch: Batch, engine: Engine, tally: Tally) -> pa.Table:
        """Rows of the batch that can be used, with their tokens; what was refused is added to `tally`."""
        tally.n_rows += batch.rows.num_rows + len(batch.malformed)
        tally.rejects += [_reject(number, "row", "row_malformed", why) for number, why in batch.malformed]
        columns = [name for name in batch.rows.column_names if name != ROW_NUMBER]
        if not batch.rows.num_rows:
            return pa.table({})
        mapped = with_times(
            engine.transform(batch.rows, self._sql(columns)),
            zone=self.source.timezone or self._zone,
            home_zone=self._zone,
            latest_at=self._latest_at,
        )
        for place, n_rows in count_unmapped(batch.rows, self._closed, engine).items():
            tally.unmapped[place] = tally.unmapped.get(place, 0) + n_rows
        refused = mapped.filter(pc.is_valid(mapped["reject_reason"]))
        if refused.num_rows:
            is_refused = pc.is_in(batch.rows[ROW_NUMBER], value_set=refused[ROW_NUMBER].combine_chunks())
            texts = engine.transform(batch.rows.filter(is_refused), started_text_sql(self.source))["started_text"]
            told = refused.select([ROW_NUMBER, "reject_column", "reject_reason"]).append_column("text", texts)
            tally.rejects += [_reject(*row.values()) for row in told.sort_by(ROW_NUMBER).to_pylist()]
        kept = mapped if not refused.num_rows else mapped.filter(pc.is_null(mapped["reject_reason"]))
        usable = self._with_tokens(_filled_up(kept), engine)
        self._count_identifiers(usable, tally)
        left = self._erasures.leave_out(usable, engine)
        tally.n_set_aside += usable.num_rows - left.num_rows
        tally.n_stored += left.num_rows
        return left

    def _sql(self, columns: list[str]) -> str:
        return mapping_sql(self.source, columns, key=self.key, services=self._services)

    def _count_identifiers(self, rows: pa.Table, tally: Tally) -> None:
        for name in self._tokenisers:
            tally.identifiers_given[name] += rows.num_rows - rows[f"raw_{name}"].null_count
            tally.identifiers_used[name] += rows.num_rows - rows[_token_column(name)].null_count

    def _with_tokens(self, kept: pa.Table, engine: Engine) -> pa.Table:
        for name, tokeniser in self._tokenisers.items():
            kept = kept.append_column(_token_column(name), tokens_of(kept[f"raw_{name}"], tokeniser, engine))
        return kept.append_column("has_note", pc.is_valid(kept["raw_note"]))


def _token_column(identifier: str) -> str:
    return "case_ref" if identifier == "case_ref" else f"{identifier}_token"


def _filled_up(rows: pa.Table) -> pa.Table:
    """Rows with an empty column for all that the source does not map."""
    wanted = [(f"raw_{name}", pa.string()) for name in (*RAW_IDENTIFIERS, "note")]
    made_later = {"file_id", "load_order", "has_note", "case_ref"}
    schema = arrow_schema(RECORDS)
    wanted += [(f.name, f.type) for f in schema if f.name not in made_later and not f.name.endswith("_token")]
    for name, kind in wanted:
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(rows.num_rows, kind))
    return rows


def _reject(row_number: int, column: str, reason: str, text: str | None) -> dict[str, Any]:
    # Only times are described by their shape: any other column may hold personal data.
    shown = text if column == "row" else value_class(text) if column == "started_at" else "not shown"
    return {"row_number": row_number, "column_name": column, "reason": reason, "value_class": shown}


def value_class(text: str | None) -> str:
    """What a value looked like without saying it: each letter as a, each digit as 9, at most 30 signs."""
    if not text:
        return "empty"
    return re.sub(r"[^9\s/:.,+-]", "a", re.sub(r"\d", "9", text))[:30]
