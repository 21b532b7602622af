"""The catalogue: files loaded, their rejects, parts on disk, runs and weekly measures (SQLAlchemy).

SQLite by default, any SQLAlchemy URL by setting. A file counts as loaded when, and only when, its row is committed
here; Parquet parts that no committed row names are leftovers of a killed load and are ignored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from journeys.errors import StoreError

_METADATA = sa.MetaData()

FILES = sa.Table(
    "files",
    _METADATA,
    sa.Column("file_key", sa.String(64), primary_key=True),  # hash of source, content and how it was read
    sa.Column("file_id", sa.String(16), nullable=False),
    sa.Column("source", sa.String(40), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("load_order", sa.Integer, nullable=False, unique=True),
    sa.Column("key_id", sa.String(8), nullable=False),
    sa.Column("n_rows", sa.Integer, nullable=False),
    sa.Column("n_stored", sa.Integer, nullable=False),
    sa.Column("n_rejects", sa.Integer, nullable=False),
)
PARTS = sa.Table(
    "parts",
    _METADATA,
    sa.Column("path", sa.Text, primary_key=True),  # below data/, with forward slashes
    sa.Column("file_key", sa.String(64), sa.ForeignKey("files.file_key"), nullable=False, index=True),
    sa.Column("table_name", sa.String(20), nullable=False),
    sa.Column("week", sa.String(8), nullable=False),
)
REJECTS = sa.Table(
    "rejects",
    _METADATA,
    sa.Column("file_key", sa.String(64), sa.ForeignKey("files.file_key"), nullable=False, index=True),
    sa.Column("row_number", sa.Integer, nullable=False),
    sa.Column("column_name", sa.Text, nullable=False),
    sa.Column("reason", sa.String(60), nullable=False),
    sa.Column("value_class", sa.Text, nullable=False),  # what kind of value it was, never the value
)
UNMAPPED = sa.Table(
    "unmapped",
    _METADATA,
    sa.Column("file_key", sa.String(64), sa.ForeignKey("files.file_key"), nullable=False, index=True),
    sa.Column("field", sa.String(40), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("n_rows", sa.Integer, nullable=False),
)
RUNS = sa.Table(
    "runs",
    _METADATA,
    sa.Column("run_id", sa.String(16), primary_key=True),
    sa.Column("week", sa.String(8), nullable=False, index=True),
    sa.Column("settings_hash", sa.String(16), nullable=False),
    sa.Column("headline", sa.Text, nullable=False),
)
MEASURES = sa.Table(
    "measures",
    _METADATA,
    sa.Column("run_id", sa.String(16), sa.ForeignKey("runs.run_id"), primary_key=True),
    sa.Column("scope", sa.String(60), primary_key=True),
    sa.Column("measure_id", sa.String(60), primary_key=True),
    sa.Column("week", sa.String(8), nullable=False, index=True),
    sa.Column("value", sa.Float),
    sa.Column("n", sa.Float),
)


class Store:
    """The open catalogue; every write is one transaction."""

    def __init__(self, url: str, root: Path) -> None:
        try:
            self.engine = sa.create_engine(_below(url, root))
            _METADATA.create_all(self.engine)
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            raise StoreError(_cannot_open(url, error)) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing."""
        with self.engine.begin() as connection:
            yield connection

    def rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        """Rows of a query as plain dicts."""
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def loaded_files(self) -> list[dict[str, Any]]:
        """Committed files in the order they were loaded."""
        return self.rows(sa.select(FILES).order_by(FILES.c.load_order))

    def parts(self, table_name: str, file_keys: Collection[str] | None = None) -> list[str]:
        """Paths (below data/) of the committed parts of one table, of all files or the named ones, in order."""
        query = sa.select(PARTS.c.path, PARTS.c.file_key).where(PARTS.c.table_name == table_name)
        rows = self.rows(query.order_by(PARTS.c.path))
        return [row["path"] for row in rows if file_keys is None or row["file_key"] in file_keys]

    def files_until(self, week: str) -> list[dict[str, Any]]:
        """Committed files that hold a record of this week or an earlier one, and files without any record."""
        first_week = (
            sa.select(PARTS.c.file_key, sa.func.min(PARTS.c.week).label("first_week"))
            .where(PARTS.c.table_name == "records")
            .group_by(PARTS.c.file_key)
            .subquery()
        )
        query = (
            sa.select(FILES, first_week.c.first_week)
            .join(first_week, FILES.c.file_key == first_week.c.file_key, isouter=True)
            .where(sa.or_(first_week.c.first_week <= week, first_week.c.first_week.is_(None)))
        )
        return self.rows(query.order_by(FILES.c.load_order))

    def reject_counts(self, file_keys: Collection[str]) -> list[dict[str, Any]]:
        """Rejected rows of these files by source, reason and column."""
        return self._counts(REJECTS, ("reason", "column_name"), sa.func.count(), file_keys)

    def unmapped_counts(self, file_keys: Collection[str]) -> list[dict[str, Any]]:
        """Rows of these files whose value no map names, by source, field and value."""
        return self._counts(UNMAPPED, ("field", "value"), sa.func.sum(UNMAPPED.c.n_rows), file_keys)

    def _counts(
        self, table: sa.Table, names: Sequence[str], count: Any, file_keys: Collection[str]
    ) -> list[dict[str, Any]]:
        columns = [FILES.c.source, *(table.c[name] for name in names)]
        query = (
            sa.select(*columns, FILES.c.file_key, count.label("n_rows"))
            .join(FILES, FILES.c.file_key == table.c.file_key)
            .group_by(*columns, FILES.c.file_key)
        )
        totals: dict[tuple[str, ...], int] = {}
        for row in self.rows(query):
            if row["file_key"] in file_keys:
                place = (row["source"], *(str(row[name]) for name in names))
                totals[place] = totals.get(place, 0) + int(row["n_rows"])
        keys = ("source", *(name.removesuffix("_name") for name in names))
        return [{**dict(zip(keys, place, strict=True)), "n_rows": n} for place, n in sorted(totals.items())]

    def save_file(
        self,
        file: Mapping[str, Any],
        parts: Sequence[Mapping[str, Any]],
        rejects: Sequence[Mapping[str, Any]],
        unmapped: Sequence[Mapping[str, Any]],
    ) -> None:
        """Commit one loaded file with its parts, rejects and unmapped values; replaces earlier readings of it."""
        with self.writing() as connection:
            earlier = sa.select(FILES.c.file_key).where(
                FILES.c.file_id == file["file_id"], FILES.c.source == file["source"]
            )
            keys = list(connection.scalars(earlier))
            for table in (PARTS, REJECTS, UNMAPPED, FILES):
                connection.execute(sa.delete(table).where(table.c.file_key.in_(keys)))
            order = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(FILES.c.load_order), 0))) or 0
            connection.execute(sa.insert(FILES).values(**file, load_order=order + 1))
            for table, rows in ((PARTS, parts), (REJECTS, rejects), (UNMAPPED, unmapped)):
                if rows:
                    connection.execute(sa.insert(table), [{**row, "file_key": file["file_key"]} for row in rows])

    def next_load_order(self) -> int:
        """The number the next loaded file will carry."""
        rows = self.rows(sa.select(sa.func.coalesce(sa.func.max(FILES.c.load_order), 0).label("last")))
        return int(rows[0]["last"]) + 1

    def save_run(self, run: Mapping[str, Any], measures: Sequence[Mapping[str, Any]]) -> None:
        """Keep a run and its week's measures; a run made again replaces itself."""
        with self.writing() as connection:
            for table in (MEASURES, RUNS):
                connection.execute(sa.delete(table).where(table.c.run_id == run["run_id"]))
            connection.execute(sa.insert(RUNS).values(**run))
            if measures:
                connection.execute(sa.insert(MEASURES), [{**row, "run_id": run["run_id"]} for row in measures])

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def _below(url: str, root: Path) -> sa.URL:
    """A relative SQLite path starts at the workspace, not at the folder the command was typed in."""
    address = sa.make_url(url)
    name = address.database
    if address.get_backend_name() == "sqlite" and name and name != ":memory:" and not Path(name).is_absolute():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        return address.set(database=str(root / name))
    return address


def _cannot_open(url: str, error: Exception) -> str:
    shown = url.split("@")[-1]  # never the password
    return f"the catalogue at '{shown}' cannot be opened ({type(error).__name__}); check database_url in config/engine.toml"
