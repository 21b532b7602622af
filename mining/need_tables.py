"""The tables of needs: services people had to tell, what they told again, how long until all was done.

In: `need_contacts` and `need_journeys` of `journeys.cut_needs`, `contacts`, `persons`, `demand`. Out: one finding per
need with published tables. Cohort of all of them: need journeys that started in the window, ended or still open.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from journeys.cut_needs import cut_needs, tells_sql
from journeys.engine import Engine
from journeys.needs import Need
from journeys.schema import GROUPS, IS_LINKED
from journeys.settings import Settings
from journeys.times import literal
from mining.dialect import centile
from mining.suppress import TOTAL, Show, is_small, publish_table, round_count
from mining.survival import ended_within
from mining.tables import HIDDEN, FindingTable

_ROUTE_NAMES = {"digital": "Digital first", "phone": "Phone first", "in_person": "In person first", "other": "Other"}
_MOST_ORDERS = 10


def measure_needs(
    engine: Engine, settings: Settings, first_week: str, last_week: str, cut_off_at: str, period: str
) -> list[dict[str, Any]]:
    """Findings of every need in the order of the settings; none where the council has set no needs."""
    if not settings.needs.needs:
        return []
    cut_needs(engine, settings, cut_off_at)
    found = []
    for slug, need in settings.needs.needs.items():
        engine.save(
            "window_needs",
            "SELECT * FROM need_journeys WHERE need = $need AND start_week BETWEEN $first AND $last",
            need=slug,
            first=first_week,
            last=last_week,
        )
        n_unlinked = _count_unlinked(engine, need, first_week, last_week)
        tables = [
            _summary(engine, n_unlinked, settings, period),
            _routes(engine, settings, period),
            _services(engine, settings, period),
            _orders(engine, settings, period),
        ]
        count = engine.run(
            "SELECT count(*) AS n, count(DISTINCT person_id) AS n_persons FROM window_needs WHERE is_counted"
        ).iloc[0]
        found.append(
            {
                "need": slug,
                "name": need.name,
                "services": [settings.service_name(service) for service in need.services],
                "reasons": [settings.taxonomy.by_slug[kind].name for kind in need.demand_types],
                "activities": list(need.activities),
                "gap_days": need.gap / 86400,
                "least_services": need.least_services,
                "n_journeys": dict(HIDDEN)
                if is_small(count["n_persons"], settings.publishing)
                else round_count(count["n"], settings.publishing),
                "tables": {table.table_id: table.as_json() for table in tables},
            }
        )
    return found


def _count_unlinked(engine: Engine, need: Need, first_week: str, last_week: str) -> int:
    """Contacts with the need's services that would begin it, were it known who made them."""
    services = ", ".join(literal(service) for service in need.services)
    return int(
        engine.value(
            f"""
            SELECT count(*) FROM contacts c JOIN persons p USING (contact_id) LEFT JOIN demand d USING (contact_id)
            WHERE NOT c.is_browse AND c.direction = 'inbound' AND NOT ({IS_LINKED}) AND c.service IN ({services})
              AND {tells_sql(need)} AND c.week BETWEEN $first AND $last""",
            first=first_week,
            last=last_week,
        )
    )


_COUNTED = f"""
    SELECT route, count(*) AS n_journeys, count(DISTINCT person_id) AS n_persons,
           median(n_services) AS median_services, {centile("n_services", 0.9)} AS p90_services,
           avg(n_told_others) AS told_others, avg(n_told_same) AS told_same, avg(n_contacts) AS n_contacts,
           count(*) FILTER (WHERE is_open) AS n_open,
           count(DISTINCT person_id) FILTER (WHERE is_open) AS open_persons,
           count(DISTINCT person_id) FILTER (WHERE NOT is_open) AS ended_persons
    FROM window_needs WHERE is_counted GROUP BY"""


def _summary(engine: Engine, n_unlinked: int, settings: Settings, period: str) -> FindingTable:
    counted = engine.run(f"{_COUNTED} ALL".replace("route,", "'all' AS route,", 1))
    row = counted.iloc[0] if len(counted) else pd.Series(dict.fromkeys(counted.columns, 0))
    few = engine.run(
        "SELECT count(*) AS n, count(DISTINCT person_id) AS n_persons FROM window_needs WHERE NOT is_counted"
    ).iloc[0]
    within = _days(engine).get("all", (None, None))
    persons = row["n_persons"]
    rows = [
        ("Journeys started", row["n_journeys"], "journeys", persons),
        ("People", persons, "persons", persons),
        ("Services told, median", row["median_services"], "count", persons),
        ("Services told, 90th centile", row["p90_services"], "count", persons),
        ("Contacts each", row["n_contacts"], "count", persons),
        ("Told again to another service, times each", row["told_others"], "count", persons),
        ("Told again to the same service, times each", row["told_same"], "count", persons),
        ("Days until all were done for half of the journeys", within[0], "days", persons),
        ("Days until all were done for 9 in 10", within[1], "days", persons),
        ("Journeys still open", row["n_open"], "journeys", _fewer(row["open_persons"], row["ended_persons"])),
        ("Left out: too few services told so far", few["n"], "journeys", few["n_persons"]),
        ("Left out: contacts that tell of it, by people not linked", n_unlinked, "contacts", n_unlinked),
    ]
    return publish_table(
        "summary",
        "What people went through",
        period,
        "need_journeys",
        pd.DataFrame(rows, columns=["measure", "value", "unit", "persons"]).astype({"value": object}),
        [
            Show("measure", "Measure", "text"),
            Show("value", "Value", "count", guard="persons"),
            Show("unit", "Unit", "text"),
        ],
        settings.publishing,
    )


