"""Values that a closed list does not know: a queue, form or wrap-up name that no map of the settings names.

In: a batch of text rows. Out: for each field with a map, or with a fixed list of its own (kinds, channels, directions,
services), the values seen that it does not name, with the number of rows. Identifiers and notes have no such list.
"""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from journeys.engine import Engine
from journeys.mapping import DIRECTIONS, RAW_IDENTIFIERS, channels_of, text_sql
from journeys.schema import KINDS
from journeys.settings import FieldSource, Source

_LONGEST = 80


def closed_fields(source: Source, services: Collection[str]) -> dict[str, tuple[FieldSource, frozenset[str]]]:
    """The fields of a source that understand certain values only, with these values."""
    lists = {
        "kind": frozenset(KINDS), "channel": frozenset(channels_of(source)), "direction": frozenset(DIRECTIONS),
        "service": frozenset(services),
    }  # fmt: skip
    fields = {}
    for name, field in sorted(source.columns.items()):
        known = frozenset(field.map) or (lists.get(name, frozenset()) if field.value is None else frozenset())
        if known and name not in RAW_IDENTIFIERS:
            fields[name] = (field, known)
    return fields


def count_unmapped(
    rows: pa.Table, fields: dict[str, tuple[FieldSource, frozenset[str]]], engine: Engine
) -> dict[tuple[str, str], int]:
    """Rows by (field, value) for values that are in no list; at most 80 signs of a value."""
    counts: dict[tuple[str, str], int] = {}
    for name, (field, known) in fields.items():
        texts = (
            rows[field.column]
            if field.column is not None
            else engine.transform(rows, f"SELECT {text_sql(field)} AS value FROM rows")["value"]
        )
        for counted in pc.value_counts(texts).to_pylist():
            value = (counted["values"] or "").strip(" ")
            if value and value not in known:
                place = (name, value[:_LONGEST])
                counts[place] = counts.get(place, 0) + counted["counts"]
    return counts
