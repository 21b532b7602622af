"""SQL forms that engines spell differently, in one place.

Everything else in `mining` is written in forms that DuckDB and Spark share or that SQLGlot translates.

`before`, `after` and `running` look along rows that the query below has put in order. DuckDB keeps that order and
streams through it once. An engine that keeps no order of rows (Spark) names it again: `lag(column)`, `lead(column)` and
the aggregate OVER (ORDER BY track, at_us, tie).
"""

from __future__ import annotations

STEP_MARK = chr(31)  # unit separator: joins the steps of a variant, and is in no activity's name


def centile(values: str, share: float) -> str:
    """The interpolated centile of an expression: share 0.9 is the 90th (Spark: `percentile(values, share)`)."""
    return f"quantile_cont({values}, {share})"


def centile_s(values: str, share: float) -> str:
    """The centile of seconds that are whole microseconds, for a share of whole tenths.

    It is a whole number of ten-millionths, so that rounding there takes away only what machines add up differently.
    """
    return f"round({centile(values, share)}, 7)"


def hashed(*values: str) -> str:
    """A number of 63 bits for a combination of values (Spark: `xxhash64`); two of a million agree once in 10^7 logs."""
    return f"CAST(hash({', '.join(values)}) >> 1 AS BIGINT)"


def added_up(number: str) -> str:
    """The sum of numbers of 63 bits, which is wider than they are (Spark: `sum(CAST(number AS DECIMAL(38, 0)))`)."""
    return f"sum({number})"


def in_us(moment: str) -> str:
    """Microseconds since 1970 of a timestamp (Spark: `unix_micros`)."""
    return f"epoch_us({moment})"


def local_from_us(number: str, zone: str) -> str:
    """The local time in a zone of microseconds since 1970 (Spark: `from_utc_timestamp(timestamp_micros(...), zone)`)."""
    return f"timezone({zone}, CAST(make_timestamp({number}) AS TIMESTAMPTZ))"


def before(column: str) -> str:
    """The value of the row before, whichever track it is on."""
    return f"lag({column}) OVER ()"


def after(column: str) -> str:
    """The value of the next row, whichever track it is on."""
    return f"lead({column}) OVER ()"


def running(aggregate: str) -> str:
    """An aggregate of all rows up to this one."""
    return f"{aggregate} OVER (ROWS UNBOUNDED PRECEDING)"
