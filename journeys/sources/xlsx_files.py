"""Read the first sheet of an XLSX workbook; its first row names the columns, spreadsheet dates become ISO text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import python_calamine

from journeys.errors import SourceError
from journeys.settings import Source
from journeys.sources.batches import Batch, as_text, check_columns, in_batches


def read_xlsx_batches(path: Path, source: Source, wanted: Sequence[str]) -> Iterator[Batch]:
    """Yield the rows of one workbook; raises SourceError where it is none, or its header does not fit."""
    if path.stat().st_size == 0:
        raise SourceError(f"{path.name}: the file is empty; export it again, or remove it from sources/")
    try:
        sheet = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    except (python_calamine.CalamineError, OSError) as error:
        raise SourceError(
            f"{path.name}: this is no workbook that can be read ({type(error).__name__}); save it again as .xlsx"
        ) from None
    rows = iter(sheet.to_python(skip_empty_area=False))
    names = [as_text(cell) or "" for cell in next(rows, [])]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise SourceError(f"{path.name}: the first sheet is empty; the first row should name the columns")
    check_columns(path.name, source.name, wanted, names)
    cells = ([as_text(cell) for cell in islice(row, len(names))] for row in rows)
    yield from in_batches(cells, names)
