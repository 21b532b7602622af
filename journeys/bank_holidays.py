"""Bank holidays of the parts of the United Kingdom, by rule and for any year from 2020 on.

In: a division and a year. Out: the dates on which it has a bank holiday. Rule: the Banking and Financial Dealings Act
1971 (schedule 1) with the days proclaimed every year; a fixed day that falls on a weekend moves to the next weekday that
is no bank holiday itself. Days moved or added by proclamation are listed; the tests hold the rule against dates that
www.gov.uk/bank-holidays published. A day proclaimed later is written into config/calendar.toml.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal, get_args

Division = Literal["england-and-wales", "scotland", "northern-ireland"]
DIVISIONS: tuple[Division, ...] = get_args(Division)

_MONDAY, _SATURDAY = 0, 5
_FIXED: dict[Division, tuple[tuple[int, int], ...]] = {
    "england-and-wales": ((1, 1), (12, 25), (12, 26)),
    "scotland": ((1, 1), (1, 2), (11, 30), (12, 25), (12, 26)),
    "northern-ireland": ((1, 1), (3, 17), (7, 12), (12, 25), (12, 26)),
}
# VE Day 2020 and the Platinum Jubilee 2022 moved a day; the others were added once.
_MOVED = {date(2020, 5, 4): date(2020, 5, 8), date(2022, 5, 30): date(2022, 6, 2)}
_ADDED = (date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8))
_ADDED_IN_SCOTLAND = (date(2026, 6, 15),)


def bank_holidays(division: Division, year: int) -> frozenset[date]:
    """Bank holidays of one division in one year. In 2026 in England and Wales: eight, the last on 28 December."""
    found = {_MOVED.get(day, day) for day in _movable(division, year)}
    fixed = [date(year, month, day) for month, day in _FIXED[division]]
    found |= {day for day in fixed if day.weekday() < _SATURDAY}
    for day in fixed:
        if day.weekday() >= _SATURDAY:
            found.add(_next_free(day, found))
    added = _ADDED + (_ADDED_IN_SCOTLAND if division == "scotland" else ())
    return frozenset(found | {day for day in added if day.year == year})


def easter_sunday(year: int) -> date:
    """Easter in the Gregorian calendar (J. Meeus, Astronomical Algorithms, chapter 8). 2026: 5 April."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _movable(division: Division, year: int) -> list[date]:
    """Good Friday, Easter Monday (not in Scotland), and the first or last Mondays of May and August."""
    easter = easter_sunday(year)
    summer = _first_monday(year, 8) if division == "scotland" else _last_monday(year, 8)
    days = [easter - timedelta(days=2), _first_monday(year, 5), _last_monday(year, 5), summer]
    return days if division == "scotland" else [*days, easter + timedelta(days=1)]


def _first_monday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(_MONDAY - first.weekday()) % 7)


def _last_monday(year: int, month: int) -> date:
    """Of a month with 31 days, as May and August have."""
    last = date(year, month, 31)
    return last - timedelta(days=last.weekday())


def _next_free(day: date, taken: set[date]) -> date:
    while day.weekday() >= _SATURDAY or day in taken:
        day += timedelta(days=1)
    return day
