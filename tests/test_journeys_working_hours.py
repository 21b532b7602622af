"""Bank holidays as published, and working time that agrees with counting by hand, also when the clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from builders_mining import WEEK, World, example_settings, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from journeys.bank_holidays import bank_holidays
from journeys.engine import Engine
from journeys.errors import SettingsError
from journeys.settings_files import read_settings
from journeys.working_hours import WorkingHours, working_days
from journeys.workspace import create_workspace
from mining.demand import classify_demand
from mining.events import build_events
from mining.working_time import days_join_sql, worked_sql

LONDON = ZoneInfo("Europe/London")
OFFICE = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "09:00-17:00")
ALL_DAYS = (*OFFICE, "saturday", "sunday")

# As www.gov.uk/bank-holidays published them (day and month).
PUBLISHED = {
    ("england-and-wales", 2021): "1/1 2/4 5/4 3/5 31/5 30/8 27/12 28/12",
    ("england-and-wales", 2022): "3/1 15/4 18/4 2/5 2/6 3/6 29/8 19/9 26/12 27/12",
    ("england-and-wales", 2024): "1/1 29/3 1/4 6/5 27/5 26/8 25/12 26/12",
    ("england-and-wales", 2025): "1/1 18/4 21/4 5/5 26/5 25/8 25/12 26/12",
    ("england-and-wales", 2026): "1/1 3/4 6/4 4/5 25/5 31/8 25/12 28/12",
    ("england-and-wales", 2027): "1/1 26/3 29/3 3/5 31/5 30/8 27/12 28/12",
    ("scotland", 2021): "1/1 4/1 2/4 3/5 31/5 2/8 30/11 27/12 28/12",
    ("scotland", 2023): "2/1 3/1 7/4 1/5 8/5 29/5 7/8 30/11 25/12 26/12",
    ("scotland", 2025): "1/1 2/1 18/4 5/5 26/5 4/8 1/12 25/12 26/12",
    ("northern-ireland", 2020): "1/1 17/3 10/4 13/4 8/5 25/5 13/7 31/8 25/12 28/12",
    ("northern-ireland", 2024): "1/1 18/3 29/3 1/4 6/5 27/5 12/7 26/8 25/12 26/12",
}


@pytest.mark.parametrize(("division", "year"), PUBLISHED)
def test_bank_holidays_are_those_published(division: str, year: int) -> None:
    found = [f"{day.day}/{day.month}" for day in sorted(bank_holidays(division, year))]  # type: ignore[arg-type]
    assert " ".join(found) == PUBLISHED[division, year]


def _worked(calendar: WorkingHours, moments: list[datetime], zone: ZoneInfo = LONDON) -> list[float]:
    """Working seconds up to each UTC moment, as the engine's SQL finds them."""
    days = working_days(calendar, zone, min(moments).date(), max(moments).date())
    with Engine() as engine:
        engine.load_frame("working_days", days.assign(day=pd.to_datetime(days["day"])))
        engine.load_frame("moments", pd.DataFrame({"number": range(len(moments)), "started_at": moments}))
        n = (len(days.columns) - 2) // 2
        rows = engine.run(f"SELECT {worked_sql(n)} AS worked_s FROM moments r {days_join_sql(n)} ORDER BY number")
    return [float(value) for value in rows["worked_s"]]


def _between(calendar: WorkingHours, start: str, end: str) -> float:
    first, last = _worked(calendar, [datetime.fromisoformat(start), datetime.fromisoformat(end)])
    return (last - first) / 3600


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-13 16:00", "2026-11-16 10:00", 2),  # Friday 16:00 to Monday 10:00: one hour each
        ("2026-11-14 10:00", "2026-11-15 10:00", 0),  # within a weekend
        ("2026-11-11 11:59:30", "2026-11-11 12:00", 30 / 3600),
        ("2026-12-24 16:00", "2027-01-04 10:00", 18),  # 1, then 8 on 30 and on 31 December, then 1
        ("2026-07-01 07:00", "2026-07-01 09:00", 1),  # summer: 8:00 to 10:00 on the local clock
        ("2026-10-23 15:00", "2026-10-26 10:00", 2),  # clocks go back in between: Friday 16:00 to Monday 10:00 local
    ],
)
def test_hours_between_two_moments(start: str, end: str, hours: float) -> None:
    """Bank holidays at the end of 2026: 25 and 28 December, 1 January; the council is closed on 29 December too."""
    calendar = WorkingHours.model_validate(
        {"hours": OFFICE, "holidays": "england-and-wales", "closed_on": [date(2026, 12, 29)]}
    )
    assert _between(calendar, start, end) == pytest.approx(hours)


