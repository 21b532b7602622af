"""One source block becomes one query: raw text rows in, typed records out, with the reason where a row is refused.

The query runs over batches in memory (`rows`), never over a table that could spill. Identifiers and the note leave it
as text in `raw_...` columns, to be tokenised and redacted before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from journeys import times
from journeys.keys import token_sql
from journeys.schema import IDENTIFIERS, RECORDS, Column
from journeys.settings import FieldSource, Source
from journeys.sources.batches import ROW_NUMBER

_UNIT_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600}
RAW_IDENTIFIERS = (*IDENTIFIERS, "case_ref")
SEPARATOR = "chr(31)"
REASONS = {
    "time_missing": "the start time is empty",
    "time_unreadable": "the start time does not fit its format",
    "time_nonexistent": "the start time lies in the hour that is skipped when clocks go forward",
    "time_out_of_range": "the start time is before 1990 or in the future",
    "record_id_missing": "the record's own id is empty",
    "channel_unknown": "the channel is empty or not mapped",
    "activity_missing": "a step without an activity",
    "row_malformed": "the row has too many or too few columns, or cannot be read",
}


def mapping_sql(source: Source, columns: list[str], *, key: bytes, home_zone: str, latest_at: datetime) -> str:
    """SQL that maps `rows` (text columns `columns` plus row_number) to records.

    Result: row_number, reject_column, reject_reason, reject_class, every column of RECORDS but the tokens (kept for
    later), raw_<identifier> and raw_note.
    """
    mapper = _Mapper(source, columns, key, home_zone)
    return (
        f"WITH read AS (SELECT *, {mapper.wall()} AS wall_, {mapper.zoned()} AS zoned_ FROM rows), "
        f"timed AS (SELECT *, coalesce(zoned_, {times.utc_sql('wall_', mapper.zone)}) AS utc_ FROM read) "
        f"SELECT {', '.join(mapper.selected())}, {_rejects_sql(mapper, latest_at)} FROM timed ORDER BY {ROW_NUMBER}"
    )


def unmapped_sql(source: Source) -> str | None:
    """SQL that counts, for each field with a value map, the values of `rows` the map does not name."""
    selects = []
    for name, field in sorted(source.columns.items()):
        if field.map and name not in RAW_IDENTIFIERS:
            known = ", ".join(times.literal(value) for value in sorted(field.map))
            text = _text(field)
            selects.append(
                f"SELECT {times.literal(name)} AS field, left({text}, 80) AS value, count(*) AS n_rows "
                f"FROM rows WHERE {text} NOT IN ({known}) GROUP BY ALL"
            )
    return " UNION ALL ".join(selects) or None


class _Mapper:
    """SQL for each field of one source; the dispatch from column type to SQL lives here."""

    def __init__(self, source: Source, columns: list[str], key: bytes, home_zone: str) -> None:
        self.source, self.columns, self.key = source, columns, key
        self.zone, self.home_zone = source.timezone or home_zone, home_zone
        self.start = source.columns["started_at"]
        self._special: dict[str, Callable[[], str]] = {
            "record_id": self._record_id,
            "kind": self._kind,
            "source": lambda: times.literal(source.name),
            "content_hash": lambda: token_sql(key, "content", self._whole_row()),
            "group_id": self._group_id,
            "started_at": lambda: "utc_",
            "ended_at": self._ended_at,
            "local_at": lambda: times.reads_as_sql("utc_", home_zone),
            "week": lambda: f"strftime({times.reads_as_sql('utc_', home_zone)}, '%G-W%V')",
            "time_precision": lambda: times.precision_sql(_text(self.start), self.start.format),
            "is_ambiguous_time": lambda: f"zoned_ IS NULL AND {times.is_ambiguous_sql('utc_', self.zone)}",
            "direction": lambda: f"coalesce({self.field('direction')}, 'inbound')",
            "channel": self._channel,
            "service": lambda: f"coalesce({self.field('service')}, 'general')",
        }

    def wall(self) -> str:
        return times.wall_time_sql(_text(self.start), self.start.format)

    def zoned(self) -> str:
        return times.zoned_time_sql(_text(self.start), self.start.format)

    def selected(self) -> list[str]:
        """Every column of a record that comes from the row itself, then the raw identifiers and the note."""
        made_later = {"file_id", "load_order", "row_number", "has_note", "case_ref"}
        kept = [c for c in RECORDS.columns if c.name not in made_later and not c.name.endswith("_token")]
        typed = [f"CAST({self._sql_of(c)} AS {c.type}) AS {c.name}" for c in kept]
        raw = [f"{self._identifier(name)} AS raw_{name}" for name in RAW_IDENTIFIERS]
        return [ROW_NUMBER, *typed, *raw, f"{self.field('note')} AS raw_note"]

    def field(self, name: str) -> str:
        """Mapped text of a field; NULL where the source does not have it."""
        field = self.source.columns.get(name)
        return _mapped(field) if field else "CAST(NULL AS VARCHAR)"

    def _sql_of(self, column: Column) -> str:
        if column.name in self._special:
            return self._special[column.name]()
        if column.type == "TIMESTAMP":
            return self._other_time(column.name)
        if column.type == "DOUBLE":
            unit = _UNIT_SECONDS[(self.source.columns.get(column.name) or FieldSource(value="")).unit or "seconds"]
            return f"try_cast({self.field(column.name)} AS DOUBLE) * {unit}"
        return f"try_cast({self.field(column.name)} AS {column.type})"

    def _other_time(self, name: str) -> str:
        field = self.source.columns.get(name)
        if field is None:
            return "NULL"
        text = _text(field)
        wall, zoned = times.wall_time_sql(text, field.format), times.zoned_time_sql(text, field.format)
        return f"coalesce({zoned}, {times.utc_sql(f'({wall})', self.zone)})"

    def _ended_at(self) -> str:
        if "ended_at" in self.source.columns:
            return self._other_time("ended_at")
        seconds = f"try_cast({self.field('handle_s')} AS DOUBLE)" if "handle_s" in self.source.columns else "0"
        return f"utc_ + to_seconds(coalesce({seconds}, 0))" if seconds != "0" else "utc_"

    def _kind(self) -> str:
        mapped = self.source.columns.get("kind")
        return _mapped(mapped) if mapped else times.literal(self.source.kind)

    def _channel(self) -> str:
        if "channel" not in self.source.columns:
            return "'back_office'"
        if "kind" in self.source.columns:  # a log of contacts and steps together: the channel is the contacts'
            return f"CASE WHEN {self._kind()} = 'step' THEN 'back_office' ELSE {self.field('channel')} END"
        return self.field("channel")

    def _record_id(self) -> str:
        own = self.source.columns.get("source_record_id")
        text = _text(own) if own else self._whole_row()
        return token_sql(self.key, "record", f"concat({times.literal(self.source.name)}, {SEPARATOR}, {text})")

    def _group_id(self) -> str:
        field = self.source.columns.get("group_id")
        if field is None:
            return "NULL"
        space = times.literal(field.namespace or self.source.name)
        text = _text(field)
        made = token_sql(self.key, "group", f"concat({space}, {SEPARATOR}, {text})")
        return f"CASE WHEN {text} IS NOT NULL THEN {made} END"

    def _identifier(self, name: str) -> str:
        unknown = sorted({value.strip().casefold() for value in self.source.unknown_persons})
        text = self.field(name)
        if not unknown or name == "case_ref" or name not in self.source.columns:
            return text
        listed = ", ".join(times.literal(value) for value in unknown)
        return f"CASE WHEN lower({text}) NOT IN ({listed}) THEN {text} END"

    def _whole_row(self) -> str:
        cells = ", ".join(f"coalesce({times.quoted(name)}, chr(30))" for name in self.columns)
        return f"concat_ws({SEPARATOR}, {cells})"


def _text(field: FieldSource) -> str:
    """Trimmed text of a field before its value map; NULL where blank."""
    if field.value is not None:
        return times.literal(field.value)
    cells = [f"nullif(trim({times.quoted(name)}), '')" for name in field.column_names()]
    return cells[0] if len(cells) == 1 else f"coalesce({', '.join(cells)})"


def _mapped(field: FieldSource) -> str:
    text = _text(field)
    default = times.literal(field.default) if field.default is not None else None
    if not field.map:
        return f"coalesce({text}, {default})" if default else text
    cases = " ".join(f"WHEN {times.literal(a)} THEN {times.literal(b)}" for a, b in sorted(field.map.items()))
    return f"CASE {text} {cases} ELSE {default or 'NULL'} END"


def _rejects_sql(mapper: _Mapper, latest_at: datetime) -> str:
    start = _text(mapper.start)
    nonexistent = times.is_nonexistent_sql("wall_", mapper.zone)
    rules = [
        ("time_missing", "started_at", f"{start} IS NULL"),
        ("time_unreadable", "started_at", "wall_ IS NULL AND zoned_ IS NULL"),
        ("time_nonexistent", "started_at", f"zoned_ IS NULL AND {nonexistent}"),
        (
            "time_out_of_range",
            "started_at",
            f"utc_ < TIMESTAMP '{times.EARLIEST}' OR utc_ > TIMESTAMP '{latest_at:%Y-%m-%d %H:%M:%S}'",
        ),
    ]
    own = mapper.source.columns.get("source_record_id")
    if own:
        rules.append(("record_id_missing", "source_record_id", f"{_text(own)} IS NULL"))
    rules.append(("channel_unknown", "channel", f"{mapper._channel()} IS NULL"))
    rules.append(("activity_missing", "activity", f"{mapper._kind()} = 'step' AND {mapper.field('activity')} IS NULL"))
    reason = " ".join(f"WHEN {test} THEN '{reason}'" for reason, _, test in rules)
    column = " ".join(f"WHEN {test} THEN '{column}'" for _, column, test in rules)
    return (
        f"CASE {reason} END AS reject_reason, CASE {column} END AS reject_column, {_value_class(start)} AS reject_class"
    )


def _value_class(text: str) -> str:
    """What a value looked like without saying it: each letter as a, each digit as 9, at most 30 signs."""
    return (
        f"coalesce(left(regexp_replace(regexp_replace({text}, '[0-9]', '9', 'g'), '[^0-9\\s/:.,+-]', 'a', 'g'), 30), "
        "'empty')"
    )
