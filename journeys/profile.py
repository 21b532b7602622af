"""Look at a file nobody has described yet: its format, and what each column seems to hold.

In: a file of any format the tool reads. Out: a `FileProfile` with one `ColumnProfile` a column. A value is shown only
where many rows share few of them and none can be personal; else its shape (letters as a, digits as 9).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from journeys.errors import SourceError
from journeys.kinds import Kind, kind_of, may_be_shown
from journeys.sample_rows import read_sample
from journeys.shape import value_class
from journeys.sniff import Sniffed, sniff
from journeys.time_formats import TimeReading, read_times

_SHOWN_VALUES = 8
_KEPT_VALUES = 30  # a category has no more
_MOST_CATEGORIES = 30
_ROWS_A_VALUE = 5  # a category's values come again; what does not may name somebody
_LONG_NUMBER = 10**6  # longer numbers may be somebody's


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What one column of the sample holds.

    `told_by`: "name" or "values". `most_frequent`: values with their rows, most frequent first, not to be shown unless
    `is_shown`. `shown`: what may be said of the values.
    """

    name: str
    n_rows: int
    n_filled: int
    n_distinct: int
    kind: Kind
    told_by: str
    time: TimeReading | None
    most_frequent: tuple[tuple[str, int], ...]
    mean_words: float
    is_shown: bool
    shown: str

    @property
    def is_unique(self) -> bool:
        """Every row has a value of its own."""
        return self.n_filled == self.n_rows == self.n_distinct and self.n_rows > 0


@dataclass(frozen=True, slots=True)
class FileProfile:
    """A file as it looks: how to read it, and its columns; `is_sample`: the file goes on after `n_rows`."""

    path: Path
    sniffed: Sniffed
    n_rows: int
    n_malformed: int
    is_sample: bool
    columns: tuple[ColumnProfile, ...]


def profile_file(path: Path, latest_at: datetime) -> FileProfile:
    """Look at the first 200,000 rows; `latest_at` (UTC): later times count as future.

    Raises SourceError where the file cannot be read at all.
    """
    if not path.is_file():
        raise SourceError(f"{path}: there is no such file")
    sniffed = sniff(path)
    sample = read_sample(path, sniffed)
    columns = tuple(_profile(name, counts, sample.n_rows, latest_at) for name, counts in sample.columns.items())
    return FileProfile(path, sniffed, sample.n_rows, sample.n_malformed, sample.is_cut, columns)


def _profile(name: str, counts: Counter[str], n_rows: int, latest_at: datetime) -> ColumnProfile:
    n_filled = sum(counts.values())
    words = sum(len(value.split()) * n for value, n in counts.items())
    mean_words = words / n_filled if n_filled else 0.0
    time = read_times(counts, latest_at)
    kind, told_by = kind_of(name, counts, mean_words, time)
    is_shown = (
        kind in {Kind.CATEGORY, Kind.FLAG}
        and len(counts) <= _MOST_CATEGORIES
        and n_filled >= _ROWS_A_VALUE * len(counts)
        and may_be_shown(list(counts))
    )
    frequent = tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_KEPT_VALUES])
    shown = _shown(kind, counts, time, frequent if is_shown else ())
    return ColumnProfile(
        name, n_rows, n_filled, len(counts), kind, told_by, time, frequent, mean_words, is_shown, shown
    )  # fmt: skip


def _shown(kind: Kind, counts: Counter[str], time: TimeReading | None, values: tuple[tuple[str, int], ...]) -> str:
    if not counts:
        return ""
    if kind is Kind.TIME and time:
        return f"{time.first} to {time.last}" if time.first else "no time that can be"
    if kind is Kind.NUMBER:
        numbers = sorted(float(value) for value in counts if _is_number(value))
        if numbers and max(-numbers[0], numbers[-1]) < _LONG_NUMBER:
            return f"{numbers[0]:g} to {numbers[-1]:g}"
    if values:
        more = ", ..." if len(counts) > _SHOWN_VALUES else ""
        return ", ".join(f"{value[:40]} ({n:,})" for value, n in values[:_SHOWN_VALUES]) + more
    shapes = Counter(value_class(value) for value in counts)
    return f"looks like {min(shapes, key=lambda shape: (-shapes[shape], shape))}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
