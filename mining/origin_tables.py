"""Where failure contact comes from, as tables: the step each kind follows, batches of letters or bills, and failing forms.

In: `window_events`, `window_journeys`, `staged`, `demand`, `contact_facts`, `steps`. Out: published tables by id.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.periods import Week
from journeys.settings import Settings
from mining.batches import batches_table
from mining.hours import measure_handling
from mining.origin import find_origins
from mining.suppress import Show, publish_table
from mining.tables import FindingTable
from mining.web_to_staff import web_to_staff_table

_MOST_PAIRS = 40
_MOST_TIMES = 20  # a lift above it is said as "more than 20 times"


def origin_tables(
    engine: Engine, settings: Settings, week: Week, cut_off_at: str, period: str, partial_weeks: Collection[str]
) -> dict[str, FindingTable]:
    """The tables of origins, batches and web to staff."""
    tables = [
        _origins(engine, settings, week, cut_off_at, period),
        batches_table(engine, settings, week),
        web_to_staff_table(engine, settings, week, partial_weeks),
    ]
    return {table.table_id: table for table in tables}


def times_as_likely(lift: float) -> str:
    """A lift in words: 2.14 is "2.1 times as likely"."""
    return f"more than {_MOST_TIMES} times as likely" if lift > _MOST_TIMES else f"{lift:.1f} times as likely"


def _origins(engine: Engine, settings: Settings, week: Week, cut_off_at: str, period: str) -> FindingTable:
    pairs = find_origins(engine, settings, cut_off_at)
    n_tests = int(pairs["n_tests"].max()) if len(pairs) else 0
    is_shown = pairs["is_sure"] & (pairs["n_persons"] >= settings.publishing.suppress_below)
    stages = _stages(engine, settings)
    window = str(week.plus(1 - settings.publishing.window_weeks)), str(week)
    handling = measure_handling(engine, ("service", "demand_type"), *window).set_index(["service", "demand_type"])
    minutes = {
        key: tuple(row)
        for key, row in zip(handling.index, handling[["mean_s", "mean_low", "mean_high"]].to_numpy(), strict=True)
    }
    rows = [
        _row(
            pair,
            stages.get((pair["service"], pair["step"]), ("", "")),
            minutes.get((pair["service"], pair["demand_type"])),
            settings,
        )
        for pair in pairs[is_shown].head(_MOST_PAIRS).to_dict("records")
    ]
    names = [show.name for show in _SHOWS]
    hidden = [
        "n_all",
        "lift_low",
        "lift_high",
        "more_low",
        "more_high",
        "saved_low",
        "saved_high",
        "hours_low",
        "hours_high",
    ]
    return publish_table(
        "origins", "What failure contact follows", f"{period}; {n_tests:,} pairs of step and reason tested", "origins",
        pd.DataFrame(rows, columns=names + hidden), _SHOWS, settings.publishing,
    )  # fmt: skip


_SHOWS = (
    Show("says", "In words", "text"),
    Show("service_name", "Service", "text"),
    Show("step", "Step", "text"),
    Show("stage", "Stage", "text"),
    Show("owner", "Owner", "text"),
    Show("demand_type_name", "Failure demand", "text"),
    Show("n_contacts", "Contacts in the 30 days after", "contacts", guard="n_persons"),
    Show("n_persons", "People", "persons", guard="n_persons"),
    Show("share", "Share of that failure demand", "share", guard="n_persons", of="n_all"),
    Show("lift", "Times as likely", "count", guard="n_persons", low="lift_low", high="lift_high"),
    Show("more", "Contacts more than without it", "count", guard="n_persons", low="more_low", high="more_high"),
    Show(
        "saved",
        "Contacts a week a mend could save, at most",
        "count",
        guard="n_persons",
        low="saved_low",
        high="saved_high",
    ),
    Show(
        "saved_hours",
        "Hours of handling a week, at most",
        "count",
        guard="n_persons",
        low="hours_low",
        high="hours_high",
    ),
    Show("median_days", "Median days between", "days", guard="n_persons"),
    Show("p90_days", "90th centile days", "days", guard="n_persons"),
    Show("evidence", "What shows the failure", "text"),
)


def _row(
    pair: dict[Any, Any], stage: tuple[str, str], handling_s: tuple[float, ...] | None, settings: Settings
) -> dict[str, Any]:
    """One pair as a row; `handling_s` has the mean seconds of such a contact with its interval, where known."""
    kind = settings.taxonomy.by_slug.get(pair["demand_type"])
    name, says = (kind.name, kind.says) if kind else (pair["demand_type"], pair["demand_type"])
    n, weeks = pair["n_contacts"], settings.publishing.window_weeks
    # Contacts beyond those that would have come anyway: Miettinen, 1974, see mining.rate_ratio.
    beyond = [max(1 - 1 / pair[end], 0) for end in ("lift", "lift_low", "lift_high")]
    more, saved = ([share * most for share in beyond] for most in (n, pair["n_supported"] / weeks))
    return {
        **pair,
        "says": f"After the step '{pair['step']}', people are {times_as_likely(pair['lift'])} to make contact because: {says}",
        "service_name": settings.service_name(pair["service"]),
        "stage": stage[0], "owner": stage[1], "demand_type_name": name, "share": n,
        **{name: round(value) for name, value in zip(("more", "more_low", "more_high"), more, strict=True)},
        **{name: round(value, 1) for name, value in zip(("saved", "saved_low", "saved_high"), saved, strict=True)},
        **{
            name: round(value * seconds / 3600, 1) if handling_s else None
            for name, value, seconds in zip(("saved_hours", "hours_low", "hours_high"), saved, handling_s or (0.0,) * 3, strict=True)
        },
        "evidence": _evidence(pair),
    }  # fmt: skip


def _evidence(pair: dict[Any, Any]) -> str:
    """What shows the failure in at least half of the contacts."""
    if pair["n_both"] * 2 >= pair["n_contacts"]:
        return "words and behaviour"
    return "behaviour" if pair["n_behaviour"] * 2 >= pair["n_contacts"] else "words"


def _stages(engine: Engine, settings: Settings) -> dict[tuple[str, str], tuple[str, str]]:
    """Name and owner of the stage that each step is most often in, by service and step."""
    stages = settings.services.stages
    if not stages:
        return {}
    rows = engine.run(
        "SELECT service, activity, stage, count(*) AS n FROM staged GROUP BY service, activity, stage "
        "ORDER BY n, service, activity, stage"
    )
    return {
        (str(row["service"]), str(row["activity"])): (stages[int(row["stage"])].name, stages[int(row["stage"])].owner)
        for row in rows.to_dict("records")
    }
