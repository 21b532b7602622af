"""Working time of events: how many working seconds had passed at each, so that waits in working time are differences.

In: `event_rows`, the hours of config/calendar.toml. Out: `working_days` (see `journeys.working_hours`) and the SQL that
reads it. Without that file there is no working time: its columns are null and nothing published names it.
"""

from __future__ import annotations

import pandas as pd

from journeys.engine import Engine
from journeys.settings import Settings
from journeys.working_hours import working_days
from mining.suppress import Show

_DAY_S = 86400.0


def build_working_days(engine: Engine, settings: Settings) -> int | None:
    """Build `working_days` over the days of `event_rows`; the most stretches in a day, None without a calendar."""
    if settings.calendar is None:
        return None
    ends = engine.run("SELECT min(started_at) AS first_at, max(started_at) AS last_at FROM event_rows").iloc[0]
    if pd.isna(ends["first_at"]):
        return None
    first, last = (pd.Timestamp(ends[name]).date() for name in ("first_at", "last_at"))
    days = working_days(settings.calendar, settings.organisation.zone, first, last)
    engine.load_frame("working_days", days.assign(day=pd.to_datetime(days["day"])))
    return (len(days.columns) - 2) // 2


def worked_sql(n_stretches: int | None, moment: str = "r.started_at") -> str:
    """Working seconds from the first day of `working_days` (d) to a moment in its row."""
    if n_stretches is None:
        return "CAST(NULL AS DOUBLE)"
    parts = [
        f"greatest(least(epoch({moment}), d.closes_{number}) - d.opens_{number}, 0)"
        for number in range(1, n_stretches + 1)
    ]
    return " + ".join(["d.seconds_before", *parts])


def days_join_sql(n_stretches: int | None, moment: str = "r.started_at") -> str:
    """The join that brings the row of `working_days` (d) to each moment; nothing without a calendar."""
    if n_stretches is None:
        return ""
    return f"LEFT JOIN working_days d ON CAST({moment} AS DATE) = CAST(d.day AS DATE)"


def in_working_days(seconds: pd.Series[float], settings: Settings) -> pd.Series[float]:
    """Working seconds as working days of the calendar's usual length."""
    return seconds / (settings.calendar.working_day_s if settings.calendar else _DAY_S)


def working_columns(moves: pd.DataFrame, settings: Settings) -> dict[str, pd.Series[float]]:
    """Waits of moves in working days, by the names `working_shows` publishes them under."""
    return {
        "median_working_days": in_working_days(moves["median_working_s"], settings),
        "p90_working_days": in_working_days(moves["p90_working_s"], settings),
    }


def working_shows(settings: Settings, guard: str) -> tuple[Show, ...]:
    """How those columns are published; none without a calendar."""
    if settings.calendar is None:
        return ()
    return (
        Show("median_working_days", "Median working days", "days", guard=guard),
        Show("p90_working_days", "90th centile working days", "days", guard=guard),
    )
