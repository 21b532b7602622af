"""Read CSV and TSV: any delimiter, UTF-8 (with or without BOM), Latin-1 or UTF-16, CR, LF or CRLF line ends.

Rows with too many or too few columns are reported as malformed with their row number; the rest is read.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from journeys.errors import SourceError
from journeys.settings import Source
from journeys.sources.batches import ROW_NUMBER, Batch, batch_of, check_columns
from journeys.sources.opening import PACKED, open_source

_BLOCK_BYTES = 16 * 1024 * 1024  # the longest row that can be read
_HEAD_BYTES = 1024 * 1024
_FEWEST_COLUMNS, _MOST_COLUMNS = 4, 200  # where lines are looked at for rows


def read_csv_batches(path: Path, source: Source, wanted: Sequence[str]) -> Iterator[Batch]:
    """Yield the rows of one file; raises SourceError for a wrong encoding, header or delimiter."""
    names = _read_header(path, source)
    check_columns(path.name, source.name, wanted, names)
    malformed: list[tuple[int, str]] = []
    ends = _Ends()
    try:
        with open_source(path) as content:
            # A plain file is read by Arrow itself, without the interpreter.
            is_packed = path.suffix.lower() in PACKED
            raw = pa.PythonFile(content, "r") if is_packed else pa.OSFile(str(path), "rb")
            reader = _open(raw, source, names, malformed, ends)
            yield from _batches(reader, source.delimiter, malformed, ends)
    except (pa.ArrowInvalid, UnicodeError) as error:
        raise SourceError(_why_unreadable(path.name, source, str(error))) from None
    if ends.has_line_break and _n_quotes(path) % 2:
        raise SourceError(
            f"{path.name}: a quote is opened near row {ends.row_number} and never closed, so the rest of the file would "
            "be one cell; mend that row"
        )


@dataclass(slots=True)
class _Ends:
    """The last row seen, good or malformed: its number, and whether a cell of it runs over several lines."""

    row_number: int = 0
    has_line_break: bool = False

    def see(self, row_number: int, text: str) -> None:
        """Keep the row if it is the last so far."""
        if row_number >= self.row_number:
            self.row_number, self.has_line_break = row_number, "\n" in text.strip() or "\r" in text.strip()


def _n_quotes(path: Path) -> int:
    with open_source(path) as content:
        return sum(chunk.count(b'"') for chunk in iter(lambda: content.read(_HEAD_BYTES), b""))


def _open(
    content: pa.NativeFile, source: Source, names: Sequence[str], malformed: list[tuple[int, str]], ends: _Ends
) -> pyarrow.csv.CSVStreamingReader:
    def note_malformed(row: pyarrow.csv.InvalidRow) -> str:
        # Numbers count the header; the row's text may hold personal data and is not kept.
        malformed.append((row.number - 1, f"{row.actual_columns} columns, {row.expected_columns} expected"))
        ends.see(row.number - 1, row.text)
        return "skip"

    return pyarrow.csv.open_csv(
        content,
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False, block_size=_BLOCK_BYTES, encoding=_codec(source.encoding)
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=source.delimiter, newlines_in_values=True, invalid_row_handler=note_malformed
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            null_values=[""],
        ),
    )


def _batches(
    reader: pyarrow.csv.CSVStreamingReader, delimiter: str, malformed: list[tuple[int, str]], ends: _Ends
) -> Iterator[Batch]:
    next_row, n_reported = 1, 0
    for record_batch in reader:
        numbers = _row_numbers(next_row, record_batch.num_rows, [number for number, _ in malformed])
        next_row = int(numbers[-1]) + 1 if len(numbers) else next_row
        rows = pa.Table.from_batches([record_batch]).append_column(ROW_NUMBER, pa.array(numbers, pa.int64()))
        if len(numbers):
            last = record_batch.slice(record_batch.num_rows - 1).to_pylist()[0]
            ends.see(int(numbers[-1]), "".join(cell or "" for cell in last.values()))
        # The reader looks ahead, so a report may be of a row that comes in the next batch: numbers are absolute.
        reported, n_reported = tuple(malformed[n_reported:]), len(malformed)
        yield Batch(rows, reported, _swallowed(record_batch, numbers, delimiter))
    if malformed[n_reported:]:
        yield Batch(batch_of({}, next_row).rows, tuple(malformed[n_reported:]))


def _swallowed(rows: pa.RecordBatch, numbers: np.ndarray, delimiter: str) -> tuple[str, ...]:
    """A remark on cells whose lines look like rows: a quote opened by mistake takes in all up to the next one, silently.

    After the first line such a cell has whole rows, then one that ends where the cell's own column begins.
    """
    if not _FEWEST_COLUMNS <= rows.num_columns <= _MOST_COLUMNS:
        return ()
    found: list[int] = []
    cell = f"[^{re.escape(delimiter)}\n]*"
    for place, column in enumerate(rows.columns):
        letters = column.buffers()[2]
        # All cells at once is many times faster than cell by cell, and mostly there is none.
        if letters is None or b"\n" not in letters.to_pybytes():
            continue
        many = pc.indices_nonzero(pc.fill_null(pc.match_substring(column, "\n"), False))
        whole_row = f"(?:{cell}{re.escape(delimiter)}){{{rows.num_columns - 1}}}{cell}\n"
        # A line with a comma or two is nothing special: it takes a whole row before it.
        often = "*" if place + 1 >= _FEWEST_COLUMNS else "+"
        pattern = f"^[^\n]*\n(?:{whole_row}){often}(?:{cell}{re.escape(delimiter)}){{{place}}}{cell}$"
        looks_so = pc.match_substring_regex(column.take(many), pattern)
        found += numbers[many.filter(looks_so).to_numpy()].tolist()
    if not found:
        return ()
    return (
        f"row {min(found)}{f' and {len(found) - 1:,} more' if len(found) > 1 else ''}: a cell runs over several lines that "
        "look like rows; if a quote was opened there by mistake, rows after it were read as its text: mend the row",
    )


def _row_numbers(first: int, n_rows: int, skipped: Sequence[int]) -> np.ndarray:
    """Numbers of the next `n_rows` good rows from `first` on, leaving out the skipped ones."""
    later = [number for number in skipped if number >= first]
    candidates = np.arange(first, first + n_rows + len(later))
    return candidates[~np.isin(candidates, later)][:n_rows]


def _codec(encoding: str) -> str:
    """The name by which Arrow knows an encoding; only UTF-8 has one of its own, and is read without the interpreter."""
    return "utf8" if codecs.lookup(encoding).name == "utf-8" else encoding


def _read_header(path: Path, source: Source) -> list[str]:
    with open_source(path) as content:
        head = content.read(_HEAD_BYTES)
    if not head.strip():
        raise SourceError(f"{path.name}: the file is empty; export it again, or remove it from sources/")
    try:
        # The head may end inside a character: an incremental decoder waits for the rest.
        text = codecs.getincrementaldecoder(source.encoding)().decode(head).removeprefix("\ufeff")
    except UnicodeError:
        raise SourceError(_why_unreadable(path.name, source, "")) from None
    if "\0" in text:
        raise SourceError(
            f"{path.name}: this is no {source.encoding} text; if it is Unicode from a spreadsheet, "
            f"set encoding = \"utf-16\" for source '{source.name}' in config/sources.toml"
        )
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter, strict=True)
    try:
        names = next(row for row in rows if row)
    except (csv.Error, StopIteration):
        raise SourceError(
            f"{path.name}: the first line is no header, or a quote in it is not closed; it should name the columns"
        ) from None
    if len(names) == 1 and len(source.columns) > 1:
        raise SourceError(
            f"{path.name}: only one column was found with delimiter {source.delimiter!r}; "
            f"set the delimiter of source '{source.name}' in config/sources.toml"
        )
    return names


def _why_unreadable(file_name: str, source: Source, detail: str) -> str:
    if "straddling" in detail:
        return (
            f"{file_name}: a row is longer than {_BLOCK_BYTES // 1024**2} MB, or a quote is never closed; mend the file"
        )
    other = "latin-1" if source.encoding == "utf-8" else "utf-8"
    return (
        f'{file_name}: this is no {source.encoding} text; set encoding = "{other}" '
        f"for source '{source.name}' in config/sources.toml, or export the file again as {source.encoding}"
    )
