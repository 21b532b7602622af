"""Records become contacts and steps: duplicates and restated rows set apart, legs, retries and page hits merged.

In: `records` (everything loaded), a cut-off. Out: `used` (one row per record that counts), `merges`, `contacts`,
`steps`. Merging happens here and not while loading, so that legs in two files meet and results do not depend on how
rows were split over files.

- Of rows with one record id, the latest version is used, without versions the one loaded last; rows with the same
  content are duplicates, others restated.
- Records with one group id are one contact (legs of a call, the adviser's note of it, a form and its web visit).
- Page hits of one visitor less than the idle time apart are one visit; without a form, search or log-in it is browse.
- An abandoned call followed by another from the same number within the retry time is one attempt chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.identifiers import KINDS
from journeys.schema import CHANNEL_GROUPS, CONTACTS, RECORDS
from journeys.settings import Publishing

# What a page hit may be; the last that happened, in this order, names the visit.
VISIT_ACTIVITIES = (
    "Submits web form", "Web form fails", "Starts web form", "Logs in", "Searches the website", "Reads web page",
)  # fmt: skip
_NAMES = {"Starts web form": "Abandons web form", "Reads web page": "Reads web pages"}
# Where a row came from, which makes no difference to what it says.
_PROVENANCE = frozenset({"record_id", "source", "file_id", "load_order", "row_number", "sequence"})
_SUMMED = ("wait_s", "handle_s")
_ANY = ("is_answered", "is_no_show", "is_assisted")


def merge_records(
    engine: Engine, publishing: Publishing, cut_off_at: datetime, objections: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Build `used`, `merges`, `contacts` and `steps` from the view `records`, as known at the cut-off.

    `objections` are tokens (field, token): rows that carry one, and other legs of such a contact, are set aside.
    """
    engine.load_frame("objections", pd.DataFrame(objections, columns=["field", "token"], dtype="str"))
    engine.save("objected", objected_sql())
    engine.save("row_status", row_status_sql())
    engine.save(
        "used",
        "SELECT r.* FROM records r JOIN row_status s USING (file_id, source, row_number) "
        f"WHERE s.status = 'used' AND r.started_at < TIMESTAMP '{cut_off_at:%Y-%m-%d %H:%M:%S}'",
    )
    engine.save("visits", visits_sql(publishing.visit_idle_minutes))
    engine.save("grouped", grouped_sql())
    engine.save("chains", chains_sql(publishing.retry_minutes))
    engine.save("merges", merges_sql())
    engine.save("contacts", contacts_sql())
    engine.save("steps", steps_sql())


def objected_sql() -> str:
    """Records set aside because the person objects: those that carry a token of theirs, and legs of one contact with them."""
    columns = {**{kind: f"{kind}_token" for kind in KINDS}, "case_ref": "case_ref", "record_id": "record_id"}
    carried = " UNION ".join(
        f"SELECT r.source, r.record_id, r.group_id FROM records r JOIN objections o "
        f"ON o.field = '{field}' AND o.token = r.{column}"
        for field, column in columns.items()
    )
    return f"""
    WITH direct AS ({carried})
    SELECT source, record_id FROM direct
    UNION SELECT source, record_id FROM records WHERE group_id IN (SELECT group_id FROM direct)"""


def row_status_sql() -> str:
    """Each stored row is used, a duplicate, restated or set aside; at most one row per record id is used.

    Used is the content of the latest version (a row without one is older than any with), of equal ones the one loaded
    last; and of that content the earliest copy, so that ties keep the order of the first file.
    """
    kept = ", ".join(column.name for column in RECORDS.columns if column.name not in _PROVENANCE)
    return f"""
    WITH rows AS (
        SELECT file_id, source, record_id, row_number, load_order,
               coalesce(version_at, TIMESTAMP '0001-01-01') AS version_at,
               hash({kept}) AS content
        FROM records),
    latest AS (
        SELECT source, record_id, arg_max(content, (version_at, load_order, row_number)) AS content
        FROM rows GROUP BY ALL),
    marked AS (
        SELECT r.*, r.content = l.content AS is_latest,
               row_number() OVER (PARTITION BY r.source, r.record_id, r.content
                                  ORDER BY r.load_order, r.row_number) AS copy
        FROM rows r JOIN latest l USING (source, record_id))
    SELECT file_id, source, row_number,
           CASE WHEN (source, record_id) IN (SELECT (source, record_id) FROM objected) THEN 'set aside'
                WHEN copy > 1 THEN 'duplicate' WHEN is_latest THEN 'used' ELSE 'restated' END AS status
    FROM marked"""


