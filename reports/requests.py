"""`journeys access`, `object`, `erase`, `backup`, `restore` and `rotate-key`: what people may ask, and keeping data whole.

Identifiers come from standard input, so that they are in no shell history; no message repeats them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from journeys.backup import restore_backup, save_backup
from journeys.identifiers import read_identifiers
from journeys.keys import key_id, read_keys, rotate_key
from journeys.lock import writing_to
from journeys.rights import Answered, erase_person, object_to_use, read_person, withdraw_objection
from journeys.workspace import open_workspace
from reports.opened import now, opened_to_write


def answer_access(root: Path, lines: Iterable[str]) -> Iterator[str]:
    """Everything held about one person as JSON lines, oldest first."""
    with opened_to_write(root) as (workspace, settings, store):
        given = read_identifiers(lines, read_keys(workspace.key_file)[0])
        for row in read_person(workspace, settings, store, given, made_at=now()):
            yield json.dumps(row, ensure_ascii=False)


def answer_objection(root: Path, lines: Iterable[str], *, is_withdrawn: bool) -> list[str]:
    """Set a person's contacts aside, or use them again; what was done, in sentences."""
    with opened_to_write(root) as (workspace, settings, store):
        given = read_identifiers(lines, read_keys(workspace.key_file)[0])
        if is_withdrawn:
            done = withdraw_objection(workspace, settings, store, given, made_at=now())
            return [f"objection withdrawn: {done.n_records:,} records are used again from the next run on"]
        done = object_to_use(workspace, settings, store, given, made_at=now())
    return [
        f"{done.n_records:,} records are set aside, and all that come later, before anything is linked or counted",
        "published pages hold counts only and stay as they are; the next run leaves this person out",
    ]


def answer_erasure(root: Path, lines: Iterable[str]) -> list[str]:
    """Erase one person; what was done and what is left to do, in sentences."""
    with opened_to_write(root) as (workspace, settings, store):
        given = read_identifiers(lines, read_keys(workspace.key_file)[0])
        done = erase_person(workspace, settings, store, given, made_at=now())
        n_exports = sum(request["kind"] == "export" for request in store.requests())
    return [_erased(done), *_left_to_do(done), *_exported(n_exports)]


def back_up(root: Path, path: Path) -> str:
    """Write a backup; says what is not in it."""
    with opened_to_write(root) as (workspace, _, store):
        n_files = save_backup(workspace, store, path)
    return f"{n_files:,} files written to {path}; the key and sources/ are not in it: keep them apart from it"


def restore(root: Path, path: Path) -> list[str]:
    """Restore a backup and erase again; what was done."""
    with opened_to_write(root) as (workspace, _, store):
        known = [key_id(key) for key in read_keys(workspace.key_file)]
        n_rows = restore_backup(workspace, store, path, known_keys=known, at=now())
    return [
        f"restored from {path}",
        f"{n_rows:,} rows of people erased since were removed again",
        "erasures this workspace did not know of, made after the backup somewhere else, must be sent again",
    ]


def begin_new_key(root: Path) -> list[str]:
    """Put a new key in use; what that means for what is stored."""
    workspace = open_workspace(root)
    with writing_to(workspace):
        old, new = rotate_key(workspace.key_file)
    return [
        f"key {new} is in use, key {old} is kept in the key file only to keep erased people erased",
        "files that are still below sources/ are read again by the next load and joined under the new key",
        "what was loaded from files that are gone stays under the old key: it cannot be joined to what comes, and a row "
        "that restates one of those counts as new",
    ]


def _erased(done: Answered) -> str:
    if not done.n_records:
        return "nothing was held; the tokens are kept, so that later loads leave this person out"
    return f"{done.n_records:,} stored rows erased; tokens are kept, so that later loads leave this person out"


def _left_to_do(done: Answered) -> list[str]:
    if not done.files:
        return []
    shown = ", ".join(done.files[:5]) + (f" and {len(done.files) - 5} more" if len(done.files) > 5 else "")
    return [
        f"the source files are yours: erase there too, in {shown}",
        "backups made before hold the rows until restored",
    ]


def _exported(n_exports: int) -> list[str]:
    if not n_exports:
        return []
    return [
        f"{n_exports:,} event logs were exported and may hold this person's journeys, without a name to find them by: "
        "delete them or export again (journeys export --list)"
    ]
