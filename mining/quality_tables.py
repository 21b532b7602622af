"""The tables of the data page that mining counts: labels, missing fields, and sensitivity to the gap.

In: `contact_facts`, `contacts`, `merges`, `labels`; for the gap, journeys cut again at half and double. Tables about
files and rows are handed in by the pipeline and published as they are: they count rows, not persons.
"""

from __future__ import annotations

import pandas as pd

from journeys.cut_process import contact_journeys_as_set_sql
from journeys.engine import Engine
from journeys.settings import Settings
from mining.names import channel_name
from mining.suppress import TOTAL, Show, publish_table
from mining.tables import FindingTable

_WATCHED = ("service", "case_ref", "wait_s", "handle_s", "area", "age_band", "outcome")


def quality_tables(
    engine: Engine, settings: Settings, first_week: str, last_week: str, cut_off_at: str, period: str
) -> dict[str, FindingTable]:
    """All such tables by id."""
    tables = [
        _labels(engine, settings, first_week, last_week, period),
        _missing(engine, settings, first_week, last_week, period),
        _wrap_up(engine, settings, first_week, last_week, period),
        _gap_sensitivity(engine, settings, first_week, last_week, cut_off_at, period),
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


def _gap_sensitivity(
    engine: Engine, settings: Settings, first_week: str, last_week: str, cut_off_at: str, period: str
) -> FindingTable:
    """The headlines with every gap halved and doubled; a repeat is looked for within the journey."""
    rows = []
    for name, factor in (("half", 0.5), ("as set", 1.0), ("double", 2.0)):
        engine.save("cut_again", contact_journeys_as_set_sql(settings, factor))
        row = engine.run(
            _headlines_sql(settings.publishing.repeat_days * 86400, cut_off_at), first=first_week, last=last_week
        ).iloc[0]
        rows.append({"gap": name, **row.to_dict()})
    return publish_table(
        "gap_sensitivity",
        "If journeys were cut at another gap",
        period,
        "gap_sensitivity",
        pd.DataFrame(rows),
        [
            Show("gap", "Gap", "text"),
            Show("n_journeys", "Journeys", "journeys", guard="n_persons"),
            Show("one_contact_share", "Of one contact", "share", guard="n_persons", of="n_journeys"),
            Show("one_channel_share", "In one channel", "share", guard="n_persons", of="n_journeys"),
            Show("contacts_per_journey", "Contacts each", "count", guard="n_persons"),
            Show("failure_demand_rate", "Failure demand", "share", guard="n_persons", of="n_rated"),
            Show("repeat_share", "Repeat contact", "share", guard="n_persons", of="n_followed"),
        ],
        settings.publishing,
    )


def _headlines_sql(repeat_s: int, cut_off_at: str) -> str:
    return f"""
    WITH placed AS (
        SELECT g.journey_id, f.*, epoch(TIMESTAMP '{cut_off_at}') - epoch(f.started_at) >= {repeat_s}
                   AND f.direction = 'inbound' AS is_followed,
               epoch(lead(f.started_at) OVER w) - epoch(f.started_at) <= {repeat_s} AS is_repeated
        FROM cut_again g JOIN contact_facts f USING (contact_id)
        WINDOW w AS (PARTITION BY g.journey_id ORDER BY f.started_at, f.source, f.tie, f.contact_id)),
    whole AS (
        SELECT journey_id, count(*) AS n_contacts, min(week) AS week, min(person_id) AS person_id,
               count(DISTINCT channel) FILTER (WHERE demand_type <> 'outbound') <= 1 AS is_one,
               count(*) FILTER (WHERE demand = 'failure') AS n_failure,
               count(*) FILTER (WHERE demand IN ('failure', 'value')) AS n_rated,
               count(*) FILTER (WHERE is_followed) AS n_followed,
               count(*) FILTER (WHERE is_followed AND is_repeated) AS n_repeated
        FROM placed GROUP BY journey_id)
    SELECT count(*) AS n_journeys, count(DISTINCT person_id) AS n_persons,
           count(*) FILTER (WHERE n_contacts = 1) AS one_contact_share, count(*) FILTER (WHERE is_one) AS one_channel_share,
           sum(n_contacts) / count(*) AS contacts_per_journey,
           coalesce(sum(n_failure), 0) AS failure_demand_rate, coalesce(sum(n_rated), 0) AS n_rated,
           coalesce(sum(n_repeated), 0) AS repeat_share, coalesce(sum(n_followed), 0) AS n_followed
    FROM whole WHERE week BETWEEN $first AND $last"""
