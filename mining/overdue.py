"""How many people will ask what became of cases past their promised date: next week's chasers from this week's overdue cases.

In: `steps`, `journeys`, `contact_facts`. Out: per week and time overdue, cases open and past their date as the week begins, and
contacts in it that ask after them. A case is open until its last closing step, unless it was opened again since. The hazard
is one for all cases that are as long overdue: contacts per case and week over the 8 weeks before. Nobody is scored; a case
counts like any other. Expected next week: the cases now overdue times their hazard (a discrete-time hazard; P. Allison,
Discrete-time methods for the analysis of event histories, 1982).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from journeys.engine import Engine
from journeys.periods import Week
from journeys.settings import Settings
from journeys.times import literal
from mining.forecast import Forecast, Reals, judge_forecasts

BANDS = ("less than 1 week", "1 to 2 weeks", "2 to 4 weeks", "more than 4 weeks")
_BAND_SQL = "CASE WHEN late_s < 604800 THEN 0 WHEN late_s < 1209600 THEN 1 WHEN late_s < 2419200 THEN 2 ELSE 3 END"
LEARNT_WEEKS = 8
_WEEKS = 34


def count_overdue(engine: Engine, settings: Settings, week: Week) -> pd.DataFrame:
    """Rows of week, band, n_cases, n_chases; the last week, the one after the report's, has no chases yet.

    Empty where no case has a promised date.
    """
    zone = settings.organisation.zone
    starts = [week.plus(back) for back in range(1 - _WEEKS, 2)]
    weeks = ", ".join(
        f"('{each}', TIMESTAMP '{each.plus(-1).cut_off_at(zone):%Y-%m-%d %H:%M:%S}', "
        f"TIMESTAMP '{each.cut_off_at(zone):%Y-%m-%d %H:%M:%S}')"
        for each in starts
    )
    closing = ", ".join(map(literal, settings.services.closed_by)) or "NULL"
    reopening = ", ".join(map(literal, settings.services.reopened_by)) or "NULL"
    return engine.run(
        f"""
        WITH weeks AS (SELECT * FROM (VALUES {weeks}) AS w(week, starts_at, ends_at)),
        case_steps AS (
            SELECT j.journey_id, s.started_at, s.activity, s.case_due_at
            FROM steps s JOIN journeys j ON j.event_id = s.step_id AND j.kind = 'step' WHERE s.contact_id IS NULL),
        of_week AS (
            SELECT w.week, w.starts_at, w.ends_at, k.journey_id, max(k.case_due_at) AS due_at,
                   max(CASE WHEN k.activity IN ({closing}) THEN k.started_at END) AS closed_at,
                   max(CASE WHEN k.activity IN ({reopening}) THEN k.started_at END) AS reopened_at
            FROM weeks w JOIN case_steps k ON k.started_at < w.starts_at
            GROUP BY w.week, w.starts_at, w.ends_at, k.journey_id),
        overdue AS (
            SELECT week, starts_at, ends_at, journey_id, epoch(starts_at) - epoch(due_at) AS late_s
            FROM of_week WHERE due_at < starts_at AND (closed_at IS NULL OR reopened_at > closed_at)),
        chases AS (
            SELECT o.week, o.journey_id, count(*) AS n
            FROM overdue o JOIN journeys j ON j.journey_id = o.journey_id AND j.kind = 'contact'
            JOIN contact_facts c ON c.contact_id = j.event_id
            WHERE c.demand_type = 'progress_chase' AND c.started_at >= o.starts_at AND c.started_at < o.ends_at
            GROUP BY o.week, o.journey_id)
        SELECT week, {_BAND_SQL} AS band, count(*) AS n_cases, CAST(coalesce(sum(n), 0) AS BIGINT) AS n_chases
        FROM overdue LEFT JOIN chases USING (week, journey_id)
        GROUP BY week, {_BAND_SQL} ORDER BY week, band"""
    )


def expect_chasers(counted: pd.DataFrame) -> tuple[Forecast | None, pd.DataFrame]:
    """Next week's chasers, or None where last week's number does as well; and the bands with cases now and their hazard.

    `counted` is of `count_overdue`. The bands' table has n_cases, hazard (contacts a case and week) and expected.
    """
    weeks = sorted(counted["week"].unique())
    cases, chases = (
        counted.pivot(index="week", columns="band", values=name).reindex(index=weeks, columns=range(len(BANDS))).fillna(0).to_numpy(float)
        for name in ("n_cases", "n_chases")
    )  # fmt: skip
    expected = []
    for at in range(1, len(weeks)):
        hazard = _hazard(cases[max(at - LEARNT_WEEKS, 0) : at], chases[max(at - LEARNT_WEEKS, 0) : at])
        expected.append(float(cases[at] @ hazard))
    truth = chases[:-1].sum(axis=1)
    hazard = _hazard(cases[-1 - LEARNT_WEEKS : -1], chases[-1 - LEARNT_WEEKS : -1])
    bands = pd.DataFrame({"late": BANDS, "n_cases": cases[-1], "hazard": hazard, "expected": cases[-1] * hazard})
    if len(weeks) < 2:
        return None, bands
    return judge_forecasts(np.array(expected), truth[1:], naive=truth[:-1]), bands


def _hazard(cases: Reals, chases: Reals) -> Reals:
    n = np.asarray(cases.sum(axis=0))
    hazard: Reals = np.divide(chases.sum(axis=0), n, out=np.zeros(len(n)), where=n > 0)
    return hazard
