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
        ("SELECT nothing FROM contact", "cannot be reached, refuses the user or password, or does not know"),
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