def test_a_service_that_never_closes_works_through_both_changes_of_the_clock() -> None:
    always = WorkingHours.model_validate({"hours": dict.fromkeys(ALL_DAYS, "00:00-24:00")})
    # Local midnight to local midnight: 23 hours on 29 March 2026, 25 hours on 25 October 2026.
    assert _between(always, "2026-03-29 00:00", "2026-03-29 23:00") == 23
    assert _between(always, "2026-10-24 23:00", "2026-10-26 00:00") == 25


_MINUTES = st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True).map(sorted)
_WEEK_HOURS = st.dictionaries(st.sampled_from(ALL_DAYS), _MINUTES, min_size=1)
_MOMENTS = st.lists(st.integers(0, 900 * 86400), min_size=2, max_size=6)


@settings(max_examples=25, deadline=None)
@given(
    hours=_WEEK_HOURS,
    moments=_MOMENTS,
    closed=st.lists(st.dates(date(2026, 1, 1), date(2028, 6, 1)), max_size=4),
    zone=st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe"]),
)
def test_working_time_agrees_with_a_slow_count(
    hours: dict[str, list[int]], moments: list[int], closed: list[date], zone: str
) -> None:
    stretches = {day: list(zip(edges[::2], edges[1::2], strict=False)) for day, edges in hours.items()}
    calendar = WorkingHours.model_validate({"hours": stretches, "holidays": "scotland", "closed_on": closed})
    moved = [datetime(2026, 1, 1) + timedelta(seconds=second) for second in moments]
    found = _worked(calendar, moved, ZoneInfo(zone))
    for place in range(1, len(moved)):
        slow = _slow(calendar, ZoneInfo(zone), *sorted((moved[0], moved[place])))
        assert abs(found[place] - found[0]) == pytest.approx(slow, abs=1e-6)


def _slow(calendar: WorkingHours, zone: ZoneInfo, start: datetime, end: datetime) -> float:
    """Day after day and stretch after stretch: what of it lies between the two moments."""
    total, day = 0.0, start.date() - timedelta(days=2)
    while day <= end.date() + timedelta(days=2):
        if day not in calendar.closed_on and day not in bank_holidays("scotland", day.year):
            for edges in calendar.by_weekday[day.weekday()]:
                walls = [datetime(day.year, day.month, day.day) + timedelta(minutes=edge) for edge in edges]
                opens, closes = (wall.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None) for wall in walls)
                total += max((min(closes, end) - max(opens, start)).total_seconds(), 0.0)
        day += timedelta(days=1)
    return total


def _events(has_calendar: bool) -> Engine:
    world = World().contact("a1", "ann", "2026-11-06 16:00", "report")  # a Friday
    world.contact("a2", "ann", "2026-11-09 10:30", "progress_chase").step(
        "a3", "j-ann", "2026-11-09 20:00", "Case closed"
    )
    engine = world.engine()
    own = example_settings()
    own = own if has_calendar else own.model_copy(update={"calendar": None})
    classify_demand(engine, own)
    build_events(engine, own, WEEK)
    return engine


def test_events_carry_working_waits_beside_elapsed_ones() -> None:
    with _events(True) as engine:
        sql = "SELECT seconds_to_next / 3600, working_seconds_to_next / 3600 FROM events ORDER BY position"
        assert rows_of(engine, sql) == [(66.5, 2.5), (9.5, 6.5), (None, None)]
        assert engine.value("SELECT working_s / 3600 FROM journey_summary") == 9


def test_without_a_calendar_there_is_no_working_time() -> None:
    with _events(False) as engine:
        assert engine.value("SELECT count(working_seconds_to_next) + count(worked_s) FROM events") == 0
        assert engine.value("SELECT duration_s / 3600 FROM journey_summary") == 76


def test_mistakes_in_the_calendar_are_named(tmp_path: Path) -> None:
    config = create_workspace(tmp_path / "w").config
    (config / "calendar.toml").write_text(
        'holidays = "wales"\nclosed_on = ["soon"]\n[hours]\nmonday = "9 to 5"\nmoonday = "09:00-17:00"\n'
        'tuesday = "09:00-12:00, 11:00-13:00"\n'
    )
    with pytest.raises(SettingsError) as caught:
        read_settings(config)
    problems = "\n".join(caught.value.problems)
    assert problems.count("config/calendar.toml") == 5
    for words in (
        "did you mean 'monday'?",
        "'9 to 5' is not a stretch of hours; write it as 09:00-17:00",
        "do not overlap",
        "'northern-ireland' or 'none'",
        "closed_on",
    ):
        assert words in problems


def test_a_council_without_the_file_has_no_calendar(tmp_path: Path) -> None:
    config = create_workspace(tmp_path / "w").config
    assert read_settings(config).calendar is not None
    (config / "calendar.toml").unlink()
    assert read_settings(config).calendar is None
