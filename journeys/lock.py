"""One command at a time writes to a workspace: a lock file in data/, let go when the command ends, however it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import filelock

from journeys.errors import StoreError
from journeys.store import Store
from journeys.workspace import Workspace

_PATIENCE_S = 5.0
_LOOK_EVERY_S = 2.0


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


@contextmanager
def scheduling_in(workspace: Workspace, store: Store, report: Callable[[str], None]) -> Iterator[Callable[[], bool]]:
    """Wait until no other scheduler works here, on this host or on another with the same PostgreSQL; gives "is it still so?"."""
    lock = filelock.FileLock(workspace.data / "scheduler.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        report("another scheduler works on this workspace; standing by")
        lock.acquire(poll_interval=_LOOK_EVERY_S)
    try:
        turn = store.take_turn()
        if turn is None:
            report("a scheduler on another host works with this database; standing by")
        while turn is None:
            time.sleep(_LOOK_EVERY_S)
            turn = store.take_turn()
        yield lambda: store.has_turn(turn)
        turn.close()
    finally:
        lock.release()
