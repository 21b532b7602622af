"""Catalogues of every form there has been are brought up to the present one, rows and all, in SQLite and PostgreSQL."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from builders_workspace import calls, load, make_workspace
from postgres_server import Server

from journeys.catalogue import METADATA
from journeys.errors import StoreError
from journeys.migrate import NEWEST, bring_up_to_date
from journeys.note_reviews import NOTE_ANSWERS
from journeys.store import Store
from reports.cli import main
from reports.pipeline import open_project

SCHEMAS = Path(__file__).parent / "schemas"
RELEASED = sorted({path.name.split("-")[0] for path in SCHEMAS.glob("*.sql")})
_ANSWER = """INSERT INTO note_reviews (review_id, record_id, answer, reviewer, stratum, inclusion, is_simulated, imported_at, batch)
VALUES (1, 'r1', 'chase', 'AB', 'random', 0.5, {no}, '2026-11-02 09:00:00', 1)"""


def _urls(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> str:
    """An empty database of this kind."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'old.db'}"
    server: Server = request.getfixturevalue("postgres")
    name = f"m{abs(hash(tmp_path)):x}"
    made = sa.create_engine(server.url_with_password, isolation_level="AUTOCOMMIT")
    with made.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    made.dispose()
    return server.url_with_password.removesuffix("postgres") + name


def _as_it_was(url: str, form: str, kind: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in (SCHEMAS / f"{form}-{kind}.sql").read_text().split(";\n"):
            if statement.strip():
                connection.execute(sa.text(statement))
        connection.execute(sa.text(_ANSWER.format(no="0" if kind == "sqlite" else "false")))
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("form", RELEASED)
def test_an_older_catalogue_keeps_its_rows(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, form: str
) -> None:
    url = _urls(request, kind, tmp_path)
    _as_it_was(url, form, kind)
    for _ in range(2):  # brought up once, and found so
        store = Store(url, tmp_path)
        given = NOTE_ANSWERS.standing(store)
        assert (given["record_id"].tolist(), given["is_personal_left"].tolist()) == (["r1"], [None])
        with store.engine.connect() as connection:
            found = MigrationContext.configure(connection, opts={"include_name": _is_ours})
            assert compare_metadata(found, METADATA) == []
        store.close()


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name in METADATA.tables


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_new_catalogue_is_the_newest_and_one_of_a_newer_version_is_refused(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    url = _urls(request, kind, tmp_path)
    Store(url, tmp_path).close()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == NEWEST
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="a newer one has written"):
        bring_up_to_date(engine)
    engine.dispose()


def test_the_newest_form_is_that_of_the_last_step() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(bring_up_to_date.__code__.co_filename).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == NEWEST


def test_a_backup_of_an_older_form_is_restored(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=calls("1,c1,02/11/2026 09:00,BINS,yes,,,,,where is my bin"))
    opened = open_project(workspace.root)
    load(opened)
    answer = {
        "record_id": "r1",
        "answer": "chase",
        "reviewer": "AB",
        "stratum": "random",
        "inclusion": 0.5,
        "is_simulated": False,
    }
    NOTE_ANSWERS.save(opened.store, [{**answer, "is_personal_left": True}], at=datetime(2026, 11, 2))
    assert main(["backup", str(tmp_path / "new.zip"), "--workspace", str(workspace.root)]) == 0
    with zipfile.ZipFile(tmp_path / "new.zip") as new, zipfile.ZipFile(tmp_path / "old.zip", "w") as old:
        for name in new.namelist():
            content = new.read(name)
            if name == "catalogue.jsonl":
                rows = [json.loads(line) for line in content.decode().splitlines()]
                for row in rows:
                    row["row"].pop("is_personal_left", None)
                content = "\n".join(map(json.dumps, rows)).encode()
            old.writestr(name, content)
    assert main(["restore", str(tmp_path / "old.zip"), "--workspace", str(workspace.root)]) == 0
    given = NOTE_ANSWERS.standing(opened.store)
    assert (given["answer"].tolist(), given["is_personal_left"].tolist()) == (["chase"], [None])
