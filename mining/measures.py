"""Measures with their usual range and signal: what a week's figure means, not only what it is.

In: the weekly figures of `mining.weekly` and the weeks in which a source was missing. Out: the `measures` of the
findings. Weeks in which a source that usually reports was missing are not plotted and give no signal: a missing feed
must never show as a fall. A dated rebase in the settings begins a stretch with limits of its own; after more than a year the
range follows last year's weeks (`mining.seasonal`). The first week of all is left out too where journeys are concerned: what began before it
is unknown. Rates need the settings' smallest denominator.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from journeys.periods import read_week, weeks_between
from journeys.rebases import Rebase
from journeys.settings import Publishing, Settings
from mining.notable import chance_of_newest, mark_notable
from mining.seasonal import around, last_year
from mining.spc import Limits, find_signals, natural_limits
from mining.suppress import as_cell, is_small, round_count, second_to_hide, share_interval
from mining.tables import HIDDEN

Point = dict[str, Any]  # one week of a series, as the findings hold it


@dataclass(frozen=True, slots=True)
class Measure:
    """What one measure is: its name, unit, and which direction is better."""

    measure_id: str
    name: str
    unit: str
    better: str

    @property
    def is_share(self) -> bool:
        """A share has an interval and needs a denominator."""
        return self.unit == "share"


MEASURES = (
    Measure("contacts", "Contacts", "contacts", "none"),
    Measure("journeys_started", "Journeys started", "journeys", "none"),
    Measure("failure_demand_rate", "Failure demand", "share", "low"),
    Measure("repeat_contact_rate", "Repeat contact", "share", "low"),
    Measure("one_channel_share", "Completed in one channel", "share", "high"),
    Measure("median_days", "Median days from first to last event", "days", "low"),
    Measure("abandoned_share", "Calls given up before an answer", "share", "low"),
    Measure("browse_visits", "Web visits that only read pages", "contacts", "none"),
    Measure("unclear_share", "Contacts whose reason is not known", "share", "low"),
    Measure("unlinked_share", "Contacts not linked to a person", "share", "low"),
)
_BY_ID = {measure.measure_id: measure for measure in MEASURES}
_COUNTS = ("contacts", "journeys_started", "browse_visits")
# Journeys that began before the first log look short until they have passed through.
_NOT_RELIABLE_FIRST_WEEKS = {"median_days": 8, "repeat_contact_rate": 1, "one_channel_share": 8}


def judge_measures(
    weekly: pd.DataFrame,
    settings: Settings,
    week: str,
    partial_weeks: Collection[str],
    channel_names: Mapping[str, str],
    model_breaks: Sequence[Rebase] = (),
) -> list[dict[str, Any]]:
    """One entry per scope and measure, ordered as in MEASURES, all services first.

    `model_breaks` set the range anew like the settings' own rebases (see `mining.model_breaks`).
    """
    known = weekly[weekly["measure_id"].isin(_BY_ID)]
    if known.empty:
        return []
    weeks = [str(w) for w in weeks_between(read_week(known["week"].min()), read_week(week))]
    order = {measure.measure_id: place for place, measure in enumerate(MEASURES)}
    points: dict[tuple[str, str], list[Point]] = {}
    for (scope, measure_id), rows in known.groupby(["scope", "measure_id"]):
        by_week = {str(row["week"]): row for row in rows.to_dict("records")}
        measure = _BY_ID[str(measure_id)]
        points[(str(scope), str(measure_id))] = [
            _point(measure, place, by_week.get(each), settings, each, each in partial_weeks)
            for place, each in enumerate(weeks)
        ]
    counts = dict(zip(zip(known["scope"], known["measure_id"], known["week"], strict=True), known["n"], strict=True))
    _hide_seconds(points, list(channel_names), counts, settings.publishing)
    newest = known[known["week"] == weeks[-1]]
    independent = {
        (str(scope), str(measure_id)): float(n)
        for scope, measure_id, n in zip(newest["scope"], newest["measure_id"], newest["independent"], strict=True)
    }
    judged = [
        _judge(
            _BY_ID[measure_id],
            scope,
            series,
            settings,
            weeks[-1] in partial_weeks,
            channel_names,
            independent.get((scope, measure_id), 0.0),
            (*settings.publishing.rebase, *model_breaks),
        )
        for (scope, measure_id), series in sorted(
            points.items(), key=lambda item: (item[0][0] != "all", item[0][0], order[item[0][1]])
        )
        if not scope.startswith("service:") or scope.removeprefix("service:") in settings.services.services
    ]
    mark_notable([entry for entry, _ in judged], [chance for _, chance in judged], settings.publishing)
    return [entry for entry, _ in judged]


def _hide_seconds(
    points: Mapping[tuple[str, str], list[Point]],
    channels: Sequence[str],
    counts: Mapping[tuple[str, str, str], float],
    publishing: Publishing,
) -> None:
    """Where one service (or channel) alone is hidden in a week, the total would give it away: hide another."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for scope, measure_id in points:
        if scope != "all":
            kinds.setdefault((scope.partition(":")[0], measure_id), []).append(scope)
    for (_, measure_id), scopes in kinds.items():
        places = {f"channel:{name}": place for place, name in enumerate(channels)}
        ordered = sorted(scopes, key=lambda scope: (places.get(scope, 0), scope))
        for week in zip(*(points[(scope, measure_id)] for scope in ordered), strict=True):
            second = second_to_hide(
                [HIDDEN if point.get("suppressed") else point["n"] for point in week],
                [
                    counts.get((scope, measure_id, point["week"]), 0.0)
                    for scope, point in zip(ordered, week, strict=True)
                ],
                publishing,
            )
            if second is not None:
                week[second].update(value=None, n=None, is_plotted=False, suppressed=True)


