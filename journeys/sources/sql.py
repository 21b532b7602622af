"""Read the rows of a query from any database SQLAlchemy knows: streamed, read-only, nothing left behind.

The password comes from the environment variable the source names, never from the settings. A query may hold :since,
which is then the first day to give; the rows of the weeks before it are stored already. SQLite is opened to be read,
PostgreSQL in a read-only transaction; elsewhere the user of the url should be one who may only read.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from journeys.errors import SourceError
from journeys.settings import Source
from journeys.sources.batches import BATCH_ROWS, ROW_NUMBER, Batch, as_text, batch_of, check_columns

_READS = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_NAMES_PASSWORD = re.compile(r"pass|pwd", re.IGNORECASE)
_SQLITE_ON_QUERY = re.compile(
    r'(?:no such (?:table|column|function): |ambiguous column name: |near ")(?P<named>.+?)(?:": syntax error)?'
)
_PARSING = "42"  # SQLSTATE class "syntax error or access rule violation": about the query, not about rows


def read_query_batches(source: Source, wanted: Sequence[str], since: str, root: Path) -> Iterator[Batch]:
    """Yield the rows of a source's query as text; raises SourceError saying what is wrong, never with a value.

    `since` (ISO date) fills :since where the query has it; a relative SQLite path starts at `root`.
    """
    statement = _statement(source)
    given = dict.fromkeys(statement.compile().params, since)
    engine = _engine(source, root)
    try:
        with _connection(source, engine) as connection:
            yield from _batches(source, wanted, connection.execute(statement, given))
    except sa.exc.SQLAlchemyError as error:
        raise SourceError(_why_stopped(source, error)) from None
    finally:
        engine.dispose()


def _statement(source: Source) -> sa.TextClause:
    query = source.query.strip().rstrip(";")
    if not _READS.match(query) or ";" in query:
        raise SourceError(
            f"source '{source.name}': the query must be one SELECT (or WITH ... SELECT), with no ';' but at its end"
        )
    statement = sa.text(query)
    names = set(statement.compile().params)
    if names - {"since"} or (":since" in query and not names):
        raise SourceError(
            f"source '{source.name}': the only parameter of a query is :since, standing alone; write "
            "CAST(:since AS date) for :since::date, and a backslash before any other colon that begins a word"
        )
    return statement


def _connection(source: Source, engine: sa.Engine) -> sa.Connection:
    """An open connection, rolled back when it is closed."""
    try:
        # Without a read-only transaction a function in the query could write, and sequences are not rolled back.
        return engine.connect().execution_options(stream_results=True, postgresql_readonly=True)
    except sa.exc.SQLAlchemyError as error:
        raise SourceError(
            f"source '{source.name}': the database cannot be reached, refuses the user or password, or is not there "
            f"({type(error).__name__}); check the url and the password variable"
        ) from None


def _batches(source: Source, wanted: Sequence[str], rows: sa.CursorResult[Any]) -> Iterator[Batch]:
    names = list(rows.keys())
    check_columns(f"query of '{source.name}'", source.name, wanted, names)
    if ROW_NUMBER in names:
        raise SourceError(f"source '{source.name}': a column may not be called '{ROW_NUMBER}'; name it with AS")
    first_row = 1
    for partition in rows.partitions(BATCH_ROWS):
        cells = {name: [_as_text(row[place]) for row in partition] for place, name in enumerate(names)}
        yield batch_of(cells, first_row)
        first_row += len(partition)
    if first_row == 1:
        yield batch_of({name: [] for name in names}, 1)


def _engine(source: Source, root: Path) -> sa.Engine:
    try:
        url = sa.make_url(source.url)
        if url.password is not None or any(_NAMES_PASSWORD.search(name) for name in url.query):
            raise SourceError(
                f"source '{source.name}': the url holds a password; take it out, put it into an environment variable, "
                "and name that variable as password_variable"
            )
        if url.get_backend_name() == "sqlite":
            return _sqlite(source, url.database, root)
        return sa.create_engine(_with_password(source, url), hide_parameters=True)
    except (sa.exc.ArgumentError, ImportError, ValueError) as error:
        raise SourceError(
            f"source '{source.name}': the url cannot be used ({type(error).__name__}); write it as "
            "postgresql+psycopg://user@host/database, and install the driver it names"
        ) from None


def _with_password(source: Source, url: sa.URL) -> sa.URL:
    if not source.password_variable:
        return url
    password = os.environ.get(source.password_variable)
    if password is None:
        raise SourceError(
            f"source '{source.name}': the environment variable {source.password_variable} with the password is not set"
        )
    return url.set(password=password)


def _sqlite(source: Source, database: str | None, root: Path) -> sa.Engine:
    """SQLite would make a missing file; here it is opened to be read, or not at all."""
    if not database or database == ":memory:":
        raise SourceError(f"source '{source.name}': the url names no file; write it as sqlite:///sources/name.db")
    path = (root / database).absolute()
    if not path.is_file():
        raise SourceError(f"source '{source.name}': there is no database file {path.name}; check the url")
    address = f"{path.as_uri()}?mode=ro"
    # The path goes to SQLite as it is: in a URL of SQLAlchemy a '?' or '%' in a folder's name would change it.
    return sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=sa.NullPool)


def _as_text(value: Any) -> str | None:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.hex() if isinstance(value, bytes | memoryview) else as_text(value)


def _why_stopped(source: Source, error: sa.exc.SQLAlchemyError) -> str:
    """What went wrong; the database's own words only where they are about the query, for others may quote values."""
    cause = getattr(error, "orig", None)
    words = _words_on_query(source.query, cause)
    if words:
        return f"source '{source.name}': the database does not understand the query: {words}; mend the query"
    return (
        f"source '{source.name}': the database stopped the query ({type(cause or error).__name__}); its words may quote "
        "values and are not shown; try the query there first"
    )


def _words_on_query(query: str, cause: BaseException | None) -> str:
    """The short message about a query that could not be understood; empty where it could be about a row's value."""
    if isinstance(cause, sqlite3.Error):
        said = _SQLITE_ON_QUERY.fullmatch(str(cause))
        return said.group() if said and said.group("named") in query else ""
    told = getattr(cause, "diag", None)
    # PostgreSQL gives the place in the query for what it refused before it looked at any row.
    if told is None or not told.statement_position or told.context or not str(told.sqlstate).startswith(_PARSING):
        return ""
    return str(told.message_primary)
