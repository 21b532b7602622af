"""Numbers, dates and sentences as the pages print them: values in, finished words out.

Shares are "31%" in tables and "31 in 100" in sentences; thousands have a comma; a hidden cell is "[c]".
Sentences follow one fixed template, so that no page says more than its numbers do.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

HIDDEN_MARK = "[c]"
NO_VALUE_MARK = "–"
NUMERIC_UNITS = frozenset(
    {
        "contacts",
        "journeys",
        "persons",
        "events",
        "share",
        "pounds",
        "days",
        "seconds",
        "minutes",
        "rows",
        "count",
        "rank",
    }
)
_WHOLE_UNITS = frozenset({"contacts", "journeys", "persons", "events", "rows", "rank"})
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


def value_of(cell: Any) -> Any:
    """The bare value of a cell: a dict's `value`, anything else as it is."""
    return cell.get("value") if isinstance(cell, Mapping) else cell


def is_hidden(cell: Any) -> bool:
    """Is the cell withheld because it counts too few persons?"""
    return isinstance(cell, Mapping) and bool(cell.get("suppressed"))


def number(value: float, decimals: int = 0) -> str:
    """A number with thousands commas; halves round up, as readers expect."""
    scale = 10**decimals
    rounded = math.floor(abs(value) * scale + 0.5) / scale
    sign = "-" if value < 0 and rounded else ""
    return f"{sign}{rounded:,.{decimals}f}"


def percent(share: float, decimals: int = 0) -> str:
    """A share (0-1) as a table prints it: 0.314 -> "31%"."""
    return f"{number(share * 100, decimals)}%"


def _share_decimals(share: float) -> int:
    """A share that would round to nought, and is not, keeps one decimal."""
    return 1 if 0 < share < 0.005 else 0


def duration(seconds: float) -> str:
    """Seconds in the two largest units: 252 -> "4 min 12 s"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def amount(value: float, unit: str, decimals: int | None = None) -> str:
    """One value in its unit as a table prints it; days carry one decimal, shares none unless asked."""
    if unit == "share":
        return percent(value, _share_decimals(value) if decimals is None else decimals)
    if unit == "pounds":
        return f"£{number(value, 2 if decimals is None else decimals)}"
    if unit == "days":
        return number(value, 1 if decimals is None else decimals)
    if unit == "seconds":
        return duration(value)
    if unit == "minutes":
        return duration(value * 60)
    if decimals is None and unit in _WHOLE_UNITS:
        decimals = 0
    if decimals is None:
        decimals = 0 if float(value).is_integer() or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return number(value, decimals)


def cell_text(cell: Any, unit: str, decimals: int | None = None) -> str:
    """Any cell of a finding as a table prints it, with its interval when it has one."""
    if is_hidden(cell):
        return HIDDEN_MARK
    value = value_of(cell)
    if value is None:
        return NO_VALUE_MARK
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str):
        return value
    text = amount(value, unit, decimals)
    low, high = (cell.get("low"), cell.get("high")) if isinstance(cell, Mapping) else (None, None)
    if low is None or high is None:
        return text
    return f"{text} ({_bare(low, unit)} to {_bare(high, unit)})"


def _bare(value: float, unit: str) -> str:
    return amount(value, unit).removesuffix("%")


def in_words(value: float, unit: str, decimals: int = 0) -> str:
    """One value as a sentence says it: "31 in 100", "9.4 days", "1,480"."""
    if unit == "share":
        return f"{number(value * 100, decimals)} in 100"
    if unit == "days":
        return f"{number(value, 1)} days"
    return amount(value, unit)


def range_in_words(low: float, high: float, unit: str, decimals: int = 0) -> str:
    """A range as a sentence says it: "24 to 36 in 100"."""
    if unit == "share":
        return f"{number(low * 100, decimals)} to {in_words(high, unit, decimals)}"
    if unit == "days":
        return f"{number(low, 1)} to {in_words(high, unit)}"
    return f"{amount(low, unit)} to {amount(high, unit)}"


def usual_range(low: float, high: float, unit: str) -> str:
    """A usual range as a table prints it: "24.0% to 36.0%"."""
    decimals = 1 if unit == "share" else None
    return f"{amount(low, unit, decimals)} to {amount(high, unit, decimals)}"


def clip_limits(low: float, high: float, unit: str) -> tuple[float, float]:
    """Limits a reader can meet: no count below nought, no share above one."""
    return max(low, 0.0), (min(high, 1.0) if unit == "share" else high)


def ordinal(position: int) -> str:
    """1 -> "first" … 9 -> "ninth", then "10th", "21st"."""
    if 0 < position < len(_ORDINALS):
        return _ORDINALS[position]
    ending = "th" if position % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(position % 10, "th")
    return f"{position}{ending}"


def date_text(iso_date: str) -> str:
    """2026-11-15 -> "15 November 2026"."""
    day = dt.date.fromisoformat(iso_date)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(day: dt.date) -> str:
    """A date as an axis prints it: "15 Nov"."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]}"


def week_start(week: str) -> dt.date:
    """The Monday of an ISO week such as 2026-W46."""
    year, number_of_week = week.split("-W")
    return dt.date.fromisocalendar(int(year), int(number_of_week), 1)


def week_ending(week: str) -> str:
    """The Sunday of an ISO week, in words."""
    return date_text((week_start(week) + dt.timedelta(days=6)).isoformat())


def cut_off_text(cut_off: str) -> str:
    """2026-11-16 00:00 Europe/London -> "16 November 2026, 00:00 (Europe/London)"."""
    day, clock, zone = cut_off.split(" ", 2)
    return f"{date_text(day)}, {clock} ({zone})"


def a_list(names: list[str]) -> str:
    """Names joined as a sentence joins them: "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def lower_first(text: str) -> str:
    """Lower the first letter, unless the word is an acronym."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def shown_range_digits(value: float, low: float, high: float, unit: str) -> int:
    """Decimals a sentence needs so that a value outside its range does not read as equal to its end."""
    if unit != "share":
        return 0
    is_blurred = (value > high and round(value * 100) <= round(high * 100)) or (
        value < low and round(value * 100) >= round(low * 100)
    )
    return 1 if is_blurred else 0
