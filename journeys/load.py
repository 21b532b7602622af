"""Load source files: read, tokenise identifiers, redact and label notes in one pass in memory, then one atomic write.

In: files below sources/. Out: `records`, `notes` and `labels` as Parquet parts and one catalogue row per file, in one
transaction. A file already loaded with the same settings is skipped; one whose settings changed is read again.
Rows read = rows stored + rejects, checked for every file.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from journeys.engine import Engine
from journeys.errors import ReconciliationError, SourceError, StoreError
from journeys.keys import key_id, read_key
from journeys.parts import PartWriter, arrow_schema
from journeys.schema import LABELS, NOTES, RECORDS
from journeys.settings import Settings, Source
from journeys.shape import Shaper, Tally
from journeys.sources.reading import file_sha256, find_files, read_batches
from journeys.store import Store
from journeys.workspace import Workspace

_LOG = logging.getLogger(__name__)
_FORMAT_VERSION = "1"  # raise it when stored records change their meaning: every file is then read again
_KNOWN_IN_NOTES = ("name", "phone", "email", "postcode", "account", "place", "case_ref", "date_of_birth")


class NoteReader(Protocol):
    """What load needs of floor 2: redacted notes and what they say, and a version for both."""

    @property
    def model_version(self) -> str:
        """Changes when rules or model change."""

    def read(self, notes: Sequence[str], known_values: Sequence[Sequence[str]]) -> Any:
        """Redact and label notes; the result has `.redacted` and `.labels`, one each per note."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one call of `load_sources` did; `problems` names files that were left out whole."""

    n_files: int = 0
    n_skipped: int = 0
    n_rows: int = 0
    n_stored: int = 0
    n_rejects: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Loading:
    """What every file of one load shares."""

    workspace: Workspace
    settings: Settings
    store: Store
    note_reader: NoteReader
    key: bytes
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
    """Load every new file of every source. `latest_at` (UTC): later start times are refused as in the future.

    A file that cannot be read is left out whole and named in `problems`; the others load. `report` is called with
    one line per source.
    """
    loading = _Loading(workspace, settings, store, note_reader, read_key(workspace.key_file), latest_at)
    _check_key(store, loading.key)
    total = Loaded()
    for source in settings.sources:
        done = _load_source(source, loading)
        report(_line(source, done))
        total = _sum(total, done)
    return total


def _load_source(source: Source, loading: _Loading) -> Loaded:
    try:
        paths = find_files(loading.workspace.sources, source)
    except SourceError as error:
        return Loaded(problems=(str(error),))
    known = {row["file_key"] for row in loading.store.loaded_files()}
    shaper = Shaper(source, loading.settings, loading.key, loading.latest_at)
    limits = loading.settings.engine
    done = Loaded()
    with Engine(memory_limit=limits.memory_limit, threads=limits.threads) as engine:
        for path in paths:
            sha256 = file_sha256(path)
            file_key = _file_key(source, loading, sha256)
            if file_key in known:
                done = replace(done, n_skipped=done.n_skipped + 1)
                continue
            try:
                tally = _load_file(path, sha256[:16], file_key, shaper, engine, loading)
            except SourceError as error:
                done = replace(done, problems=(*done.problems, str(error)))
                continue
            known.add(file_key)
            done = _sum(done, Loaded(1, 0, tally.n_rows, tally.n_stored, len(tally.rejects)))
    return done


def _load_file(path: Path, file_id: str, file_key: str, shaper: Shaper, engine: Engine, loading: _Loading) -> Tally:
    source, tally = shaper.source, Tally()
    constant: dict[str, str | int] = {"file_id": file_id, "load_order": loading.store.next_load_order()}
    with ExitStack() as stack:
        writers = [
            stack.enter_context(PartWriter(loading.workspace.data, table, file_key))
            for table in (RECORDS, NOTES, LABELS)
        ]
        for batch in read_batches(path, source):
            rows = shaper.shape(batch, engine, tally)
            if rows.num_rows:
                _write_records(rows, constant, writers[0])
                _write_notes(rows, loading.note_reader, writers[1], writers[2])
        if tally.n_rows != tally.n_stored + len(tally.rejects):
            raise ReconciliationError(
                f"{path.name}: {tally.n_rows} rows were read, but {tally.n_stored} stored and {len(tally.rejects)} "
                "rejected; nothing of the file was kept. Please report this"
            )
        parts = [row for writer in writers for row in writer.finish()]
    _save(path, file_id, file_key, source, loading, tally, parts)
    return tally