def _routes(engine: Engine, settings: Settings, period: str) -> FindingTable:
    rows = engine.run(f"{_COUNTED} route")
    rows = rows.assign(place=rows["route"].map(GROUPS.index)).sort_values("place", ignore_index=True)
    within = _days(engine)
    rows = rows.assign(
        route_name=[_ROUTE_NAMES[route] for route in rows["route"]],
        share=rows["n_journeys"],
        n_all=rows["n_journeys"].sum(),
        open_guard=_fewer_of(rows["open_persons"], rows["ended_persons"]),
        half_days=pd.Series([within[route][0] for route in rows["route"]], dtype=float),
        most_days=pd.Series([within[route][1] for route in rows["route"]], dtype=float),
    )
    return publish_table(
        "routes",
        "By how people first got in touch",
        period,
        "need_journeys",
        rows,
        [
            Show("route_name", "Route", "text"),
            Show("n_journeys", "Journeys", "journeys", guard="n_persons"),
            Show("share", "Share", "share", guard="n_persons", of="n_all"),
            Show("median_services", "Services told, median", "count", guard="n_persons"),
            Show("p90_services", "90th centile", "count", guard="n_persons"),
            Show("told_others", "Told again to another service, each", "count", guard="n_persons"),
            Show("told_same", "To the same service, each", "count", guard="n_persons"),
            Show("half_days", "Half were done within days", "days", guard="n_persons"),
            Show("most_days", "9 in 10 within days", "days", guard="n_persons"),
            Show("n_open", "Still open", "journeys", guard="open_guard"),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )


def _services(engine: Engine, settings: Settings, period: str) -> FindingTable:
    rows = engine.run(
        """
        SELECT c.service, count(*) FILTER (WHERE c.told_position = 1) AS n_journeys,
               count(DISTINCT c.person_id) FILTER (WHERE c.told_position = 1) AS told_persons,
               count(DISTINCT c.person_id) AS n_persons, count(*) AS n_contacts,
               count(*) FILTER (WHERE c.position = 1) AS n_first,
               count(DISTINCT c.person_id) FILTER (WHERE c.position = 1) AS first_persons,
               count(*) FILTER (WHERE c.is_told_again AND coalesce(c.told_position, 0) <> 1) AS n_again,
               count(DISTINCT c.person_id)
                   FILTER (WHERE c.is_told_again AND coalesce(c.told_position, 0) <> 1) AS again_persons,
               median(epoch(c.started_at) - epoch(w.started_at)) FILTER (WHERE c.told_position = 1) / 86400 AS days,
               (SELECT count(*) FROM window_needs WHERE is_counted) AS n_all,
               (SELECT count(DISTINCT person_id) FROM window_needs WHERE is_counted) AS all_persons
        FROM need_contacts c JOIN window_needs w USING (need_journey_id)
        WHERE w.is_counted GROUP BY c.service ORDER BY n_journeys DESC, c.service"""
    )
    return publish_table(
        "services",
        "Which services had to be told",
        period,
        "need_journeys",
        rows.assign(
            name=[settings.service_name(service) for service in rows["service"]],
            share=rows["n_journeys"],
            told_guard=_fewer_of(rows["told_persons"], rows["all_persons"] - rows["told_persons"]),
        ),
        [
            Show("name", "Service", "text"),
            Show("n_journeys", "Journeys that told it", "journeys", guard="told_guard"),
            Show("share", "Share", "share", guard="told_guard", of="n_all"),
            Show("n_first", "Told first", "journeys", guard="first_persons"),
            Show("days", "Median days after the first contact", "days", guard="told_guard"),
            Show("n_contacts", "Contacts", "contacts", guard="n_persons"),
            Show("n_again", "Told again", "contacts", guard="again_persons"),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )


def _orders(engine: Engine, settings: Settings, period: str) -> FindingTable:
    rows = engine.run(
        """
        SELECT services, count(*) AS n_journeys, count(DISTINCT person_id) AS n_persons,
               sum(count(*)) OVER () AS n_all
        FROM window_needs WHERE is_counted GROUP BY services ORDER BY n_journeys DESC, services"""
    )
    small = rows["n_persons"] < settings.publishing.suppress_below
    rows = rows[~small].head(_MOST_ORDERS)
    names = [" > ".join(settings.service_name(name) for name in text.split(" > ")) for text in rows["services"]]
    return publish_table(
        "orders",
        "In which order services were told",
        period,
        "need_journeys",
        rows.assign(order=names, share=rows["n_journeys"]),
        [
            Show("order", "Order", "text"),
            Show("n_journeys", "Journeys", "journeys", guard="n_persons"),
            Show("share", "Share", "share", guard="n_persons", of="n_all"),
        ],
        settings.publishing,
    )


def _fewer_of(persons: pd.Series, others: pd.Series) -> list[int]:
    return [_fewer(mine, rest) for mine, rest in zip(persons, others, strict=True)]


def _fewer(persons: int, others: int) -> int:
    """The guard of a part whose total is shown: the rest could be worked out, so a small rest hides the part."""
    return int(min(persons, others)) if others > 0 else int(persons)


def _days(engine: Engine) -> dict[str, tuple[float | None, float | None]]:
    """By route, and for all: days within which half and 9 in 10 were done, open journeys counted as going on."""
    rows = engine.run("SELECT route, days, is_open FROM window_needs WHERE is_counted ORDER BY days, need_journey_id")
    parts = {"all": rows, **{str(route): own for route, own in rows.groupby("route")}}
    return {
        route: tuple(ended_within(list(own["days"]), list(~own["is_open"]), share) for share in (0.5, 0.9))  # type: ignore[misc]
        for route, own in parts.items()
    }