def visits_sql(idle_minutes: int) -> str:
    """Page hits to visits: a new visit after `idle_minutes` without a hit; hits without a visitor stand alone."""
    return f"""
    WITH gaps AS (
        SELECT record_id, coalesce(cookie_token, record_id) AS visitor, started_at, group_id,
               CASE WHEN started_at - lag(started_at) OVER w < INTERVAL {idle_minutes} MINUTE THEN 0 ELSE 1 END AS is_new
        FROM used WHERE kind = 'hit'
        WINDOW w AS (PARTITION BY coalesce(cookie_token, record_id) ORDER BY started_at, record_id)),
    numbered AS (
        SELECT *, sum(is_new) OVER (PARTITION BY visitor ORDER BY started_at, record_id) AS visit FROM gaps)
    SELECT record_id,
           coalesce('g' || min(group_id) OVER v, 'v' || min(record_id) OVER v) AS group_key
    FROM numbered WINDOW v AS (PARTITION BY visitor, visit)"""


def grouped_sql() -> str:
    """Every contact or hit record with the group it belongs to and its order in it: contacts first, then hits."""
    return """
    SELECT u.*, coalesce(v.group_key, 'g' || u.group_id, 'r' || u.record_id) AS group_key,
           row_number() OVER (PARTITION BY coalesce(v.group_key, 'g' || u.group_id, 'r' || u.record_id)
                              ORDER BY u.kind, u.started_at, u.source, u.sequence NULLS LAST, u.row_number, u.record_id
                             ) AS place
    FROM used u LEFT JOIN visits v USING (record_id)
    WHERE u.kind <> 'step'"""


def chains_sql(retry_minutes: int) -> str:
    """Attempt chains: the first group of each chain names it. Only phone contacts with a known number chain."""
    return f"""
    WITH calls AS (
        SELECT group_key, min(started_at) AS started_at, min(phone_token) AS phone_token,
               coalesce(bool_or(is_abandoned), false) AND NOT coalesce(bool_or(is_answered), false) AS is_abandoned
        FROM grouped WHERE channel = 'phone' AND direction = 'inbound' GROUP BY group_key),
    marked AS (
        SELECT *, CASE WHEN lag(is_abandoned) OVER w
                        AND started_at - lag(started_at) OVER w <= INTERVAL {retry_minutes} MINUTE
                       THEN 0 ELSE 1 END AS is_new
        FROM calls WHERE phone_token IS NOT NULL
        WINDOW w AS (PARTITION BY phone_token ORDER BY started_at, group_key)),
    numbered AS (
        SELECT *, sum(is_new) OVER (PARTITION BY phone_token ORDER BY started_at, group_key) AS chain FROM marked)
    SELECT group_key, first_value(group_key) OVER (PARTITION BY phone_token, chain ORDER BY started_at, group_key)
           AS chain_key, is_new = 0 AS is_retry
    FROM numbered"""


def merges_sql() -> str:
    """Which contact each record became part of, and why; one record of each contact is `itself`."""
    return """
    WITH placed AS (
        SELECT g.record_id, g.kind, coalesce(c.is_retry, false) AS is_retry,
               left(sha256(coalesce(c.chain_key, g.group_key)), 24) AS contact_id, g.started_at, g.place
        FROM grouped g LEFT JOIN chains c USING (group_key))
    SELECT record_id, contact_id,
           CASE WHEN row_number() OVER (PARTITION BY contact_id ORDER BY kind, started_at, place) = 1 THEN 'itself'
                WHEN is_retry THEN 'retry' WHEN kind = 'hit' THEN 'hit' ELSE 'leg' END AS reason
    FROM placed"""


