"""Sources that are queries: a real SQLite file and a real PostgreSQL, loaded like any file."""

from __future__ import annotations

import datetime as dt
import logging
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from builders_workspace import load, make_workspace, merged, open_project
from postgres_server import PASSWORD, Server

from journeys.check import check_sources
from journeys.engine import Engine
from journeys.errors import SourceError
from journeys.settings import Source
from journeys.sources import sql
from journeys.sources.sql import read_query_batches

SOURCE = """
[[source]]
name = "crm"
kind = "contact"
format = "sql"
url = "{url}"
query = "SELECT id, made, kind, tel, text FROM contact WHERE made >= :since ORDER BY id"
{more}

[source.columns]
source_record_id = "id"
started_at = "made"
channel = {{ column = "kind", map = {{ "tel" = "phone", "mail" = "email" }} }}
phone = "tel"
note = "text"
"""
ROWS = [
    (1, "2026-11-02 09:00:00", "tel", "07700 900123", "wants a new bin"),
    (2, "2026-11-03 10:00:00", "mail", None, None),
    (3, "2026-11-04 11:00:00", "fax", None, None),
]


def _fill(url: str, rows: list[tuple[object, ...]]) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS contact"))
        connection.execute(sa.text("CREATE TABLE contact (id integer, made timestamp, kind text, tel text, text text)"))
        for row in rows:
            values = dict(zip("abcde", row, strict=True))
            connection.execute(sa.text("INSERT INTO contact VALUES (:a, :b, :c, :d, :e)"), values)
    engine.dispose()


def _contacts(opened: object) -> list[tuple[str, str]]:
    with Engine() as engine:
        frame = merged(engine, opened)  # type: ignore[arg-type]
    return [(str(at), channel) for at, channel in zip(frame["started_at"], frame["channel"], strict=True)]


