"""Every table that one step hands to the next: columns, types, units and meaning.

Types are DuckDB's. Times ending in `_at` are UTC without a zone; `local_at` is the organisation's wall clock.
Tokens are keyed hashes (HMAC-SHA-256, see `journeys.keys`); no table holds an identifier in the clear.
"""

from __future__ import annotations

from dataclasses import dataclass

from journeys.identity.columns import TOKEN_COLUMNS

CHANNELS = (
    "phone",
    "web",
    "web_form",
    "web_chat",
    "email",
    "face_to_face",
    "post",
    "sms",
    "outbound",
    "other",
)
CHANNEL_GROUPS = {
    "phone": "phone",
    "web": "digital",
    "web_form": "digital",
    "web_chat": "digital",
    "email": "digital",
    "sms": "digital",
    "face_to_face": "in_person",
    "post": "other",
    "outbound": "other",
    "other": "other",
}
GROUPS = ("digital", "phone", "in_person", "other")
BACK_OFFICE = "back_office"
KINDS = ("contact", "hit", "step")
DEMANDS = ("value", "failure", "excluded", "unclear")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `type` is DuckDB's; `unit` is empty for text, flags and tokens."""

    name: str
    type: str
    meaning: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name, what one row is, and its columns in order."""

    name: str
    row_is: str
    columns: tuple[Column, ...]

    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)


_TEXT = "VARCHAR"
_FLAG = "BOOLEAN"
_AT = "TIMESTAMP"
_COUNT = "BIGINT"
_REAL = "DOUBLE"

# What a source may say of a contact or step, shared by `records` and `contacts`.
_ABOUT = (
    Column("channel", _TEXT, f"one of {', '.join(CHANNELS)}; back_office for steps"),
    Column("direction", _TEXT, "inbound or outbound"),
    Column("is_assisted", _FLAG, "a member of staff helped the person to use a digital channel"),
    Column("entry_point", _TEXT, "where the person came in: queue, page, desk"),
    Column("service", _TEXT, "service slug of config/services.toml, or 'general'"),
    Column("activity", _TEXT, "what happened, as the source names it; null for contacts known by their words"),
    Column("case_ref", _TEXT, "token of the case reference"),
    Column("case_opened_at", _AT, "when the case was opened", "UTC"),
    Column("case_due_at", _AT, "when the case was promised", "UTC"),
    Column("case_closed_at", _AT, "when the case was closed", "UTC"),
    Column("wait_s", _REAL, "time waited before being answered or seen", "seconds"),
    Column("handle_s", _REAL, "time spent by staff on the contact", "seconds"),
    Column("is_answered", _FLAG, "somebody answered"),
    Column("is_abandoned", _FLAG, "the person gave up before an answer"),
    Column("n_transfers", _COUNT, "times passed on within the contact", "transfers"),
    Column("is_no_show", _FLAG, "an appointment that was not kept"),
    Column("outcome", _TEXT, "outcome as the source names it"),
    Column("team", _TEXT, "team, never a member of staff"),
    Column("reason_code", _TEXT, "wrap-up code, never trusted blindly"),
    Column("area", _TEXT, "ward or small area"),
    Column("deprivation_decile", _COUNT, "1 most deprived to 10 least"),
    Column("age_band", _TEXT, "age band"),
    Column("language", _TEXT, "language of the contact"),
    Column("party_role", _TEXT, "self, on_behalf, professional or business"),
    Column("consent_basis", _TEXT, "basis on which a web visitor may be recognised"),
    Column("note_author", _TEXT, "staff or resident: a paraphrase is not the resident's words"),
    Column("satisfaction", _REAL, "satisfaction where the source has it", "as supplied"),
)

# Identifiers a source may map; each is turned into a token in memory and only the token is kept.
IDENTIFIERS = (
    "account", "phone", "email", "place", "name", "postcode", "date_of_birth", "cookie",
)  # fmt: skip
TOKENS = tuple(Column(f"{name}_token", _TEXT, f"keyed token of the {name}") for name in IDENTIFIERS)

_SQL_TYPES = {"int64": "BIGINT", "uint64": "UBIGINT", "list": "INTEGER[]"}

RECORDS = Table(
    "records",
    "one row of a source file that could be used, as loaded (Parquet, one file per source file and ISO week)",
    (
        Column("record_id", _TEXT, "token of source and source record id (or of the row's content)"),
        Column("kind", _TEXT, "contact, hit (page hit) or step (not a contact)"),
        Column("source", _TEXT, "name of the source in config/sources.toml"),
        Column("file_id", _TEXT, "first 16 hex digits of the file's SHA-256"),
        Column("load_order", _COUNT, "order in which files were loaded"),
        Column("row_number", _COUNT, "row in the file, 1 is the first row of content"),
        Column("note_digest", _TEXT, "keyed digest of the note as it came: a row whose note changed is restated"),
        Column("version_at", _AT, "when the source last changed the row: the latest version counts", "UTC"),
        Column("sequence", _COUNT, "order within equal times, null when not mapped"),
        Column("group_id", _TEXT, "token shared by all legs of one contact"),
        Column("started_at", _AT, "start", "UTC"),
        Column("ended_at", _AT, "end", "UTC"),
        Column("local_at", _AT, "start on the organisation's wall clock", "local"),
        Column("week", _TEXT, "ISO week of local_at, such as 2026-W46"),
        Column("time_precision", _TEXT, "second, minute or day"),
        Column("is_ambiguous_time", _FLAG, "local time in the hour that occurs twice"),
        *_ABOUT,
        *TOKENS,
        Column("has_note", _FLAG, "a redacted note is kept"),
    ),
)

IDENTITIES = Table(
    "identities",
    "keyed tokens of what names the person of one record (Parquet, in a restricted folder, apart from the records)",
    (
        Column("record_id", _TEXT, "record"),
        *(
            Column(name, _SQL_TYPES[kind], "token or tokens, see journeys.identity.tokens")
            for name, kind in TOKEN_COLUMNS
        ),
    ),
)

PARTNER_KEYS = Table(
    "partner_keys",
    "what a partner's tokens of the person of one record would be stored as (Parquet, restricted, see journeys.partners)",
    (
        Column("record_id", _TEXT, "record"),
        Column("partner", _TEXT, "name of the partner in config/partners.toml"),
        *(
            Column(f"{name}_token", _TEXT, f"the partner's token of the {name}, hashed with the council's key")
            for name in ("phone", "email", "name", "postcode", "date_of_birth")
        ),
        *(
            Column(name, "BIGINT", "the same of an exact identity token")
            for name, kind in TOKEN_COLUMNS
            if kind == "int64"
        ),
    ),
)

NOTES = Table(
    "notes",
    "one redacted note (Parquet, apart from the records)",
    (
        Column("record_id", _TEXT, "record the note belongs to"),
        Column("note", _TEXT, "text after redaction"),
    ),
)

LABELS = Table(
    "labels",
    "what the words of one note say",
    (
        Column("record_id", _TEXT, "record the note belongs to"),
        Column("model_version", _TEXT, "version of rules and model"),
        Column("demand", _TEXT, f"one of {', '.join(DEMANDS)}"),
        Column("demand_type", _TEXT, "primary type, always the best guess"),
        Column("demand_types", _TEXT, "all types, separated by a space"),
        Column("score", _REAL, "confidence", "share"),
        Column("evidence", _TEXT, "words and rule that decided"),
        Column("topic", _TEXT, "what it is about"),
        Column("is_abstained", _FLAG, "too uncertain to be counted"),
        Column("decided_by", _TEXT, "cues, model, or both where they agree"),
        Column("is_novel", _FLAG, "like no note the model learnt from"),
        Column("sla_state", _TEXT, "what it says of a promised date: overdue, within or none_given, else null"),
    ),
)

CONTACTS = Table(
    "contacts",
    "one contact: legs, retries and page hits merged",
    (
        Column("contact_id", _TEXT, "identifier of the contact"),
        Column("source", _TEXT, "source of its first record"),
        Column("started_at", _AT, "start", "UTC"),
        Column("ended_at", _AT, "end", "UTC"),
        Column("local_at", _AT, "start on the organisation's wall clock", "local"),
        Column("week", _TEXT, "ISO week of local_at"),
        Column("time_precision", _TEXT, "second, minute or day"),
        Column("tie", _COUNT, "order within equal times and sources"),
        Column("named_at", _AT, "when what names it happened: for a web visit the page hit, else the start", "UTC"),
        Column("n_records", _COUNT, "records merged into it", "records"),
        Column("n_attempts", _COUNT, "calls made before one was answered, itself included", "calls"),
        Column("is_browse", _FLAG, "web visit with no form, search, message or log-in: in no rate"),
        Column("channel_group", _TEXT, f"one of {', '.join(GROUPS)}"),
        *_ABOUT,
        *TOKENS,
    ),
)

MERGES = Table(
    "merges",
    "which contact each record of kind contact or hit became part of",
    (
        Column("record_id", _TEXT, "record"),
        Column("contact_id", _TEXT, "contact it is part of"),
        Column("reason", _TEXT, "itself, leg, retry or hit"),
    ),
)

STEPS = Table(
    "steps",
    "what happened that is not a contact",
    (
        Column("step_id", _TEXT, "identifier of the step"),
        Column("source", _TEXT, "source"),
        Column("contact_id", _TEXT, "web visit the step happened in, null for back office"),
        Column("case_ref", _TEXT, "token of the case"),
        Column("channel", _TEXT, "channel or back_office"),
        Column("service", _TEXT, "service slug"),
        Column("activity", _TEXT, "what happened"),
        Column("started_at", _AT, "when", "UTC"),
        Column("local_at", _AT, "when, on the organisation's wall clock", "local"),
        Column("time_precision", _TEXT, "second, minute or day"),
        Column("tie", _COUNT, "order within equal times and sources"),
        Column("case_due_at", _AT, "when the case was promised", "UTC"),
    ),
)

PERSONS = Table(
    "persons",
    "who made a contact, and which tier of linkage says so",
    (
        Column("contact_id", _TEXT, "contact"),
        Column("person_id", _TEXT, "pseudonymous person; an unlinked contact is a person of its own"),
        Column("method", _TEXT, "account, phone_email, probabilistic, web_session, case, place or unlinked"),
        Column("score", _REAL, "confidence of the link", "share"),
    ),
)

IS_LINKED = "method NOT IN ('unlinked', 'place')"  # of `persons`: a place is nobody's

JOURNEYS = Table(
    "journeys",
    "which journey each contact and step belongs to",
    (
        Column("event_id", _TEXT, "contact_id or step_id"),
        Column("journey_id", _TEXT, "journey"),
        Column("kind", _TEXT, "contact or step"),
    ),
)

DEMAND = Table(
    "demand",
    "why each contact was made (browse visits left out)",
    (
        Column("contact_id", _TEXT, "contact"),
        Column("demand", _TEXT, f"one of {', '.join(DEMANDS)}"),
        Column("demand_type", _TEXT, "primary type; 'unclear' where nothing is known"),
        Column("demand_types", _TEXT, "all types, separated by a space"),
        Column("score", _REAL, "confidence", "share"),
        Column("evidence_tier", _TEXT, "both, behaviour, text or none"),
        Column("rule", _TEXT, "rule or words that decided"),
    ),
)

EVENTS = Table(
    "events",
    "the event log: contacts and steps of each journey in order (started_at, source, tie)",
    (
        Column("journey_id", _TEXT, "journey"),
        Column("position", _COUNT, "1 for the first event"),
        Column("event_id", _TEXT, "contact or step"),
        Column("kind", _TEXT, "contact or step"),
        Column("activity", _TEXT, "name on the map: channel and reason, or the step"),
        Column("channel", _TEXT, "channel or back_office"),
        Column("channel_group", _TEXT, f"one of {', '.join(GROUPS)}, or back_office"),
        Column("service", _TEXT, "service of the journey (of its first event)"),
        Column("person_id", _TEXT, "person of the journey"),
        Column("demand", _TEXT, "demand of the contact, null for steps"),
        Column("demand_type", _TEXT, "demand type of the contact, null for steps"),
        Column("started_at", _AT, "start", "UTC"),
        Column("local_at", _AT, "start, local", "local"),
        Column("week", _TEXT, "ISO week of local_at"),
        Column("next_activity", _TEXT, "activity of the next event, null for the last"),
        Column("next_channel", _TEXT, "channel of the next event"),
        Column("seconds_to_next", _REAL, "time to the next event", "seconds"),
        Column("worked_s", _REAL, "working time up to this event, null without config/calendar.toml", "seconds"),
        Column("working_seconds_to_next", _REAL, "working time to the next event", "seconds"),
        Column("is_order_known", _FLAG, "false when this and the next event share a day and one is day-precise"),
        Column("is_first", _FLAG, "first of its journey"),
        Column("is_last", _FLAG, "last of its journey"),
        Column("is_linked", _FLAG, "the person is known by a key"),
    ),
)

JOURNEY_SUMMARY = Table(
    "journey_summary",
    "one journey",
    (
        Column("journey_id", _TEXT, "journey"),
        Column("service", _TEXT, "service of its first event"),
        Column("person_id", _TEXT, "person"),
        Column("is_linked", _FLAG, "the person is known by a key"),
        Column("started_at", _AT, "first event", "UTC"),
        Column("ended_at", _AT, "last event", "UTC"),
        Column("start_week", _TEXT, "ISO week of the first event"),
        Column("n_events", _COUNT, "events", "events"),
        Column("n_contacts", _COUNT, "contacts", "contacts"),
        Column("n_failure", _COUNT, "contacts that are failure demand", "contacts"),
        Column("n_channels", _COUNT, "different channels of its contacts", "channels"),
        Column("route", _TEXT, "channel group of its first contact"),
        Column("route_end", _TEXT, "channel group of its last contact"),
        Column("duration_s", _REAL, "first to last event", "seconds"),
        Column("working_s", _REAL, "working time from first to last event, null without a calendar", "seconds"),
        Column("is_open", _FLAG, "the gap of its service has not yet passed at the cut-off"),
        Column("variant_id", _TEXT, "hash of its activities in order"),
    ),
)

STORED = (
    RECORDS,
    NOTES,
    LABELS,
    IDENTITIES,
    PARTNER_KEYS,
)  # one part a source file and week each; the rest is made in each run
TABLES = (
    *STORED, CONTACTS, MERGES, STEPS, PERSONS, JOURNEYS, DEMAND, EVENTS, JOURNEY_SUMMARY,
)  # fmt: skip
