"""One source block becomes one query: raw text rows in, typed cells out, with the reason where a row is refused.

The query runs over batches in memory (`rows`), never over a table that could spill. Identifiers and the note leave it
as text in `raw_...` columns, to be tokenised and redacted before anything is written. Times leave it as what the clock
of the source showed (`..._wall`) or as UTC where the text says its zone (`..._zoned`): `journeys.moments` goes on.
Only what the source maps is there; `journeys.shape` adds the columns that are empty.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from journeys import times
from journeys.expressions import read_expression
from journeys.keys import keyed_digest_sql
from journeys.schema import BACK_OFFICE, CHANNELS, IDENTIFIERS, KINDS, RECORDS, Column
from journeys.settings import FieldSource, Source
from journeys.sources.batches import ROW_NUMBER

_UNIT_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600}
RAW_IDENTIFIERS = (*IDENTIFIERS, "case_ref")
OTHER_TIMES = tuple(
    c.name for c in RECORDS.columns if c.type == "TIMESTAMP" and c.name not in {"started_at", "local_at"}
)
SEPARATOR = "chr(31)"
DIRECTIONS = ("inbound", "outbound")
REASONS = {
    "time_missing": "the start time is empty",
    "time_unreadable": "the start time does not fit its format",
    "time_nonexistent": "the start time lies in the hour that is skipped when clocks go forward",
    "time_out_of_range": "the start time is before 1990 or in the future",
    "record_id_missing": "the record's own id is empty",
    "kind_unknown": "the kind is none of contact, hit and step",
    "channel_unknown": "the channel is empty or not mapped",
    "activity_missing": "a step without an activity",
    "row_malformed": "the row has too many or too few columns, or cannot be read",
}
# What is made after the query, or is no column of the file.
_MADE_LATER = frozenset(
    {"file_id", "load_order", "row_number", "has_note", "case_ref", "started_at", "local_at", "week",
     "is_ambiguous_time", *OTHER_TIMES}
)  # fmt: skip


def started_text_sql(source: Source) -> str:
    """SQL for the text of the start time of `rows`, to describe those that are refused."""
    return f"SELECT {text_sql(source.columns['started_at'])} AS started_text FROM rows ORDER BY {ROW_NUMBER}"


def mapping_sql(source: Source, columns: list[str], *, key: bytes, services: Collection[str]) -> str:
    """SQL that maps `rows` (text columns `columns` plus row_number) to cells of records.

    Result: row_number, reject_column, reject_reason, and for what the source maps: cells named as in
    RECORDS, <time>_wall and <time>_zoned, raw_<identifier>, raw_note.
    """
    mapper = _Mapper(source, columns, key, services)
    return f"SELECT {', '.join(mapper.selected())} FROM (SELECT *, {mapper.times()} FROM rows)"


class _Mapper:
    """SQL for each field of one source; the dispatch from column type to SQL lives here."""

    def __init__(self, source: Source, columns: list[str], key: bytes, services: Collection[str]) -> None:
        self.source, self.columns, self.key, self.services = source, columns, key, services
        self.start = source.columns["started_at"]
        self._special: dict[str, Callable[[], str]] = {
            "record_id": self._record_id,
            "kind": self._kind,
            "source": lambda: times.literal(source.name),
            "note_digest": self._note_digest,
            "group_id": self._group_id,
            "time_precision": lambda: times.precision_sql(text_sql(self.start), self.start.format),
            "direction": lambda: f"coalesce({self._listed('direction', DIRECTIONS)}, 'inbound')",
            "channel": self._channel,
            "service": self._service,
        }

    def times(self) -> str:
        """Every mapped time as read from its text."""
        read = [f"{text_sql(self.start)} AS started_text"]
        for name in ("started_at", *OTHER_TIMES):
            if field := self.source.columns.get(name):
                text = text_sql(field)
                read.append(f"{times.wall_time_sql(text, field.format)} AS {name}_wall")
                read.append(f"{times.zoned_time_sql(text, field.format)} AS {name}_zoned")
        return ", ".join(read)

    def selected(self) -> list[str]:
        """Cells of a record that come from the row itself, the raw identifiers and the note, and why it is refused."""
        mapped = self.source.columns
        cells = [
            f"CAST({self._sql_of(column)} AS {column.type}) AS {column.name}"
            for column in RECORDS.columns
            if column.name in self._special or (column.name in mapped and column.name not in _MADE_LATER)
        ]
        read = [
            f"{name}_{kind}" for name in ("started_at", *OTHER_TIMES) if name in mapped for kind in ("wall", "zoned")
        ]
        raw = [f"{self._identifier(name)} AS raw_{name}" for name in RAW_IDENTIFIERS if name in mapped]
        note = [f"{self.field('note')} AS raw_note"] if "note" in mapped else []
        shared = [f"{self.field('identity_tokens')} AS raw_identity_tokens"] if self.source.partner else []
        return [ROW_NUMBER, *read, *cells, *raw, *note, *shared, *self._rejects()]

    def field(self, name: str) -> str:
        """Mapped text of a field; NULL where the source does not have it."""
        field = self.source.columns.get(name)
        return _mapped(field) if field else "CAST(NULL AS VARCHAR)"

    def _sql_of(self, column: Column) -> str:
        if column.name in self._special:
            return self._special[column.name]()
        if column.type == "DOUBLE":
            unit = _UNIT_SECONDS[self.source.columns[column.name].unit or "seconds"]
            number = f"try_cast({self.field(column.name)} AS DOUBLE) * {unit}"
            # A time that is negative or has no end was never measured.
            return f"CASE WHEN {number} BETWEEN 0 AND 1e9 THEN {number} END" if column.name.endswith("_s") else number
        return f"try_cast({self.field(column.name)} AS {column.type})"

    def _kind(self) -> str:
        mapped = self.source.columns.get("kind")
        return _mapped(mapped) if mapped else times.literal(self.source.kind)

    def _listed(self, name: str, allowed: Collection[str]) -> str:
        """Mapped text of a field that may hold these values only; any other counts as not mapped."""
        field = self.source.columns.get(name)
        if field is None or field.map or field.value is not None:
            return self.field(name)
        listed = ", ".join(times.literal(value) for value in sorted(allowed))
        default = times.literal(field.default) if field.default is not None else "NULL"
        return f"CASE WHEN {text_sql(field)} IN ({listed}) THEN {text_sql(field)} ELSE {default} END"

    def _channel(self) -> str:
        if "channel" not in self.source.columns:
            return times.literal(BACK_OFFICE)
        channel = self._listed("channel", channels_of(self.source))
        if "kind" in self.source.columns:  # a log of contacts and steps together: the channel is the contacts'
            return f"CASE WHEN {self._kind()} = 'step' THEN '{BACK_OFFICE}' ELSE nullif({channel}, '{BACK_OFFICE}') END"
        return channel if self.source.kind == "step" else f"nullif({channel}, '{BACK_OFFICE}')"

    def _service(self) -> str:
        # Without services in the settings there is no list to hold a value against.
        service = self._listed("service", self.services) if self.services else self.field("service")
        return f"coalesce({service}, 'general')"

    def _record_id(self) -> str:
        own = self.source.columns.get("source_record_id")
        text = text_sql(own) if own else self._whole_row()
        return keyed_digest_sql(self.key, f"record {self.source.name}", text)

    def _group_id(self) -> str:
        field = self.source.columns.get("group_id")
        if field is None:
            return "NULL"
        # The namespace is part of the key: "call 7" of two systems are one call only where both say so.
        return keyed_digest_sql(self.key, f"group {field.namespace or self.source.name}", text_sql(field))

    def _note_digest(self) -> str:
        """Tells a row whose note changed; keyed, so that nobody can try notes out against it."""
        return keyed_digest_sql(self.key, "note", self.field("note")) if "note" in self.source.columns else "NULL"

    def _identifier(self, name: str) -> str:
        unknown = sorted({value.strip().casefold() for value in self.source.unknown_persons})
        text = self.field(name)
        if name == "date_of_birth" and (written := self.source.columns[name].format):
            text = f"strftime(try_strptime({text}, {times.literal(written)}), '%Y-%m-%d')"
        if not unknown or name == "case_ref":
            return text
        listed = ", ".join(times.literal(value) for value in unknown)
        return f"CASE WHEN lower({text}) NOT IN ({listed}) THEN {text} END"

    def _whole_row(self) -> str:
        cells = ", ".join(f"coalesce({times.quoted(name)}, chr(30))" for name in self.columns)
        return f"concat_ws({SEPARATOR}, {cells})"

    def _rejects(self) -> list[str]:
        rules = [
            ("time_missing", "started_at", "started_text IS NULL"),
            ("time_unreadable", "started_at", "started_at_wall IS NULL AND started_at_zoned IS NULL"),
        ]
        if own := self.source.columns.get("source_record_id"):
            rules.append(("record_id_missing", "source_record_id", f"{text_sql(own)} IS NULL"))
        if "kind" in self.source.columns:
            kinds = ", ".join(times.literal(kind) for kind in KINDS)
            rules.append(("kind_unknown", "kind", f"coalesce({self._kind()}, '') NOT IN ({kinds})"))
        if "channel" in self.source.columns:
            rules.append(("channel_unknown", "channel", f"{self._channel()} IS NULL"))
        rules.append(("activity_missing", "activity", f"{self._kind()} = 'step' AND {self.field('activity')} IS NULL"))
        reason = " ".join(f"WHEN {test} THEN '{reason}'" for reason, _, test in rules)
        column = " ".join(f"WHEN {test} THEN '{column}'" for _, column, test in rules)
        return [f"CASE {reason} END AS reject_reason", f"CASE {column} END AS reject_column"]


def channels_of(source: Source) -> tuple[str, ...]:
    """The channels a source may name: work that is no contact has one of its own."""
    return (*CHANNELS, BACK_OFFICE) if source.kind == "step" else CHANNELS


def text_sql(field: FieldSource) -> str:
    """Trimmed text of a field before its value map; NULL where blank."""
    if field.value is not None:
        return times.literal(field.value)
    if field.expression is not None:
        return f"nullif(trim({read_expression(field.expression).sql}), '')"
    cells = [f"nullif(trim({times.quoted(name)}), '')" for name in field.column_names()]
    return cells[0] if len(cells) == 1 else f"coalesce({', '.join(cells)})"


def _mapped(field: FieldSource) -> str:
    text = text_sql(field)
    default = times.literal(field.default) if field.default is not None else None
    if not field.map:
        return f"coalesce({text}, {default})" if default else text
    cases = " ".join(f"WHEN {times.literal(a)} THEN {times.literal(b)}" for a, b in sorted(field.map.items()))
    return f"CASE {text} {cases} ELSE {default or 'NULL'} END"
