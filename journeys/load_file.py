"""One file or query result on its way in: batches are read, shaped and written side by side, then named all at once.

Raw values exist in the batch in memory only. Reading, mapping and writing run in threads of their own, one batch
apart. Nothing counts until the caller has put the parts `finish` returns into the catalogue.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from journeys.ahead import WriteBehind, read_ahead
from journeys.engine import Engine
from journeys.errors import ReconciliationError, SourceError
from journeys.identity.columns import OTHERS
from journeys.identity.tokens import identity_tokens
from journeys.partners import KINDS, SharedKey, partner_identities, partner_key_rows
from journeys.parts import PartWriter, arrow_schema
from journeys.schema import IDENTITIES, LABELS, NOTES, PARTNER_KEYS, RECORDS
from journeys.shape import Shaper, Tally
from journeys.sources.batches import Batch
from journeys.unusable import unusable_remarks

_KNOWN_IN_NOTES = ("name", "phone", "email", "postcode", "account", "place", "case_ref", "date_of_birth")
_NAMING = ("name", "date_of_birth", "postcode", *OTHERS)
_ROWS_A_LINE = 1_000_000  # progress is reported each time so many rows have been read


class NoteReader(Protocol):
    """What load needs of floor 2: redacted notes and what they say, and a version for both."""

    @property
    def model_version(self) -> str:
        """Changes when rules or model change."""

    def read(self, notes: Sequence[str], known_values: Sequence[Sequence[str]]) -> Any:
        """Redact and label notes; the result has `.redacted` and `.labels`, one each per note."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Something to read: its name, its rows, and its SHA-256 (None: known once a query's rows have been read)."""

    name: str
    batches: Callable[[], Iterator[Batch]]
    sha256: str | None
    path: Path | None = None


