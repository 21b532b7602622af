"""Which column of a profiled file is taken for which field of a contact.

In: a `FileProfile`. Out: the field names with their columns, and the kind of source. Kinds of columns come first, names
second; a column serves one field, but for service and channel, which may be told by a column that tells more.
"""

from __future__ import annotations

import re

from journeys.channel_words import channels_of_values
from journeys.kinds import DURATION, Kind, words_of
from journeys.profile import ColumnProfile, FileProfile

_TIMES = frozenset({Kind.TIME, Kind.EPOCH})
_IDS = frozenset({Kind.IDENTIFIER, Kind.NUMBER, Kind.CATEGORY, Kind.ACCOUNT})
_SPANS = frozenset({Kind.NUMBER, Kind.CLOCK})
_NAMED = frozenset({Kind.CATEGORY})
# field, kinds of column, names (best first), names that rule it out
_FIELDS: tuple[tuple[str, frozenset[Kind], tuple[str, ...], str], ...] = (
    ("started_at", _TIMES, ("^time timestamp$", "^(?!case ).*(?:start|initiat)", "^(?!case ).*(?:creat|arriv|receiv|submit|occur)",
     "logged|issued|requested|opened", "^(?!case ).*(?:time|stamp|date|^ts$|^at$)", "start|open|time|date"),
     r"\bend|due\b|clos|modified|updated|resolved|target|deadline|plan|expect|disconnect|finish|complet"),
    ("ended_at", _TIMES, (r"\bend(?:ed|s|date|time)?\b|disconnect|finish|complet",), "^case |plan|due|expect|target"),
    ("case_due_at", _TIMES, ("deadline", r"\bdue\b|target|expect|resolve by|planned",), ""),
    ("case_closed_at", _TIMES, ("clos|resolved", "^case end(?:date|time)?$"), "plan|due|expect|target"),
    ("case_opened_at", _TIMES, ("^case (?:start|open|creat)|opened",), ""),
    ("phone", frozenset({Kind.PHONE}), (), ""),
    ("email", frozenset({Kind.EMAIL}), (), ""),
    ("postcode", frozenset({Kind.POSTCODE}), (), ""),
    ("date_of_birth", frozenset({Kind.DATE_OF_BIRTH}), (), ""),
    ("name", frozenset({Kind.NAME}), (r"full|^name$", "contact|customer|caller|resident", "sur|last"), ""),
    ("account", frozenset({Kind.ACCOUNT}), ("account|customer",), "case|contact id|interaction"),
    ("place", frozenset({Kind.PLACE}), (), ""),
    ("cookie", frozenset({Kind.COOKIE}), (), ""),
    ("case_ref", _IDS, (r"\bcase (?:ref|id|no|number)|^case concept name$|^case$|^object id$", "casenumber|request id|enquiry (?:ref|no|id)"), ""),
    ("group_id", frozenset({Kind.IDENTIFIER, Kind.ACCOUNT}),
     (r"\bcall (?:id|ref)|conversation id|interaction id|session id|submission|contact id",), ""),
    ("source_record_id", frozenset({Kind.IDENTIFIER, Kind.NUMBER, Kind.ACCOUNT}),
     ("^row id$", r"\b(?:record|event|leg|hit|row) id\b", r"\bid\b|ref\b|reference|number|\bno\b|ticket|hit|key|instance"), DURATION.pattern + "|amount|cost|score|count"),
    ("note", frozenset({Kind.TEXT}), (r"note|descr|reason|comment|detail|text|tell|message",), ""),
    ("wait_s", _SPANS, ("wait|ring|queue",), "at$|start|date"),
    ("handle_s", _SPANS, ("talk|handle|serv|duration|interaction|spent",), "service|wait|ring"),
    ("channel", _NAMED, ("channel|origin|media|method|contact type", "operation|source|type"), ""),
    ("activity", _NAMED, ("activity|concept name", r"\bevent\b|\bstep\b|action", "operation"), ""),
    ("service", _NAMED, ("service", "queue|desk|department|section|skill|topic", "form|category|subject|product|team"), ""),
    ("entry_point", _NAMED | {Kind.TEXT}, ("queue|form|page|centre|center|branch|url|skill|desk",), ""),
    ("outcome", _NAMED, ("outcome|result|disposition|status", r"\bstate\b"), ""),
    ("reason_code", _NAMED, ("wrap|reason|code",), ""),
    ("area", _NAMED, ("ward|area|lsoa|district|parish",), "service|work|subject|business"),
    ("team", _NAMED, (r"\bteam\b|org group",), ""),
)  # fmt: skip
# Their kind of column says enough; all others need a name that fits, too.
_KIND_TELLS = frozenset(
    {"started_at", "phone", "email", "postcode", "date_of_birth", "name", "account", "place", "cookie", "note",
     "source_record_id"}
)  # fmt: skip
_SHARED = frozenset({"channel", "service"})
_NEARLY_ALL = 0.98  # a record's id may come again, restated
_PERSONS = frozenset({"phone", "email", "name", "account", "note"})
_CASE_LEVEL = "case:"  # XES and pm4py: attributes of the whole trace

