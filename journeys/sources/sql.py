"""Read the rows of a query from any database SQLAlchemy knows: streamed, read-only, nothing left behind.

The password comes from the environment variable the source names, never from the settings. A query may hold :since,
which is then the first day to give; the rows of the weeks before it are stored already.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from journeys.errors import SourceError
from journeys.settings import Source
from journeys.sources.batches import BATCH_ROWS, Batch, as_text, batch_of, check_columns

_READS = re.compile(r"\s*(select|with)\b", re.IGNORECASE)


def read_query_batches(source: Source, wanted: Sequence[str], since: str, root: Path) -> Iterator[Batch]:
    """Yield the rows of a source's query as text; raises SourceError saying what is wrong, never with a value.

    `since` (ISO date) fills :since where the query has it; a relative SQLite path starts at `root`.
    """
    query = source.query.strip().rstrip(";")
    if not _READS.match(query) or ";" in query:
        raise SourceError(f"source '{source.name}': the query must be one SELECT (or WITH ... SELECT)")
    statement = sa.text(query)
    given = {"since": since} if ":since" in query else {}
    engine = _engine(source, root)
    try:
        with engine.connect() as connection:
            rows = connection.execution_options(stream_results=True).execute(statement, given)
            names = list(rows.keys())
            check_columns(f"query of '{source.name}'", source.name, wanted, names)
            first_row = 1
            for partition in chain(rows.partitions(BATCH_ROWS)):
                cells = {name: [_as_text(row[place]) for row in partition] for place, name in enumerate(names)}
                yield batch_of(cells, first_row)
                first_row += len(partition)
            if first_row == 1:
                yield batch_of({name: [] for name in names}, 1)
            connection.rollback()
    except sa.exc.SQLAlchemyError as error:
        raise SourceError(_why(source, error)) from None
    finally:
        engine.dispose()


def _engine(source: Source, root: Path) -> sa.Engine:
    try:
        url = sa.make_url(source.url)
        if url.get_backend_name() == "sqlite":
            return _sqlite(source, root / (url.database or ""))
        if source.password_variable:
            password = os.environ.get(source.password_variable)
            if password is None:
                raise SourceError(
                    f"source '{source.name}': the environment variable {source.password_variable} with the password is "
                    "not set"
                )
            url = url.set(password=password)
        return sa.create_engine(url)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        raise SourceError(
            f"source '{source.name}': the url cannot be used ({type(error).__name__}); write it as "
            "postgresql+psycopg://user@host/database, and install the driver it names"
        ) from None


def _sqlite(source: Source, path: Path) -> sa.Engine:
    """SQLite would make a missing file; here it is opened to be read, or not at all."""
    if not path.is_file():
        raise SourceError(f"source '{source.name}': there is no database file {path.name}; check the url")
    return sa.create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")


def _as_text(value: Any) -> str | None:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.hex() if isinstance(value, bytes | memoryview) else as_text(value)


def _why(source: Source, error: sa.exc.SQLAlchemyError) -> str:
    """What went wrong, without the database's own words, which may quote values."""
    if isinstance(error, sa.exc.ProgrammingError):
        return f"source '{source.name}': the database does not understand the query; try it there first"
    if isinstance(error, sa.exc.OperationalError):
        return (
            f"source '{source.name}': the database cannot be reached, refuses the user or password, or does not know a "
            "table or column of the query; check url, password variable and query"
        )
    return f"source '{source.name}': the database stopped with {type(error).__name__}; try the query there first"
