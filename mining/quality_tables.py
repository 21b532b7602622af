"""The tables of the data page that mining counts: labels, missing fields, and sensitivity to the gap.

In: `contact_facts`, `contacts`, `merges`, `labels`; for the gap, journeys cut again at half and double. Tables about
files and rows are handed in by the pipeline and published as they are: they count rows, not persons.
"""

from __future__ import annotations

import pandas as pd

from journeys.cut import contact_journeys_sql
from journeys.engine import Engine
from journeys.settings import Settings
from mining.names import channel_name
from mining.suppress import TOTAL, Show, publish_table
from mining.tables import FindingTable

_WATCHED = ("service", "case_ref", "wait_s", "handle_s", "area", "age_band", "outcome")


def quality_tables(
    engine: Engine, settings: Settings, first_week: str, last_week: str, period: str
) -> dict[str, FindingTable]:
    """All such tables by id."""
    tables = [
        _labels(engine, settings, first_week, last_week, period),
        _missing(engine, settings, first_week, last_week, period),
        _wrap_up(engine, settings, first_week, last_week, period),
        _gap_sensitivity(engine, settings, first_week, last_week, period),
    ]
    return {table.table_id: table for table in tables}


def handed_in(table_id: str, title: str, definition: str, rows: pd.DataFrame, settings: Settings) -> FindingTable:
    """A table about rows of files, published whole."""
    units = {"purpose": "text", "owner": "text", "rows_usual": "rows", "median_s": "seconds"}
    shows = [
        Show(
            str(name),
            str(name).replace("n_", "").replace("_", " ").capitalize(),
            units.get(str(name), "rows" if pd.api.types.is_numeric_dtype(rows[name]) else "text"),
        )
        for name in rows.columns
    ]
    return publish_table(table_id, title, "everything loaded", definition, rows, shows, settings.publishing)


def _labels(engine: Engine, settings: Settings, first_week: str, last_week: str, period: str) -> FindingTable:
    rows = engine.run(
        """
        SELECT f.channel, count(*) AS n_contacts, count(DISTINCT f.person_id) AS n_persons,
               count(*) FILTER (WHERE s.contact_id IS NOT NULL) AS with_note_share,
               count(*) FILTER (WHERE f.demand = 'unclear') AS unclear_share
        FROM contact_facts f LEFT JOIN said s USING (contact_id)
        WHERE f.week BETWEEN $first AND $last GROUP BY f.channel ORDER BY n_contacts DESC, f.channel""",
        first=first_week,
        last=last_week,
    )
    return publish_table(
        "labels",
        "Contacts with a note, and with a known reason",
        period,
        "unclear_share",
        rows.assign(channel_name=[channel_name(c) for c in rows["channel"]]),
        [
            Show("channel_name", "Channel", "text"),
            Show("n_contacts", "Contacts", "contacts", guard="n_persons"),
            Show("with_note_share", "With a note", "share", guard="n_persons", of="n_contacts"),
            Show("unclear_share", "Reason not known", "share", guard="n_persons", of="n_contacts"),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )


def _missing(engine: Engine, settings: Settings, first_week: str, last_week: str, period: str) -> FindingTable:
    selects = " UNION ALL ".join(
        f"SELECT '{name}' AS field_name, {place} AS place, count(*) AS n_contacts, "
        f"count(*) FILTER (WHERE {name} IS NULL{' OR service = ' + repr('general') if name == 'service' else ''}) "
        "AS n_missing FROM contact_facts WHERE week BETWEEN $first AND $last"
        for place, name in enumerate(_WATCHED)
    )
    rows = engine.run(f"{selects} ORDER BY place", first=first_week, last=last_week)
    return publish_table(
        "missing",
        "Contacts without a value",
        period,
        "missing",
        rows.assign(share_missing=rows["n_missing"], persons=rows["n_missing"]),
        [
            Show("field_name", "Field", "text"),
            Show("n_missing", "Contacts without it", "contacts", guard="persons"),
            Show("share_missing", "Share", "share", of="n_contacts"),
        ],
        settings.publishing,
    )


def _wrap_up(engine: Engine, settings: Settings, first_week: str, last_week: str, period: str) -> FindingTable:
    """Each wrap-up code with the reason that the words of its contacts name most often."""
    rows = engine.run(
        """
        WITH counted AS (
            SELECT reason_code, demand_type, count(*) AS n, count(DISTINCT person_id) AS n_persons
            FROM contact_facts
            WHERE week BETWEEN $first AND $last AND reason_code IS NOT NULL AND demand <> 'unclear'
            GROUP BY ALL),
        ranked AS (
            SELECT *, row_number() OVER (PARTITION BY reason_code ORDER BY n DESC, demand_type) = 1 AS is_commonest
            FROM counted)
        SELECT reason_code, sum(n) AS n_contacts, sum(n_persons) AS n_persons,
               max(CASE WHEN is_commonest THEN demand_type END) AS demand_type,
               max(n) AS same_share, max(CASE WHEN is_commonest THEN n_persons END) AS n_same_persons
        FROM ranked GROUP BY reason_code ORDER BY n_contacts DESC, reason_code LIMIT 30""",
        first=first_week,
        last=last_week,
    )
    names = [settings.taxonomy.by_slug[str(slug)].name for slug in rows["demand_type"]]
    return publish_table(
        "wrap_up",
        "Wrap-up codes beside what the words say",
        period,
        "wrap_up",
        rows.assign(said=names),
        [
            Show("reason_code", "Wrap-up code", "text"),
            Show("n_contacts", "Contacts with a known reason", "contacts", guard="n_persons"),
            Show("said", "Commonest reason in their words", "text"),
            Show("same_share", "Share of that reason", "share", guard="n_same_persons", of="n_contacts"),
        ],
        settings.publishing,
    )


def _gap_sensitivity(engine: Engine, settings: Settings, first_week: str, last_week: str, period: str) -> FindingTable:
    rows = []
    for name, factor in (("half", 0.5), ("as set", 1.0), ("double", 2.0)):
        engine.save("cut_again", contact_journeys_sql(settings, factor))
        row = engine.run(
            """
            WITH whole AS (
                SELECT g.journey_id, count(*) AS n_contacts,
                       count(DISTINCT f.channel) FILTER (WHERE f.demand_type <> 'outbound') <= 1 AS is_one,
                       min(f.week) AS week, min(f.person_id) AS person_id
                FROM cut_again g JOIN contact_facts f USING (contact_id) GROUP BY g.journey_id)
            SELECT count(*) AS n_journeys, count(DISTINCT person_id) AS n_persons,
                   count(*) FILTER (WHERE is_one) AS one_channel_share,
                   sum(n_contacts) / count(*) AS contacts_per_journey
            FROM whole WHERE week BETWEEN $first AND $last""",
            first=first_week,
            last=last_week,
        ).iloc[0]
        rows.append({"gap": name, **row.to_dict()})
    return publish_table(
        "gap_sensitivity",
        "If journeys were cut at another gap",
        period,
        "gap",
        pd.DataFrame(rows),
        [
            Show("gap", "Gap", "text"),
            Show("n_journeys", "Journeys", "journeys", guard="n_persons"),
            Show("one_channel_share", "In one channel", "share", guard="n_persons", of="n_journeys"),
            Show("contacts_per_journey", "Contacts each", "count", guard="n_persons"),
        ],
        settings.publishing,
    )
