"""How the times of a column are written: ISO 8601, or which strptime format, over every value and not a few of them.

In: the values of a column with the number of rows of each. Out: a `TimeReading`, or None where fewer than nine rows in
ten are times. Whether day or month comes first is told by values that fit one order only; where none does, the reading
says so (`is_ambiguous`) and means day-first. Formats are those DuckDB's strptime reads.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

MOST = 0.9  # share of the rows that must fit
EARLIEST = datetime(1990, 1, 1)
_TRIED = 300
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p", "%H:%M:%S.%f")
_NUMBERS = tuple(f"%{a}{sign}%{b}{sign}%{year}" for year in "Yy" for sign in "/-." for a, b in ("dm", "md"))
_DAYS = (
    *_NUMBERS, "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y%m%d%H%M%S", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y",
    "%d/%b/%Y", "%d %b %y", "%b %d %Y", "%b %d, %Y", "%B %d, %Y", "%a %d %b %Y", "%A %d %B %Y",
)  # fmt: skip
_PARTS = re.compile(r"(?P<day>.+?)(?:(?P<gap>, ?| +|T)(?P<clock>\d{1,2}:\d{2}.*))?")
_HAS_DATE = re.compile(r"(?:[A-Za-z]{3,9} )?\w{1,9}[-/. ]\w{1,9}[-/. ,]+\d{2,4}|(?:19|20)\d{6}(?:\d{6})?$")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class TimeReading:
    """How times are written, and in how many rows they are odd; `format` is None for ISO 8601, which needs none.

    `why` says what decided between day-first and month-first; `n_unfit` rows do not fit the format, `n_early` are
    before 1990, `n_late` after the latest time that can be. `first` and `last` leave these out (empty: all are).
    """

    format: str | None
    is_ambiguous: bool
    why: str
    n_unfit: int
    n_early: int
    n_late: int
    first: str
    last: str


def read_times(counts: Mapping[str, int], latest_at: datetime) -> TimeReading | None:
    """How these values (rows by value) write a time; `latest_at` (UTC): later ones count as late."""
    values = list(counts)
    tried = values[:: max(1, len(values) // _TRIED)]
    n_tried = sum(counts[value] for value in tried)
    if not tried or sum(counts[value] for value in tried if _HAS_DATE.match(value)) < MOST * n_tried:
        return None
    n_rows = sum(counts.values())
    iso = {value: at for value in values if (at := _iso(value))}
    if sum(counts[value] for value in iso) >= MOST * n_rows:
        return _reading(None, False, "", counts, iso, latest_at)
    written = _format_of({value: counts[value] for value in tried})
    if written is None:
        return None
    day_format, gap, clock_format = written
    other = _other_order(day_format)
    n_only, n_other = (_n_only(counts, a, b) for a, b in ((day_format, other), (other, day_format)))
    if other is not None and (n_other > n_only or (n_other == n_only and not day_format.startswith("%d"))):
        day_format, other, n_only, n_other = other, day_format, n_other, n_only
    found = {value: at for value in values if (at := _read(value, day_format, gap, clock_format))}
    if sum(counts[value] for value in found) < MOST * n_rows:
        return None
    is_ambiguous = other is not None and not n_only and not n_other
    return _reading(
        day_format + (gap + clock_format if clock_format else ""), is_ambiguous,
        _why(day_format, n_only, n_other) if other else "", counts, found, latest_at,
    )  # fmt: skip


def _why(day_format: str, n_only: int, n_other: int) -> str:
    order, opposite = ("day", "month") if day_format.startswith("%d") else ("month", "day")
    if not n_only:
        return ""
    against = f"; CHECK: {_rows(n_other)} can only be {opposite}-first" if n_other else ""
    return f"{order}-first: {_rows(n_only)} can be nothing else{against}"


def _rows(n: int) -> str:
    return "1 row" if n == 1 else f"{n:,} rows"


def _format_of(counts: Mapping[str, int]) -> tuple[str, str, str] | None:
    """The formats of day and clock, and what stands between, that most rows of a few values fit."""
    gaps, days, clocks = Counter[str](), Counter[str](), Counter[str]()
    for value, n in counts.items():
        if match := _PARTS.fullmatch(value):
            gaps[match["gap"] or ""] += n
            days[match["day"]] += n
            clocks[match["clock"] or ""] += n
    if not gaps:
        return None
    gap = max(gaps, key=lambda each: (gaps[each], each))
    del clocks[""]
    day_format = _best(_DAYS, days)
    clock_format = _best(_CLOCKS, clocks) if gap else ""
    return None if day_format is None or clock_format is None else (day_format, gap, clock_format)


def _best(formats: tuple[str, ...], counts: Counter[str]) -> str | None:
    fits = {each: sum(n for value, n in counts.items() if _strptime(value, each)) for each in formats}
    best = max(formats, key=lambda each: fits[each])  # the first of equals
    return best if fits[best] else None


def _other_order(day_format: str) -> str | None:
    """The same format with day and month in the other order; none where the order is not in doubt."""
    if day_format not in _NUMBERS:
        return None
    return re.sub(r"^%(.)(.)%(.)", r"%\3\2%\1", day_format)


def _n_only(counts: Mapping[str, int], day_format: str | None, other: str | None) -> int:
    """Rows whose day fits one format and not the other."""
    if day_format is None or other is None:
        return 0
    days: Counter[str] = Counter()
    for value, n in counts.items():
        if match := _PARTS.fullmatch(value):
            days[str(match["day"])] += n
    return sum(n for day, n in days.items() if _strptime(day, day_format) and not _strptime(day, other))


def _read(value: str, day_format: str, gap: str, clock_format: str) -> datetime | None:
    match = _PARTS.fullmatch(value)
    if match is None or (match["gap"] or "") != gap:
        return None
    day = _strptime(str(match["day"]), day_format)
    if day is None or not clock_format:
        return day
    clock = _strptime(str(match["clock"]), clock_format)
    return datetime.combine(day.date(), clock.time()) if clock else None


def _reading(
    time_format: str | None,
    is_ambiguous: bool,
    why: str,
    counts: Mapping[str, int],
    found: Mapping[str, datetime],
    latest_at: datetime,
) -> TimeReading:
    def n_rows(test: Callable[[datetime], bool]) -> int:
        return sum(counts[value] for value, at in found.items() if test(at))

    sane = [at for at in found.values() if EARLIEST <= at <= latest_at]
    return TimeReading(
        time_format, is_ambiguous, why,
        sum(counts.values()) - sum(counts[value] for value in found),
        n_rows(lambda at: at < EARLIEST), n_rows(lambda at: at > latest_at),
        f"{min(sane):%Y-%m-%d %H:%M}" if sane else "", f"{max(sane):%Y-%m-%d %H:%M}" if sane else "",
    )  # fmt: skip


def _iso(value: str) -> datetime | None:
    if not _ISO.match(value):
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        return None


@lru_cache(maxsize=1 << 18)
def _strptime(value: str, time_format: str) -> datetime | None:
    try:
        return datetime.strptime(value, time_format)
    except ValueError:
        return None
