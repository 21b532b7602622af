"""Times of a source become UTC: SQL fragments over one text column.

Text with a zone (…Z, …+01:00) says its own instant. Text without one is wall-clock time in the source's zone:
the hour that does not exist when clocks go forward is rejected, the hour that occurs twice when they go back is
taken as its first (summer-time) reading and flagged. The engine resolves both silently, so an explicit round
trip tells them. Dates alone are local midnight, precision `day`.
"""

from __future__ import annotations

EARLIEST = "1990-01-01"  # earlier means an empty date in most systems (1900, 1970)


def quoted(name: str) -> str:
    """A column name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


_HAS_ZONE = r"(Z|z|[+-]\d{2}:?\d{2})$"


def wall_time_sql(text: str, time_format: str | None) -> str:
    """Wall-clock TIMESTAMP of a text expression without a zone; null where it cannot be read."""
    if time_format:
        return f"try_strptime({text}, {literal(time_format)})"
    return f"CASE WHEN NOT regexp_matches({text}, '{_HAS_ZONE}') THEN try_cast({text} AS TIMESTAMP) END"


def zoned_time_sql(text: str, time_format: str | None) -> str:
    """UTC TIMESTAMP of a text expression that carries its zone; null where it does not."""
    if time_format:
        return "CAST(NULL AS TIMESTAMP)"
    return f"CASE WHEN regexp_matches({text}, '{_HAS_ZONE}') THEN timezone('UTC', try_cast({text} AS TIMESTAMPTZ)) END"


def utc_sql(wall: str, zone: str) -> str:
    """UTC of a wall-clock expression: the first of two readings where there are two."""
    second = f"timezone('UTC', timezone({literal(zone)}, {wall}))"
    return (
        f"CASE WHEN {reads_as_sql(f'({second} - INTERVAL 1 HOUR)', zone)} = {wall} "
        f"THEN {second} - INTERVAL 1 HOUR ELSE {second} END"
    )


def reads_as_sql(utc: str, zone: str) -> str:
    """What a clock in `zone` shows at a UTC expression."""
    return f"timezone({literal(zone)}, timezone('UTC', {utc}))"


def is_nonexistent_sql(wall: str, zone: str) -> str:
    """True for a wall-clock time that no clock in `zone` ever showed."""
    return f"{reads_as_sql(f'({utc_sql(wall, zone)})', zone)} <> {wall}"


def is_ambiguous_sql(utc: str, zone: str) -> str:
    """True where a clock in `zone` shows the same time again an hour later."""
    return f"{reads_as_sql(f'({utc} + INTERVAL 1 HOUR)', zone)} = {reads_as_sql(utc, zone)}"


def precision_sql(text: str, time_format: str | None) -> str:
    """second, minute or day, from the format or from the length of an ISO text."""
    if time_format:
        finest = "second" if "%S" in time_format else "minute" if "%M" in time_format else "day"
        return literal(finest)
    return f"CASE WHEN length({text}) <= 10 THEN 'day' WHEN length({text}) = 16 THEN 'minute' ELSE 'second' END"
