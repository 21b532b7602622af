"""Weeks and durations, as a table of cases."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from journeys.periods import Week, read_duration_s, read_week, week_of, weeks_between


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 1, 1), "2026-W01"),  # a Thursday
        (date(2026, 12, 31), "2026-W53"),  # a year of 53 weeks
        (date(2027, 1, 3), "2026-W53"),  # its Sunday lies in the new year
        (date(2021, 1, 3), "2020-W53"),
        (date(2026, 11, 15), "2026-W46"),  # a Sunday
        (date(2026, 11, 16), "2026-W47"),  # the Monday after
    ],
)
def test_the_iso_week_of_a_day(day: date, week: str) -> None:
    assert str(week_of(day)) == week
    assert read_week(week).starts_on <= day <= read_week(week).ends_on


def test_weeks_run_on_over_the_year() -> None:
    assert [str(week) for week in weeks_between(Week(2026, 52), Week(2027, 1))] == ["2026-W52", "2026-W53", "2027-W01"]
    assert weeks_between(Week(2027, 1), Week(2026, 52)) == []


@pytest.mark.parametrize(
    ("week", "cut_off"),
    [
        (Week(2026, 46), datetime(2026, 11, 16, 0, 0)),  # winter: midnight is midnight
        (Week(2026, 27), datetime(2026, 7, 5, 23, 0)),  # summer: an hour earlier in UTC
        (Week(2026, 43), datetime(2026, 10, 26, 0, 0)),  # clocks went back that Sunday
    ],
)
def test_the_cut_off_is_local_midnight(week: Week, cut_off: datetime) -> None:
    assert week.cut_off_at(ZoneInfo("Europe/London")) == cut_off


@pytest.mark.parametrize("text", ["2026-46", "2026-W54", "2025-W53", "W46", ""])
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an ISO week; write it as 2026-W46"):
        read_week(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("30 days", 2592000), ("1 day", 86400), ("2.5 hours", 9000), ("1 week", 604800)]
)
def test_durations_carry_their_unit(text: str, seconds: float) -> None:
    assert read_duration_s(text) == seconds


@pytest.mark.parametrize("text", ["30", "0 days", "-1 day", "days", "3 months"])
def test_a_duration_without_a_unit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match='such as "30 days"'):
        read_duration_s(text)
