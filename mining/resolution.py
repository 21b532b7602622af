"""One-contact resolution: the share of contacts after which the person did not have to come back about the same thing.

In: `followed` (see `mining.repeats`) and `journeys`. Out: the share not repeated within 1, 3, 7, 14 and 30 days, in two
ways side by side:
- at this week's pace (period Kaplan-Meier, left-truncated): every contact counts for the part of its time that lies in
  the newest complete week, so that week can be shown at once and its newest contacts, who have had no time to come
  back yet, do not flatter it (N. Keiding, Statistical inference in the Lexis diagram, 1990);
- the newest week all of whose contacts have been followed so long: what in the end became of them.
"Same service" is the person's next contact about it; "same matter" the next in the same journey. Contacts that cannot be
linked have no next contact: the bounds say what the share would be if all of them, or none, had come back.
Not to come back is not the same as to have been helped: the pages say so.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.periods import Week
from journeys.schema import IS_LINKED
from journeys.settings import Settings
from journeys.times import literal
from mining.repeats import DAYS
from mining.suppress import Show, publish_table
from mining.survival import Lasted, measure_lasting
from mining.tables import FindingTable

_DAY_S = 86400.0
_HEADLINE_DAYS = 7
_MATTERS = {"service": "seconds_to_next", "matter": "seconds_to_same"}


def build_returns(engine: Engine) -> None:
    """Build `returns`: each inbound contact of a linked person, with the seconds to the next of the same service and matter."""
    engine.save(
        "returns",
        """
        SELECT f.contact_id, f.person_id, f.service, f.week, f.started_at, f.seconds_to_next,
               epoch(lead(f.started_at) OVER w) - epoch(f.started_at) AS seconds_to_same
        FROM followed f JOIN journeys j ON j.event_id = f.contact_id AND j.kind = 'contact'
        WINDOW w AS (PARTITION BY f.person_id, j.journey_id ORDER BY f.started_at, f.contact_id)""",
    )


def watch_period(
    engine: Engine, week: Week, settings: Settings, matter: str = "service", where: str = "true"
) -> pd.DataFrame:
    """Contacts for the part of their first 30 days that lies in the week: entry_s, exit_s, is_event, person_id."""
    starts_at, ends_at = (
        f"epoch(TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S}')"
        for moment in (
            week.plus(-1).cut_off_at(settings.organisation.zone),
            week.cut_off_at(settings.organisation.zone),
        )
    )
    longest = max(DAYS) * _DAY_S
    until = f"least(coalesce({_MATTERS[matter]}, {longest}), {longest}, {ends_at} - epoch(started_at))"
    return engine.run(
        f"""
        WITH watched AS (
            SELECT person_id, greatest({starts_at} - epoch(started_at), 0) AS entry_s, {until} AS exit_s,
                   coalesce({_MATTERS[matter]} <= {until}, false) AS is_event
            FROM returns
            WHERE epoch(started_at) < {ends_at} AND epoch(started_at) > {starts_at} - {longest} AND {where})
        SELECT * FROM watched WHERE exit_s > entry_s OR (is_event AND exit_s = entry_s)
        ORDER BY person_id, entry_s, exit_s, is_event"""
    )


def watch_cohort(engine: Engine, week: Week, days: int, where: str = "true") -> pd.DataFrame:
    """Contacts of a week, all followed for so many days."""
    seconds = days * _DAY_S
    return engine.run(
        f"""
        SELECT person_id, 0.0 AS entry_s, least(coalesce(seconds_to_next, {seconds}), {seconds}) AS exit_s,
               coalesce(seconds_to_next <= {seconds}, false) AS is_event
        FROM returns WHERE week = $week AND {where} ORDER BY person_id, exit_s, is_event""",
        week=str(week),
    )


def resolution_table(engine: Engine, week: Week, settings: Settings, period: str) -> FindingTable:
    """One row for each number of days: at this week's pace by service and by matter, and the newest week followed so long."""
    ages = [days * _DAY_S for days in DAYS]
    paces = {
        matter: _by_age(measure_lasting(watch_period(engine, week, settings, matter), ages)) for matter in _MATTERS
    }
    unlinked = _unlinked_share(engine, week)
    rows = [_row(engine, week, days, paces, unlinked) for days in DAYS if days * _DAY_S in paces["service"]]
    return publish_table(
        "resolution",
        "Contacts after which the person did not come back",
        period,
        "one_contact_resolution",
        pd.DataFrame(rows, columns=_COLUMNS),
        [
            Show("days", "Within days", "count"),
            Show("same_service", "Same service, at this week's pace", "share", guard="guard", low="same_service_low", high="same_service_high"),
            Show("same_matter", "Same matter, at this week's pace", "share", guard="guard", low="same_matter_low", high="same_matter_high"),
            Show("bounds_low", "If every unlinked contact came back", "share", guard="guard"),
            Show("bounds_high", "If no unlinked contact came back", "share", guard="guard"),
            Show("n_watched", "Contacts watched", "contacts", guard="guard"),
            Show("cohort_week", "Newest week followed so long", "text"),
            Show("cohort", "Same service, that week", "share", guard="cohort_guard", low="cohort_low", high="cohort_high"),
        ],
        settings.publishing,
    )  # fmt: skip


