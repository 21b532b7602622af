"""Access, objection and erasure: what a person may ask of the data held about them, done and logged.

Erasing rewrites every stored part without the person's records and keeps their tokens, so that loading the same files
again leaves them out. An objection leaves the stored rows, but sets them aside before anything is linked or counted,
until it is withdrawn. Each request is one transaction; the log says what was done and holds no identifier.
Source files are the organisation's own: the names of those that still hold the person are returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from journeys.engine import Engine
from journeys.identifiers import Identified
from journeys.identity.kept_pairs import drop_kept_pairs
from journeys.identity.models import read_identity_model
from journeys.identity.reviews import PAIR_ANSWERS, read_reviews
from journeys.note_reviews import forget_notes
from journeys.partners import translate_partners
from journeys.parts import drop_rows
from journeys.person_records import Held, find_person_records
from journeys.schema import RECORDS, STORED
from journeys.settings import Settings
from journeys.store import Store
from journeys.workspace import Workspace

_SHOWN = (
    "record_id",
    "kind",
    "source",
    "started_at",
    "channel",
    "service",
    "activity",
    "entry_point",
    "outcome",
    "area",
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What one request did: stored rows concerned, and names of the files below sources/ that held them."""

    n_records: int
    files: tuple[str, ...]


def erase_person(
    workspace: Workspace, settings: Settings, store: Store, given: Sequence[Identified], *, made_at: datetime
) -> Answered:
    """Remove all records of one person and keep them out of later loads."""
    held, files = _find(workspace, settings, store, given)
    tokens = [*held.tokens, *(("record_id", record_id) for record_id in held.record_ids)]
    replaced, removed = remove_records(workspace, store, held.record_ids)
    n_records = sum(counts["n_set_aside"] for counts in removed.values())
    store.save_request(
        _request("erase", made_at, n_records, f"{n_records} stored rows removed, {len(tokens)} tokens kept"),
        _token_rows("erase", tokens, given[0].key_id),
        replaced=replaced,
        removed=removed,
    )
    PAIR_ANSWERS.forget(store, held.record_ids, ("record_l", "record_r"))
    forget_notes(store, held.record_ids)
    for path in replaced:
        (workspace.data / path).unlink(missing_ok=True)
    return Answered(n_records, files)


def object_to_use(
    workspace: Workspace, settings: Settings, store: Store, given: Sequence[Identified], *, made_at: datetime
) -> Answered:
    """Set a person's contacts aside, those stored and those to come, before anything is linked or counted."""
    held, files = _find(workspace, settings, store, given)
    tokens = [*held.tokens, *(("record_id", record_id) for record_id in held.record_ids)]
    said = f"{len(held.record_ids)} records set aside, {len(tokens)} tokens kept"
    request = _request("object", made_at, len(held.record_ids), said)
    store.save_request(request, _token_rows("object", tokens, given[0].key_id))
    return Answered(len(held.record_ids), files)


def withdraw_objection(
    workspace: Workspace, settings: Settings, store: Store, given: Sequence[Identified], *, made_at: datetime
) -> Answered:
    """Count a person's contacts again from the next run on."""
    held, files = _find(workspace, settings, store, given)
    tokens = [*held.tokens, *(("record_id", record_id) for record_id in held.record_ids)]
    request = _request("withdraw", made_at, len(held.record_ids), f"{len(held.record_ids)} records are used again")
    store.save_request(request, withdrawn=[{"field": field, "token": token} for field, token in tokens])
    return Answered(len(held.record_ids), files)


def read_person(
    workspace: Workspace, settings: Settings, store: Store, given: Sequence[Identified], *, made_at: datetime
) -> list[dict[str, Any]]:
    """Everything held about a person, one dict a record: what it was, its redacted note and its label. Logged."""
    with _engine(workspace, settings, store) as engine:
        held = find_person_records(engine, settings, given, read_identity_model(store)[0], read_reviews(store))
        engine.load_frame("held", _frame(held))
        rows = engine.run(
            f"""
            SELECT {", ".join(f"r.{name}" for name in _SHOWN)}, n.note, l.demand, l.demand_type
            FROM records r JOIN held USING (record_id)
            LEFT JOIN notes n USING (record_id) LEFT JOIN labels l USING (record_id)
            ORDER BY r.started_at, r.source, r.row_number"""
        )
    request = _request("access", made_at, len(held.record_ids), f"{len(held.record_ids)} records shown")
    store.save_request(request)
    return [{k: None if v != v else v for k, v in row.items() if k != "record_id"} for row in _plain(rows)]


def remove_records(
    workspace: Workspace, store: Store, record_ids: Sequence[str]
) -> tuple[dict[str, str | None], dict[str, dict[str, int]]]:
    """Write each part that holds one of these records anew without them.

    Returns old path to new path (None: nothing left), and the stored rows that left by file key, for the catalogue.
    Nothing counts until the catalogue says so; leftovers of a killed attempt are swept by the next load.
    """
    drop_kept_pairs(workspace.data)
    wanted = pa.array(sorted(record_ids), pa.string())
    replaced: dict[str, str | None] = {}
    removed: dict[str, dict[str, int]] = {}
    for part in store.part_rows(tuple(table.name for table in STORED)):
        new_path, n_dropped = drop_rows(workspace.data, part["path"], lambda ids: pc.is_in(ids, value_set=wanted))
        if not n_dropped:
            continue
        replaced[part["path"]] = new_path
        if part["table_name"] == RECORDS.name:
            counts = removed.setdefault(part["file_key"], {"n_set_aside": 0})
            counts["n_set_aside"] += n_dropped
    return replaced, removed


def _find(
    workspace: Workspace, settings: Settings, store: Store, given: Sequence[Identified]
) -> tuple[Held, tuple[str, ...]]:
    with _engine(workspace, settings, store) as engine:
        held = find_person_records(engine, settings, given, read_identity_model(store)[0], read_reviews(store))
        engine.load_frame("held", _frame(held))
        found = engine.run("SELECT DISTINCT file_id FROM records JOIN held USING (record_id)")["file_id"]
    names = {row["name"] for row in store.loaded_files() if row["file_id"] in set(found)}
    return held, tuple(sorted(names))


def _engine(workspace: Workspace, settings: Settings, store: Store) -> Engine:
    limits = settings.engine
    engine = Engine(memory_limit=limits.memory_limit, threads=limits.threads, spill_to=workspace.spill)
    for table in STORED:
        engine.scan(table, [workspace.data / path for path in store.parts(table.name)])
    translate_partners(engine, settings)
    return engine


def _frame(held: Held) -> Any:
    return pa.table({"record_id": pa.array(held.record_ids, pa.string())}).to_pandas()


def _plain(rows: Any) -> list[dict[str, Any]]:
    return [
        {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in row.items()}
        for row in rows.to_dict("records")
    ]


def _request(kind: str, made_at: datetime, n_records: int, said: str) -> dict[str, Any]:
    return {"kind": kind, "made_at": made_at, "n_records": n_records, "said": said}


def _token_rows(kind: str, tokens: Sequence[tuple[str, str]], made_with: str) -> list[dict[str, Any]]:
    return [{"kind": kind, "key_id": made_with, "field": field, "token": token} for field, token in tokens]