def _save(
    path: Path,
    file_id: str,
    file_key: str,
    source: Source,
    loading: _Loading,
    tally: Tally,
    parts: Sequence[dict[str, str]],
) -> None:
    file = {
        "file_key": file_key, "file_id": file_id, "source": source.name, "name": path.name,
        "key_id": key_id(loading.key), "n_rows": tally.n_rows, "n_stored": tally.n_stored,
        "n_rejects": len(tally.rejects),
    }  # fmt: skip
    unmapped = [{"field": f, "value": v, "n_rows": n} for (f, v), n in sorted(tally.unmapped.items())]
    loading.store.save_file(file, parts, tally.rejects, unmapped)
    _LOG.info(
        "loaded %s rows=%d stored=%d rejects=%d",
        source.name,
        tally.n_rows,
        tally.n_stored,
        len(tally.rejects),
    )


def _write_records(rows: pa.Table, constant: dict[str, str | int], writer: PartWriter) -> None:
    for name, value in constant.items():
        rows = rows.append_column(name, pa.array([value] * rows.num_rows))
    writer.write(rows.select([column.name for column in RECORDS.columns]), rows["week"])


def _write_notes(rows: pa.Table, note_reader: NoteReader, notes: PartWriter, labels: PartWriter) -> None:
    rows = rows.filter(rows["has_note"])
    if not rows.num_rows:
        return
    columns = [rows[f"raw_{name}"].to_pylist() for name in _KNOWN_IN_NOTES]
    known = [tuple(value for value in values if value) for values in zip(*columns, strict=True)]
    said = note_reader.read(rows["raw_note"].to_pylist(), known)
    ids = rows["record_id"]
    notes.write(pa.table({"record_id": ids, "note": pa.array(said.redacted, pa.string())}), rows["week"])
    labels.write(labels_table(ids.to_pylist(), said.labels, note_reader.model_version), rows["week"])


def labels_table(record_ids: Sequence[str], labels: Sequence[Any], model_version: str) -> pa.Table:
    """Labels of notes as the stored table, in the order of `record_ids`."""
    rows = [
        {
            "record_id": record_id, "model_version": model_version, "demand": label.demand,
            "demand_type": label.demand_type, "demand_types": " ".join(label.demand_types), "score": label.score,
            "evidence": label.evidence, "topic": label.topic, "is_abstained": label.is_abstained,
        }
        for record_id, label in zip(record_ids, labels, strict=True)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, arrow_schema(LABELS))


def _file_key(source: Source, loading: _Loading, sha256: str) -> str:
    """Same source, content, settings and key: the same reading, so nothing to do."""
    zone = loading.settings.organisation.timezone
    parts = (_FORMAT_VERSION, source.model_dump_json(), zone, sha256, key_id(loading.key))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _check_key(store: Store, key: bytes) -> None:
    others = sorted({row["key_id"] for row in store.loaded_files()} - {key_id(key)})
    if others:
        raise StoreError(
            f"the store holds tokens made with key {others[0]}, the key in use is {key_id(key)}; contacts of the two "
            "cannot be joined. Put the old key back, or start a new workspace"
        )


def _sum(one: Loaded, other: Loaded) -> Loaded:
    return Loaded(
        one.n_files + other.n_files,
        one.n_skipped + other.n_skipped,
        one.n_rows + other.n_rows,
        one.n_stored + other.n_stored,
        one.n_rejects + other.n_rejects,
        one.problems + other.problems,
    )


def _line(source: Source, done: Loaded) -> str:
    parts = [f"{done.n_files:,} new files, {done.n_rows:,} rows" if done.n_files else "no new files"]
    if done.n_rejects:
        parts.append(f"{done.n_rejects:,} rejected")
    if done.n_skipped:
        parts.append(f"{done.n_skipped:,} files known already")
    if done.problems:
        parts.append(f"{len(done.problems)} files could not be read")
    return f"{source.name}: {', '.join(parts)}"
