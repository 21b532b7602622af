"""One command at a time writes to a workspace: a lock file in data/, let go when the command ends, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import filelock

from journeys.errors import StoreError
from journeys.workspace import Workspace

_PATIENCE_S = 5.0


@contextmanager
def writing_to(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's lock; raises StoreError when another command has it for more than a few seconds."""
    lock = filelock.FileLock(workspace.data / "lock")
    try:
        lock.acquire(timeout=_PATIENCE_S)
    except filelock.Timeout:
        raise StoreError(
            f"{workspace.root}: another journeys command is writing to this workspace; wait until it has ended"
        ) from None
    try:
        yield
    finally:
        lock.release()
