"""The tables of the failure-demand page: level, types, where, evidence, repeats, and the step before a failure.

In: `contact_facts`, `followed`, `window_events`. Out: published tables.
"""

from __future__ import annotations

import pandas as pd

from journeys.engine import Engine
from journeys.settings import Settings
from mining.clustered import add_independent, add_independent_parts
from mining.names import channel_name
from mining.reasons import count_reasons, with_names
from mining.repeats import count_repeats
from mining.suppress import TOTAL, PartsOf, Show, publish_table
from mining.tables import FindingTable

_MOST_CAUSES = 15
_IN_WINDOW = "week BETWEEN $first AND $last"


def demand_tables(
    engine: Engine, settings: Settings, first_week: str, last_week: str, cut_off_at: str, period: str
) -> dict[str, FindingTable]:
    """All tables of the failure-demand page by id."""
    reasons = with_names(count_reasons(engine, first_week, last_week), settings)
    tables = [
        _level(engine, settings, first_week, last_week, period),
        _types(reasons, settings, period),
        _by_service(engine, settings, first_week, last_week, period),
        _by_channel(engine, settings, first_week, last_week, period),
        _evidence(engine, settings, first_week, last_week, period),
        _repeats(engine, settings, first_week, cut_off_at, period),
        _causes(engine, settings, period),
    ]
    return {table.table_id: table for table in tables}