def _judge(
    measure: Measure,
    scope: str,
    series: list[Point],
    settings: Settings,
    is_partial: bool,
    channel_names: Mapping[str, str],
    independent: float,
    possible: Sequence[Rebase],
) -> tuple[dict[str, Any], float | None]:
    """The entry, and how likely chance alone makes its newest week: None where it is not judged."""
    newest = series[-1]
    rebases = [each for each in possible if each.covers(measure.measure_id, scope) and each.from_week <= newest["week"]]
    rebases.sort(key=lambda each: each.from_week)
    # Across a rebase two years cannot be held against each other.
    expected = {} if rebases else last_year(series)
    starts = ["", *(each.from_week for each in rebases)]
    for first, end in zip(starts, [*starts[1:], "9999"], strict=True):
        plotted = [
            point
            for point in series
            if point["is_plotted"] and first <= point["week"] < end and (not expected or point["week"] in expected)
        ]
        values = [point["value"] - expected.get(point["week"], 0.0) for point in plotted]
        limits = natural_limits(values)
        marks = find_signals(values, limits) if limits else [0] * len(plotted)
        for point, mark in zip(plotted, marks, strict=True):
            point["signal"] = _signal(mark, measure.better)
            if expected and limits:
                point |= _range(measure, around(limits, expected[point["week"]]))
    is_judged = newest["is_plotted"] and (not expected or newest["week"] in expected)
    is_signal_known = bool(limits) and is_judged
    chance = chance_of_newest(values, limits) if limits and is_judged else None
    if expected:
        limits = around(limits, expected[newest["week"]]) if limits and is_judged else None
    return {
        "measure_id": measure.measure_id,
        "scope": scope,
        "scope_name": _scope_name(scope, settings, channel_names),
        "name": measure.name,
        "unit": measure.unit,
        "better": measure.better,
        "definition": measure.measure_id,
        "is_headline": scope == "all" and measure.measure_id in settings.publishing.headline_measures,
        "week": newest["week"],
        **_this_week(measure, newest, is_partial, independent, settings.publishing),
        **_range(measure, limits),
        "is_trial": limits is None or limits.is_trial,
        "signal": newest["signal"] if is_signal_known else "none",
        "reason": _reason(newest, limits, marks) if is_signal_known else _why_none(newest, is_partial),
        "n_weeks": _n_weeks(marks) if is_signal_known else 0,
        "rebased_from": rebases[-1].from_week if rebases else None,
        "rebased_because": rebases[-1].reason if rebases else None,
        "is_seasonal": bool(expected),
        "series": series,
    }, chance


