"""The catalogue in the form that this version of the code reads: made where there is none, brought up to it where it is older.

A catalogue that a newer version has made is refused, having changed nothing. Rows are kept; see `journeys.migrations`.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from journeys.catalogue import METADATA
from journeys.errors import StoreError

NEWEST = "0002"
_FIRST = "0001"
_VERSION = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))


def bring_up_to_date(engine: sa.Engine) -> None:
    """Make or change tables until they are as `journeys.catalogue` says; raises StoreError where they are newer than that."""
    known = set(sa.inspect(engine).get_table_names())
    found = _version(engine) if _VERSION.name in known else None
    if found == NEWEST:
        METADATA.create_all(engine)
        return
    if found is not None and found > NEWEST:
        raise StoreError(
            f"the catalogue has form {found}, and this version of journeys knows those up to {NEWEST}: a newer one has written "
            "to this workspace; install that version again, or restore a backup. Nothing was changed"
        )
    is_new = "files" not in known
    METADATA.create_all(engine)
    with engine.begin() as connection:
        _VERSION.create(connection, checkfirst=True)
        if found is None:
            connection.execute(sa.insert(_VERSION).values(version_num=NEWEST if is_new else _FIRST))
    if not is_new:
        _take_steps(engine)


def _version(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        return connection.scalar(sa.select(_VERSION.c.version_num))


def _take_steps(engine: sa.Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