def resolution_by_service(engine: Engine, week: Week, settings: Settings, period: str) -> FindingTable:
    """Each service within 7 days, at this week's pace."""
    rows = []
    for service in engine.run("SELECT DISTINCT service FROM returns WHERE service IS NOT NULL ORDER BY service")[
        "service"
    ]:
        watched = watch_period(engine, week, settings, where=f"service = {literal(service)}")
        for lasted in measure_lasting(watched, [_HEADLINE_DAYS * _DAY_S]):
            rows.append({"name": settings.service_name(service), **_named("share", lasted), "n_watched": lasted.n, "guard": lasted.guard})  # fmt: skip
    return publish_table(
        "resolution_by_service",
        f"Contacts after which the person did not come back within {_HEADLINE_DAYS} days, by service",
        period,
        "one_contact_resolution",
        pd.DataFrame(rows, columns=["name", "share", "share_low", "share_high", "n_watched", "guard"]),
        [
            Show("name", "Service", "text"),
            Show("share", "Did not come back, at this week's pace", "share", guard="guard", low="share_low", high="share_high"),
            Show("n_watched", "Contacts watched", "contacts", guard="guard"),
        ],
        settings.publishing,
    )  # fmt: skip


_COLUMNS = (
    "days", "same_service", "same_service_low", "same_service_high", "same_matter", "same_matter_low", "same_matter_high", "bounds_low", "bounds_high",
    "n_watched", "guard", "cohort_week", "cohort", "cohort_low", "cohort_high", "cohort_guard",
)  # fmt: skip


def _row(
    engine: Engine, week: Week, days: int, paces: dict[str, dict[float, Lasted]], unlinked: float
) -> dict[str, Any]:
    age = days * _DAY_S
    by_service = paces["service"][age]
    row: dict[str, Any] = {
        "days": days, **_named("same_service", by_service), **_named("same_matter", paces["matter"].get(age)),
        "bounds_low": by_service.share * (1 - unlinked), "bounds_high": by_service.share * (1 - unlinked) + unlinked,
        "n_watched": by_service.n, "guard": by_service.guard,
    }  # fmt: skip
    # A week of contacts has been followed so many days once as many days have passed since its end.
    cohort = week.plus(-math.ceil(days / 7))
    found = measure_lasting(watch_cohort(engine, cohort, days), [age])
    return {
        **row, "cohort_week": str(cohort), **_named("cohort", found[0] if found else None),
        "cohort_guard": found[0].guard if found else 0,
    }  # fmt: skip


def _named(name: str, lasted: Lasted | None) -> dict[str, float | None]:
    if lasted is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: lasted.share, f"{name}_low": lasted.low, f"{name}_high": lasted.high}


def _by_age(lasted: list[Lasted]) -> dict[float, Lasted]:
    return {one.age_s: one for one in lasted}


def _unlinked_share(engine: Engine, week: Week) -> float:
    """Share of the week's inbound contacts that are linked to nobody."""
    share = engine.value(
        f"""
        SELECT count(*) FILTER (WHERE NOT ({IS_LINKED})) / count(*)
        FROM contact_facts WHERE week = '{week}' AND direction = 'inbound'"""
    )
    return 0.0 if share is None else float(share)