def contacts_sql() -> str:
    """One row per contact: the first filled value of each column, summed durations, any answer counts."""
    order = "g.turn"
    first = {c.name: f"arg_min(g.{c.name}, {order}) FILTER (WHERE g.{c.name} IS NOT NULL)" for c in CONTACTS.columns}
    named = "', '".join(VISIT_ACTIVITIES)
    visit = f"arg_min(g.activity, list_position(['{named}'], g.activity)) FILTER (WHERE g.kind = 'hit')"
    renamed = " ".join(f"WHEN '{old}' THEN '{new}'" for old, new in _NAMES.items())
    groups = " ".join(f"WHEN '{channel}' THEN '{group}'" for channel, group in CHANNEL_GROUPS.items())
    has_contact = "bool_or(g.kind = 'contact')"
    made = {
        "contact_id": "contact_id",
        "source": f"arg_min(g.source, {order})",
        "started_at": "min(g.started_at)",
        "ended_at": "max(g.ended_at)",
        "local_at": "min(g.local_at)",
        "week": "min(g.week)",
        "tie": f"arg_min(coalesce(g.sequence, g.row_number), {order})",
        "n_records": "count(*)",
        "n_attempts": "count(DISTINCT g.group_key)",
        "named_at": f"coalesce(CASE WHEN {has_contact} THEN min(g.started_at) FILTER (WHERE g.kind = 'contact') "
        f"ELSE arg_min(g.started_at, (list_position(['{named}'], g.activity), g.started_at)) "
        f"FILTER (WHERE g.activity IN ('{named}')) END, min(g.started_at))",
        "is_browse": f"NOT {has_contact} AND bool_and(coalesce(g.activity, 'Reads web page') = 'Reads web page') "
        "AND bool_and(g.account_token IS NULL)",
        "activity": f"CASE WHEN {has_contact} THEN {first['activity']} ELSE CASE {visit} {renamed} ELSE {visit} END END",
        "service": f"coalesce(arg_min(g.service, {order}) FILTER (WHERE g.service <> 'general'), 'general')",
        "is_abandoned": "CASE WHEN bool_or(g.is_answered) THEN false ELSE bool_or(g.is_abandoned) END",
        "n_transfers": "coalesce(sum(g.n_transfers), 0) + max(g.n_legs) - 1",
        **{name: f"sum(g.{name})" for name in _SUMMED},
        **{name: f"bool_or(g.{name})" for name in _ANY},
    }
    columns = [c.name for c in CONTACTS.columns if c.name != "channel_group"]
    selected = ", ".join(f"{made.get(name, first[name])} AS {name}" for name in columns)
    typed = ", ".join(
        f"CAST(CASE channel {groups} END AS VARCHAR) AS channel_group"
        if c.name == "channel_group"
        else f"CAST({c.name} AS {c.type}) AS {c.name}"
        for c in CONTACTS.columns
    )
    return f"""
    WITH legs AS (
        SELECT g.*, m.contact_id,
               row_number() OVER (PARTITION BY m.contact_id ORDER BY g.kind, g.started_at, g.place) AS turn,
               CASE WHEN g.kind = 'contact' THEN
               row_number() OVER (PARTITION BY g.group_key, g.source, g.kind ORDER BY g.place) ELSE 1 END AS n_legs
        FROM grouped g JOIN merges m USING (record_id)),
    merged AS (SELECT {selected} FROM legs g GROUP BY contact_id)
    SELECT {typed} FROM merged"""


def steps_sql() -> str:
    """What happened that is not a contact, with the order within equal times: steps of the sources' own, and what people
    did within a web visit before what the visit is named after (each kind of step once a visit)."""
    named = "', '".join(name for name in VISIT_ACTIVITIES if name != "Reads web page")
    return f"""
    WITH within AS (
        SELECT g.record_id, g.source, m.contact_id, g.channel, c.service, g.activity, g.started_at, g.local_at,
               g.time_precision, coalesce(g.sequence, g.row_number) AS tie,
               row_number() OVER (PARTITION BY m.contact_id, g.activity ORDER BY g.started_at, g.record_id) AS turn
        FROM grouped g JOIN merges m USING (record_id) JOIN contacts c ON c.contact_id = m.contact_id
        WHERE g.kind = 'hit' AND NOT c.is_browse AND g.activity IN ('{named}') AND g.started_at < c.named_at
          AND g.activity IS DISTINCT FROM c.activity)
    SELECT record_id AS step_id, source, CAST(NULL AS VARCHAR) AS contact_id, case_ref, channel, service, activity,
           started_at, local_at, time_precision, coalesce(sequence, row_number) AS tie, case_due_at
    FROM used WHERE kind = 'step'
    UNION ALL
    SELECT record_id, source, contact_id, NULL, channel, service, activity, started_at, local_at, time_precision, tie, NULL
    FROM within WHERE turn = 1"""