def _level(engine: Engine, settings: Settings, first_week: str, last_week: str, period: str) -> FindingTable:
    rows = engine.run(
        """
        SELECT demand, count(*) FILTER (WHERE week = $last) AS n_week,
               count(DISTINCT person_id) FILTER (WHERE week = $last) AS week_persons,
               count(*) AS n_window, count(DISTINCT person_id) AS n_persons,
               sum(count(*) FILTER (WHERE week = $last)) OVER () AS n_week_all, sum(count(*)) OVER () AS n_all
        FROM contact_facts WHERE week BETWEEN $first AND $last
        GROUP BY demand ORDER BY n_window DESC, demand""",
        first=first_week,
        last=last_week,
    )
    rows = rows.assign(share_week=rows["n_week"], share_window=rows["n_window"])
    for name, where in (("share_week", "week = $last"), ("share_window", _IN_WINDOW)):
        given = {"last": last_week} if name == "share_week" else {"first": first_week, "last": last_week}
        rows = add_independent_parts(engine, rows, "demand", where, name, **given)
    return publish_table(
        "demand_level",
        "Contacts by kind of demand",
        period,
        "failure_demand_rate",
        rows,
        [
            Show("demand", "Demand", "text"),
            Show("n_week", "Contacts this week", "contacts", guard="week_persons"),
            Show("share_week", "Share this week", "share", guard="week_persons", of="n_week_all", independent="share_week_independent"),
            Show("n_window", "Contacts in the period", "contacts", guard="n_persons"),
            Show("share_window", "Share in the period", "share", guard="n_persons", of="n_all", independent="share_window_independent"),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )  # fmt: skip


def _types(reasons: pd.DataFrame, settings: Settings, period: str) -> FindingTable:
    rows = reasons.assign(n_window=reasons["n_contacts"], share_window=reasons["n_contacts"])
    return publish_table(
        "demand_types",
        "Reasons for contact",
        period,
        "demand",
        rows,
        [
            Show("demand", "Demand", "text"),
            Show("demand_type", "Type", "text"),
            Show("demand_type_name", "Reason", "text"),
            Show("definition_text", "Counted when the person", "text"),
            Show("n_week", "Contacts this week", "contacts", guard="week_persons"),
            Show("n_window", "Contacts in the period", "contacts", guard="n_persons"),
            Show("share_window", "Share in the period", "share", guard="n_persons", of="n_all", independent="share_independent"),
        ],
        settings.publishing,
        parts_of=PartsOf(within="demand"),
    )  # fmt: skip


def _rates_sql(group: str) -> str:
    return f"""
    SELECT {group} AS item, count(*) AS n_contacts, count(DISTINCT person_id) AS n_persons,
           count(*) FILTER (WHERE demand = 'failure') AS failure_demand_rate,
           count(*) FILTER (WHERE demand IN ('failure', 'value')) AS n_rated,
           count(*) FILTER (WHERE demand = 'unclear') AS unclear_share,
           count(*) FILTER (WHERE demand = 'failure' AND is_staff_handled) AS staff_handled_rate,
           count(*) FILTER (WHERE demand IN ('failure', 'value') AND is_staff_handled) AS n_staff_rated
    FROM contact_facts WHERE week BETWEEN $first AND $last AND direction = 'inbound'
    GROUP BY item ORDER BY n_contacts DESC, item"""


_RATED = "demand IN ('failure', 'value')"
_SHARES = {
    "failure_demand_rate": ("demand = 'failure'", _RATED),
    "unclear_share": ("demand = 'unclear'", "true"),
    "staff_handled_rate": ("demand = 'failure'", f"{_RATED} AND is_staff_handled"),
}
_RATES = (
    Show("n_contacts", "Contacts", "contacts", guard="n_persons"),
    Show("failure_demand_rate", "Failure demand", "share", guard="n_persons", of="n_rated", independent="failure_demand_rate_independent"),
    Show("unclear_share", "Reason not known", "share", guard="n_persons", of="n_contacts", independent="unclear_share_independent"),
)  # fmt: skip


def _rates(engine: Engine, group: str, first_week: str, last_week: str) -> pd.DataFrame:
    """Rates of each service or channel, with how many independent contacts each rests on."""
    given = {"first": first_week, "last": last_week}
    rows = engine.run(_rates_sql(group), **given)
    return add_independent(engine, rows, group, _SHARES, f"{_IN_WINDOW} AND direction = 'inbound'", **given)


def _by_service(engine: Engine, settings: Settings, first_week: str, last_week: str, period: str) -> FindingTable:
    rows = _rates(engine, "service", first_week, last_week)
    rows = rows.assign(name=[settings.service_name(service) for service in rows["item"]])
    staff = Show("staff_handled_rate", "Staff-handled channels alone", "share", guard="n_persons", of="n_staff_rated",
                 independent="staff_handled_rate_independent")  # fmt: skip
    return publish_table(
        "demand_by_service",
        "Failure demand by service",
        period,
        "failure_demand_rate",
        rows,
        [Show("name", "Service", "text"), *_RATES, staff],
        settings.publishing,
        parts_of=TOTAL,
    )


def _by_channel(engine: Engine, settings: Settings, first_week: str, last_week: str, period: str) -> FindingTable:
    rows = _rates(engine, "channel", first_week, last_week)
    rows = rows.assign(channel_name=[channel_name(channel) for channel in rows["item"]])
    return publish_table(
        "demand_by_channel",
        "Failure demand by channel",
        period,
        "failure_demand_rate",
        rows,
        [Show("channel_name", "Channel", "text"), *_RATES],
        settings.publishing,
        parts_of=TOTAL,
    )


def _evidence(engine: Engine, settings: Settings, first_week: str, last_week: str, period: str) -> FindingTable:
    rows = engine.run(
        """
        SELECT evidence_tier, count(*) AS n_contacts, count(DISTINCT person_id) AS n_persons,
               sum(count(*)) OVER () AS n_all
        FROM contact_facts WHERE week BETWEEN $first AND $last AND demand = 'failure'
        GROUP BY evidence_tier ORDER BY n_contacts DESC, evidence_tier""",
        first=first_week,
        last=last_week,
    )
    rows = add_independent_parts(
        engine, rows, "evidence_tier", f"{_IN_WINDOW} AND demand = 'failure'", "share", first=first_week, last=last_week
    )
    return publish_table(
        "evidence",
        "What shows that it was failure demand",
        period,
        "evidence",
        rows.assign(share=rows["n_contacts"]),
        [
            Show("evidence_tier", "Evidence", "text"),
            Show("n_contacts", "Contacts", "contacts", guard="n_persons"),
            Show(
                "share",
                "Share of failure demand",
                "share",
                guard="n_persons",
                of="n_all",
                independent="share_independent",
            ),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )


def _repeats(engine: Engine, settings: Settings, first_week: str, cut_off_at: str, period: str) -> FindingTable:
    rows = count_repeats(engine, cut_off_at, first_week)
    rows = rows.assign(n_contacts_followed=rows["n_contacts"], repeat_share=rows["n_repeated"])
    return publish_table(
        "repeats",
        "Contacts repeated about the same service",
        period,
        "repeat_contact_rate",
        rows,
        [
            Show("days", "Within days", "count"),
            Show("n_contacts_followed", "Contacts followed that long", "contacts", guard="n_persons"),
            Show("repeat_share", "Repeated", "share", guard="n_persons", of="n_contacts", independent="independent"),
        ],
        settings.publishing,
    )


def _causes(engine: Engine, settings: Settings, period: str) -> FindingTable:
    rows = engine.run(
        """
        SELECT e.activity AS step_before, n.activity AS later_contact, count(DISTINCT e.journey_id) AS n_journeys,
               count(DISTINCT e.person_id) AS n_persons, median(e.seconds_to_next) / 86400.0 AS median_days
        FROM window_events e
        JOIN window_events n ON n.journey_id = e.journey_id AND n.position = e.position + 1
        WHERE n.demand = 'failure' AND e.is_order_known
        GROUP BY step_before, later_contact HAVING count(DISTINCT e.person_id) >= $fewest
        ORDER BY n_journeys DESC, step_before, later_contact LIMIT $most""",
        fewest=settings.publishing.suppress_below,
        most=_MOST_CAUSES,
    )
    return publish_table(
        "causes",
        "The step before a failure contact",
        period,
        "causes",
        rows,
        [
            Show("step_before", "Step before", "text"),
            Show("later_contact", "Then the person", "text"),
            Show("n_journeys", "Journeys", "journeys", guard="n_persons"),
            Show("median_days", "Median days between", "days", guard="n_persons"),
        ],
        settings.publishing,
    )
