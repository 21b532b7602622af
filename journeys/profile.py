"""Look at a file nobody has described yet: its format, and what each column seems to hold.

In: a file of any format the tool reads. Out: a `FileProfile` with one `ColumnProfile` a column. What may be personal is
told by its shape (letters as a, digits as 9), never by a value.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from journeys.errors import SourceError
from journeys.kinds import Kind, TimeReading, kind_of, read_times
from journeys.settings import FieldSource, Source
from journeys.shape import value_class
from journeys.sniff import Sniffed, sniff
from journeys.sources.batches import ROW_NUMBER, WHOLE_ROW, Batch
from journeys.sources.reading import read_batches

SAMPLE_ROWS = 200_000
_ONE_VALUE_SHARE = 0.05
_SHOWN_VALUES = 8
_MOST_CATEGORIES = 30


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What one column of the sample holds; `shown` are its most frequent values, or shapes where it may be personal."""

    name: str
    n_rows: int
    n_filled: int
    n_distinct: int
    kind: Kind
    time: TimeReading | None
    most_frequent: tuple[tuple[str, int], ...]
    mean_words: float
    shown: str

    @property
    def is_unique(self) -> bool:
        """Every row has a value of its own."""
        return self.n_filled == self.n_rows == self.n_distinct and self.n_rows > 0

    def suspicious(self) -> Iterator[str]:
        """What somebody should look at before trusting the column."""
        if not self.n_filled:
            yield "empty in every row"
        elif self.n_distinct == 1 and self.n_rows > 1:
            yield "the same in every row"
        if self.kind in _PERSON_KINDS and self.n_rows >= 50:
            for value, n in self.most_frequent:
                if n / self.n_rows >= _ONE_VALUE_SHARE:
                    yield (
                        f"one value ({value_class(value)}) is in {n:,} of {self.n_rows:,} rows: a switchboard, a walk-in "
                        "account or a bucket for unknown people? Name it in unknown_persons"
                    )
        if self.time and self.time.n_odd:
            yield f"{self.time.n_odd:,} values do not fit that format, are before 1990 or lie in the future"


_PERSON_KINDS = frozenset({Kind.IDENTIFIER, Kind.PHONE, Kind.EMAIL, Kind.NAME, Kind.ACCOUNT})


@dataclass(frozen=True, slots=True)
class FileProfile:
    """A file as it looks: how to read it, and its columns."""

    path: Path
    sniffed: Sniffed
    n_rows: int
    n_malformed: int
    is_sample: bool
    columns: tuple[ColumnProfile, ...]

    def column(self, name: str) -> ColumnProfile:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


def profile_file(path: Path) -> FileProfile:
    """Look at the first 200,000 rows; raises SourceError where the file cannot be read at all."""
    if not path.is_file():
        raise SourceError(f"{path}: there is no such file")
    sniffed = sniff(path)
    rows, n_malformed, is_sample = _sample(read_batches(path, _first_guess(sniffed)))
    names = (
        list(dict.fromkeys(name for row in rows[:2000] for name in row))
        if sniffed.has_keys
        else list(rows[0] if rows else ())
    )
    columns = tuple(_profile(name, [row.get(name) for row in rows]) for name in names)
    return FileProfile(path, sniffed, len(rows), n_malformed, is_sample, columns)


def _first_guess(sniffed: Sniffed) -> Source:
    """Just enough of a source for its reader: nothing is mapped yet."""
    return Source.model_construct(
        name="looked_at", kind="contact", files="", format=sniffed.format, delimiter=sniffed.delimiter,
        encoding=sniffed.encoding, object_type=sniffed.object_type, columns=dict[str, FieldSource](),
    )  # fmt: skip


def _sample(batches: Iterator[Batch]) -> tuple[list[dict[str, str | None]], int, bool]:
    rows: list[dict[str, str | None]] = []
    n_malformed = 0
    for batch in batches:
        n_malformed += len(batch.malformed)
        names = [name for name in batch.rows.column_names if name != ROW_NUMBER]
        found: Iterator[dict[str, Any]] = iter(batch.rows.select(names).to_pylist())
        rows += [_flat(row) for row in islice(found, SAMPLE_ROWS - len(rows))]
        if len(rows) >= SAMPLE_ROWS:
            return rows, n_malformed, True
    return rows, n_malformed, False


def _flat(row: dict[str, Any]) -> dict[str, str | None]:
    """A row of a format without columns comes as one JSON text; nested values get the path that reaches them."""
    if WHOLE_ROW not in row:
        return row
    cells: dict[str, str | None] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, f"{path}.{key}" if path else str(key))
        elif not isinstance(value, list):
            cells[path] = None if value is None or value == "" else str(value)

    walk(json.loads(row[WHOLE_ROW]), "")
    return cells


def _profile(name: str, values: Sequence[str | None]) -> ColumnProfile:
    counts = Counter(value.strip() for value in values if value and value.strip())
    distinct = list(counts)
    words = sum(len(value.split()) * n for value, n in counts.items())
    n_filled = sum(counts.values())
    time = read_times(distinct)
    kind = kind_of(name, distinct, n_filled, words / n_filled if n_filled else 0.0, time)
    frequent = tuple(counts.most_common(_SHOWN_VALUES))
    return ColumnProfile(
        name, len(values), n_filled, len(counts), kind, time, frequent, words / n_filled if n_filled else 0.0,
        _shown(kind, counts, time),
    )  # fmt: skip


def _shown(kind: Kind, counts: Counter[str], time: TimeReading | None) -> str:
    if not counts:
        return ""
    if time:
        return f"{time.first} to {time.last}"
    if kind is Kind.NUMBER:
        numbers = sorted(float(value) for value in counts)
        return f"{numbers[0]:g} to {numbers[-1]:g}"
    if kind in {Kind.CATEGORY, Kind.FLAG} and len(counts) <= _MOST_CATEGORIES:
        return ", ".join(f"{value[:40]} ({n:,})" for value, n in counts.most_common(_SHOWN_VALUES))
    return f"looks like {value_class(counts.most_common(1)[0][0])}"
