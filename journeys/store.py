"""The catalogue: files loaded, their rejects, parts on disk, runs and weekly measures (SQLAlchemy).

SQLite by default, any SQLAlchemy URL by setting. A file counts as loaded when, and only when, its row is committed
here; Parquet parts that no committed row names are leftovers of a killed load and are ignored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from journeys.catalogue import FILES, MEASURES, METADATA, MODELS, PARTS, REJECTS, REQUESTS, RUNS, SET_ASIDE, UNMAPPED
from journeys.errors import CatalogueGone, StoreError
from journeys.migrate import bring_up_to_date

_TURN = 0x6A6F75726E657973  # "journeys": the number that schedulers of one database compete for


class Store:
    """The open catalogue; every write is one transaction."""

    def __init__(self, url: str, root: Path) -> None:
        self._shown = url.split("@")[-1]  # never the password
        try:
            # A connection that the server has closed since is made anew.
            self.engine = sa.create_engine(_below(url, root), pool_pre_ping=True)
            bring_up_to_date(self.engine)
        except sa.exc.OperationalError as error:
            raise self._gone(error) from error
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            raise StoreError(_cannot_open(url, error)) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except sa.exc.OperationalError as error:
            raise self._gone(error) from error

    def rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        """Rows of a query as plain dicts."""
        try:
            with self.engine.connect() as connection:
                return [dict(row) for row in connection.execute(query).mappings()]
        except sa.exc.OperationalError as error:
            raise self._gone(error) from error

    def _gone(self, error: sa.exc.OperationalError) -> StoreError:
        if "full" in str(error.orig):  # as SQLite says it
            return StoreError(f"there is no room for the catalogue at '{self._shown}'; make some, and run again")
        return CatalogueGone(
            f"the catalogue at '{self._shown}' does not answer ({type(error.orig).__name__}); see that the database runs and may be "
            "reached, and run again; nothing half-done is kept"
        )

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

    def rejected_rows(self) -> list[dict[str, Any]]:
        """Every rejected row with its source and file, in the order they were read."""
        query = sa.select(FILES.c.source, FILES.c.name, REJECTS).join(FILES, FILES.c.file_key == REJECTS.c.file_key)
        return self.rows(query.order_by(FILES.c.load_order, REJECTS.c.row_number))

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
        *,
        replaces_name: bool = False,
    ) -> None:
        """Commit one loaded file with its parts, rejects and unmapped values; replaces earlier readings of it.

        With `replaces_name` it also replaces what was loaded from a file of its source and name with other content.
        """
        with self.writing() as connection:
            is_earlier = FILES.c.file_id == file["file_id"]
            if replaces_name:
                is_earlier = sa.or_(is_earlier, FILES.c.name == file["name"])
            earlier = sa.select(FILES.c.file_key).where(is_earlier, FILES.c.source == file["source"])
            keys = list(connection.scalars(earlier))
            for table in (PARTS, REJECTS, UNMAPPED, FILES):
                connection.execute(sa.delete(table).where(table.c.file_key.in_(keys)))
            order = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(FILES.c.load_order), 0))) or 0
            connection.execute(sa.insert(FILES).values(**file, load_order=order + 1))
            for table, rows in ((PARTS, parts), (REJECTS, rejects), (UNMAPPED, unmapped)):
                if rows:
                    connection.execute(sa.insert(table), [{**row, "file_key": file["file_key"]} for row in rows])

    def set_aside(self, kind: str) -> list[dict[str, Any]]:
        """Tokens (field, token, key_id) of erasures ("erase") or of objections in force ("object")."""
        query = sa.select(SET_ASIDE.c.field, SET_ASIDE.c.token, SET_ASIDE.c.key_id).where(SET_ASIDE.c.kind == kind)
        return self.rows(query.distinct().order_by(*query.selected_columns))

    def save_request(
        self,
        request: Mapping[str, Any],
        tokens: Sequence[Mapping[str, Any]] = (),
        *,
        withdrawn: Sequence[Mapping[str, Any]] = (),
        replaced: Mapping[str, str | None] | None = None,
        removed: Mapping[str, Mapping[str, int]] | None = None,
    ) -> None:
        """Log one request with all it changes, in one transaction.

        `tokens` are set aside from now on, `withdrawn` objections no longer are; `replaced` maps the path of a part to
        its new path (None: gone); `removed` maps a file key to rows by counter (n_set_aside, n_expired) that left.
        """
        with self.writing() as connection:
            made = connection.execute(sa.insert(REQUESTS).values(**request)).inserted_primary_key
            number = made[0] if made else None
            if tokens:
                connection.execute(sa.insert(SET_ASIDE), [{**row, "request_id": number} for row in tokens])
            for row in withdrawn:
                is_same = [SET_ASIDE.c[name] == value for name, value in row.items()]
                connection.execute(sa.delete(SET_ASIDE).where(SET_ASIDE.c.kind == "object", *is_same))
            for old, new in (replaced or {}).items():
                is_part = PARTS.c.path == old
                connection.execute(
                    sa.delete(PARTS).where(is_part) if new is None else sa.update(PARTS).where(is_part).values(path=new)
                )
            for file_key, counts in (removed or {}).items():
                changes = {name: FILES.c[name] + n for name, n in counts.items()}
                changes["n_stored"] = FILES.c.n_stored - sum(counts.values())
                connection.execute(sa.update(FILES).where(FILES.c.file_key == file_key).values(changes))

    def replace_part(self, path: str, new_path: str) -> None:
        """A part was written anew under another name."""
        with self.writing() as connection:
            connection.execute(sa.update(PARTS).where(PARTS.c.path == path).values(path=new_path))

    def requests(self) -> list[dict[str, Any]]:
        """Everything asked for and done, oldest first."""
        return self.rows(sa.select(REQUESTS).order_by(REQUESTS.c.request_id))

    def part_rows(self, table_names: Collection[str] = ()) -> list[dict[str, Any]]:
        """Committed parts (path, file_key, table_name, week) of all or the named tables, in order of path."""
        query = sa.select(PARTS).order_by(PARTS.c.path)
        return self.rows(query.where(PARTS.c.table_name.in_(table_names)) if table_names else query)

    def save_model(self, kind: str, content: str, trained_on: str) -> str:
        """Keep a trained model beside those before it; the newest is used. Returns its version."""
        version = hashlib.sha256(content.encode()).hexdigest()[:16]
        with self.writing() as connection:
            row = {"kind": kind, "version": version, "trained_on": trained_on, "content": content}
            connection.execute(sa.insert(MODELS).values(**row))
        return version

    def newest_model(self, kind: str) -> dict[str, Any] | None:
        """The model of this kind that was trained last: version, trained_on and content."""
        query = sa.select(MODELS).where(MODELS.c.kind == kind).order_by(MODELS.c.model_id.desc()).limit(1)
        return next(iter(self.rows(query)), None)

    def dump(self) -> list[dict[str, Any]]:
        """Every row of every table, as {"table", "row"} of plain values, parents before children."""
        return [
            {"table": table.name, "row": {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()}}
            for table in METADATA.sorted_tables
            for row in self.rows(sa.select(table))
        ]

    def replace_all(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace every table by dumped rows, but keep requests known here alone, with the tokens they set aside."""
        dumped = {(row["row"]["kind"], row["row"]["made_at"]) for row in rows if row["table"] == REQUESTS.name}
        own = [row for row in self.requests() if (row["kind"], row["made_at"].isoformat()) not in dumped]
        tokens = self.rows(sa.select(SET_ASIDE))
        with self.writing() as connection:
            for table in reversed(METADATA.sorted_tables):
                connection.execute(sa.delete(table))
            for table in METADATA.sorted_tables:
                if typed := [_typed(table, row["row"]) for row in rows if row["table"] == table.name]:
                    connection.execute(sa.insert(table), typed)
            for request in own:
                number = request.pop("request_id")
                made = connection.execute(sa.insert(REQUESTS).values(**request)).inserted_primary_key
                new_number = made[0] if made else None
                moved = [{**row, "request_id": new_number} for row in tokens if row["request_id"] == number]
                if moved:
                    connection.execute(sa.insert(SET_ASIDE), moved)

    def next_load_order(self) -> int:
        """The number the next loaded file will carry."""
        rows = self.rows(sa.select(sa.func.coalesce(sa.func.max(FILES.c.load_order), 0).label("last")))
        return int(rows[0]["last"]) + 1

    def run_weeks(self) -> list[str]:
        """Weeks that have been run, in order."""
        return [str(row["week"]) for row in self.rows(sa.select(RUNS.c.week).distinct().order_by(RUNS.c.week))]

    def published_measures(self, before: str) -> list[dict[str, Any]]:
        """What runs of the weeks before said of their own week: scope, measure_id, week, value."""
        columns = (MEASURES.c.scope, MEASURES.c.measure_id, MEASURES.c.week, MEASURES.c.value)
        return self.rows(sa.select(*columns).where(MEASURES.c.week < before).order_by(*columns))

    def save_run(self, run: Mapping[str, Any], measures: Sequence[Mapping[str, Any]]) -> None:
        """Keep a run and its week's measures; a run made again replaces itself."""
        with self.writing() as connection:
            for table in (MEASURES, RUNS):
                connection.execute(sa.delete(table).where(table.c.run_id == run["run_id"]))
            connection.execute(sa.insert(RUNS).values(**run))
            if measures:
                connection.execute(sa.insert(MEASURES), [{**row, "run_id": run["run_id"]} for row in measures])

    def take_turn(self) -> Connection | None:
        """A connection that holds PostgreSQL's lock of the scheduler while it is open; None where another host has it.

        Other databases serve one host, where a lock file does (`journeys.lock`): theirs is a connection like any.
        """
        connection = self.engine.connect()
        if self.engine.dialect.name != "postgresql" or connection.scalar(
            sa.select(sa.func.pg_try_advisory_lock(_TURN))
        ):
            connection.commit()
            return connection
        connection.close()
        return None

    def has_turn(self, connection: Connection) -> bool:
        """The connection that holds the lock still stands."""
        try:
            connection.execute(sa.select(sa.literal(1)))
            connection.commit()
        except sa.exc.SQLAlchemyError:
            return False
        return True

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def _typed(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """A dumped row with its times as times."""
    times = {column.name for column in table.columns if isinstance(column.type, sa.DateTime)}
    return {name: datetime.fromisoformat(value) if name in times else value for name, value in row.items()}


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
