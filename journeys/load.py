"""Load sources: read, tokenise identifiers, redact and label notes in one pass in memory, then one atomic write.

In: files below sources/ and queries. Out: `records`, `notes` and `labels` as Parquet parts and one catalogue row per
file or query result, in one transaction. What was already loaded with the same settings is skipped; a file whose
settings changed is read again. A load killed at any moment leaves all of a file or none; the next one sweeps what it
left and goes on. Rows read = rows stored + rejects + rows of erased people, checked for every file.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import partial

from journeys.engine import Engine
from journeys.errors import SourceError, StoreError
from journeys.keys import key_id, read_keys
from journeys.load_file import FileLoad, NoteReader, Reading
from journeys.lock import writing_to
from journeys.partner_files import named_key
from journeys.partners import SharedKey, check_partner_file, read_shared_keys
from journeys.parts import sweep_leftovers
from journeys.periods import read_week
from journeys.rejects import write_rejects
from journeys.schema import RECORDS, STORED
from journeys.settings import Settings, Source
from journeys.shape import Shaper
from journeys.sources.reading import BEGINNING, file_sha256, find_files, read_batches, wanted_columns
from journeys.sources.sql import read_query_batches
from journeys.store import Store
from journeys.workspace import Workspace

_LOG = logging.getLogger(__name__)
_FORMAT_VERSION = "2"  # raise it when stored records change their meaning: every file is then read again
_OVERLAP_WEEKS = 5  # a query with :since reads so much again, for rows that come late or change


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one call of `load_sources` did; `problems` names what was left out whole, `remarks` what to know."""

    n_files: int = 0
    n_skipped: int = 0
    n_rows: int = 0
    n_stored: int = 0
    n_rejects: int = 0
    n_set_aside: int = 0
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Loading:
    """What every file of one load shares."""

    workspace: Workspace
    settings: Settings
    store: Store
    note_reader: NoteReader
    keys: tuple[bytes, ...]
    shared_keys: tuple[SharedKey, ...]
    latest_at: datetime


def load_sources(
    workspace: Workspace,
    settings: Settings,
    store: Store,
    note_reader: NoteReader,
    *,
    latest_at: datetime,
    report: Callable[[str], None],
) -> Loaded:
    """Load what is new of every source. `latest_at` (UTC): later start times are refused as in the future.

    A file that cannot be read is left out whole and named in `problems`; the others load. `report` is called with
    a line for each source, and for each large file while it is read.
    """
    with writing_to(workspace):
        keys = read_keys(workspace.key_file)
        shared = read_shared_keys(workspace, settings, keys)
        loading = _Loading(workspace, settings, store, note_reader, keys, shared, latest_at)
        _check_keys(store, loading.keys)
        sweep_leftovers(workspace.data, STORED, {part["path"] for part in store.part_rows()})
        total = Loaded()
        for source in settings.sources:
            done = _load_source(source, loading, report)
            report(_line(source, done))
            total = _sum(total, done)
        write_rejects(workspace.data / "rejects.csv", store)
    return total


def _load_source(source: Source, loading: _Loading, report: Callable[[str], None]) -> Loaded:
    limits = loading.settings.engine
    shaper = Shaper(source, loading.settings, loading.keys, loading.latest_at, loading.store.set_aside("erase"))
    done = Loaded()
    with Engine(memory_limit=limits.memory_limit, threads=limits.threads) as engine:
        try:
            readings = _readings(source, loading)
        except SourceError as error:
            return Loaded(problems=(str(error),))
        for reading in readings:
            try:
                done = _sum(done, _load_one(reading, shaper, engine, loading, report))
            except SourceError as error:
                done = replace(done, problems=(*done.problems, str(error)))
    return done


def _readings(source: Source, loading: _Loading) -> list[Reading]:
    """What there is to read of a source, in order: its files by name, or its query."""
    if source.format == "sql":
        since = _since(source, loading.store)
        wanted = wanted_columns(source)
        root = loading.workspace.root
        return [Reading(f"query of '{source.name}'", lambda: read_query_batches(source, wanted, since, root), None)]
    paths = find_files(loading.workspace.sources, source)
    return [Reading(path.name, partial(read_batches, path, source), file_sha256(path), path) for path in paths]


def _since(source: Source, store: Store) -> str:
    """First day a query with :since should give: some weeks before the newest row stored, or the beginning."""
    keys = {row["file_key"] for row in store.loaded_files() if row["source"] == source.name}
    weeks = [part["week"] for part in store.part_rows((RECORDS.name,)) if part["file_key"] in keys]
    return str(read_week(max(weeks)).plus(-_OVERLAP_WEEKS).starts_on) if weeks else BEGINNING


