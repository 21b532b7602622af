"""The lines of a drafted [source.columns]: one field each, with the guess it rests on as a comment.

Everything that comes from the file is quoted: TOML strings for values, one printable line for comments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from journeys.channel_words import BY_RESIDENTS, channels_of_values
from journeys.kinds import Kind, words_of
from journeys.profile import ColumnProfile

_UNITS = (
    ("milliseconds", r"\bms\b|millis"),
    ("seconds", r"\bsec"),
    ("minutes", r"\bmin"),
    ("hours", r"\bhours?\b|\bhrs?\b"),
)
_EPOCHS = {10: 1, 13: 1000, 16: 1000000}


def field_line(field: str, column: ColumnProfile) -> str:
    """One field, but for channel and note, which may take several lines."""
    name = quoted(column.name)
    if column.kind is Kind.EPOCH:
        return _epoch_line(field, column)
    if column.time:
        return _time_line(field, column)
    if field in {"wait_s", "handle_s"}:
        return _duration_line(field, column)
    if field == "service":
        return (
            f'service = {{ column = {name}, default = "general" }}   # CHECK: then map its names: journeys map --values'
        )
    if field == "group_id":
        namespace = words_of(column.name).split()[0]
        return (
            f"group_id = {{ column = {name}, namespace = {quoted(namespace)} }}   # CHECK: rows with one value are one "
            "contact; write the same namespace in other sources that have these numbers"
        )
    if field == "source_record_id":
        again = column.n_filled - column.n_distinct
        doubt = (
            f"CHECK: {again:,} repeated; of rows with one id the last loaded counts" if again else "unique in every row"
        )
        return f"source_record_id = {name}   # {doubt}"
    return f"{field} = {name}   # {column.kind.value}, by its {column.told_by}"


def channel_lines(column: ColumnProfile) -> Iterator[str]:
    """The map of a channel's values; what sounds like none becomes other, and is named."""
    told = channels_of_values(column)
    pairs = ", ".join(f"{quoted(value)} = {quoted(channel or 'other')}" for value, channel in told.items())
    doubt = "CHECK: what each value means; rows with another are refused"
    yield f"channel = {{ column = {quoted(column.name)}, map = {{ {pairs} }} }}   # {doubt}"
    if others := [value for value, channel in told.items() if channel is None]:
        listed = comment_text(", ".join(others))
        yield f"# CHECK: {listed}: no channel that is known; outbound, or a step that is no contact?"


def note_lines(column: ColumnProfile, channel: ColumnProfile | None, channel_of_file: str) -> Iterator[str]:
    """The note, and who wrote it: residents in what they send, staff of what they hear."""
    yield f"note = {quoted(column.name)}   # free text, by its {column.told_by}; redacted as it is read"
    doubt = '# CHECK: "staff" or "resident", whoever wrote it'
    if channel is None:
        yield f'note_author = {{ value = "{_author(channel_of_file)}" }}   {doubt}'
        return
    pairs = ", ".join(
        f"{quoted(value)} = {quoted(_author(meant or 'other'))}" for value, meant in channels_of_values(channel).items()
    )
    yield f"note_author = {{ column = {quoted(channel.name)}, map = {{ {pairs} }} }}   {doubt}"


def name_line(column: ColumnProfile, columns: Sequence[ColumnProfile]) -> str:
    """The name, put together where a file has it in two columns."""
    if parts := names_of_parts(column, columns):
        joined = f"concat_ws(' ', {', '.join(_cell(part.name) for part in parts)})"
        return f"name = {{ expression = {quoted(joined)} }}   # first and last name, by the columns' names"
    return field_line("name", column)


def names_of_parts(column: ColumnProfile | None, columns: Sequence[ColumnProfile]) -> tuple[ColumnProfile, ...]:
    """The columns of first and last name, where the one chosen for the name is one of them; else none."""
    names = [each for each in columns if each.kind is Kind.NAME]
    first = next((each for each in names if re.search(r"first|fore|given", words_of(each.name))), None)
    last = next((each for each in names if re.search(r"sur ?name|last|family", words_of(each.name))), None)
    return (first, last) if first and last and first != last and column in (first, last) else ()


def quoted(text: str) -> str:
    """A text as a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def comment_text(text: str) -> str:
    """Text from the file, safe inside a comment."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:300]


def _author(channel: str) -> str:
    return "resident" if channel in BY_RESIDENTS else "staff"


def _time_line(field: str, column: ColumnProfile) -> str:
    time = column.time
    if time is None or time.format is None:
        return f"{field} = {quoted(column.name)}   # ISO 8601, which needs no format"
    line = f"{field} = {{ column = {quoted(column.name)}, format = {quoted(time.format)} }}"
    if time.is_ambiguous:
        return f"{line}\n# CHECK: {field}: every value fits both day-first and month-first; this assumes day-first"
    return f"{line}   # {time.why}" if time.why else line


def _epoch_line(field: str, column: ColumnProfile) -> str:
    per_second = _EPOCHS[len(column.most_frequent[0][0])]
    unit = {1: "seconds", 1000: "milliseconds", 1000000: "microseconds"}[per_second]
    divided = f" / {per_second}" if per_second > 1 else ""
    expression = f"to_timestamp(try_cast({_cell(column.name)} AS DOUBLE){divided})"
    return f"{field} = {{ expression = {quoted(expression)} }}   # CHECK: {unit} since 1970, UTC, by its values"


def _duration_line(field: str, column: ColumnProfile) -> str:
    unit = next((unit for unit, pattern in _UNITS if re.search(pattern, words_of(column.name))), None)
    cell = _cell(column.name)
    if column.kind is Kind.CLOCK:
        n_parts = column.most_frequent[0][0].count(":") + 1
        sizes = (3600, 60, 1) if n_parts == 3 else (60, 1)
        summed = " + ".join(
            f"try_cast(split_part({cell}, ':', {place}) AS DOUBLE) * {size}"
            for place, size in enumerate(sizes, start=1)
        )
        told = "h:mm:ss" if n_parts == 3 else "m:ss (or is it h:mm?)"
        return f'{field} = {{ expression = {quoted(summed)}, unit = "seconds" }}   # CHECK: {told}, by its values'
    if unit == "milliseconds":
        expression = quoted(f"try_cast({cell} AS DOUBLE) / 1000")
        return f'{field} = {{ expression = {expression}, unit = "seconds" }}   # CHECK: milliseconds, by its name'
    doubt = "CHECK: the unit is told by the name" if unit else "CHECK: the unit is a guess"
    return f'{field} = {{ column = {quoted(column.name)}, unit = "{unit or "seconds"}" }}   # {doubt}'


def _cell(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
