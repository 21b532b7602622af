"""Parquet parts: one file per table, ISO week and source file, written to a temporary name and renamed.

A part counts only once the catalogue names it, so a load killed at any moment leaves nothing half-visible.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from journeys.schema import IDENTITIES, PARTNER_KEYS, Table

_ARROW = {
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMP": pa.timestamp("us"),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "UBIGINT": pa.uint64(),
    "INTEGER[]": pa.list_(pa.int32()),
}


# Columns whose values seldom repeat: a dictionary of them would be built and thrown away.
_MOSTLY_DISTINCT = ("record_id", "_at", "_token", "_digest", "row_number", "sequence", "group_id", "note", "evidence")


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a stored table."""
    return pa.schema([(column.name, _ARROW[column.type]) for column in table.columns])


def drop_rows(
    data: Path, path: str, is_dropped: Callable[[pa.ChunkedArray], pa.ChunkedArray]
) -> tuple[str | None, int]:
    """Write a part anew without the rows whose record_id `is_dropped` says; the old part stays until it is unlinked.

    Returns the new path (None where nothing is left or nothing was dropped) and the number of rows dropped.
    """
    mask = is_dropped(pq.read_table(data / path, columns=["record_id"])["record_id"])
    n_dropped = int(pc.sum(mask).as_py() or 0)
    if not n_dropped:
        return None, 0
    kept = pq.read_table(data / path).filter(pc.invert(mask))
    if not kept.num_rows:
        return None, n_dropped
    new_path = next_path(path)
    temporary = data / f"{new_path}.tmp"
    pq.write_table(kept, temporary, compression="zstd")
    temporary.replace(data / new_path)
    return new_path, n_dropped


def next_path(path: str) -> str:
    """The name of a part written anew: the old one stays until the catalogue names the new."""
    stem, _, count = path.removesuffix(".parquet").partition("~")
    return f"{stem}~{int(count or 0) + 1}.parquet"


def sweep_leftovers(data: Path, tables: Sequence[Table], known: Collection[str]) -> int:
    """Remove what a killed command left: files of these tables that the catalogue does not name. Returns how many."""
    leftovers = [
        path
        for table in tables
        for path in sorted((data / table.name).rglob("*"))
        if path.is_file() and path.relative_to(data).as_posix() not in known
    ]
    for path in leftovers:
        path.unlink()
    return len(leftovers)


class PartWriter:
    """Writes one table of one source file, a part per week; `finish` renames all parts into place.

    `mark` keeps the temporary names of two sources apart; the final name comes from the file's key, which for a query
    is known only when all of its rows have been seen.
    """

    def __init__(self, data: Path, table: Table, mark: str) -> None:
        self._data, self._table, self._mark = data, table, mark
        self._schema = arrow_schema(table)
        self._open: dict[str, pq.ParquetWriter] = {}

    def write(self, rows: pa.Table, weeks: pa.ChunkedArray) -> None:
        """Append rows (columns of the table); `weeks` says which week's part each row belongs to."""
        shaped = pa.table([rows[name].cast(self._schema.field(name).type) for name in self._schema.names], self._schema)
        for week, own in _by_week(shaped, weeks):
            self._part(week).write_table(own)

    def finish(self, file_key: str) -> list[dict[str, str]]:
        """Close and rename every part; returns one catalogue row per part."""
        rows = []
        for week, writer in sorted(self._open.items()):
            writer.close()
            final = self._data / self._table.name / week / f"{file_key[:24]}.parquet"
            self._temporary(week).replace(final)
            relative = final.relative_to(self._data).as_posix()
            rows.append({"path": relative, "table_name": self._table.name, "week": week})
        self._open = {}
        return rows

    def _part(self, week: str) -> pq.ParquetWriter:
        if week not in self._open:
            path = self._temporary(week)
            path.parent.parent.mkdir(mode=0o700 if self._table in (IDENTITIES, PARTNER_KEYS) else 0o777, exist_ok=True)
            path.parent.mkdir(exist_ok=True)
            # Statistics would let readers skip parts, but a part is one week already and is read whole.
            repeating = [name for name in self._schema.names if not name.endswith(_MOSTLY_DISTINCT)]
            self._open[week] = pq.ParquetWriter(
                path, self._schema, compression="zstd", use_dictionary=repeating, write_statistics=False
            )
        return self._open[week]

    def _temporary(self, week: str) -> Path:
        return self._data / self._table.name / week / f"{self._mark}.tmp"

    def __enter__(self) -> PartWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for week, writer in self._open.items():
            writer.close()
            self._temporary(week).unlink(missing_ok=True)


def _by_week(rows: pa.Table, weeks: pa.ChunkedArray) -> Iterator[tuple[str, pa.Table]]:
    """The rows of each week, in file order. Exports are mostly in order of time, so mostly nothing is copied."""
    coded = pa.array(weeks.combine_chunks() if weeks.num_chunks != 1 else weeks.chunk(0)).dictionary_encode()
    codes = coded.indices.to_numpy(zero_copy_only=False)
    if (np.diff(codes) < 0).any():
        order = np.argsort(codes, kind="stable")
        rows, codes = rows.take(pa.array(order)), codes[order]
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(codes)], strict=True):
        yield coded.dictionary[int(codes[start])].as_py(), rows.slice(start, end - start)
