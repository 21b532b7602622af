"""Who depends on in-person service, and what sent people there.

In: `contact_facts`. Out: published tables, one row for every service, however few visits it has, in the order of names;
and the same by area and age band where the sources say them. A person depends on the counter who, in the whole period
and about anything, was seen in person and used no digital channel. That is told of people who could be linked only, whose share
stands beside it: those who leave no details at the counter may well depend on it more. Sent by a barrier: the visit's own words say that the
website did not work, or the same person's form failed or was given up within the day before. No recommendation follows.
"""

from __future__ import annotations

from journeys.engine import Engine
from journeys.schema import IS_LINKED
from journeys.settings import Settings
from mining.suppress import Show, publish_table
from mining.suppress_across import Cell, hide_also
from mining.tables import FindingTable

_FORM_ENDS = "('Web form fails', 'Abandons web form')"


def in_person_tables(
    engine: Engine, settings: Settings, first_week: str, last_week: str, period: str, hidden: set[Cell]
) -> dict[str, FindingTable]:
    """Tables by id: by service, by area, by age band; those without a value to show are left out.

    `hidden` are (service, channel) that would give others away.
    """
    engine.save("in_person_facts", in_person_facts_sql(), first=first_week, last=last_week)
    tables = {"in_person": _by_service(engine, settings, period, hidden)}
    for column, name in (("area", "area"), ("age_band", "age band")):
        if engine.value(f"SELECT count({column}) FROM in_person_facts WHERE is_visit"):
            tables[f"in_person_by_{column}"] = _by_group(engine, settings, period, column, name)
    return tables


def in_person_facts_sql() -> str:
    """Inbound contacts of the period with what their person did in it."""
    return f"""
    WITH window_contacts AS (
        SELECT *, channel_group = 'in_person' AS is_visit, {IS_LINKED} AS is_known
        FROM contact_facts WHERE week BETWEEN $first AND $last AND direction = 'inbound'),
    of_person AS (
        SELECT person_id, bool_or(is_visit) AND NOT bool_or(channel_group = 'digital') AS depends
        FROM window_contacts WHERE is_known GROUP BY person_id),
    barriers AS (
        SELECT DISTINCT v.contact_id
        FROM window_contacts v JOIN window_contacts w ON w.person_id = v.person_id AND w.service = v.service
        WHERE v.is_visit AND v.is_known AND w.activity IN {_FORM_ENDS}
              AND epoch(v.started_at) - epoch(w.started_at) BETWEEN 0 AND 86400)
    SELECT c.contact_id, c.person_id, c.service, c.area, c.age_band, c.is_visit, c.is_known, c.demand,
           coalesce(p.depends, false) AS depends,
           b.contact_id IS NOT NULL OR coalesce(c.demand_type = 'digital_barrier', false) AS is_after_barrier
    FROM window_contacts c LEFT JOIN of_person p USING (person_id) LEFT JOIN barriers b USING (contact_id)"""


_COUNTS = """
    count(*) AS n_all, count(*) FILTER (WHERE is_visit) AS n_visits,
    count(DISTINCT CASE WHEN is_visit THEN person_id END) AS n_persons,
    count(DISTINCT CASE WHEN is_visit AND is_known THEN person_id END) AS n_known,
    count(DISTINCT CASE WHEN is_visit AND is_known AND depends THEN person_id END) AS n_depend,
    count(*) FILTER (WHERE is_visit AND is_after_barrier) AS n_after_barrier,
    count(*) FILTER (WHERE is_visit AND demand = 'value') AS n_value,
    count(*) FILTER (WHERE is_visit AND demand IN ('value', 'failure')) AS n_rated"""
_SHOWS = (
    Show("n_visits", "Visits", "contacts", guard="n_persons"),
    Show("visits_share", "Of all its contacts", "share", guard="n_persons", of="n_all"),
    Show("n_persons", "People seen", "persons", guard="n_persons"),
    Show("known_share", "People we could link", "share", guard="n_persons", of="n_persons"),
    Show("depend_share", "Used no digital channel for anything", "share", guard="n_persons", of="n_known"),
    Show("value_share", "Came with a need of their own", "share", guard="n_persons", of="n_rated"),
    Show("barrier_share", "Came after the website failed them", "share", guard="n_persons", of="n_visits"),
)


def _by_service(engine: Engine, settings: Settings, period: str, hidden: set[Cell]) -> FindingTable:
    rows = engine.run(f"SELECT service, {_COUNTS} FROM in_person_facts GROUP BY service")
    rows = hide_also(rows, "service", {service for service, channel in hidden if channel == "face_to_face"})
    rows = rows.assign(name=[settings.service_name(str(service)) for service in rows["service"]]).sort_values("name")
    return publish_table(
        "in_person", "In-person service: who came, and why", period, "in_person",
        rows.assign(visits_share=rows["n_visits"], known_share=rows["n_known"], depend_share=rows["n_depend"], value_share=rows["n_value"],
                    barrier_share=rows["n_after_barrier"]),
        (Show("name", "Service", "text"), *_SHOWS), settings.publishing,
    )  # fmt: skip


def _by_group(engine: Engine, settings: Settings, period: str, column: str, name: str) -> FindingTable:
    rows = engine.run(
        f"SELECT coalesce({column}, 'not stated') AS name, {_COUNTS} FROM in_person_facts WHERE is_visit GROUP BY name ORDER BY name"
    )
    return publish_table(
        f"in_person_by_{column}", f"In-person service by {name}", period, "in_person",
        rows.assign(known_share=rows["n_known"], depend_share=rows["n_depend"], value_share=rows["n_value"],
                    barrier_share=rows["n_after_barrier"]),
        (Show("name", name.capitalize(), "text"), *(show for show in _SHOWS if show.name != "visits_share")), settings.publishing,
    )  # fmt: skip
