"""Read the first sheet of an XLSX workbook; its first row names the columns, spreadsheet dates become ISO text.

A workbook is unpacked once before it is read: one that is far larger than it seems, or has a cell so far out that the
sheet between would not fit into memory, is refused.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO

import python_calamine

from journeys.errors import SourceError
from journeys.settings import Source
from journeys.sources.batches import Batch, as_text, check_columns, in_batches
from journeys.sources.opening import check_name

_CELL = re.compile(rb"""\br=["']([A-Za-z]+)(\d+)["']""")
_CHUNK_BYTES = 4 * 1024 * 1024
_OVERLAP_BYTES = 64  # an address of a cell may stand across two chunks
_MOST_BYTES = 4 * 1024**3
_MOST_RATIO = 200
_FREE_BYTES = 64 * 1024 * 1024
_FREE_CELLS = 20_000_000
_MOST_DIGITS = 8  # of a row's number; workbooks have 1,048,576 rows
_DAMAGED = (
    python_calamine.CalamineError, OSError, EOFError, RuntimeError, NotImplementedError, ValueError, zlib.error,
    zipfile.BadZipFile,
)  # fmt: skip


def read_xlsx_batches(path: Path, source: Source, wanted: Sequence[str]) -> Iterator[Batch]:
    """Yield the rows of one workbook; raises SourceError where it is none, or its header does not fit."""
    check_name(path)
    if path.stat().st_size == 0:
        raise SourceError(f"{path.name}: the file is empty; export it again, or remove it from sources/")
    try:
        _check_extent(path)
        sheet = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        rows = iter(sheet.to_python(skip_empty_area=False))
    except _DAMAGED as error:
        raise SourceError(
            f"{path.name}: this is no workbook that can be read, or it needs a password ({type(error).__name__}); "
            "save it again as .xlsx, without a password"
        ) from None
    names = [as_text(cell) or "" for cell in next(rows, [])]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise SourceError(f"{path.name}: the first sheet is empty; the first row should name the columns")
    check_columns(path.name, source.name, wanted, names)
    cells = ([as_text(cell) for cell in islice(row, len(names))] for row in rows)
    yield from in_batches(cells, names)


def _check_extent(path: Path) -> None:
    """Raise SourceError where reading would take memory out of all proportion to the file."""
    most = min(_FREE_BYTES + _MOST_RATIO * path.stat().st_size, _MOST_BYTES)
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            most -= member.file_size
            if most < 0:
                raise SourceError(
                    f"{path.name}: it unpacks to far more than a workbook of its size can hold; save it again as CSV if it "
                    "is what it should be"
                )
            with archive.open(member) as part:
                if member.filename.startswith("xl/worksheets/"):
                    _check_cells(part, path)
                else:
                    while part.read(_CHUNK_BYTES):  # the size named in the archive may lie: then this fails
                        pass


def _check_cells(part: IO[bytes], path: Path) -> None:
    """The reader lays out a sheet from its first to its last cell, filled or not."""
    n_cells, last_row, last_column, rest = 0, 0, 0, b""
    while chunk := part.read(_CHUNK_BYTES):
        # Addresses cut in two are found with the next chunk; a few are counted twice, which does not matter.
        found = set(_CELL.findall(rest + chunk))
        rest = chunk[-_OVERLAP_BYTES:]
        n_cells += len(found)
        for letters, digits in found:
            last_row = max(last_row, int(digits[:_MOST_DIGITS]))
            last_column = max(last_column, _column_number(letters[:_MOST_DIGITS]))
    if last_row * last_column > _FREE_CELLS + 4 * n_cells:
        raise SourceError(
            f"{path.name}: a sheet has {n_cells:,} cells, but one as far out as row {last_row:,} or column {last_column:,}; "
            "delete the stray cells, or save the sheet as CSV"
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