Fields = dict[str, ColumnProfile]


def choose_fields(profile: FileProfile) -> Fields:
    """The best column for each field that has one."""
    chosen: Fields = {}
    taken: set[str] = set()
    for field, kinds, names, never in _FIELDS:
        free = [
            column
            for column in profile.columns
            if column.kind in kinds and column.name not in taken and not _is_ruled_out(column, never)
        ]
        ranked = sorted(free, key=lambda column: _rank(field, column, names))
        if field not in _KIND_TELLS:
            ranked = [column for column in ranked if _rank(field, column, names)[0] < len(names)]
        if (best := _fit_for(field, ranked)) is None:
            continue
        chosen[field] = best
        if field not in _SHARED:
            taken.add(best.name)
    return _as_own_id(chosen)


def kind_of_source(fields: Fields) -> str:
    """hit where visitors are told apart by a cookie, step for a log of cases, else contact."""
    if "cookie" in fields and "note" not in fields:
        return "hit"
    is_log = "activity" in fields and "case_ref" in fields and not _PERSONS & set(fields)
    is_of_rows = "channel" in fields and not fields["channel"].name.startswith(_CASE_LEVEL)
    return "step" if is_log and not is_of_rows else "contact"


def is_of_case(column: ColumnProfile) -> bool:
    """The column tells something of the whole case, the same in each of its rows."""
    return column.name.startswith(_CASE_LEVEL)


def _fit_for(field: str, ranked: list[ColumnProfile]) -> ColumnProfile | None:
    """The first that can be the field, whatever its name: ids must be nearly unique, channels must sound like some."""
    if field == "source_record_id":
        named = [column for column in ranked if column.n_distinct >= _NEARLY_ALL * column.n_rows]
        return next((column for column in named if column.is_unique), named[0] if named else None)
    if field == "channel":
        return next((column for column in ranked if channels_of_values(column)), None)
    return ranked[0] if ranked else None


def _rank(field: str, column: ColumnProfile, names: tuple[str, ...]) -> tuple[int, float, str]:
    """Named as expected first, in the order names are listed; then the fuller column, of notes the wordier."""
    words = words_of(column.name)
    place = next((n for n, name in enumerate(names) if re.search(name, words)), len(names))
    return place, -column.mean_words if field == "note" else -float(column.n_filled), column.name


def _is_ruled_out(column: ColumnProfile, never: str) -> bool:
    return not column.n_filled or bool(never and re.search(never, words_of(column.name)))


def _as_own_id(chosen: Fields) -> Fields:
    """An id of calls that no two rows share names the rows."""
    group = chosen.get("group_id")
    if group is None or not group.is_unique or "source_record_id" in chosen:
        return chosen
    return {("source_record_id" if field == "group_id" else field): column for field, column in chosen.items()}
