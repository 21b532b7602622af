"""The one door to the engine: SQL in, small tables out, large tables kept inside.

`run` returns a small pandas table, `save` materialises a large one under a name, `add` puts rows to it, `load` hands in
rows from Python, `scan` names Parquet files. Nobody else imports duckdb. SQL is written in DuckDB's dialect, with `$name`
parameters, `count(*) filter (where ...)` and `order by ... nulls last`, so that it can be transpiled: the same door to
Apache Spark is `journeys.engine_spark`, and `journeys.open_engine` opens the one that the settings name.

Only pseudonymised tables come here. Spill files hold tokens and counts, never raw columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from journeys.errors import SourceError
from journeys.schema import Table

_CHUNK_ROWS = 30_000

Parameter = str | int | float | bool | None | pd.Timestamp


def quoted_path(path: Path) -> str:
    """A path as it stands between quotes in SQL."""
    return str(path).replace("'", "''")


class Engine:
    """A DuckDB connection with the settings' memory and threads; use it as a context manager."""

    def __init__(self, *, memory_limit: str = "2 GB", threads: int = 2, spill_to: Path | None = None) -> None:
        self._connection = duckdb.connect(":memory:")
        self._connection.execute("SET enable_progress_bar = false")
        self._connection.execute("SET memory_limit = ?", [memory_limit])
        self._connection.execute("SET threads = ?", [threads])
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET temp_directory = ?", [str(spill_to) if spill_to else ""])

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The open connection, for a library that runs its own SQL on it (Splink)."""
        return self._connection

    def run(self, sql: str, **parameters: Parameter) -> pd.DataFrame:
        """Run one query and return its rows as a pandas table (for small results)."""
        frame: pd.DataFrame = self._connection.execute(sql, parameters or None).df()
        return frame

    def value(self, sql: str, **parameters: Parameter) -> Any:
        """Run a query of one row and one column and return that value."""
        rows = self._connection.execute(sql, parameters or None).fetchall()
        return rows[0][0] if rows else None

    def save(self, table: str, sql: str, **parameters: Parameter) -> int:
        """Materialise the rows of `sql` as `table`, replacing it; returns the number of rows."""
        self._connection.execute(f'CREATE OR REPLACE TABLE "{table}" AS {sql}', parameters or None)
        return int(self.value(f'SELECT count(*) FROM "{table}"'))

    def add(self, table: str, sql: str, **parameters: Parameter) -> None:
        """Add the rows of `sql` to `table`, column by column in its order."""
        self._connection.execute(f'INSERT INTO "{table}" {sql}', parameters or None)

    def drop(self, *tables: str) -> None:
        """Give back the memory of working tables; a table that is not there is no error."""
        for table in tables:
            self._connection.execute(f'DROP TABLE IF EXISTS "{table}"')

    def has_table(self, name: str) -> bool:
        """Whether a table or view of this name is there."""
        return bool(self.value("SELECT count(*) FROM information_schema.tables WHERE table_name = $name", name=name))

    def save_view(self, name: str, sql: str) -> None:
        """Name a query, which runs whenever it is read."""
        self._connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS {sql}')

    def write(self, sql: str, path: Path) -> None:
        """Write the rows of `sql` as one Parquet file."""
        self._connection.execute(f"COPY ({sql}) TO '{quoted_path(path)}' (FORMAT parquet)")

    @contextmanager
    def embedded(self, *tables: str) -> Iterator[Engine]:
        """An embedded DuckDB engine that has these tables, for what runs nowhere else (Splink): here, this one."""
        del tables
        yield self

    def load(self, table: Table, frame: pd.DataFrame) -> int:
        """Hand in rows from Python as `table`, with the columns, order and types of its schema."""
        columns = ", ".join(f'CAST("{c.name}" AS {c.type}) AS "{c.name}"' for c in table.columns)
        incoming = frame.reindex(columns=list(table.column_names()))
        self._connection.register("incoming_rows", incoming)
        try:
            return self.save(table.name, f"SELECT {columns} FROM incoming_rows")
        finally:
            self._connection.unregister("incoming_rows")

    def load_frame(self, table: str, frame: pd.DataFrame) -> int:
        """Hand in a working table from Python with the types it has."""
        self._connection.register("incoming_rows", frame)
        try:
            return self.save(table, "SELECT * FROM incoming_rows")
        finally:
            self._connection.unregister("incoming_rows")

    def frame(self, rows: pa.Table) -> pd.DataFrame:
        """Arrow rows as a pandas table, with the types that `run` gives."""
        self._connection.register("incoming_rows", rows)
        try:
            return self._connection.execute("SELECT * FROM incoming_rows").df()
        finally:
            self._connection.unregister("incoming_rows")

    def transform(self, rows: pa.Table, sql: str) -> pa.Table:
        """Run a query over the Arrow table `rows` (named so in the SQL) and return its rows as Arrow.

        The loading connection has no spill folder: raw rows exist in memory only. Raises SourceError where the engine
        cannot work on them, without its own words, which may quote a value.
        """
        # One chunk is read by one thread: cut in pieces, every core works on the batch.
        pieces = rows.combine_chunks().to_batches(max_chunksize=_CHUNK_ROWS)
        self._connection.register("rows", pa.Table.from_batches(pieces, rows.schema))
        try:
            return self._connection.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise SourceError(
                f"the rows cannot be mapped ({type(error).__name__}); check its [source.columns]"
            ) from None
        finally:
            self._connection.unregister("rows")

    def scan(self, table: Table, files: Sequence[Path]) -> None:
        """Name Parquet files as `table`; an empty list gives an empty table with the schema's columns."""
        if not files:
            columns = ", ".join(f'CAST(NULL AS {c.type}) AS "{c.name}"' for c in table.columns)
            self._connection.execute(f'CREATE OR REPLACE VIEW "{table.name}" AS SELECT {columns} WHERE false')
            return
        names = ", ".join(f"'{quoted_path(path)}'" for path in files)
        columns = ", ".join(f'"{c.name}"' for c in table.columns)
        self._connection.execute(
            f'CREATE OR REPLACE VIEW "{table.name}" AS '
            f"SELECT {columns} FROM read_parquet([{names}], hive_partitioning = false)"
        )

    def rename_view(self, name: str, new_name: str) -> None:
        """Give a view another name, so that another can take its place."""
        self._connection.execute(f'ALTER VIEW "{name}" RENAME TO "{new_name}"')

    def close(self) -> None:
        """Give the memory back and remove spill files."""
        self._connection.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
