"""What stands behind failure demand: promises, causes, evidence by type. In: `contact_facts`. Out: published tables."""

from __future__ import annotations

from journeys.engine import Engine
from journeys.settings import Settings
from mining.clustered import add_independent, add_independent_parts
from mining.suppress import TOTAL, PartsOf, Show, publish_table
from mining.tables import FindingTable

_PROMISES = {
    "overdue": "after the promised date",
    "within": "before the promised date",
    "none_given": "no date was promised",
    "unknown": "not known",
}
_OWNERS = {
    "policy": "Policy", "process": "How we work", "digital": "Website and forms", "supplier": "A supplier",
    "partner": "A partner", "external": "Outside our reach", "customer": "The person", "unknown": "Not known",
}  # fmt: skip
_ABLE = {
    "by_us": "By us", "by_partner": "By a partner", "not_preventable": "No", "unknown": "Not known",
}  # fmt: skip

_TIERS = ("both", "behaviour", "text")
_IN_WINDOW = "week BETWEEN $first AND $last"


def ledger_tables(
    engine: Engine, settings: Settings, first_week: str, last_week: str, period: str
) -> dict[str, FindingTable]:
    """Chasing by what was promised, and each type of failure demand with its cause and evidence."""
    window = {"first": first_week, "last": last_week}
    tables = [_promises(engine, settings, window, period), _causes(engine, settings, window, period)]
    return {table.table_id: table for table in tables}


def _promises(engine: Engine, settings: Settings, window: dict[str, str], period: str) -> FindingTable:
    rows = engine.run(
        """
        SELECT sla_state, count(*) AS n_contacts, count(DISTINCT person_id) AS n_persons, sum(count(*)) OVER () AS n_all
        FROM contact_facts WHERE week BETWEEN $first AND $last AND demand_type = 'progress_chase' AND demand = 'failure'
        GROUP BY sla_state ORDER BY n_contacts DESC, sla_state""",
        **window,
    )
    where = f"{_IN_WINDOW} AND demand_type = 'progress_chase' AND demand = 'failure'"
    rows = add_independent_parts(engine, rows, "sla_state", where, "share", **window)
    return publish_table(
        "promises",
        "People who asked what is happening, by what they had been promised",
        period,
        "promises",
        rows.assign(promise=[_PROMISES[state] for state in rows["sla_state"]], share=rows["n_contacts"]),
        [
            Show("promise", "They asked", "text"),
            Show("n_contacts", "Contacts", "contacts", guard="n_persons"),
            Show("share", "Share", "share", guard="n_persons", of="n_all", independent="share_independent"),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )


def _causes(engine: Engine, settings: Settings, window: dict[str, str], period: str) -> FindingTable:
    rows = engine.run(
        """
        SELECT demand_type, cause_owner, preventability, count(*) AS n_contacts, count(DISTINCT person_id) AS n_persons,
               count(*) FILTER (WHERE evidence_tier = 'both') AS n_both,
               count(*) FILTER (WHERE evidence_tier = 'behaviour') AS n_behaviour,
               count(*) FILTER (WHERE evidence_tier = 'text') AS n_text
        FROM contact_facts WHERE week BETWEEN $first AND $last AND demand = 'failure'
        GROUP BY demand_type, cause_owner, preventability ORDER BY n_contacts DESC, demand_type""",
        **window,
    )
    tiers = {f"n_{tier}": (f"evidence_tier = '{tier}'", "true") for tier in _TIERS}
    where = f"{_IN_WINDOW} AND demand = 'failure'"
    rows = add_independent(engine, rows, "demand_type", tiers, where, by="demand_type", **window)
    types = settings.taxonomy.by_slug
    rows = rows.assign(
        name=[types[slug].name if slug in types else slug for slug in rows["demand_type"]],
        owner=[_OWNERS.get(str(owner), "Not known") for owner in rows["cause_owner"]],
        able=[_ABLE.get(str(able), "Not known") for able in rows["preventability"]],
    )
    return publish_table(
        "ledger",
        "Failure demand by type: where the cause lies, and what shows it",
        period,
        "ledger",
        rows,
        [
            Show("name", "Reason", "text"),
            Show("owner", "Where the cause lies", "text"),
            Show("able", "Could it be prevented", "text"),
            Show("n_contacts", "Contacts", "contacts", guard="n_persons"),
            Show(
                "n_both",
                "Words and behaviour agree",
                "share",
                guard="n_persons",
                of="n_contacts",
                independent="n_both_independent",
            ),
            Show(
                "n_behaviour",
                "Behaviour alone",
                "share",
                guard="n_persons",
                of="n_contacts",
                independent="n_behaviour_independent",
            ),
            Show(
                "n_text", "Words alone", "share", guard="n_persons", of="n_contacts", independent="n_text_independent"
            ),
        ],
        settings.publishing,
        parts_of=PartsOf(),
    )
