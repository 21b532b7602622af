"""Weeks and periods: half-open `[start, end)`, ISO weeks of the organisation's own clock.

A week is written as ISO 8601 writes it, such as `2026-W46`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_WEEK = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """One ISO week, ordered by time."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02d}"

    @property
    def starts_on(self) -> date:
        """Monday of the week (local date)."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def ends_on(self) -> date:
        """Sunday of the week (local date), the last day in it."""
        return self.starts_on + timedelta(days=6)

    def plus(self, weeks: int) -> Week:
        """The week so many weeks later (earlier when negative)."""
        return week_of(self.starts_on + timedelta(weeks=weeks))

    def cut_off_at(self, zone: ZoneInfo) -> datetime:
        """First instant after the week, in UTC without a zone: events at or after it are not in the report."""
        midnight = datetime.combine(self.starts_on + timedelta(weeks=1), datetime.min.time(), zone)
        return midnight.astimezone(UTC).replace(tzinfo=None)


def week_of(day: date) -> Week:
    """The ISO week a date lies in."""
    year, number, _ = day.isocalendar()
    return Week(year, number)


def read_week(text: str) -> Week:
    """Read `2026-W46`; raises ValueError saying what to write."""
    match = _WEEK.fullmatch(text.strip())
    if match:
        try:
            return week_of(date.fromisocalendar(int(match[1]), int(match[2]), 1))
        except ValueError:
            pass
    raise ValueError(f"'{text}' is not an ISO week; write it as 2026-W46 (year, W, week 01 to 52 or 53)")


def weeks_between(first: Week, last: Week) -> list[Week]:
    """All weeks from first to last, both included; empty when last is before first."""
    count = (last.starts_on - first.starts_on).days // 7 + 1
    return [first.plus(offset) for offset in range(max(count, 0))]


_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(second|minute|hour|day|week)s?")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


def read_duration_s(text: str) -> float:
    """Seconds of a duration with its unit: "30 days" yes, "30" no."""
    match = _DURATION.fullmatch(text.strip().lower())
    if not match or float(match[1]) <= 0:
        raise ValueError(f"'{text}' is not a duration; write a number and its unit, such as \"30 days\"")
    return float(match[1]) * _SECONDS[match[2]]