def test_a_query_of_sqlite_loads_once_and_again_when_rows_change(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", SOURCE.format(url="sqlite:///sources/crm.db", more=""))
    _fill(f"sqlite:///{workspace.sources / 'crm.db'}", ROWS)
    opened = open_project(workspace.root)
    first = load(opened)
    assert (first.n_files, first.n_rows, first.n_stored, first.n_rejects) == (1, 3, 2, 1)  # "fax" is in no map
    again = load(opened)
    assert (again.n_files, again.n_skipped) == (0, 1)
    _fill(f"sqlite:///{workspace.sources / 'crm.db'}", [*ROWS, (4, "2026-11-05 12:00:00", "tel", None, None)])
    assert load(opened).n_files == 1
    assert _contacts(opened) == [
        ("2026-11-02 09:00:00", "phone"), ("2026-11-03 10:00:00", "email"), ("2026-11-05 12:00:00", "phone"),
    ]  # fmt: skip


def test_since_leaves_out_what_is_long_stored_but_reads_late_rows(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", SOURCE.format(url="sqlite:///sources/crm.db", more=""))
    database = f"sqlite:///{workspace.sources / 'crm.db'}"
    _fill(database, [(1, "2026-01-05 09:00:00", "tel", None, None), (2, "2026-11-04 09:00:00", "tel", None, None)])
    opened = open_project(workspace.root)
    assert load(opened).n_rows == 2
    late = (3, "2026-10-05 09:00:00", "tel", None, None)
    _fill(database, [(2, "2026-11-04 09:00:00", "tel", None, None), late])
    assert load(opened).n_rows == 2  # from five weeks before the newest on: not the row of January, but the late one
    assert len(_contacts(opened)) == 3


def test_a_real_postgresql_with_the_password_from_the_environment(
    tmp_path: Path,
    postgres: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _fill(postgres.url_with_password, ROWS)
    more = 'password_variable = "CRM_PASSWORD"'
    workspace = make_workspace(tmp_path / "w", SOURCE.format(url=postgres.url, more=more))
    opened = open_project(workspace.root)
    missing = load(opened).problems[0]
    assert "CRM_PASSWORD" in missing
    monkeypatch.setenv("CRM_PASSWORD", "a wrong one")
    refused = load(opened).problems[0]
    assert "cannot be reached, refuses the user or password" in refused
    assert "a wrong one" not in refused
    monkeypatch.setenv("CRM_PASSWORD", PASSWORD)
    loaded = load(opened)
    assert (loaded.n_rows, loaded.n_stored, loaded.n_rejects) == (3, 2, 1)
    assert _contacts(opened) == [("2026-11-02 09:00:00", "phone"), ("2026-11-03 10:00:00", "email")]
    assert not [path for path in workspace.data.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("DELETE FROM contact", "must be one SELECT"),
        ("SELECT 1; DROP TABLE contact", "must be one SELECT"),
        ("SELECT id, kind, tel, text FROM contact", "no column 'made'"),
        ("SELECT absent FROM contact", "no such column: absent"),
        ("SELECT *, 1 AS row_number FROM contact", "may not be called 'row_number'"),
        ("SELECT made FROM contact WHERE made > :until", "only parameter of a query is :since"),
        ("SELECT made FROM contact WHERE made > :since::date", "CAST(:since AS date)"),
        ("WITH old AS (SELECT 1) DELETE FROM contact", "the database stopped the query (OperationalError)"),
    ],
)
def test_a_query_that_cannot_be_used_is_said_and_changes_nothing(tmp_path: Path, query: str, says: str) -> None:
    sources = SOURCE.format(url="sqlite:///sources/crm.db", more="")
    sources = sources.replace(sources.split('query = "')[1].split('"')[0], query)
    workspace = make_workspace(tmp_path / "w", sources)
    _fill(f"sqlite:///{workspace.sources / 'crm.db'}", ROWS)
    opened = open_project(workspace.root)
    assert says in load(opened).problems[0]
    assert says in check_sources(workspace, opened.settings, latest_at=dt.datetime(2026, 12, 1))[0].problems[0]
    with sqlite3.connect(workspace.sources / "crm.db") as connection:
        assert connection.execute("SELECT count(*) FROM contact").fetchone() == (3,)


def test_a_database_file_that_is_missing_is_not_made(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", SOURCE.format(url="sqlite:///sources/crm.db", more=""))
    assert "no database file crm.db" in load(open_project(workspace.root)).problems[0]
    assert not (workspace.sources / "crm.db").exists()


def test_no_value_of_a_row_reaches_a_message_or_a_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    workspace = make_workspace(tmp_path / "w", SOURCE.format(url="sqlite:///sources/crm.db", more=""))
    _fill(f"sqlite:///{workspace.sources / 'crm.db'}", ROWS)
    load(open_project(workspace.root))
    assert "900123" not in caplog.text


def _read(url: str, query: str, root: Path, **more: str) -> list[dict[str, str | None]]:
    columns = {"started_at": "made", "channel": {"value": "phone"}}
    block = {"name": "crm", "kind": "contact", "format": "sql", "url": url, "query": query, "columns": columns, **more}
    read = read_query_batches(Source.model_validate(block), ["made"], "2026-11-03", root)
    return [row for batch in read for row in batch.rows.to_pylist()]


def test_values_come_as_text_and_rows_in_the_order_of_the_result(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "BATCH_ROWS", 2)
    monkeypatch.setenv("CRM_PASSWORD", PASSWORD)
    _fill(postgres.url_with_password, ROWS)
    query = (
        "SELECT made, 1e20::numeric AS big, 2.50::numeric AS price, true AS ok, '\\x00ff'::bytea AS raw, "
        "TIMESTAMPTZ '2026-11-02 09:00+00' AT TIME ZONE 'UTC' AS at FROM contact WHERE kind LIKE '%' ORDER BY id DESC"
    )
    rows = _read(postgres.url, query, tmp_path, password_variable="CRM_PASSWORD")
    assert [(row["row_number"], row["made"]) for row in rows] == [
        (1, "2026-11-04T11:00:00"), (2, "2026-11-03T10:00:00"), (3, "2026-11-02T09:00:00"),
    ]  # fmt: skip
    told = [rows[0][name] for name in ("big", "price", "ok", "raw", "at")]
    assert told == ["100000000000000000000", "2.50", "true", "00ff", "2026-11-02T09:00:00"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT made, nextval('counter') AS n FROM contact", "ReadOnlySqlTransaction"),
        ("SELECT made, absent FROM contact", 'column "absent" does not exist'),
        ("SELECT made FROM contact WHERE text::int = 1", "InvalidTextRepresentation"),
        ("SELECT made, tel::regclass AS x FROM contact", "stopped the query"),
        ("SELECT made, complain(text) AS x FROM contact", "stopped the query"),
    ],
)
def test_postgresql_is_only_read_and_its_words_never_show_a_value(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch, query: str, says: str
) -> None:
    monkeypatch.setenv("CRM_PASSWORD", PASSWORD)
    _fill(postgres.url_with_password, [(1, "2026-11-02 09:00:00", "tel", "quiet", "wants a new bin")])
    engine = sa.create_engine(postgres.url_with_password)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SEQUENCE IF EXISTS counter")
        connection.exec_driver_sql("CREATE SEQUENCE counter")
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION complain(said text) RETURNS int LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION USING MESSAGE = said, ERRCODE = '42703'; END $$"
        )
    with pytest.raises(SourceError) as refused:
        _read(postgres.url, query, tmp_path, password_variable="CRM_PASSWORD")
    assert says in str(refused.value)
    assert not [value for value in ("quiet", "new bin", PASSWORD) if value in str(refused.value)]
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT is_called FROM counter").scalar() is False
    engine.dispose()


def test_a_query_of_sqlite_never_shows_a_value(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        connection.execute("CREATE TABLE contact (made text)")
        connection.execute("INSERT INTO contact VALUES (CAST(x'ff6e65772062696e' AS text))")  # no UTF-8, then "new bin"
    with pytest.raises(SourceError) as refused:
        _read("sqlite:///crm.db", "SELECT made FROM contact", tmp_path)
    assert "stopped the query" in str(refused.value)
    assert "new bin" not in str(refused.value)


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "50%41 what? #1"
    folder.mkdir()
    with sqlite3.connect(folder / "crm.db") as connection:
        connection.execute("CREATE TABLE contact (made text)")
        connection.execute("INSERT INTO contact VALUES ('2026-11-02')")
    assert _read("sqlite:///crm.db", "SELECT made FROM contact", folder) == [{"made": "2026-11-02", "row_number": 1}]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql+psycopg://owner@127.0.0.1:1/postgres", "cannot be reached"),
        ("postgresql+psycopg://owner@127.0.0.1:word/postgres", "the url cannot be used"),
        ("postgresql+nosuchdriver://owner@127.0.0.1/postgres", "install the driver"),
        ("postgresql+psycopg://127.0.0.1/postgres?password=hidden", "the url holds a password"),
        ("sqlite://", "names no file"),
    ],
)
def test_a_url_that_leads_nowhere_is_said(tmp_path: Path, url: str, says: str) -> None:
    with pytest.raises(SourceError, match=says) as refused:
        _read(url, "SELECT made FROM contact", tmp_path)
    assert "hidden" not in str(refused.value)
