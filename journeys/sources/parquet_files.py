"""Read Parquet: every column as text, times as ISO 8601, nested columns left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from journeys.errors import SourceError
from journeys.settings import Source
from journeys.sources.batches import BATCH_ROWS, ROW_NUMBER, Batch, as_text, check_columns


def read_parquet_batches(path: Path, source: Source, wanted: Sequence[str]) -> Iterator[Batch]:
    """Yield the rows of one file; raises SourceError where it is no Parquet, or lacks a wanted column."""
    try:
        with pq.ParquetFile(path) as file:
            names = [field.name for field in file.schema_arrow if not pa.types.is_nested(field.type)]
            check_columns(path.name, source.name, wanted, names)
            first_row = 1
            for rows in file.iter_batches(batch_size=BATCH_ROWS, columns=names):
                yield _batch(rows, first_row)
                first_row += rows.num_rows
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise SourceError(
            f"{path.name}: this is no Parquet file that can be read ({type(error).__name__}); export it again"
        ) from None


def _batch(rows: pa.RecordBatch, first_row: int) -> Batch:
    columns = {name: _texts(rows.column(name)) for name in rows.schema.names}
    columns[ROW_NUMBER] = pa.array(range(first_row, first_row + rows.num_rows), pa.int64())
    return Batch(pa.table(columns))


def _texts(column: pa.Array) -> pa.Array:
    if pa.types.is_string(column.type):
        return column
    return pa.array([as_text(value) for value in column.to_pylist()], pa.string())
