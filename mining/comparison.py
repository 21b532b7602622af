"""Digital and in-person routes side by side, fairly: the same services and the same needs, followed equally long.

In: `events`, `journey_summary`, `contacts`. Out: tables for pages. Cohort: journeys of known persons that started in the 13
weeks which ended five weeks before the cut-off, each followed for its first 35 days and no longer, so that none looks
better for having been watched less. The route is the kind of channel of the journey's first contact, as started; the same
difference by the last contact, as finished, stands beside it. What people wanted is the first value demand of the
journey, "not stated" where it has none. Like for like: both routes with the same mix of services and needs (see
`mining.standardise`). A difference is associated with the route, not caused by it: who takes which route is not random,
and what the contacts do not say, such as confidence, disability or a device, is not made alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from journeys.engine import Engine
from journeys.periods import Week
from journeys.settings import Settings
from mining.stages import stage_sql
from mining.standardise import Difference, Groups, compare_means, compare_medians

FOLLOWED_DAYS = 35
_WEEKS_BACK = FOLLOWED_DAYS // 7
PAIRS = (("digital", "in_person"), ("digital", "phone"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing compared: its column in `compared_journeys`, name, unit, how, and which journeys have it."""

    outcome_id: str
    name: str
    unit: str
    is_median: bool = False
    among: str = ""


OUTCOMES = (
    Outcome("is_completed", "Completed: last stage reached, nothing failed after", "share", among="has_case"),
    Outcome("is_one_contact", "One contact was enough", "share"),
    Outcome("n_contacts", "Contacts a completed request took", "count", among="is_completed"),
    Outcome("days", "Median days to completion", "days", is_median=True, among="is_completed"),
    Outcome("has_failure", "Failure demand at least once", "share"),
)  # fmt: skip


def build_compared(engine: Engine, settings: Settings, week: Week) -> None:
    """Build `compared_journeys`: one row per journey of the cohort, with route, need, outcomes and who it is alike with."""
    last = last_started(week)
    first = last.plus(1 - settings.publishing.window_weeks)
    engine.save("compared_journeys", compared_journeys_sql(settings), first=str(first), last=str(last))


def compared_journeys_sql(settings: Settings) -> str:
    """Parameters: first and last week of the cohort. Events later than 35 days after the first contact do not count."""
    last_stage = max(len(settings.services.stages) - 1, 0)
    return f"""
    WITH cohort AS (
        SELECT journey_id, service, person_id, is_linked, route, min_at
        FROM (SELECT j.*, f.started_at AS min_at FROM journey_summary j
              JOIN (SELECT journey_id, min(started_at) AS started_at FROM events WHERE kind = 'contact' GROUP BY journey_id) f
                   USING (journey_id))
        WHERE start_week BETWEEN $first AND $last AND n_contacts > 0 AND route IN ('digital', 'in_person', 'phone')),
    followed_events AS (
        SELECT e.*, c.min_at, {stage_sql(settings.services.stages)} = {last_stage} AS is_last_stage
        FROM events e JOIN cohort c USING (journey_id)
        WHERE epoch(e.started_at) - epoch(c.min_at) <= {FOLLOWED_DAYS * 86400}),
    firsts AS (
        SELECT journey_id, arg_min(event_id, position) AS event_id FROM followed_events WHERE kind = 'contact'
        GROUP BY journey_id),
    ends AS (
        SELECT journey_id, max(position) FILTER (WHERE kind = 'step' AND is_last_stage) AS done_position,
               max(CASE WHEN demand = 'failure' THEN position END) AS failed_position,
               max(started_at) FILTER (WHERE kind = 'step' AND is_last_stage) AS done_at,
               count(*) FILTER (WHERE kind = 'contact') AS n_contacts,
               bool_or(kind = 'step' AND channel = 'back_office') AS has_case,
               bool_or(coalesce(demand = 'failure', false)) AS has_failure,
               arg_max(channel_group, CASE WHEN kind = 'contact' THEN position END) AS route_end,
               arg_min(demand_type, CASE WHEN demand = 'value' THEN position END) AS need
        FROM followed_events GROUP BY journey_id)
    SELECT c.journey_id, c.service, c.person_id, c.is_linked, c.route, n.route_end, coalesce(n.need, 'not stated') AS need,
           c.service || ' ' || coalesce(n.need, 'not stated') AS kind,
           n.n_contacts, n.n_contacts = 1 AS is_one_contact, n.has_case, n.has_failure,
           n.has_case AND n.done_position IS NOT NULL AND coalesce(n.failed_position < n.done_position, true) AS is_completed,
           epoch(n.done_at) - epoch(c.min_at) AS done_s,
           strftime(k.local_at, '%Y-%m') AS month, CAST(isodow(k.local_at) AS VARCHAR) AS weekday, k.area, k.age_band,
           CAST(k.deprivation_decile AS VARCHAR) AS deprivation_decile
    FROM cohort c JOIN ends n USING (journey_id) JOIN firsts f USING (journey_id) JOIN contacts k ON k.contact_id = f.event_id"""


def last_started(week: Week) -> Week:
    """The newest week whose journeys have all been followed long enough."""
    return week.plus(-_WEEKS_BACK)


def compare(
    journeys: pd.DataFrame, pair: tuple[str, str], outcome: Outcome, *, route: str = "route"
) -> tuple[Groups, Difference | None, Difference | None]:
    """The two groups, their raw difference, and that like for like; None where there is nothing to compare."""
    own = journeys[journeys[route].isin(pair) & journeys["is_linked"]]
    if outcome.among:
        own = own[own[outcome.among].astype(bool)]
    group = np.asarray(own[route] == pair[1], dtype=np.int64)
    groups = Groups.of(group, own["kind"], own["person_id"])
    if not groups.n_of(0) or not groups.n_of(1):
        return groups, None, None
    values = own[outcome.outcome_id].to_numpy(np.float64)
    measure: Callable[..., Difference] = compare_medians if outcome.is_median else compare_means
    adjusted = measure(groups, values, is_adjusted=True) if groups.is_comparable else None
    return groups, measure(groups, values, is_adjusted=False), adjusted
