"""Who uses which channel, and for whom contact fails: by deprivation, by age band and by area, where sources say them.

In: `contact_facts` of the window. Out: published tables, in the order of the bands, never of a result. A person's band is the
one that most of their contacts say; the people of whom none is known have a row of their own, because they are seldom like the
rest. Deciles of deprivation are shown in fifths: 1 and 2 are the most deprived fifth of small areas.
"""

from __future__ import annotations

from collections.abc import Mapping

from journeys.engine import Engine
from journeys.settings import Settings
from mining.clustered import add_independent
from mining.suppress import TOTAL, Show, publish_table
from mining.tables import FindingTable

UNKNOWN = "Not known"
_FIFTHS = ("most deprived fifth", "second fifth", "third fifth", "fourth fifth", "least deprived fifth")
_FIFTH = (
    "CASE CAST(ceil(deprivation_decile / 2.0) AS INTEGER) "
    + " ".join(f"WHEN {place} THEN '{place}: {name}'" for place, name in enumerate(_FIFTHS, start=1))
    + " END"
)
# Table, SQL of the band of one contact, what the rows are.
_BANDS = (
    ("equality_by_deprivation", _FIFTH, "Deprivation"),
    ("equality_by_age_band", "age_band", "Age band"),
    ("equality_by_area", "area", "Area"),
)
_SHARES: Mapping[str, tuple[str, str]] = {
    "in_person": ("channel_group = 'in_person'", "true"),
    "phone": ("channel_group = 'phone'", "true"),
    "digital": ("channel_group = 'digital'", "true"),
    "failure": ("demand = 'failure'", "demand IN ('failure', 'value')"),
}


def equality_tables(
    engine: Engine, settings: Settings, first_week: str, last_week: str, period: str
) -> dict[str, FindingTable]:
    """Tables by id; a band that is not known of at least half of the contacts has none."""
    where = "week BETWEEN $first AND $last AND direction = 'inbound'"
    given = {"first": first_week, "last": last_week}
    tables = {}
    for table_id, band, name in _BANDS:
        engine.save(
            "banded",
            f"""
            WITH of_person AS (
                SELECT person_id, mode({band} ORDER BY {band}) AS band FROM contact_facts
                WHERE {where} AND ({band}) IS NOT NULL GROUP BY person_id)
            SELECT c.*, coalesce(o.band, '{UNKNOWN}') AS band FROM contact_facts c LEFT JOIN of_person o USING (person_id)
            WHERE {where}""",
            **given,
        )
        # Known of few, a band tells who came where it is asked, such as a counter, and not who makes contact.
        if engine.value(f"SELECT count(*) FILTER (WHERE band <> '{UNKNOWN}') * 2 >= count(*) FROM banded"):
            tables[table_id] = _table(engine, settings, table_id, name, period)
    return tables


def _table(engine: Engine, settings: Settings, table_id: str, name: str, period: str) -> FindingTable:
    counted = ", ".join(
        f"count(*) FILTER (WHERE ({yes}) AND ({of})) AS {share}, count(*) FILTER (WHERE {of}) AS {share}_of"
        for share, (yes, of) in _SHARES.items()
    )
    rows = engine.run(
        f"SELECT band, count(*) AS n_contacts, count(DISTINCT person_id) AS n_persons, {counted} FROM banded GROUP BY band "
        f"ORDER BY band = '{UNKNOWN}', band"
    )
    rows = add_independent(engine, rows, "band", _SHARES, "true", by="band", source="banded")
    labels = {"in_person": "In person", "phone": "By phone", "digital": "Digital", "failure": "Failure demand"}
    return publish_table(
        table_id,
        f"Channels and failure demand by {name.lower()}",
        period,
        "equality",
        rows,
        [
            Show("band", name, "text"),
            Show("n_contacts", "Contacts", "contacts", guard="n_persons"),
            Show("n_persons", "People", "persons", guard="n_persons"),
            *(
                Show(share, label, "share", guard="n_persons", of=f"{share}_of", independent=f"{share}_independent")
                for share, label in labels.items()
            ),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )
