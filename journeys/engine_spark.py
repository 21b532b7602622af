"""The same door to Apache Spark: the queries of `journeys.engine`, translated, over the same Parquet.

Each table that a step saves is written as Parquet to a folder of this run below `spill_to`, and read from there: a lost
executor costs its part of a step and never the steps before. So the workspace must be on storage that driver and
executors see at the same path, and the executors must run as the same user. The files hold tokens and counts, and are
removed when the engine is closed.

Rows come back as pandas tables through an embedded DuckDB, so that a value has the same type from both engines. That
DuckDB also hands in rows from Python. Splink's comparison of records runs on another one (`embedded`).
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.dataset as pads

from journeys.engine import Engine, Parameter, quoted_path
from journeys.schema import Table
from journeys.spark_session import open_session
from journeys.spark_sql import to_spark

_UNITS_MB = {"MB": 1.0, "MIB": 1.0, "GB": 1024.0, "GIB": 1024.0}
_LEAST_MB = 512
# Parquet's unsigned numbers of 64 bits are decimals to Spark.
_UNSIGNED = "decimal(20,0)"


class SparkEngine(Engine):
    """A Spark session and a folder of Parquet tables; use it as a context manager."""

    def __init__(self, url: str, *, memory_limit: str = "2 GB", threads: int = 2, spill_to: Path | None = None) -> None:
        self._limits: dict[str, Any] = {"memory_limit": memory_limit, "threads": threads, "spill_to": spill_to}
        spill = Path(spill_to or tempfile.gettempdir()).resolve()
        spill.mkdir(parents=True, exist_ok=True)
        self._session = open_session(url, memory_mb=_in_mb(memory_limit), spill_to=spill)
        self._local = Engine(**self._limits)
        self._connection = self._local.connection
        self._folder = Path(tempfile.mkdtemp(prefix="spark-", dir=spill))
        self._saved: dict[str, Path] = {}
        self._views: set[str] = set()
        self._n_saved = 0

    def run(self, sql: str, **parameters: Parameter) -> pd.DataFrame:
        """Run one query and return its rows as a pandas table (for small results)."""
        return self._local.frame(self._query(sql, parameters).toArrow())

    def value(self, sql: str, **parameters: Parameter) -> Any:
        """Run a query of one row and one column and return that value."""
        rows = self._query(sql, parameters).toArrow()
        return rows.column(0)[0].as_py() if rows.num_rows else None

    def save(self, table: str, sql: str, **parameters: Parameter) -> int:
        """Materialise the rows of `sql` as `table`, replacing it; returns the number of rows."""
        folder = self._next_folder(table)
        rows = self._query(sql, parameters)
        rows.write.parquet(_uri(folder))
        self._name(table, folder, rows.schema)
        return _count_rows(folder)

    def add(self, table: str, sql: str, **parameters: Parameter) -> None:
        """Add the rows of `sql` to `table`, column by column in its order."""
        schema = self._session.table(_quoted(table)).schema
        added = self._query(sql, parameters).toDF(*schema.names)
        typed = added.select(*(added[_quoted(field.name)].cast(field.dataType) for field in schema.fields))
        folder = self._saved[table]
        typed.toDF(*schema.names).write.mode("append").parquet(_uri(folder))
        self._name(table, folder, schema)

    def drop(self, *tables: str) -> None:
        """Give back the space of working tables; a table that is not there is no error."""
        for table in tables:
            self._session.catalog.dropTempView(table)
            if folder := self._saved.pop(table, None):
                shutil.rmtree(folder, ignore_errors=True)

    def has_table(self, name: str) -> bool:
        """Whether a table or view of this name is there."""
        return bool(self._session.catalog.tableExists(_quoted(name)))

    def save_view(self, name: str, sql: str) -> None:
        """Name a query, which runs whenever it is read."""
        self._show(name, self._query(sql, {}))

    def write(self, sql: str, path: Path) -> None:
        """Write the rows of `sql` as one Parquet file."""
        self._local.load_frame("written", self.run(sql))
        self._local.write("SELECT * FROM written", path)
        self._local.drop("written")

    @contextmanager
    def embedded(self, *tables: str) -> Iterator[Engine]:
        """An embedded DuckDB engine that reads these tables."""
        with Engine(**self._limits) as local:
            for table in tables:
                columns = ", ".join(
                    f'CAST("{field.name}" AS UBIGINT) AS "{field.name}"'
                    if field.dataType.simpleString() == _UNSIGNED
                    else f'"{field.name}"'
                    for field in self._session.table(_quoted(table)).schema.fields
                )
                files = f"{quoted_path(self._saved[table])}/*.parquet"
                local.save_view(table, f"SELECT {columns} FROM read_parquet('{files}')")
            yield local

    def load(self, table: Table, frame: pd.DataFrame) -> int:
        """Hand in rows from Python as `table`, with the columns, order and types of its schema."""
        self._local.load(table, frame)
        return self._hand_over(table.name)

    def load_frame(self, table: str, frame: pd.DataFrame) -> int:
        """Hand in a working table from Python with the types it has."""
        self._local.load_frame(table, frame)
        return self._hand_over(table)

    def scan(self, table: Table, files: Sequence[Path]) -> None:
        """Name Parquet files as `table`; an empty list gives an empty table with the schema's columns."""
        if not files:
            self.load(table, pd.DataFrame(columns=list(table.column_names()), dtype="str"))
            return
        rows = self._session.read.parquet(*(_uri(path.resolve()) for path in files))
        self._show(table.name, rows.select(*(_quoted(name) for name in table.column_names())))

    def rename_view(self, name: str, new_name: str) -> None:
        """Give a view another name, so that another can take its place."""
        self._show(new_name, self._session.table(_quoted(name)))
        self._session.catalog.dropTempView(name)

    def close(self) -> None:
        """Remove the files; the Spark application stays for the next engine of this process."""
        for view in self._views:
            self._session.catalog.dropTempView(view)
        self._local.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _query(self, sql: str, parameters: Mapping[str, Parameter]) -> Any:
        return self._session.sql(to_spark(sql, parameters))

    def _show(self, name: str, rows: Any) -> None:
        rows.createOrReplaceTempView(name)
        self._views.add(name)

    def _hand_over(self, table: str) -> int:
        """Give Spark a table of the embedded engine."""
        folder = self._next_folder(table)
        folder.mkdir()
        self._local.write(f'SELECT * FROM "{table}"', folder / "part.parquet")
        self._local.drop(table)
        self._name(table, folder, None)
        return _count_rows(folder)

    def _next_folder(self, table: str) -> Path:
        self._n_saved += 1
        return self._folder / f"{self._n_saved:04}-{table}"

    def _name(self, table: str, folder: Path, schema: Any) -> None:
        """Let `table` be the rows of a folder, in place of what had the name before."""
        reader = self._session.read if schema is None else self._session.read.schema(schema)
        self._show(table, reader.parquet(_uri(folder)))
        before = self._saved.get(table, folder)
        self._saved[table] = folder
        if before != folder:
            shutil.rmtree(before, ignore_errors=True)


def _count_rows(folder: Path) -> int:
    """Rows of a saved table, from the ends of its files: no job for Spark."""
    return int(pads.dataset(folder, format="parquet").count_rows())


def _uri(path: Path) -> str:
    """A path as Spark reads it: characters that would stand for others are escaped."""
    return "file://" + re.sub(r"([\[\]{}*?\\])", r"\\\1", str(path))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _in_mb(limit: str) -> int:
    """Megabytes of a limit such as "2 GB", and no less than Spark needs to start."""
    amount, unit = re.fullmatch(r"([\d.]+) ?(\w+)", limit.strip()).groups()  # type: ignore[union-attr]
    return max(int(float(amount) * _UNITS_MB[unit.upper()]), _LEAST_MB)
