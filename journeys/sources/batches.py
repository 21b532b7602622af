"""What every reader yields: rows of text, each with its row number, and the rows that were no rows.

`rows` holds one string column per column of the file, named as in the file, and `row_number` (1 is the first row of
content). Empty cells are null. `malformed` lists rows that could not be cut into columns. `remarks` say what a
reader had to decide, such as how a log of several objects was flattened.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa

from journeys.errors import SourceError
from journeys.settings import Source

ROW_NUMBER = "row_number"
WHOLE_ROW = "whole row"
_NEEDED = ("started_at", "channel", "activity", "source_record_id")
BATCH_ROWS = 100_000
_SHOWN_NAMES = 100
_KEY = re.compile(r"[\w.:@=/-]{1,80}")
_LOOKS_LIKE_VALUE = re.compile(r"\d{3}|@|[\r\n]|.{81}")  # names of columns seldom do; values must not be repeated


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one file, in file order."""

    rows: pa.Table
    malformed: tuple[tuple[int, str], ...] = ()
    remarks: tuple[str, ...] = ()


def batch_of(columns: Mapping[str, Sequence[str | None]], first_row: int) -> Batch:
    """A batch from columns of text, numbered from `first_row`."""
    n_rows = len(next(iter(columns.values()), ()))
    arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    arrays[ROW_NUMBER] = pa.array(range(first_row, first_row + n_rows), pa.int64())
    return Batch(pa.table(arrays))


def check_columns(file_name: str, source: str, wanted: Sequence[str], found: Sequence[str]) -> None:
    """Raise SourceError for a header that cannot be used, or lacks columns the settings name, with the nearest match.

    A header that may be a row of values is not repeated: the values could be personal.
    """
    missing = [name for name in wanted if name not in found]
    if wanted and len(missing) == len(wanted) and any(_LOOKS_LIKE_VALUE.search(name) for name in found):
        raise SourceError(
            f"{file_name}: there is no column '{missing[0]}', nor any other that [source.columns] of "
            f"'{source}' names: the first row seems to hold values, not their names. Put a row with the columns' names on top"
        )
    _check_names(file_name, found)
    if not missing:
        return
    is_header = not any(_LOOKS_LIKE_VALUE.search(name) for name in found)
    close = difflib.get_close_matches(missing[0], found, n=1, cutoff=0.4 if is_header else 0.8)
    meant = f"; did you mean '{close[0]}'?" if close else "."
    listed = f"{', '.join(found[:_SHOWN_NAMES])}{', ...' if len(found) > _SHOWN_NAMES else ''}"
    has = f"The file has: {listed}" if is_header else "The header is not shown, for some of it looks like values"
    raise SourceError(
        f"{file_name}: there is no column '{missing[0]}', which [source.columns] of '{source}' names{meant} {has}. "
        "Mend config/sources.toml, or the file"
    )


def check_wanted(file_name: str, wanted: Sequence[str]) -> None:
    """Raise SourceError for keys the settings name that cannot stand beside one another as columns."""
    _check_names(file_name, [name for name in wanted if name != WHOLE_ROW])
    if WHOLE_ROW in wanted:
        raise SourceError(f"{file_name}: a key may not be called '{WHOLE_ROW}'; rename it")


def _check_names(file_name: str, names: Sequence[str]) -> None:
    """Capitals do not tell columns apart, for in SQL they do not either: the wrong one could be read."""
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        first = places.setdefault(name.casefold(), place)
        if first == place:
            continue
        if not name:
            raise SourceError(f"{file_name}: columns {first + 1} and {place + 1} have no name; give each its own")
        how = "stands twice in the header" if names[first] == name else "differs from another by its capitals only"
        raise SourceError(
            f"{file_name}: the name of column {place + 1} {how} (column {first + 1}"
            f"{f': {name!r}' if not _LOOKS_LIKE_VALUE.search(name) else ''}); rename one of them"
        )
    if ROW_NUMBER in places:
        raise SourceError(f"{file_name}: a column may not be called '{names[places[ROW_NUMBER]]}'; rename it")


def check_keys(file_name: str, source: Source, wanted: Sequence[str], found: Collection[str]) -> tuple[str, ...]:
    """The same for files whose rows may leave keys out: only a row's time, channel, activity and id must be there.

    Returns a remark about any other key that no row has: it may be optional, or mistyped.
    """
    for name in _NEEDED:
        field = source.columns.get(name)
        if field is not None and field.column_names() and not set(field.column_names()) & set(found):
            shown = sorted(key for key in found if _KEY.fullmatch(key))  # keys of other files may be people's names
            check_columns(file_name, source.name, field.column_names()[:1], shown)
    missing = [name for name in wanted if name not in found]
    return (f"no row has {', '.join(missing)}; what is mapped to it stays empty",) if missing else ()


def as_text(value: Any) -> str | None:
    """A cell of a spreadsheet or JSON as text: whole numbers without ".0", times as ISO 8601, durations as hours:minutes:
    seconds, blank as null."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, timedelta):
        minutes, seconds = divmod(value.total_seconds(), 60)
        return f"{int(minutes // 60):02}:{int(minutes % 60):02}:{seconds:02g}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def in_batches(rows: Iterator[Sequence[str | None]], names: Sequence[str]) -> Iterator[Batch]:
    """Group rows (cells in the order of `names`) into batches; always at least one, possibly empty."""
    first_row, held = 1, []
    for row in rows:
        held.append(row)
        if len(held) == BATCH_ROWS:
            yield _columnwise(held, names, first_row)
            first_row, held = first_row + len(held), []
    if held or first_row == 1:
        yield _columnwise(held, names, first_row)


def rows_of_cells(
    rows: Iterator[Mapping[str, str | None]], file_name: str, source: Source, wanted: Sequence[str]
) -> Iterator[Batch]:
    """Batches of rows whose cells have names, and not all the same ones; raises SourceError for a needed name never seen.

    Rows are compared as a whole, so that cells that are not mapped take part through one text.
    """
    check_wanted(file_name, wanted)
    seen: set[str] = set()
    names = [*wanted, WHOLE_ROW]

    def cells() -> Iterator[list[str | None]]:
        for row in rows:
            seen.update(row)
            yield [*(row.get(name) or None for name in wanted), json.dumps(row, sort_keys=True, ensure_ascii=False)]

    n_rows = 0
    try:
        for batch in in_batches(cells(), names):
            n_rows += batch.rows.num_rows
            yield batch
    except UnicodeEncodeError:
        raise SourceError(
            f"{file_name}: a text holds half of a character (a lone surrogate), which cannot be stored; export it again"
        ) from None
    if n_rows and (remarks := check_keys(file_name, source, wanted, seen)):
        yield Batch(batch_of({}, 1).rows, (), remarks)


def _columnwise(rows: Sequence[Sequence[str | None]], names: Sequence[str], first_row: int) -> Batch:
    return batch_of({name: [row[i] for row in rows] for i, name in enumerate(names)}, first_row)
