"""The first rows of a file as counts: for each column, how many rows hold which value. Nothing is kept in rows.

Formats whose rows name their own cells (JSON, XES, OCEL) give a column for each path that reaches a value.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from journeys.errors import SourceError
from journeys.settings import FieldSource, Source
from journeys.sniff import Sniffed, check_header
from journeys.sources.batches import ROW_NUMBER, WHOLE_ROW, as_text
from journeys.sources.reading import read_batches

SAMPLE_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Values (trimmed, not blank) of each column with their rows; `is_cut`: the file has more than `n_rows`."""

    n_rows: int
    n_malformed: int
    is_cut: bool
    columns: dict[str, Counter[str]]


def read_sample(path: Path, sniffed: Sniffed) -> Sample:
    """Count the first 200,000 rows; raises SourceError where the file cannot be read, or has no header."""
    columns: dict[str, Counter[str]] = {}
    n_rows = n_malformed = 0
    is_cut = False
    for batch in read_batches(path, _first_guess(sniffed)):
        n_malformed += len(batch.malformed)
        rows = batch.rows.slice(0, SAMPLE_ROWS - n_rows)
        n_rows += rows.num_rows
        if WHOLE_ROW in rows.column_names and sniffed.format in {"json", "jsonl", "xes", "ocel"}:
            _count_cells(rows, columns)
        else:
            _count_columns(rows, columns)
        if is_cut := batch.rows.num_rows > rows.num_rows:
            break
    if not n_rows or not columns:
        raise SourceError(f"{path.name}: there is not one row in it that can be read; export it again")
    if sniffed.format in {"csv", "xlsx"}:
        check_header(path.name, list(columns))
    return Sample(n_rows, n_malformed, is_cut, columns)


def _first_guess(sniffed: Sniffed) -> Source:
    """Just enough of a source for its reader: nothing is mapped yet."""
    return Source.model_construct(
        name="(not described yet)", kind="contact", files="", format=sniffed.format, delimiter=sniffed.delimiter,
        encoding=sniffed.encoding, object_type=sniffed.object_type, columns=dict[str, FieldSource](),
    )  # fmt: skip


def _count_columns(rows: pa.Table, columns: dict[str, Counter[str]]) -> None:
    for name in rows.column_names:
        if name == ROW_NUMBER or not name.strip():
            continue
        counts = columns.setdefault(name, Counter())
        for counted in pc.value_counts(rows[name]).to_pylist():
            if value := (counted["values"] or "").strip():
                counts[value] += counted["counts"]


def _count_cells(rows: pa.Table, columns: dict[str, Counter[str]]) -> None:
    for row in rows[WHOLE_ROW].to_pylist():
        for path, value in _cells(json.loads(row), ""):
            counts = columns.setdefault(path, Counter())
            if value and (text := value.strip()):
                counts[text] += 1


def _cells(value: Any, path: str) -> Iterator[tuple[str, str | None]]:
    """Each value of a row with the path that reaches it, as `journeys.sources.json_files` reads paths."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if path == "" or "." not in key:  # below the first step a dot would cut the key in two
                yield from _cells(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        yield from _items(value, path)
    else:
        yield path, as_text(value)


def _items(items: Sequence[Any], path: str) -> Iterator[tuple[str, str | None]]:
    """Of a list of {key, value} pairs every value; of any other list the first item."""
    if items and all(isinstance(item, dict) and {"key", "value"} <= set(item) for item in items):
        for item in items:
            inner = item["value"]
            if isinstance(inner, dict):
                inner = next((each for each in inner.values() if each is not None), None)
            if not isinstance(inner, list):
                yield f"{path}.{item['key']}", as_text(inner)
    elif items:
        yield from _cells(items[0], f"{path}.0")