def _load_one(
    reading: Reading, shaper: Shaper, engine: Engine, loading: _Loading, report: Callable[[str], None]
) -> Loaded:
    source, store = shaper.source, loading.store
    known = {row["file_key"] for row in store.loaded_files()}
    if reading.sha256 and _file_key(source, loading, reading.sha256) in known:
        return Loaded(n_skipped=1)
    if source.partner and reading.path is not None:
        shared = next(each for each in loading.shared_keys if each.partner == source.partner)
        check_partner_file(reading.name, named_key(reading.path), shared)
    order = store.next_load_order()
    # A query's rows are hashed while they are read, so its id is made from what is known before.
    file_id = (reading.sha256 or hashlib.sha256(f"{source.name}\n{order}".encode()).hexdigest())[:16]
    keeps_notes = loading.settings.privacy.keep_notes == "all"
    # Tokens to be compared by nearness are made only where they will be used.
    identity_key = loading.keys[0] if _names_people(source) and loading.settings.identity.compares() else None
    with FileLoad(
        reading, shaper, loading.workspace.data, loading.note_reader,
        keeps_notes=keeps_notes, identity_key=identity_key, shared_keys=loading.shared_keys,
    ) as load:  # fmt: skip
        load.read(engine, file_id, order, report)
        file_key = _file_key(source, loading, load.sha256)
        if file_key in known:
            return Loaded(n_skipped=1)
        parts = load.finish(file_key)
    tally = load.tally
    file = {
        "file_key": file_key, "file_id": file_id, "source": source.name, "name": reading.name,
        "key_id": key_id(loading.keys[0]), "n_rows": tally.n_rows, "n_stored": tally.n_stored,
        "n_rejects": len(tally.rejects), "n_set_aside": tally.n_set_aside, "n_expired": 0,
    }  # fmt: skip
    unmapped = [{"field": f, "value": v, "n_rows": n} for (f, v), n in sorted(tally.unmapped.items())]
    store.save_file(file, parts, tally.rejects, unmapped, replaces_name=source.files_are_restated)
    _LOG.info("loaded %s rows=%d stored=%d rejects=%d", source.name, tally.n_rows, tally.n_stored, len(tally.rejects))
    return Loaded(1, 0, tally.n_rows, tally.n_stored, len(tally.rejects), tally.n_set_aside, remarks=load.remarks)


def _names_people(source: Source) -> bool:
    return bool({"name", "date_of_birth", "postcode"} & set(source.columns))


def _file_key(source: Source, loading: _Loading, sha256: str) -> str:
    """Same source, content, settings and key: the same reading, so nothing to do."""
    settings = loading.settings
    parts = (
        _FORMAT_VERSION, source.model_dump_json(), settings.organisation.timezone, settings.privacy.keep_notes,
        str(settings.identity.compares()),
        " ".join(sorted(settings.services.services)), sha256, key_id(loading.keys[0]),
        *(f"{shared.partner} {key_id(shared.key)}" for shared in loading.shared_keys),
    )  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _check_keys(store: Store, keys: Sequence[bytes]) -> None:
    """Refuse a key nobody knows of: contacts made with two keys cannot be joined, and erasures would be undone."""
    known = {key_id(key) for key in keys}
    used = {row["key_id"] for row in store.loaded_files()} | {row["key_id"] for row in store.set_aside("erase")}
    if others := sorted(used - known):
        raise StoreError(
            f"the store holds tokens made with key {others[0]}, the key in use is {key_id(keys[0])}; contacts of the two "
            "cannot be joined. Put the old key back, or let a new one begin with: journeys rotate-key"
        )


def _sum(one: Loaded, other: Loaded) -> Loaded:
    return Loaded(*(getattr(one, field.name) + getattr(other, field.name) for field in fields(Loaded)))


def _line(source: Source, done: Loaded) -> str:
    parts = [f"{done.n_files:,} new files, {done.n_rows:,} rows" if done.n_files else "no new files"]
    if done.n_rejects:
        parts.append(f"{done.n_rejects:,} rejected")
    if done.n_set_aside:
        parts.append(f"{done.n_set_aside:,} of erased people left out")
    if done.n_skipped:
        parts.append(f"{done.n_skipped:,} files known already")
    if done.problems:
        parts.append(f"{len(done.problems)} files could not be read")
    return "\n  ".join([f"{source.name}: {', '.join(parts)}", *done.remarks])
