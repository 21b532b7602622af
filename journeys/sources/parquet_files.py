"""Read Parquet: every column as text, times as ISO 8601, nested columns left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from journeys.errors import SourceError
from journeys.settings import Source
from journeys.sources.batches import BATCH_ROWS, ROW_NUMBER, Batch, as_text, check_columns
from journeys.sources.opening import check_name


def read_parquet_batches(path: Path, source: Source, wanted: Sequence[str]) -> Iterator[Batch]:
    """Yield the rows of one file; raises SourceError where it is no Parquet, or lacks a wanted column."""
    check_name(path)
    try:
        with pq.ParquetFile(path) as file:
            names = [field.name for field in file.schema_arrow if not pa.types.is_nested(field.type)]
            check_columns(path.name, source.name, wanted, names)
            first_row = 1
            for rows in file.iter_batches(batch_size=BATCH_ROWS, columns=names):
                yield _batch(rows, first_row, path.name)
                first_row += rows.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceError(
            f"{path.name}: this is no Parquet file that can be read ({type(error).__name__}); export it again"
        ) from None


def _batch(rows: pa.RecordBatch, first_row: int, file_name: str) -> Batch:
    columns = {name: _texts(name, rows.column(name), file_name) for name in rows.schema.names}
    columns[ROW_NUMBER] = pa.array(range(first_row, first_row + rows.num_rows), pa.int64())
    return Batch(pa.table(columns))


def _texts(name: str, column: pa.Array, file_name: str) -> pa.Array:
    """A column as text; bytes are text where they are UTF-8 (older writers do not say so), else shown in hex."""
    try:
        if pa.types.is_string(column.type):
            column.validate(full=True)  # bytes that are no UTF-8 would bring the engine down
            return column
        return pa.array([as_text(_plain(value)) for value in column.to_pylist()], pa.string())
    except (pa.ArrowException, ValueError, OverflowError, LookupError) as error:
        raise SourceError(
            f"{file_name}: column '{name}' ({column.type}) holds what cannot be read as text ({type(error).__name__}), "
            "such as a time after the year 9999, an unknown time zone, or bytes that are no UTF-8; mend the column"
        ) from None


def _plain(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()
