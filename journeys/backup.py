"""Back up what is stored, and restore it without bringing back anybody who has been erased since.

A backup is one zip: the catalogue as JSON lines (so that it fits SQLite and PostgreSQL alike), every part it names, and
the published pages. The key and the source files are not in it. Restoring replaces all of these, then applies again every
erasure known here or in the backup, and keeps the objections of both.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from journeys.errors import StoreError
from journeys.identifiers import KINDS
from journeys.rights import remove_records
from journeys.schema import RECORDS
from journeys.store import Store
from journeys.workspace import Workspace

_CATALOGUE = "catalogue.jsonl"
_PAGES = ("site", "site-public")


def save_backup(workspace: Workspace, store: Store, path: Path) -> int:
    """Write a backup to `path` (a new file); returns the number of files in it."""
    if path.exists():
        raise StoreError(f"{path}: there is a file already; name a new one")
    temporary = path.with_name(path.name + ".tmp")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_CATALOGUE, "\n".join(json.dumps(row) for row in store.dump()))
        files = [workspace.data / part["path"] for part in store.part_rows()]
        for folder in _PAGES:
            files += sorted(each for each in (workspace.root / folder).rglob("*") if each.is_file())
        for file in files:
            archive.write(file, file.relative_to(workspace.root).as_posix())
    temporary.replace(path)
    return len(files) + 1


def restore_backup(workspace: Workspace, store: Store, path: Path, *, known_keys: Sequence[str], at: datetime) -> int:
    """Replace what is stored by a backup, then erase again; returns the rows that were erased again.

    Raises StoreError, having changed nothing, for a file that is no backup or was made with a key that is not here.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            rows = [json.loads(line) for line in archive.read(_CATALOGUE).decode().splitlines()]
            _check_key(rows, known_keys)
            names = [name for name in archive.namelist() if _is_ours(name)]
            archive.extractall(workspace.root, names)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise StoreError(f"{path}: this is no backup that can be read ({type(error).__name__})") from None
    store.replace_all(rows)
    return erase_again(workspace, store, at=at)


def erase_again(workspace: Workspace, store: Store, *, at: datetime) -> int:
    """Remove every stored record that an erasure names; returns how many rows there were."""
    erased = store.set_aside("erase")
    record_ids = sorted(
        {
            str(record_id)
            for path in store.parts(RECORDS.name)
            for record_id in _named_records(workspace.data / path, erased)
        }
    )
    replaced, removed = remove_records(workspace, store, record_ids)
    n_rows = sum(counts["n_set_aside"] for counts in removed.values())
    request = {
        "kind": "restore",
        "made_at": at,
        "n_records": n_rows,
        "said": f"backup restored, {n_rows} rows erased again",
    }
    store.save_request(request, replaced=replaced, removed=removed)
    for old in replaced:
        (workspace.data / old).unlink(missing_ok=True)
    return n_rows


def _named_records(part: Path, erased: Sequence[dict[str, Any]]) -> list[Any]:
    columns = {**{kind: f"{kind}_token" for kind in KINDS}, "case_ref": "case_ref", "record_id": "record_id"}
    rows = pq.read_table(part, columns=sorted(set(columns.values())))
    mask = pa.chunked_array([pa.array([False] * rows.num_rows)])
    for field, column in columns.items():
        tokens = pa.array([row["token"] for row in erased if row["field"] == field], pa.string())
        mask = pc.or_(mask, pc.is_in(rows[column], value_set=tokens))
    return list(rows["record_id"].filter(mask).to_pylist())


def _check_key(rows: Sequence[dict[str, Any]], known_keys: Sequence[str]) -> None:
    made_with = {row["row"]["key_id"] for row in rows if row["table"] == "files"}
    if unknown := sorted(made_with - set(known_keys)):
        raise StoreError(
            f"the backup holds tokens made with key {unknown[0]}, which is not the key of this workspace; put that key "
            "back first. Nothing was changed"
        )


def _is_ours(name: str) -> bool:
    """Only what a backup holds, and nothing that climbs out of the workspace."""
    parts = PurePosixPath(name).parts
    return bool(parts) and parts[0] in {"data", *_PAGES} and ".." not in parts
