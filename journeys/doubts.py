"""What somebody should look at before trusting a column: one value in far too many rows, odd times, nothing in it.

In: a `ColumnProfile`. Out: sentences without any value that may be personal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from journeys.kinds import Kind, words_of
from journeys.profile import ColumnProfile
from journeys.shape import value_class

ONE_VALUE_SHARE = 0.05
_FEW_ROWS = 50
_IDENTIFIERS = frozenset(
    {Kind.IDENTIFIER, Kind.PHONE, Kind.EMAIL, Kind.NAME, Kind.ACCOUNT, Kind.PLACE, Kind.POSTCODE, Kind.DATE_OF_BIRTH,
     Kind.COOKIE}
)  # fmt: skip
_HALF_A_NAME = re.compile(r"first|fore|given|middle|sur ?name|last")  # many people share one
_MAY_LIE_AHEAD = re.compile(r"\bdue\b|target|expect|deadline|plan|resolve by|appointment|next|expir|until|review")


def doubts_of(column: ColumnProfile) -> Iterator[str]:
    """Sentences for the CHECK lines of a column."""
    if not column.n_filled:
        yield "empty in every row"
    elif column.n_distinct == 1 and column.n_rows > 1:
        yield "the same in every filled row"
    yield from _crowded(column)
    if column.time:
        yield from _times(column)
    if column.kind is Kind.EPOCH:
        yield "such a number is not understood as a time as it stands; an expression turns it into one"
    if column.kind is Kind.CLOCK:
        yield "such a text is not understood as a number as it stands; an expression turns it into seconds"


def is_crowded(column: ColumnProfile) -> bool:
    """One value is in so many rows that it may stand for nobody."""
    return any(_crowded(column))


def _crowded(column: ColumnProfile) -> Iterator[str]:
    is_half_a_name = column.kind is Kind.NAME and _HALF_A_NAME.search(words_of(column.name))
    if column.kind not in _IDENTIFIERS or is_half_a_name or column.n_rows < _FEW_ROWS or column.n_distinct == 1:
        return
    for value, n in column.most_frequent:
        if n >= ONE_VALUE_SHARE * column.n_rows:
            yield (
                f"one value (it looks like {value_class(value)}) is in {n:,} of {column.n_rows:,} rows "
                f"({n / column.n_rows:.1%}): a switchboard, a walk-in account or a bucket for unknown people? "
                "Name it in unknown_persons"
            )


def _times(column: ColumnProfile) -> Iterator[str]:
    time = column.time
    if time is None:
        return
    if time.is_ambiguous:
        yield "every value fits both day-first and month-first; this assumes day-first"
    if time.n_unfit:
        yield f"{_rows(time.n_unfit)} with another format than most, or a text that is no time"
    if time.n_early and column.kind is not Kind.DATE_OF_BIRTH:
        yield f"{_rows(time.n_early)} before 1990: often what a system writes for an empty date"
    if time.n_late and not _MAY_LIE_AHEAD.search(words_of(column.name)):
        yield f"{_rows(time.n_late)} in the future"


def _rows(n: int) -> str:
    return "1 row" if n == 1 else f"{n:,} rows"
