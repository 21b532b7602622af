"""What a week would be if it were as the same week a year ago: charts of measures that have run for more than a year.

Bills go out, schools begin and leaves fall at the same time each year, so that a level alone calls every April unusual. With at
least 12 weeks that can be held against the week 52 weeks before, limits are those of the difference (the usual way to take a
season out of a control chart: D. Wheeler, Understanding Variation), and the usual range follows last year's weeks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from journeys.periods import read_week
from mining.spc import FIRM_POINTS, Limits

YEAR = 52


def last_year(series: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Value of the week 52 weeks before, by plotted week; empty where fewer than 12 weeks have one.

    series: points with week, value and is_plotted. Weeks that are not plotted neither give nor have an expected value.
    """
    values = {str(point["week"]): float(point["value"]) for point in series if point["is_plotted"]}
    before = {week: str(read_week(week).plus(-YEAR)) for week in values}
    found = {week: values[before[week]] for week in values if before[week] in values}
    return found if len(found) >= FIRM_POINTS else {}


def around(limits: Limits, expected: float) -> Limits:
    """Limits of a difference as limits of the value itself."""
    return replace(limits, mean=limits.mean + expected, low=limits.low + expected, high=limits.high + expected)
