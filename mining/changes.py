"""Changes on record: what followed each, as a table, and the change that answers a pain point.

In: the judged measures of the week and config/changes.toml. Out: a published table; one more key on cards. Only published values
enter, so that nothing hidden shows here. Weeks that are not complete are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from journeys.changes import Change
from journeys.periods import Week, week_of
from journeys.settings import Settings
from mining.interrupted import LEAST_AFTER, LEAST_BEFORE, Effect, count_weeks, measure_effect
from mining.suppress import Show, publish_table
from mining.tables import FindingTable

_STATUS = {"planned": "planned", "live": "in place", "stopped": "stopped"}


def changes_table(settings: Settings, measures: Sequence[dict[str, Any]], week: Week) -> FindingTable | None:
    """One row per change, newest first; None without any."""
    if not settings.changes:
        return None
    found = {(measure["scope"], measure["measure_id"]): measure for measure in measures}
    rows = [
        _row(change, found, settings) for change in sorted(settings.changes, key=lambda c: c.began_on, reverse=True)
    ]
    columns = [show.name for show in _SHOWS] + ["low", "high"]
    return publish_table(
        "changes", "Changes, and what followed", f"all weeks to {week.ends_on:%-d %B %Y}", "changes",
        pd.DataFrame(rows, columns=columns), _SHOWS, settings.publishing,
    )  # fmt: skip


_SHOWS = (
    Show("title", "Change", "text"),
    Show("service_name", "Service", "text"),
    Show("began_on", "From", "text"),
    Show("status", "Status", "text"),
    Show("owner", "Owner", "text"),
    Show("measure_name", "Measure", "text"),
    Show("unit", "Unit", "text"),
    Show("before", "Mean before", "count"),
    Show("after", "Mean since", "count"),
    Show("effect", "Beyond the trend before", "count", low="low", high="high"),
    Show("compared_with", "Compared with", "text"),
    Show("says", "What followed", "text"),
    Show("tell_residents", "For residents", "text"),
)


def answered_by(settings: Settings, card_id: str, week: Week) -> dict[str, Any] | None:
    """The change on record that answers a card: title, status, owner and how many weeks it has been in place."""
    change = next((change for change in settings.changes if change.answers == card_id), None)
    if change is None:
        return None
    return {
        "title": change.title,
        "status": _STATUS[change.status],
        "owner": change.owner,
        "n_weeks": max((week.ends_on - change.began_on).days // 7, 0),
    }


def _row(change: Change, found: dict[tuple[str, str], dict[str, Any]], settings: Settings) -> dict[str, Any]:
    measure = found.get((f"service:{change.service}", change.measure))
    other = found.get((f"service:{change.compare_with}", change.measure)) if change.compare_with else None
    effect, says = (None, "planned") if change.status == "planned" else _follow(change, measure, other)
    return {
        "title": change.title, "service_name": settings.service_name(change.service), "began_on": f"{change.began_on:%-d %B %Y}",
        "status": _STATUS[change.status], "owner": change.owner, "measure_name": measure["name"] if measure else change.measure,
        "unit": measure["unit"] if measure else "",
        "before": effect.before if effect else None, "after": effect.after if effect else None,
        "effect": effect.value if effect else None, "low": effect.low if effect else None, "high": effect.high if effect else None,
        "compared_with": settings.service_name(change.compare_with) if other else "", "says": says,
        # Residents are told what the weeks bear out, and nothing sooner.
        "tell_residents": change.tell_residents if says == "better" else "",
    }  # fmt: skip


def _follow(change: Change, measure: dict[str, Any] | None, other: dict[str, Any] | None) -> tuple[Effect | None, str]:
    """The effect, and: better, worse, moved, no clear change, too early, too few weeks before, or no figures."""
    if measure is None:
        return None, "no figures"
    first = str(week_of(change.began_on))
    series = measure["series"]
    # The week in which the change began belongs to neither side, unless it began with the week.
    partly = change.began_on.weekday() > 0
    values = [
        None if not point["is_plotted"] or (partly and point["week"] == first) else point["value"] for point in series
    ]
    first_after = sum(point["week"] < first for point in series)
    n_before, n_after = count_weeks(values, first_after)
    if n_after < LEAST_AFTER:
        return None, "too early"
    if n_before < LEAST_BEFORE:
        return None, "too few weeks before"
    beside = None
    if other is not None:
        by_week = {point["week"]: point["value"] if point["is_plotted"] else None for point in other["series"]}
        beside = [by_week.get(point["week"]) for point in series]
    effect = measure_effect(values, first_after, beside)
    if effect is None:
        return None, "too few weeks in common"
    if not effect.is_clear:
        return effect, "no clear change"
    if measure["better"] == "none":
        return effect, "moved"
    return effect, "better" if (effect.value > 0) == (measure["better"] == "high") else "worse"
