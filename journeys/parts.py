"""Parquet parts: one file per table, ISO week and source file, written to a temporary name and renamed.

A part counts only once the catalogue names it, so a load killed at any moment leaves nothing half-visible.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from journeys.schema import Table

_ARROW = {
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMP": pa.timestamp("us"),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
}


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a stored table."""
    return pa.schema([(column.name, _ARROW[column.type]) for column in table.columns])


class PartWriter:
    """Writes one table of one source file, a part per week; `finish` renames all parts into place."""

    def __init__(self, data: Path, table: Table, file_key: str) -> None:
        self._data, self._table, self._file_key = data, table, file_key
        self._schema = arrow_schema(table)
        self._open: dict[str, pq.ParquetWriter] = {}

    def write(self, rows: pa.Table, weeks: pa.ChunkedArray) -> None:
        """Append rows (columns of the table); `weeks` says which week's part each row belongs to."""
        shaped = pa.table([rows[name].cast(self._schema.field(name).type) for name in self._schema.names], self._schema)
        for week in pc.unique(weeks).to_pylist():
            self._part(week).write_table(shaped.filter(pc.equal(weeks, week)))

    def finish(self) -> list[dict[str, str]]:
        """Close and rename every part; returns one catalogue row per part."""
        rows = []
        for week, writer in sorted(self._open.items()):
            writer.close()
            self._path(week, ".tmp").replace(self._path(week))
            relative = self._path(week).relative_to(self._data).as_posix()
            rows.append({"path": relative, "table_name": self._table.name, "week": week})
        self._open = {}
        return rows

    def _part(self, week: str) -> pq.ParquetWriter:
        if week not in self._open:
            path = self._path(week, ".tmp")
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open[week] = pq.ParquetWriter(path, self._schema, compression="zstd")
        return self._open[week]

    def _path(self, week: str, ending: str = "") -> Path:
        return self._data / self._table.name / week / f"{self._file_key[:24]}.parquet{ending}"

    def __enter__(self) -> PartWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for week, writer in self._open.items():
            writer.close()
            self._path(week, ".tmp").unlink(missing_ok=True)
