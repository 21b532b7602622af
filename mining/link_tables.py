"""How sure the joins behind these pages are: which tier joined what, and what the headlines would be otherwise.

In: `contact_facts`, `contacts`, `persons`, `persons_exact`, and the tables `journeys.link` leaves. Out: published tables.

The headlines that hang on joins (journeys in more than one channel, repeat contact) are given with exact joins only,
with joins by probability, and for the two extremes of the contacts nobody could be found for. The bounds are sharp for
these counts, not likely values: U unlinked contacts are journeys of one contact each. At the lowest each is indeed
somebody else's. At the highest each belongs to a journey of one other channel: of J journeys of which X used several
channels, (X + min(U, J - U - X)) / (J - U) did then; and of n contacts followed of which r were repeated,
(r + U + min(U, n - r)) / (n + U) were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from journeys.cut_process import contact_journeys_as_set_sql
from journeys.engine import Engine
from journeys.link_clusters import review_clusters
from journeys.schema import IS_LINKED
from journeys.settings import Settings
from mining.names import channel_name
from mining.repeats import follow_contacts
from mining.suppress import TOTAL, Show, publish_table
from mining.tables import FindingTable

_TIERS = (
    ("account_share", "By account", "method = 'account'"),
    ("phone_email_share", "By phone or e-mail", "method = 'phone_email'"),
    ("probability_share", "By probability", "method = 'probabilistic'"),
    ("case_share", "By case or log-in", "method IN ('case', 'web_session')"),
    ("linked_share", "Linked in all", IS_LINKED),
)


def link_tables(
    engine: Engine, settings: Settings, first_week: str, last_week: str, cut_off_at: str, period: str
) -> dict[str, FindingTable]:
    """All such tables by id."""
    scope = {"first_week": first_week, "last_week": last_week, "period": period}
    tables = [
        _links(engine, settings, "links", "Contacts linked to a person, by channel", "channel", **scope),
        _links(engine, settings, "links_by_service", "The same by service", "service", **scope),
        _links(engine, settings, "links_by_week", "The same by week", "week", **scope),
        _otherwise(engine, settings, cut_off_at, **scope),
        _sizes(engine, settings),
        _set_aside(engine, settings),
    ]
    return {table.table_id: table for table in tables}


_ACCURACY = {
    "precision": "Joins that are right",
    "precision_phone_email": "of these, by phone or e-mail",
    "precision_probability": "of these, by probability",
    "recall": "Contacts of one person that are joined",
}


def accuracy_table(estimates: Mapping[str, Mapping[str, float | int | None]], settings: Settings) -> FindingTable:
    """What people who judged pairs found, with 95% intervals; the words say so where too few were judged."""
    rows = [
        {
            "what": name,
            **{part: estimates[key][part] for part in ("value", "low", "high", "n")},
            "known_from": "judged by people"
            if estimates[key]["value"] is not None
            else "not yet known: too few judged",
        }
        for key, name in _ACCURACY.items()
    ]
    return publish_table(
        "link_accuracy",
        "How often joins are right",
        "pairs judged so far",
        "link_accuracy",
        pd.DataFrame(rows),
        [
            Show("what", "What", "text"),
            Show("value", "Share", "share", low="low", high="high"),
            Show("n", "Pairs judged", "count"),
            Show("known_from", "Known from", "text"),
        ],
        settings.publishing,
    )


def _links(
    engine: Engine,
    settings: Settings,
    table_id: str,
    title: str,
    by: str,
    *,
    first_week: str,
    last_week: str,
    period: str,
) -> FindingTable:
    counted = ", ".join(f"count(*) FILTER (WHERE {where}) AS {name}" for name, _, where in _TIERS)
    order = "week" if by == "week" else "n_contacts DESC"
    rows = engine.run(
        f"""
        SELECT {by} AS part, count(*) AS n_contacts, count(DISTINCT person_id) AS n_persons, {counted}
        FROM contact_facts WHERE week BETWEEN $first AND $last GROUP BY part ORDER BY {order}, part""",
        first=first_week,
        last=last_week,
    )
    name = "week" if by == "week" else f"{by}_name"
    names: dict[str, Callable[[str], str]] = {"channel": channel_name, "service": settings.service_name, "week": str}
    return publish_table(
        table_id,
        title,
        period,
        "linked_by",
        rows.assign(**{name: [names[by](str(part)) for part in rows["part"]]}),
        [
            Show(name, by.capitalize(), "text"),
            Show("n_contacts", "Contacts", "contacts", guard="n_persons"),
            *(Show(tier, label, "share", guard="n_persons", of="n_contacts") for tier, label, _ in _TIERS),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )


def _otherwise(
    engine: Engine, settings: Settings, cut_off_at: str, *, first_week: str, last_week: str, period: str
) -> FindingTable:
    weeks = {"first": first_week, "last": last_week}
    exact = _headlines(engine, settings, "persons_exact", cut_off_at, weeks)
    shown = _headlines(engine, settings, "persons", cut_off_at, weeks)
    rows = [
        {"joins": "Exact joins only: account, phone, e-mail", **exact},
        {"joins": "With joins by probability, as on these pages", **shown},
        {"joins": "Lowest, if contacts nobody was found for stand alone", **_lowest(shown)},
        {"joins": "Highest, if each belongs to a journey in another channel", **_highest(shown)},
    ]
    return publish_table(
        "link_sensitivity",
        "How much hangs on joining contacts",
        period,
        "link_bounds",
        pd.DataFrame(rows).assign(
            several_share=lambda row: row["n_several"], repeated_share=lambda row: row["n_repeated"]
        ),
        [
            Show("joins", "Joins", "text"),
            Show("n_journeys", "Journeys", "journeys", guard="n_persons"),
            Show("several_share", "Used more than one channel", "share", guard="n_persons", of="n_journeys"),
            Show("n_followed", "Contacts followed", "contacts", guard="n_persons"),
            Show("repeated_share", "Repeated", "share", guard="n_persons", of="n_followed"),
        ],
        settings.publishing,
    )


def _headlines(
    engine: Engine, settings: Settings, persons: str, cut_off_at: str, weeks: dict[str, str]
) -> dict[str, int]:
    """Counts behind the headlines for the persons of one table; n_alone are unlinked contacts among them."""
    days = settings.publishing.repeat_days
    follow_contacts(engine, persons=persons, into="followed_again")
    engine.save("cut_again", contact_journeys_as_set_sql(settings, 1.0, persons))
    row = engine.run(
        f"""
        WITH whole AS (
            SELECT g.journey_id, min(f.week) AS week, min(p.person_id) AS person_id,
                   count(DISTINCT f.channel) FILTER (WHERE f.direction = 'inbound') > 1 AS is_several,
                   count(*) = 1 AND bool_and(p.method IN ('unlinked', 'place')) AS is_alone
            FROM cut_again g JOIN contact_facts f USING (contact_id) JOIN {persons} p USING (contact_id)
            GROUP BY g.journey_id),
        counted AS (
            SELECT count(*) AS n_journeys, count(DISTINCT person_id) AS n_persons,
                   count(*) FILTER (WHERE is_several) AS n_several, count(*) FILTER (WHERE is_alone) AS n_alone
            FROM whole WHERE week BETWEEN $first AND $last),
        repeats AS (
            SELECT count(*) AS n_followed, count(*) FILTER (WHERE seconds_to_next <= {days * 86400}) AS n_repeated
            FROM followed_again WHERE week BETWEEN $first AND $last
                AND epoch(TIMESTAMP '{cut_off_at}') - epoch(started_at) >= {days * 86400})
        SELECT * FROM counted, repeats""",
        **weeks,
    ).iloc[0]
    return {str(name): int(count) for name, count in row.items()}


def _lowest(shown: dict[str, int]) -> dict[str, int]:
    return {**shown, "n_followed": shown["n_followed"] + shown["n_alone"]}


def _highest(shown: dict[str, int]) -> dict[str, int]:
    alone, several, repeated = shown["n_alone"], shown["n_several"], shown["n_repeated"]
    in_one = shown["n_journeys"] - alone - several
    return {
        "n_journeys": shown["n_journeys"] - alone,
        "n_several": several + min(alone, in_one),
        "n_followed": shown["n_followed"] + alone,
        "n_repeated": repeated + alone + min(alone, shown["n_followed"] - repeated),
        "n_persons": shown["n_persons"],
    }


def _sizes(engine: Engine, settings: Settings) -> FindingTable:
    return publish_table(
        "clusters",
        "How many contacts one person has",
        "everything loaded",
        "clusters",
        review_clusters(engine),
        [
            Show("size", "Contacts", "text"),
            Show("n_persons", "Persons", "persons", guard="n_persons"),
            Show("n_contacts", "Contacts in all", "contacts", guard="n_persons"),
            Show("density", "Joined directly", "share", guard="n_persons"),
            Show("n_with_bridge", "Hang by one join", "persons", guard="n_with_bridge"),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )


def _set_aside(engine: Engine, settings: Settings) -> FindingTable:
    rows = engine.run(
        """
        SELECT kind, reason, count(*) AS n_keys, CAST(sum(n_contacts) AS BIGINT) AS n_contacts FROM set_aside_keys
        GROUP BY kind, reason ORDER BY kind, reason"""
    )
    return publish_table(
        "set_aside_keys",
        "Keys that join nobody on their own",
        "everything loaded",
        "set_aside_keys",
        rows.assign(kind=rows["kind"].str.replace("email", "e-mail")),
        [
            Show("kind", "Key", "text"),
            Show("reason", "Why", "text"),
            Show("n_keys", "Keys", "count", guard="n_keys"),
            Show("n_contacts", "Contacts that state one", "contacts", guard="n_contacts"),
        ],
        settings.publishing,
    )
