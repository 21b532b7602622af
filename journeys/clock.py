"""What clocks in a time zone show: wall-clock times to UTC and back, for whole columns at once.

A zone is a short list of moments at which its offset changes. Looking a time up in that list tells all there is to
know: the hour that does not exist when clocks go forward, the hour that occurs twice when they go back (its first,
summer-time reading is taken and flagged), and the offset of every other time. Times are int64 microseconds since 1970.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Moments = NDArray[np.int64]
Flags = NDArray[np.bool_]

_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_SECOND = 1_000_000  # microseconds
_DAY = 86_400 * _SECOND


class Readings(NamedTuple):
    """UTC of wall-clock times, and which of them no clock showed or a clock showed twice."""

    utc: Moments
    is_nonexistent: Flags
    is_ambiguous: Flags


class ZoneClock:
    """The clock of one IANA time zone; use `clock_of`, which builds each zone once."""

    def __init__(self, zone: str) -> None:
        changes = _offset_changes(ZoneInfo(zone))
        self._at = np.array([at for at, _, _ in changes], np.int64)
        before = np.array([offset for _, offset, _ in changes], np.int64)
        after = np.array([offset for _, _, offset in changes], np.int64)
        self._offsets = np.concatenate([[_offset_s(ZoneInfo(zone), _FIRST_YEAR) * _SECOND], after])
        self._low = self._at + np.minimum(before, after)  # wall-clock start of the skipped or the doubled time
        self._high = self._at + np.maximum(before, after)
        self._is_skip = after > before

    def read(self, wall: Moments) -> Readings:
        """UTC of what a clock here showed."""
        n_passed = np.searchsorted(self._high, wall, side="right")
        next_change = np.minimum(n_passed, max(len(self._at) - 1, 0))
        is_inside = np.zeros(len(wall), bool)
        is_skip = is_inside
        if len(self._at):
            is_inside = (n_passed < len(self._at)) & (wall >= self._low[next_change])
            is_skip = self._is_skip[next_change]
        return Readings(wall - self._offsets[n_passed], is_inside & is_skip, is_inside & ~is_skip)

    def show(self, utc: Moments) -> Moments:
        """What a clock here shows at these moments."""
        shown: Moments = utc + self._offsets[np.searchsorted(self._at, utc, side="right")]
        return shown


@lru_cache(maxsize=64)
def clock_of(zone: str) -> ZoneClock:
    """The clock of a zone, built once."""
    return ZoneClock(zone)


def iso_weeks(local: Moments) -> tuple[NDArray[np.int64], list[str]]:
    """For each local time the place of its ISO week in the returned list, such as "2026-W46", which is in order."""
    monday = (local // _DAY + 3) // 7  # 1 January 1970 was a Thursday
    numbers, places = np.unique(monday, return_inverse=True)
    names = []
    for number in numbers.tolist():
        year, week, _ = (datetime(1970, 1, 1) + timedelta(days=number * 7 - 3)).isocalendar()
        names.append(f"{year}-W{week:02d}")
    return places.astype(np.int64), names


def _offset_changes(zone: ZoneInfo) -> list[tuple[int, int, int]]:
    """Each change as (UTC microseconds, offset before, offset after in microseconds), found by halving months."""
    changes = []
    start = int(datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(_LAST_YEAR, 1, 1, tzinfo=UTC).timestamp())
    step = 14 * 86_400  # no zone changes twice within two weeks for less than that
    for low in range(start, end, step):
        first, last = low, low + step
        before, after = _offset_at(zone, first), _offset_at(zone, last)
        if before == after:
            continue
        while last - first > 1:
            middle = (first + last) // 2
            first, last = (middle, last) if _offset_at(zone, middle) == before else (first, middle)
        changes.append((last * _SECOND, before * _SECOND, after * _SECOND))
    return changes


def _offset_at(zone: ZoneInfo, utc_s: int) -> int:
    offset = datetime.fromtimestamp(utc_s, zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _offset_s(zone: ZoneInfo, year: int) -> int:
    return _offset_at(zone, int(datetime(year, 1, 1, tzinfo=UTC).timestamp()))
