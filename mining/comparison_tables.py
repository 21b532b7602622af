"""The tables of the comparison of routes: side by side, by service, how alike the routes are, and what is not linked.

In: `compared_journeys` (see `mining.comparison`). Out: published tables. Routes are never ranked, and no cause is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from journeys.engine import Engine
from journeys.periods import Week
from journeys.settings import Settings
from mining.comparison import FOLLOWED_DAYS, OUTCOMES, PAIRS, compare, last_started
from mining.standardise import Difference, Groups, is_reversed, standardised_difference
from mining.suppress import Show, publish_table
from mining.tables import FindingTable

_ROUTE_NAMES = {"digital": "Digital", "in_person": "In person", "phone": "Phone"}
_COVARIATES = {
    "service": "Service", "need": "What people wanted", "month": "Month", "weekday": "Day of the week",
    "area": "Area", "age_band": "Age band", "deprivation_decile": "Deprivation decile",
}  # fmt: skip


def comparison_tables(engine: Engine, settings: Settings, week: Week) -> dict[str, FindingTable]:
    """All tables of the comparison by id; without rows where the data do not reach back far enough."""
    journeys = engine.run("SELECT * FROM compared_journeys ORDER BY journey_id")
    journeys["days"] = journeys["done_s"] / 86400.0
    ends_on = last_started(week).ends_on
    period = f"journeys started in the {settings.publishing.window_weeks} weeks to {ends_on:%-d %B %Y}, first {FOLLOWED_DAYS} days"
    tables = [
        _side_by_side(journeys, settings, period),
        _by_service(journeys, settings, period),
        _balance(journeys, settings, period),
        _routes(journeys, settings, period),
    ]
    return {table.table_id: table for table in tables}


def _side_by_side(journeys: pd.DataFrame, settings: Settings, period: str) -> FindingTable:
    rows = list(_rows(journeys, settings, PAIRS))
    return publish_table(
        "side_by_side", "Digital and in person, like for like", period, "comparison",
        pd.DataFrame(rows, columns=_COLUMNS), _SHOWS, settings.publishing,
    )  # fmt: skip


def _by_service(journeys: pd.DataFrame, settings: Settings, period: str) -> FindingTable:
    rows: list[dict[str, Any]] = []
    for service in sorted(set(journeys["service"].dropna())):
        own = journeys[journeys["service"] == service]
        named = {"service": settings.service_name(service)}
        rows += [named | row for row in _rows(own, settings, PAIRS[:1])]
    return publish_table(
        "side_by_side_services", "Digital and in person by service, like for like", period, "comparison",
        pd.DataFrame(rows, columns=("service", *_COLUMNS)), (Show("service", "Service", "text"), *_SHOWS), settings.publishing,
    )  # fmt: skip


_COLUMNS = (
    "second_route", "outcome", "unit", "first", "second", "raw", "raw_low", "raw_high", "alike", "alike_low", "alike_high", "finished",
    "finished_low", "finished_high", "n_first", "n_second", "overlap_share", "says", "guard", "alike_guard", "finished_guard",
)  # fmt: skip
_SHOWS = (
    Show("second_route", "Digital beside", "text"),
    Show("outcome", "Measure", "text"),
    Show("unit", "Unit", "text"),
    Show("first", "Digital", "count", guard="guard"),
    Show("second", "Other route", "count", guard="guard"),
    Show("raw", "Difference as counted", "count", guard="guard", low="raw_low", high="raw_high"),
    Show("alike", "Difference, like for like", "count", guard="alike_guard", low="alike_low", high="alike_high"),
    Show("finished", "Like for like by the last channel", "count", guard="finished_guard", low="finished_low", high="finished_high"),
    Show("n_first", "Journeys, digital", "journeys", guard="guard"),
    Show("n_second", "Journeys, the other route", "journeys", guard="guard"),
    Show("overlap_share", "Share that has a counterpart", "share", guard="guard"),
    Show("says", "What this says", "text"),
)  # fmt: skip


def _rows(journeys: pd.DataFrame, settings: Settings, pairs: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for pair in pairs:
        for outcome in OUTCOMES:
            groups, raw, alike = compare(journeys, pair, outcome)
            if raw is None:
                continue
            ended, _, finished = compare(journeys, pair, outcome, route="route_end")
            yield {
                "second_route": _ROUTE_NAMES[pair[1]],
                "outcome": outcome.name, "unit": outcome.unit,
                "first": raw.first, "second": raw.second, **_named("raw", raw), **_named("alike", alike),
                **_named("finished", finished), "n_first": groups.n_of(0), "n_second": groups.n_of(1),
                "overlap_share": groups.overlap, "says": _says(raw, alike),
                "guard": _guard(groups, settings), "alike_guard": _guard(groups, settings),
                "finished_guard": _guard(ended, settings),
            }  # fmt: skip


def _guard(groups: Groups, settings: Settings) -> int:
    """Persons behind the smaller route; 1, which hides, where it has too few journeys for a share."""
    if min(groups.n_of(0), groups.n_of(1)) < settings.publishing.share_needs:
        return 1
    return min(groups.persons_of(0), groups.persons_of(1))


def _named(name: str, found: Difference | None) -> dict[str, float | None]:
    if found is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _says(raw: Difference, alike: Difference | None) -> str:
    """What the two differences say, as one word: too_few, reversed, chance, higher or lower."""
    if alike is None:
        return "too_few"
    if is_reversed(raw, alike):
        return "reversed"
    if not alike.is_sure:
        return "chance"
    return "higher" if alike.value > 0 else "lower"


def _balance(journeys: pd.DataFrame, settings: Settings, period: str) -> FindingTable:
    """For each thing known of the journeys, the largest difference in any of its values, raw and like for like."""
    rows = []
    for pair in PAIRS:
        groups, raw, _ = compare(journeys, pair, OUTCOMES[1])
        if raw is None or not groups.is_comparable:
            continue
        own = journeys[journeys["route"].isin(pair) & journeys["is_linked"]]
        for column, name in _COVARIATES.items():
            if own[column].notna().groupby(own["route"]).any().sum() < len(pair):
                continue  # recorded in one route only
            found = [
                [standardised_difference(groups, has, is_adjusted=alike) for alike in (False, True)]
                for has in _values(own[column])
            ]
            largest_raw, largest_alike = (max(abs(pair_of[side]) for pair_of in found) for side in (0, 1))
            rows.append(
                {"second_route": _ROUTE_NAMES[pair[1]], "covariate": name, "raw": largest_raw,
                 "alike": largest_alike, "guard": _guard(groups, settings)}
            )  # fmt: skip
    return publish_table(
        "balance", "How alike the two routes are before and after", period, "balance",
        pd.DataFrame(rows, columns=["second_route", "covariate", "raw", "alike", "guard"]),
        (
            Show("second_route", "Digital beside", "text"),
            Show("covariate", "Of the first contact", "text"),
            Show("raw", "Largest difference, raw", "count", guard="guard"),
            Show("alike", "Largest difference, like for like", "count", guard="guard"),
        ),
        settings.publishing,
    )  # fmt: skip


def _values(column: pd.Series) -> Iterator[npt.NDArray[np.bool_]]:
    filled = column.fillna("not stated").astype(str)
    for value in sorted(set(filled)):
        yield (filled == value).to_numpy()


def _routes(journeys: pd.DataFrame, settings: Settings, period: str) -> FindingTable:
    """How many journeys of each route cannot be linked to a person, and the bounds that leaves for one contact."""
    rows = []
    for route, name in _ROUTE_NAMES.items():
        own = journeys[journeys["route"] == route]
        linked = own[own["is_linked"]]
        if own.empty:
            continue
        share, n = float(linked["is_one_contact"].mean()) if len(linked) else 0.0, len(own)
        known = share * len(linked) / n
        rows.append({"route": name, "n_journeys": n, "n_linked": len(linked), "one_contact_low": known,
                     "one_contact_high": known + 1 - len(linked) / n, "n_persons": own["person_id"].nunique()})  # fmt: skip
    return publish_table(
        "routes", "Journeys by route, and what the unlinked ones could change", period, "routes",
        pd.DataFrame(rows, columns=["route", "n_journeys", "n_linked", "one_contact_low", "one_contact_high", "n_persons"]),
        (
            Show("route", "Route as started", "text"),
            Show("n_journeys", "Journeys", "journeys", guard="n_persons"),
            Show("n_linked", "Linked to a person, so compared", "share", guard="n_persons", of="n_journeys"),
            Show("one_contact_low", "One contact was enough, if for no unlinked one", "share", guard="n_persons"),
            Show("one_contact_high", "One contact was enough, if for every unlinked one", "share", guard="n_persons"),
        ),
        settings.publishing,
    )  # fmt: skip
