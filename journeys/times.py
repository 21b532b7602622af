"""Times of a source as its text says them: SQL fragments over one text column.

Text with a zone (…Z, …+01:00) says its own instant. Text without one is wall-clock time in the source's zone, which
`journeys.clock` reads. Dates alone are local midnight, precision `day`.
"""

from __future__ import annotations


def quoted(name: str) -> str:
    """A column name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


_CLOCK = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"
_ZONE = r"(Z|z| ?[+-](0\d|1[0-4])(:?[0-5]\d)?)"


def wall_time_sql(text: str, time_format: str | None) -> str:
    """Wall-clock TIMESTAMP of a text expression without a zone; null where it cannot be read."""
    if time_format:
        return f"try_strptime({text}, {literal(time_format)})"
    return f"CASE WHEN regexp_full_match({text}, '{_CLOCK}') THEN try_cast({text} AS TIMESTAMP) END"


def zoned_time_sql(text: str, time_format: str | None) -> str:
    """UTC TIMESTAMP of a text expression that carries its zone; null where it does not."""
    if time_format:
        return "CAST(NULL AS TIMESTAMP)"
    return f"CASE WHEN regexp_full_match({text}, '{_CLOCK}{_ZONE}') THEN timezone('UTC', try_cast({text} AS TIMESTAMPTZ)) END"


def precision_sql(text: str, time_format: str | None) -> str:
    """second, minute or day, from the format or from the length of an ISO text."""
    if time_format:
        finest = "second" if "%S" in time_format else "minute" if "%M" in time_format else "day"
        return literal(finest)
    return f"CASE WHEN length({text}) <= 10 THEN 'day' WHEN length({text}) = 16 THEN 'minute' ELSE 'second' END"