class FileLoad:
    """Rows of one reading written below data/ under temporary names; leaving the context without `finish` removes them."""

    def __init__(
        self,
        reading: Reading,
        shaper: Shaper,
        data: Path,
        note_reader: NoteReader,
        *,
        keeps_notes: bool,
        identity_key: bytes | None,
        shared_keys: Sequence[SharedKey] = (),
    ) -> None:
        self.tally = Tally()
        self.remarks: tuple[str, ...] = ()
        self._reading, self._shaper, self._note_reader, self._keeps_notes = reading, shaper, note_reader, keeps_notes
        self._digest = hashlib.sha256()
        mark = shaper.source.name
        self._records, self._notes, self._labels = (PartWriter(data, table, mark) for table in (RECORDS, NOTES, LABELS))
        self._identities = PartWriter(data, IDENTITIES, mark)
        self._identity_key, self._shared_keys = identity_key, shared_keys
        self._partner_keys = PartWriter(data, PARTNER_KEYS, mark)
        self._stack = ExitStack()

    @property
    def sha256(self) -> str:
        """SHA-256 of the file, or of a query's rows."""
        return self._reading.sha256 or self._digest.hexdigest()

    def read(self, engine: Engine, file_id: str, load_order: int, report: Callable[[str], None]) -> None:
        """Read, shape and write every row; raises SourceError where the file cannot be read or changed meanwhile."""
        before = self._state()
        remarks: list[str] = []
        with WriteBehind() as behind:
            for batch in read_ahead(self._reading.batches()):
                remarks += batch.remarks
                if self._reading.sha256 is None:
                    _digest_rows(self._digest, batch.rows)
                n_before = self.tally.n_rows
                rows = self._shaper.shape(batch, engine, self.tally)
                if rows.num_rows:
                    behind.submit(_writing(self._write, rows, file_id, load_order))
                if n_before // _ROWS_A_LINE != self.tally.n_rows // _ROWS_A_LINE:
                    report(f"{self._shaper.source.name}: {self._reading.name}: {self.tally.n_rows:,} rows so far")
        source, tally = self._shaper.source, self.tally
        remarks += unusable_remarks(
            tally.identifiers_given, tally.identifiers_used, set(source.columns), tally.n_stored
        )
        self.remarks = tuple(f"{self._reading.name}: {remark}" for remark in remarks)
        if self._state() != before:
            raise SourceError(f"{self._reading.name}: the file changed while it was being read; load again")
        self._check_rows()

    def finish(self, file_key: str) -> list[dict[str, str]]:
        """Give all parts their final names; returns their catalogue rows."""
        return [row for writer in self._writers() for row in writer.finish(file_key)]

    def _write(self, rows: pa.Table, file_id: str, load_order: int) -> None:
        for name, value in (("file_id", file_id), ("load_order", load_order)):
            rows = rows.append_column(name, pa.repeat(pa.scalar(value), rows.num_rows))
        weeks = rows["week"]
        noted = rows.filter(rows["has_note"])
        if not self._keeps_notes:
            rows = rows.set_column(rows.schema.get_field_index("has_note"), "has_note", pa.repeat(False, rows.num_rows))
        self._records.write(rows.select([column.name for column in RECORDS.columns]), weeks)
        if noted.num_rows:
            self._write_notes(noted)
        if self._identity_key is not None:
            self._write_identities(rows, self._identity_key)
        if not self._shaper.source.partner:
            self._write_partner_keys(rows)

    def _writers(self) -> tuple[PartWriter, ...]:
        return self._records, self._notes, self._labels, self._identities, self._partner_keys

    def _write_identities(self, rows: pa.Table, key: bytes) -> None:
        """Tokens of rows that say who it was; rows that say nothing have none."""
        if partner := self._shaper.source.partner:
            named = rows.filter(pc.is_valid(rows["raw_identity_tokens"]))
            self._identities.write(partner_identities(named, partner, key), named["week"])
            return
        is_named = [pc.is_valid(rows[f"raw_{name}"]) for name in _NAMING]
        named = rows.filter(reduce(pc.or_, is_named))
        if named.num_rows:
            raw = pa.table({"contact_id": named["record_id"], **{name: named[f"raw_{name}"] for name in _NAMING}})
            tokens = identity_tokens(raw, key, OTHERS)
            self._identities.write(tokens.rename_columns(["record_id", *tokens.column_names[1:]]), named["week"])

    def _write_partner_keys(self, rows: pa.Table) -> None:
        """What each partner's tokens of the people of these rows would be."""
        is_known = [pc.is_valid(rows[f"raw_{name}"]) for name in KINDS]
        known = rows.filter(reduce(pc.or_, is_known))
        for shared in self._shared_keys if known.num_rows else ():
            self._partner_keys.write(partner_key_rows(known, shared, self._shaper.key), known["week"])

    def _write_notes(self, rows: pa.Table) -> None:
        columns = [rows[f"raw_{name}"].to_pylist() for name in _KNOWN_IN_NOTES]
        known = [tuple(value for value in values if value) for values in zip(*columns, strict=True)]
        said = self._note_reader.read(rows["raw_note"].to_pylist(), known)
        ids = rows["record_id"]
        if self._keeps_notes:
            self._notes.write(pa.table({"record_id": ids, "note": pa.array(said.redacted, pa.string())}), rows["week"])
        labels = labels_table(ids.to_pylist(), said.labels, self._note_reader.model_version)
        self._labels.write(labels, rows["week"])

    def _state(self) -> tuple[int, int] | None:
        if self._reading.path is None:
            return None
        state = self._reading.path.stat()
        return state.st_size, state.st_mtime_ns

    def _check_rows(self) -> None:
        tally = self.tally
        accounted = tally.n_stored + len(tally.rejects) + tally.n_set_aside
        if tally.n_rows != accounted:
            raise ReconciliationError(
                f"{self._reading.name}: {tally.n_rows} rows were read, but {tally.n_stored} stored, "
                f"{len(tally.rejects)} rejected and {tally.n_set_aside} set aside; nothing of the file was kept. "
                "Please report this"
            )

    def __enter__(self) -> FileLoad:
        for writer in self._writers():
            self._stack.enter_context(writer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def labels_table(record_ids: Sequence[str], labels: Sequence[Any], model_version: str) -> pa.Table:
    """Labels of notes as the stored table, in the order of `record_ids`."""
    rows = [
        {
            "record_id": record_id, "model_version": model_version, "demand": label.demand,
            "demand_type": label.demand_type, "demand_types": " ".join(label.demand_types), "score": label.score,
            "evidence": label.evidence, "topic": label.topic, "is_abstained": label.is_abstained, "decided_by": label.decided_by,
            "is_novel": label.is_novel, "sla_state": label.sla_state,
        }
        for record_id, label in zip(record_ids, labels, strict=True)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, arrow_schema(LABELS))


def _writing(
    write: Callable[[pa.Table, str, int], None], rows: pa.Table, file_id: str, order: int
) -> Callable[[], None]:
    return lambda: write(rows, file_id, order)


def _digest_rows(digest: Any, rows: pa.Table) -> None:
    """Add the rows of a query to its hash: equal results, equal hash, however they were cut into batches."""
    cells = pc.binary_join_element_wise(
        *(pc.fill_null(rows[name].cast(pa.string()), "\x1e") for name in sorted(rows.column_names)), "\x1f"
    )
    for text in cells.to_pylist():
        digest.update(text.encode())
        digest.update(b"\n")
