"""Times of a zone, worked by hand and against the standard library hour by hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from journeys.clock import clock_of, iso_weeks

_EPOCH = datetime(1970, 1, 1)


def micros(*texts: str) -> np.ndarray:
    return np.array([(datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1) for text in texts], np.int64)


def text(moments: np.ndarray) -> list[str]:
    return [(_EPOCH + timedelta(microseconds=int(moment))).isoformat(" ") for moment in moments]


def test_the_hour_that_does_not_exist_and_the_hour_that_occurs_twice() -> None:
    # Clocks go forward on 29 March 2026 at 01:00 and back on 25 October 2026 at 02:00.
    wall = micros(
        "2026-03-29 00:59:59", "2026-03-29 01:00:00", "2026-03-29 01:59:59", "2026-03-29 02:00:00",
        "2026-10-25 00:59:59", "2026-10-25 01:00:00", "2026-10-25 01:59:59", "2026-10-25 02:00:00",
    )  # fmt: skip
    read = clock_of("Europe/London").read(wall)
    assert read.is_nonexistent.tolist() == [False, True, True, False, False, False, False, False]
    assert read.is_ambiguous.tolist() == [False, False, False, False, False, True, True, False]
    utc = text(read.utc)
    assert [utc[0], utc[3]] == ["2026-03-29 00:59:59", "2026-03-29 01:00:00"]
    assert utc[4:] == ["2026-10-24 23:59:59", "2026-10-25 00:00:00", "2026-10-25 00:59:59", "2026-10-25 02:00:00"]


@pytest.mark.parametrize(
    "zone", ["Europe/London", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
)
def test_equal_to_the_standard_library_around_every_change(zone: str) -> None:
    start = datetime(2019, 1, 1)
    local = [start + timedelta(minutes=17 * step) for step in range(60_000)]
    read = clock_of(zone).read(np.array([(at - _EPOCH) // timedelta(microseconds=1) for at in local], np.int64))
    for at, utc, never, twice in zip(local, text(read.utc), read.is_nonexistent, read.is_ambiguous, strict=True):
        first = at.replace(tzinfo=ZoneInfo(zone), fold=0)
        again = first.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert never == (again != at), at
        if not never:
            assert utc == first.astimezone(UTC).replace(tzinfo=None).isoformat(" "), at
            assert twice == (first.utcoffset() != at.replace(tzinfo=ZoneInfo(zone), fold=1).utcoffset()), at


def test_a_clock_shows_what_it_read() -> None:
    clock = clock_of("Europe/London")
    utc = micros("2026-07-01 11:00:00", "2026-12-01 11:00:00", "2026-10-25 00:30:00", "2026-10-25 01:30:00")
    shown = text(clock.show(utc))
    assert shown == ["2026-07-01 12:00:00", "2026-12-01 11:00:00", "2026-10-25 01:30:00", "2026-10-25 01:30:00"]


def test_iso_weeks_turn_on_monday_and_know_week_53() -> None:
    places, names = iso_weeks(micros("2026-11-15 23:59:59", "2026-11-16 00:00:00", "2027-01-03 12:00:00"))
    assert names == ["2026-W46", "2026-W47", "2026-W53"]
    assert places.tolist() == [0, 1, 2]
