"""config/calendar.toml as an inert model, and the table of working time that it makes.

In: hours of each weekday on the organisation's clock, bank holidays and other days closed. Out: `working_days`, one row
per UTC day with the working seconds before it and the stretches worked in it, so that the working seconds between two
moments are a difference of two sums (see `mining.working_time`). Exact across changes of the clock: hours are turned
into moments one by one. An hour the clock skips is taken that much later; of one that comes twice the first counts.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from journeys.bank_holidays import Division, bank_holidays

_STRETCH = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_DAY_MINUTES, _DAY_S = 1440, 86400.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Stretches = tuple[tuple[int, int], ...]


def read_hours(written: Any) -> Stretches:
    """Minutes since midnight of "09:00-12:30, 13:30-17:00"; none of an empty text."""
    if not isinstance(written, str):
        return tuple((int(opens), int(closes)) for opens, closes in written)
    found = []
    for part in filter(None, (part.strip() for part in written.split(","))):
        match = _STRETCH.fullmatch(part)
        hours = [int(number) for number in match.groups()] if match else [99, 0, 0, 0]
        opens, closes = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        if max(hours[1], hours[3]) > 59 or not opens < closes <= _DAY_MINUTES:
            raise ValueError(f"'{part}' is not a stretch of hours; write it as 09:00-17:00, at most until 24:00")
        found.append((opens, closes))
    if any(closes > opens for (_, closes), (opens, _) in pairwise(found)):
        raise ValueError(f"'{written}': stretches of one day come one after the other and do not overlap")
    return tuple(found)


Hours = Annotated[Stretches, BeforeValidator(read_hours)]


class WeekHours(BaseModel):
    """[hours] of config/calendar.toml; a day left out is closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    monday: Hours = ()
    tuesday: Hours = ()
    wednesday: Hours = ()
    thursday: Hours = ()
    friday: Hours = ()
    saturday: Hours = ()
    sunday: Hours = ()


class WorkingHours(BaseModel):
    """config/calendar.toml"""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    hours: WeekHours
    holidays: Literal[Division, "none"] = "none"
    closed_on: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _check_hours(self) -> WorkingHours:
        if not any(self.by_weekday):
            raise ValueError('[hours] has no day with hours; write at least one, such as monday = "09:00-17:00"')
        return self

    @cached_property
    def by_weekday(self) -> tuple[Stretches, ...]:
        """Stretches of Monday to Sunday, in minutes since local midnight."""
        hours = self.hours
        return (
            hours.monday, hours.tuesday, hours.wednesday, hours.thursday, hours.friday, hours.saturday, hours.sunday,
        )  # fmt: skip

    @cached_property
    def working_day_s(self) -> float:
        """Seconds of a working day: the hours of a week over the days that have any. 28,800 for 09:00-17:00."""
        open_days = [sum(closes - opens for opens, closes in day) for day in self.by_weekday if day]
        return 60.0 * sum(open_days) / len(open_days)

    def stretches_on(self, day: date) -> Stretches:
        """Hours of one local date; none on a bank holiday or a day closed."""
        if day in self.closed_on or (self.holidays != "none" and day in bank_holidays(self.holidays, day.year)):
            return ()
        return self.by_weekday[day.weekday()]


def working_days(calendar: WorkingHours, zone: ZoneInfo, first: date, last: date) -> pd.DataFrame:
    """One row per UTC day from first to last: day, seconds_before, and opens_1, closes_1, opens_2 ... (seconds since 1970).

    Days of fewer stretches than the longest end in stretches of no length. seconds_before counts from the first day.
    """
    in_day: dict[int, list[tuple[float, float]]] = {}
    for offset in range(-1, (last - first).days + 2):
        day = first + timedelta(days=offset)
        for opens, closes in calendar.stretches_on(day):
            _place(in_day, _moment(day, opens, zone), _moment(day, closes, zone))
    n_days = [round((day - date(1970, 1, 1)).days) for day in (first, last)]
    most = max((len(in_day.get(number, ())) for number in range(n_days[0], n_days[1] + 1)), default=0)
    rows, before = [], 0.0
    for number in range(n_days[0], n_days[1] + 1):
        stretches = sorted(in_day.get(number, []))
        padded = [*stretches, *[(0.0, 0.0)] * (most - len(stretches))]
        rows.append((date(1970, 1, 1) + timedelta(days=number), before, *(edge for pair in padded for edge in pair)))
        before += sum(closes - opens for opens, closes in stretches)
    edges = [name for number in range(1, most + 1) for name in (f"opens_{number}", f"closes_{number}")]
    return pd.DataFrame(rows, columns=["day", "seconds_before", *edges])


def _moment(day: date, minutes: int, zone: ZoneInfo) -> float:
    """Seconds since 1970 of so many minutes after midnight on the clock of the zone."""
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
    return (local.replace(tzinfo=zone).astimezone(UTC) - _EPOCH).total_seconds()


def _place(in_day: dict[int, list[tuple[float, float]]], opens: float, closes: float) -> None:
    """Put a stretch into the UTC days it touches."""
    while opens < closes:
        number = int(opens // _DAY_S)
        end = min(closes, (number + 1) * _DAY_S)
        in_day.setdefault(number, []).append((opens, end))
        opens = end