def _point(
    measure: Measure, place: int, row: Mapping[Any, Any] | None, settings: Settings, week: str, is_partial: bool
) -> Point:
    publishing = settings.publishing
    count = float(row["n"]) if row else 0.0
    persons = float(row["n_persons"]) if row else 0.0
    value = float(row["value"]) if row and pd.notna(row["value"]) else (0.0 if measure.measure_id in _COUNTS else None)
    hidden = is_small(persons, publishing) or (
        measure.is_share
        and value is not None
        and (
            count < publishing.share_needs
            or any(is_small(part, publishing) for part in (value * count, count - value * count))
        )
    )
    too_early = place < _NOT_RELIABLE_FIRST_WEEKS.get(measure.measure_id, 0)
    shown = value is not None and not hidden and not too_early and not is_partial
    n = round_count(count, publishing)
    if shown and value and measure.is_share:
        value = round_count(value * count, publishing) / n
    elif shown and value and measure.measure_id in _COUNTS:
        value = round_count(value, publishing)
    return {
        "week": week,
        "value": as_cell(value) if shown else None,
        "n": n if shown else None,
        "is_plotted": shown,
        "signal": "usual",
        **({"suppressed": True} if hidden else {}),
    }


def _this_week(
    measure: Measure, newest: Mapping[str, Any], is_partial: bool, independent: float, publishing: Publishing
) -> dict[str, Any]:
    if newest["value"] is None:
        reason = {"suppressed": True} if newest.get("suppressed") and not is_partial else {"no_data": True}
        return {"value": None, "n": None, "low": None, "high": None, **reason}
    low, high = (
        share_interval(newest["value"], newest["n"], publishing, independent) if measure.is_share else (None, None)
    )
    return {"value": newest["value"], "n": newest["n"], "low": low, "high": high}


def _range(measure: Measure, limits: Limits | None) -> dict[str, Any]:
    if limits is None:
        return {"mean": None, "usual_low": None, "usual_high": None}
    # A count or a duration cannot fall below nothing, a share not leave 0 to 1: limits beyond say nothing.
    high = min(limits.high, 1.0) if measure.is_share else limits.high
    return {"mean": limits.mean, "usual_low": max(limits.low, 0.0), "usual_high": high}


def _signal(mark: int, better: str) -> str:
    if mark == 0:
        return "usual"
    if better == "none":
        return "changed"
    return "improving" if (mark > 0) == (better == "high") else "concern"


def _reason(newest: Mapping[str, Any], limits: Limits | None, marks: Sequence[int]) -> str:
    if limits is None or not marks or not marks[-1]:
        return "inside its usual range"
    if newest["value"] > limits.high:
        return "above its usual range"
    if newest["value"] < limits.low:
        return "below its usual range"
    return "on the high side for several weeks" if marks[-1] > 0 else "on the low side for several weeks"


def _why_none(newest: Mapping[str, Any], is_partial: bool) -> str:
    """Why this week has no signal."""
    if is_partial:
        return "a source that usually reports is missing"
    if newest.get("suppressed"):
        return "too few people to show"
    return "not enough weeks to tell" if newest["is_plotted"] else "no figure for this week"


def _n_weeks(marks: Sequence[int]) -> int:
    """Plotted weeks, up to the newest, with the newest week's mark."""
    count = 0
    for mark in reversed(marks):
        if mark != marks[-1]:
            break
        count += 1
    return count


def _scope_name(scope: str, settings: Settings, channel_names: Mapping[str, str]) -> str:
    kind, _, name = scope.partition(":")
    if kind == "service":
        return settings.service_name(name)
    return channel_names.get(name, name) if kind == "channel" else "All services"
