"""A workspace opened by a command: settings read, catalogue open, locked for writing; an engine for it; and the clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from journeys.engine import Engine
from journeys.lock import writing_to
from journeys.settings import Settings
from journeys.settings_files import read_settings
from journeys.store import Store
from journeys.workspace import Workspace, open_workspace


class Place(NamedTuple):
    """A workspace, its settings and its catalogue: what most commands need."""

    workspace: Workspace
    settings: Settings
    store: Store


@contextmanager
def opened_to_write(root: Path) -> Iterator[Place]:
    """The workspace with its settings and catalogue, locked for writing."""
    workspace = open_workspace(root)
    settings = read_settings(workspace.config)
    store = Store(settings.engine.database_url, workspace.root)
    try:
        with writing_to(workspace):
            yield Place(workspace, settings, store)
    finally:
        store.close()


def open_engine(workspace: Workspace, settings: Settings) -> Engine:
    """An engine within the settings' limits."""
    limits = settings.engine
    return Engine(memory_limit=limits.memory_limit, threads=limits.threads, spill_to=workspace.spill)


def now() -> datetime:
    """UTC without zone, to the second."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
