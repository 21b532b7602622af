"""The four measures of GOV.UK's Service Manual by service: completion rate, digital take-up, user satisfaction, cost per transaction.

In: `contact_facts` of the window. Out: published tables. By the manual's definitions (service-manual/measuring-success, read as
its four mandatory performance indicators), with contacts in the place of transactions:
    completion rate        web forms submitted / web forms begun
    digital take-up        requests submitted as a web form / requests completed in any channel
    user satisfaction      those who answered 4 or 5 of 5 / those who answered, where a source supplies answers
    cost per transaction   contacts by channel x the council's own cost of one (config/costs.toml) / requests completed
A request is a contact whose reason is known and is value demand; by a channel with staff it is completed when it was neither
given up nor missed. What people chase, complain of or ask again costs money and completes nothing. Where a channel that
people used has no cost, none is shown.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.settings import Settings
from mining.clustered import add_independent
from mining.suppress import Show, publish_table
from mining.tables import FindingTable

_FORMS = "('Starts web form', 'Submits web form', 'Web form fails', 'Abandons web form')"
_BEGUN = f"(channel = 'web_form' OR activity IN {_FORMS})"
# A record in the export of a form system is a form that was sent, unless it says otherwise.
_UNSENT = "('Starts web form', 'Web form fails', 'Abandons web form')"
_SENT = f"(activity = 'Submits web form' OR (channel = 'web_form' AND coalesce(activity, '') NOT IN {_UNSENT}))"
_DONE = f"""demand = 'value' AND ({_SENT} OR (is_staff_handled AND NOT coalesce(is_abandoned, false)
            AND NOT coalesce(is_no_show, false)))"""
_RATED = "satisfaction BETWEEN 1 AND 5"
_SHARES = {
    "completion": (_SENT, _BEGUN),
    "take_up": (_SENT, _DONE),
    "satisfied": ("satisfaction >= 4", _RATED),
}


def transaction_tables(
    engine: Engine, settings: Settings, first_week: str, last_week: str, period: str
) -> dict[str, FindingTable]:
    """`transactions` by id: one row for each service, in the order of names."""
    where, given = (
        "week BETWEEN $first AND $last AND direction = 'inbound'",
        {"first": first_week, "last": last_week},
    )
    rows = engine.run(
        f"""
        SELECT service, count(DISTINCT person_id) AS n_persons,
               count(*) FILTER (WHERE {_BEGUN}) AS n_begun, count(*) FILTER (WHERE {_DONE}) AS n_done,
               count(DISTINCT CASE WHEN {_BEGUN} THEN person_id END) AS begun_persons,
               count(DISTINCT CASE WHEN {_DONE} THEN person_id END) AS done_persons,
               count(*) FILTER (WHERE {_BEGUN} AND {_SENT}) AS completion,
               count(*) FILTER (WHERE {_DONE} AND {_SENT}) AS take_up,
               count(*) FILTER (WHERE {_RATED}) AS n_rated, count(*) FILTER (WHERE {_RATED} AND satisfaction >= 4) AS satisfied
        FROM contact_facts WHERE {where} AND service IS NOT NULL GROUP BY service""",
        **given,
    )
    rows = add_independent(engine, rows, "service", _SHARES, where, by="service", **given)
    rows = rows.assign(name=[settings.service_name(str(service)) for service in rows["service"]]).sort_values("name")
    is_costed, is_rated = bool(settings.costs), bool(rows["n_rated"].sum())
    rows = _with_costs(engine, rows, settings, where, given) if is_costed else rows
    shows = [
        Show("name", "Service", "text"),
        Show("n_begun", "Web forms begun", "contacts", guard="begun_persons"),
        Show("completion", "Completion rate", "share", guard="begun_persons", of="n_begun", independent="completion_independent"),
        Show("n_done", "Requests completed, all channels", "contacts", guard="done_persons"),
        Show("take_up", "Digital take-up", "share", guard="done_persons", of="n_done", independent="take_up_independent"),
        *([Show("satisfied", "Satisfied", "share", guard="n_persons", of="n_rated", independent="satisfied_independent")] if is_rated else []),
        *([Show("cost_low", "Cost per request, from", "pounds", guard="cost_guard"),
           Show("cost_high", "Cost per request, to", "pounds", guard="cost_guard")] if is_costed else []),
    ]  # fmt: skip
    table = publish_table(
        "transactions", "Completion, digital take-up, satisfaction and cost", period, "transactions", rows, shows, settings.publishing
    )  # fmt: skip
    return {table.table_id: table}


def _with_costs(
    engine: Engine, rows: pd.DataFrame, settings: Settings, where: str, given: dict[str, str]
) -> pd.DataFrame:
    """cost_low, cost_high in pounds, null where a channel that was used has no cost; too few requests are guarded."""
    ends = {cost.channel: (cost.low, cost.high) for cost in settings.costs}
    counts = engine.run(
        f"SELECT service, channel, count(*) AS n FROM contact_facts WHERE {where} AND service IS NOT NULL GROUP BY service, channel",
        **given,
    )
    costs: dict[str, Any] = {"cost_low": [], "cost_high": []}
    for service, n_done in zip(rows["service"], rows["n_done"], strict=True):
        own = counts[counts["service"] == service]
        is_known = n_done > 0 and set(own["channel"]) <= set(ends)
        for at, name in enumerate(costs):
            total = (
                sum(ends[channel][at] * n for channel, n in zip(own["channel"], own["n"], strict=True))
                if is_known
                else None
            )
            costs[name].append(None if total is None else round(total / n_done, 2))
    enough = rows["n_done"] >= settings.publishing.share_needs
    return rows.assign(**costs, cost_guard=rows["done_persons"].where(enough, 1))
