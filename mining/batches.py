"""What follows days on which a step happens to very many people: bill runs, letters sent in bulk, releases.

In: `steps`, `contact_facts`. Out: published rows, one per service, step and stretch of days after such days.
A day is a batch when the step happens at least 50 times and at least five times as often as on the median day, Monday to Friday. The service's
inbound contacts per day are compared with what the weekday and the trend would make of them (Poisson regression with the days 0-2, 3-6
and 7-13 after a batch marked; P. McCullagh and J. Nelder, Generalized Linear Models, 1989, sections 4.5 and 6.2: variance
scaled by Pearson's statistic, never below 1). Where every other day lies in the wake of a batch, there is nothing to compare with, and
no row. Rows say "more" where Benjamini and Hochberg's procedure over all rows does. Contacts of anybody count: no link is needed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import statsmodels.api as sm
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from journeys.engine import Engine
from journeys.periods import Week
from journeys.settings import Settings
from mining.suppress import Show, publish_table
from mining.tables import FindingTable

WAKES = (("the day and 2 days after", 0, 3), ("3 to 6 days after", 3, 7), ("7 to 13 days after", 7, 14))
_LEAST_STEPS = 50
_TIMES_MEDIAN = 5
_LEAST_OTHER_DAYS = 28
_Z = float(norm.ppf(0.975))
Reals = npt.NDArray[np.float64]
_COLUMNS = [
    "service", "step", "n_batches", "n_steps", "wake", "n_contacts", "n_expected", "ratio", "ratio_low", "ratio_high", "guard", "p",
]  # fmt: skip


def batches_table(engine: Engine, settings: Settings, week: Week) -> FindingTable:
    """Every batch that can be compared, with the contacts after it."""
    rows = find_wakes(engine, str(week))
    is_sure = multipletests(rows["p"], method="fdr_bh")[0] if len(rows) else np.zeros(0, bool)
    rows = rows.assign(
        name=[settings.service_name(str(service)) for service in rows["service"]],
        says=[_says(*row) for row in zip(rows["step"], rows["wake"], rows["ratio"], is_sure, strict=True)],
    )
    return publish_table(
        "batches", "What follows days when many are written to at once", f"all weeks to {week.ends_on:%-d %B %Y}; {len(rows)} tests", "batches", rows,
        [
            Show("says", "In words", "text", guard="guard"),
            Show("name", "Service", "text"),
            Show("step", "Step", "text"),
            Show("n_batches", "Days with very many", "count"),
            Show("wake", "Days after", "text"),
            Show("n_contacts", "Contacts", "contacts", guard="guard"),
            Show("n_expected", "Expected", "count", guard="guard"),
            Show("ratio", "Times expected", "count", guard="guard", low="ratio_low", high="ratio_high"),
        ],
        settings.publishing,
    )  # fmt: skip


def find_wakes(engine: Engine, last_week: str) -> pd.DataFrame:
    """Rows of service, step and wake with contacts, expected contacts, ratio, interval and p; `guard` is persons at least."""
    contacts = engine.run(
        "SELECT service, CAST(local_at AS DATE) AS day, count(*) AS n, count(DISTINCT person_id) AS n_persons FROM contact_facts "
        "WHERE direction = 'inbound' AND service IS NOT NULL AND week <= $last GROUP BY service, day",
        last=last_week,
    )
    steps = engine.run(
        "SELECT service, activity, CAST(local_at AS DATE) AS day, count(*) AS n FROM steps "
        "WHERE contact_id IS NULL AND service IS NOT NULL AND strftime(local_at, '%G-W%V') <= $last "
        "GROUP BY service, activity, day ORDER BY service, activity, day",
        last=last_week,
    )
    rows = []
    if len(contacts):
        days = pd.date_range(contacts["day"].min(), contacts["day"].max())
        for (service, step), own in steps.groupby(["service", "activity"]):
            daily = (
                contacts[contacts["service"] == service]
                .set_index("day")[["n", "n_persons"]]
                .reindex(days, fill_value=0)
            )
            counts = own.set_index("day")["n"].reindex(days, fill_value=0).to_numpy(float)
            for row in measure_wakes(daily["n"].to_numpy(float), daily["n_persons"].to_numpy(float), counts, days):
                rows.append({"service": service, "step": step, **row})
    return pd.DataFrame(rows, columns=_COLUMNS)


def measure_wakes(
    contacts: Reals,
    persons: Reals,
    steps: Reals,
    days: pd.DatetimeIndex,
) -> list[dict[str, object]]:
    """Contacts after the batches among `steps`; all three by day, as `days`. Empty where there are none or nothing to compare with."""
    least = max(_LEAST_STEPS, _TIMES_MEDIAN * float(np.median(steps[days.dayofweek < 5])))
    is_batch = steps >= least
    marks = _mark_wakes(is_batch)
    if not is_batch.any() or contacts.sum() == 0 or int((~marks.any(axis=1)).sum()) < _LEAST_OTHER_DAYS:
        return []
    # A weekday without any contact is expected to have none: its days say nothing.
    is_open = np.asarray(np.bincount(days.dayofweek, weights=contacts, minlength=7)[days.dayofweek] > 0)
    usual = np.column_stack([np.eye(7)[days.dayofweek], np.linspace(-0.5, 0.5, len(days))])
    x = np.column_stack([usual, marks])[is_open]
    is_used = np.asarray(x.any(axis=0))
    if np.linalg.matrix_rank(x[:, is_used]) < int(is_used.sum()):
        return []
    fit = sm.GLM(contacts[is_open], x[:, is_used], family=sm.families.Poisson()).fit()
    spread = max(1.0, fit.pearson_chi2 / max(fit.df_resid, 1)) ** 0.5
    expected = np.zeros(len(days))
    expected[is_open] = fit.fittedvalues
    found = []
    for place, (wake, _, _) in enumerate(WAKES):
        after = (marks[:, place] > 0) & is_open
        if not contacts[after].sum():
            continue
        column = int(is_used[: usual.shape[1] + place].sum())
        effect, error = float(fit.params[column]), float(fit.bse[column]) * spread
        found.append(
            {"n_batches": int(is_batch.sum()), "n_steps": int(steps[is_batch].sum()), "wake": wake,
             "n_contacts": int(contacts[after].sum()),
             "n_expected": float(expected[after].sum()) / np.exp(effect), "ratio": np.exp(effect),
             "ratio_low": np.exp(effect - _Z * error), "ratio_high": np.exp(effect + _Z * error),
             "guard": int(persons[after].max()), "p": float(2 * norm.sf(abs(effect) / error))}
        )  # fmt: skip
    return found


def _mark_wakes(is_batch: npt.NDArray[np.bool_]) -> Reals:
    """Days by wakes: 1 where the day lies so long after a batch."""
    marks = np.zeros((len(is_batch), len(WAKES)))
    for at in np.flatnonzero(is_batch).tolist():
        for place, (_, first, end) in enumerate(WAKES):
            marks[at + first : at + end, place] = 1.0
    return marks


def _says(step: str, wake: str, ratio: float, is_sure: bool) -> str:
    if not is_sure:
        return f"After days with very many '{step}', contacts are about as usual ({wake})."
    change = f"{abs(ratio - 1) * 100:.0f}% {'more' if ratio > 1 else 'fewer'}"
    return f"After days with very many '{step}', there are {change} contacts than usual ({wake})."
