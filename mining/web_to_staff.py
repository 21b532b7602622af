"""From a failed web form to the phone or the counter: two estimates that are shown side by side and never added together.

In: `contact_facts`. Out: one published row per service that has failed or abandoned forms.
Linked: of visits in which a form failed or was given up and whose person is known (logged in, or contact details given), the share
after which the same person called or came about the same service within 24 hours; beside it the share of visits that this
covers, and the same share after forms that were sent, which is what would have come anyway.
Aggregate: needs no person. Phone and counter contacts of each complete week on forms started, forms failed in that week and in the
week before: least squares, intervals that allow for weeks that resemble their neighbours (W. Newey and K. West, 1987;
statsmodels). Sure after Benjamini and Hochberg's procedure over services. Said as contacts that go with 100 more failed forms at the same number of starts, the two weeks added.
Words: staff's own notes that somebody had tried online.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.stats.multitest import multipletests

from journeys.engine import Engine
from journeys.periods import Week
from journeys.schema import IS_LINKED
from journeys.settings import Settings
from mining.suppress import Show, publish_table
from mining.tables import FindingTable

_WITHIN_S = 24 * 3600
_LEAST_WEEKS = 12
_LEAST_FAILED = 100
_BY_STAFF = "channel IN ('phone', 'face_to_face')"
_FORM_ENDS = "('Web form fails', 'Abandons web form')"


@dataclass(frozen=True, slots=True)
class More:
    """Contacts that go with 100 more failed forms, with the 95% interval and the p of none."""

    value: float
    low: float
    high: float
    p: float


def web_to_staff_table(engine: Engine, settings: Settings, week: Week, partial_weeks: Collection[str]) -> FindingTable:
    """One row per service, in the order of names."""
    linked = engine.run(linked_sql(), last=str(week))
    weeks = engine.run(weeks_sql(), last=str(week))
    weeks = weeks[~weeks["week"].isin(set(partial_weeks))]
    measured = [measure_more(weeks[weeks["service"] == service]) for service in linked["service"]]
    p_values = [found.p for found in measured if found]
    sure = iter(multipletests(p_values, method="fdr_bh")[0] if p_values else [])
    rows = []
    for row, found in zip(linked.to_dict("records"), measured, strict=True):
        more, low, high = (found.value, found.low, found.high) if found else (None, None, None)
        rows.append(
            {**row, "name": settings.service_name(str(row["service"])), "linked_share": row["n_known"],
             "sent_share": row["n_sent_followed"], "followed_share": row["n_followed"], "says": _says(found, is_sure=bool(found and next(sure))),
             "more": more, "more_low": low, "more_high": high}
        )  # fmt: skip
    columns = [show.name for show in _SHOWS] + [
        "n_known",
        "n_persons",
        "n_sent_known",
        "sent_persons",
        "more_low",
        "more_high",
        "said_persons",
    ]
    table = pd.DataFrame(rows, columns=columns).sort_values("name", ignore_index=True)
    period = f"all weeks to {week.ends_on:%-d %B %Y}; {len(p_values)} services tested"
    return publish_table(
        "web_to_staff", "From a failed web form to phone or counter", period, "web_to_staff", table, _SHOWS, settings.publishing
    )  # fmt: skip


_SHOWS = (
    Show("name", "Service", "text"),
    Show("n_failed", "Forms failed or given up", "contacts", guard="n_persons"),
    Show("linked_share", "Person known", "share", guard="n_persons", of="n_failed"),
    Show("followed_share", "Of those, called or came within 24 hours", "share", guard="n_persons", of="n_known"),
    Show("sent_share", "The same after forms that were sent", "share", guard="sent_persons", of="n_sent_known"),
    Show("more", "Calls and visits that go with 100 more failed forms", "count", guard="n_persons", low="more_low", high="more_high"),
    Show("n_said", "Contacts whose words say they tried online", "contacts", guard="said_persons"),
    Show("says", "In words", "text", guard="n_persons"),
)  # fmt: skip


def linked_sql() -> str:
    """Per service: failed forms, how many of known persons, how many of those followed; the same of forms sent; words."""
    return f"""
    WITH visits AS (
        SELECT contact_id, person_id, service, started_at, {IS_LINKED} AS is_known,
               activity IN {_FORM_ENDS} AS is_failed
        FROM contact_facts
        WHERE week <= $last AND direction = 'inbound' AND service IS NOT NULL
              AND (activity IN {_FORM_ENDS} OR channel = 'web_form')),
    followed AS (
        SELECT DISTINCT v.contact_id
        FROM visits v JOIN contact_facts c ON c.person_id = v.person_id AND c.service = v.service
        WHERE v.is_known AND c.direction = 'inbound' AND c.week <= $last AND c.{_BY_STAFF}
              AND epoch(c.started_at) - epoch(v.started_at) BETWEEN 0 AND {_WITHIN_S}),
    said AS (
        SELECT service, count(*) AS n_said, count(DISTINCT person_id) AS said_persons FROM contact_facts
        WHERE week <= $last AND direction = 'inbound' AND is_staff_handled AND demand_type = 'digital_barrier'
              AND evidence_tier IN ('text', 'both')
        GROUP BY service)
    SELECT v.service, count(*) FILTER (WHERE is_failed) AS n_failed,
           count(DISTINCT CASE WHEN is_failed THEN v.person_id END) AS n_persons,
           count(*) FILTER (WHERE is_failed AND is_known) AS n_known,
           count(*) FILTER (WHERE is_failed AND f.contact_id IS NOT NULL) AS n_followed,
           count(*) FILTER (WHERE NOT is_failed AND is_known) AS n_sent_known,
           count(DISTINCT CASE WHEN NOT is_failed AND is_known THEN v.person_id END) AS sent_persons,
           count(*) FILTER (WHERE NOT is_failed AND f.contact_id IS NOT NULL) AS n_sent_followed,
           coalesce(max(s.n_said), 0) AS n_said, coalesce(max(s.said_persons), 0) AS said_persons
    FROM visits v LEFT JOIN followed f USING (contact_id) LEFT JOIN said s ON s.service = v.service
    GROUP BY v.service HAVING count(*) FILTER (WHERE is_failed) > 0 ORDER BY v.service"""


def weeks_sql() -> str:
    """Per service and week: forms started and failed, contacts by phone and at the counter."""
    return f"""
    SELECT service, week, count(*) FILTER (WHERE activity IN {_FORM_ENDS} OR channel = 'web_form') AS n_started,
           count(*) FILTER (WHERE activity IN {_FORM_ENDS}) AS n_failed, count(*) FILTER (WHERE {_BY_STAFF}) AS n_by_staff
    FROM contact_facts WHERE week <= $last AND direction = 'inbound' AND service IS NOT NULL
    GROUP BY service, week ORDER BY service, week"""


def measure_more(weeks: pd.DataFrame) -> More | None:
    """`weeks` has week, n_started, n_failed, n_by_staff, in order; None below 12 weeks or 100 failures, or where
    failures never change.

    A week that follows a gap has no week before it and only serves as such.
    """
    days = pd.to_datetime(weeks["week"] + "-1", format="%G-W%V-%u")
    earlier = weeks["n_failed"].shift(1)
    is_whole = (days.diff().dt.days == 7).to_numpy()
    if int(is_whole.sum()) < _LEAST_WEEKS or weeks["n_failed"].sum() < _LEAST_FAILED:
        return None
    x = np.column_stack([np.ones(len(weeks)), weeks["n_started"], weeks["n_failed"], earlier])[is_whole].astype(float)
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return None
    y = weeks["n_by_staff"].to_numpy(float)[is_whole]
    fit = sm.OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": 1, "use_correction": True}, use_t=True)
    both = fit.t_test([0.0, 0.0, 1.0, 1.0])
    (low, high), value = both.conf_int()[0], float(both.effect[0])
    return More(100 * value, 100 * float(low), 100 * float(high), float(both.pvalue))


def _says(more: More | None, *, is_sure: bool) -> str:
    if more is None:
        return "Too few weeks or failed forms to tell."
    if not is_sure or more.low <= 0:
        return "Weeks with more failed forms do not clearly have more calls and visits."
    return (
        f"Weeks with 100 more failed forms have about {more.value:.0f} more calls and visits ({more.low:.0f} to {more.high:.0f}), "
        "then or in the week after."
    )
