"""A first [[source]] block for a file nobody has described yet, to be checked and completed by a person.

In: a `FileProfile`. Out: TOML text, commented: what the file holds, what each guess rests on, and `CHECK` wherever
somebody must decide. Columns that are not needed, or that say who somebody is without helping to join contacts, are
left out and named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from journeys.kinds import Kind, words_of
from journeys.profile import ColumnProfile, FileProfile
from journeys.schema import CHANNELS

_CHANNEL_WORDS = (
    ("outbound", r"outbound|call out|we call"),
    ("web_form", r"web ?form|online form|e ?form|internet|portal|self ?serv"),
    ("web_chat", r"chat|whatsapp|messag"),
    ("email", r"e ?mail"),
    ("sms", r"\bsms\b|\btext\b"),
    ("face_to_face", r"counter|desk|visit|in person|face|walk ?in|reception|office|branch"),
    ("post", r"post|letter|mail\b|scan"),
    ("phone", r"phon|call|voice|tel\b|inbound"),
    ("web", r"web|online|site|page"),
)
# field: which kinds of column, which names (best first)
_FIELDS: tuple[tuple[str, frozenset[Kind], str], ...] = (
    ("started_at", frozenset({Kind.TIME}), r"start|creat|arriv|receiv|submit|occur|initiat|issued|requested|open|time|date|\bts\b"),
    ("ended_at", frozenset({Kind.TIME}), r"\bend|disconnect|finish|complet"),
    ("case_due_at", frozenset({Kind.TIME}), r"\bdue\b|target|expected|resolve by|deadline|planned"),
    ("case_closed_at", frozenset({Kind.TIME}), r"clos|resolved"),
    ("phone", frozenset({Kind.PHONE}), r""),
    ("email", frozenset({Kind.EMAIL}), r""),
    ("postcode", frozenset({Kind.POSTCODE}), r""),
    ("date_of_birth", frozenset({Kind.DATE_OF_BIRTH}), r""),
    ("name", frozenset({Kind.NAME}), r""),
    ("account", frozenset({Kind.ACCOUNT}), r""),
    ("place", frozenset({Kind.IDENTIFIER, Kind.NUMBER, Kind.CATEGORY}), r"uprn|property|address id|place"),
    ("cookie", frozenset({Kind.IDENTIFIER, Kind.ACCOUNT}), r"cookie|visitor|pseudo id|client id"),
    ("case_ref", frozenset({Kind.IDENTIFIER, Kind.CATEGORY, Kind.NUMBER}), r"\bcase ref|\bcase id|\bcase no|\bcase number|\bcase concept name|^case$|casenumber|request id"),
    ("group_id", frozenset({Kind.IDENTIFIER}), r"\bcall id|interaction id|conversation id|session id|submission|initial contact"),
    ("source_record_id", frozenset({Kind.IDENTIFIER, Kind.NUMBER}), r"\bid\b|ref|number|\bno\b|ticket|hit|key|instance"),
    ("note", frozenset({Kind.TEXT}), r"note|descr|reason|comment|detail|text|tell|message"),
    ("wait_s", frozenset({Kind.NUMBER}), r"wait|ring|queue"),
    ("handle_s", frozenset({Kind.NUMBER}), r"talk|handle|serv|duration|interaction|spent"),
    ("channel", frozenset({Kind.CATEGORY}), r"channel|origin|media|operation|method|source"),
    ("activity", frozenset({Kind.CATEGORY}), r"activity|event|concept name|operation|step|action"),
    ("service", frozenset({Kind.CATEGORY}), r"service|queue|desk|department|section|team|skill|topic|form|category|subject|product"),
    ("entry_point", frozenset({Kind.CATEGORY, Kind.TEXT}), r"queue|form|page|centre|branch|url|skill|desk"),
    ("outcome", frozenset({Kind.CATEGORY}), r"outcome|result|disposition|status|state"),
    ("reason_code", frozenset({Kind.CATEGORY}), r"wrap|reason|code"),
    ("area", frozenset({Kind.CATEGORY}), r"ward|area|lsoa|district|parish"),
    ("team", frozenset({Kind.CATEGORY}), r"\bteam\b|org group"),
)  # fmt: skip
_NEEDS_NAME = frozenset({"ended_at", "case_due_at", "case_closed_at", "place", "cookie", "case_ref", "group_id", "wait_s",
                         "handle_s", "channel", "activity", "service", "entry_point", "reason_code", "outcome", "area",
                         "team"})  # fmt: skip
_NEARLY_ALL = 0.98  # a record's id may come again, restated


def draft_source(profile: FileProfile, files: str) -> str:
    """The block as TOML text, its comments first; `files` is the pattern to write for the file."""
    fields = _choose(profile)
    kind = _kind(fields)
    lines = [
        *_heading(profile),
        "",
        "[[source]]",
        f"name = {_quoted(_slug(profile))}",
        f'kind = "{kind}"',
        f"files = {_quoted(files)}",
    ]
    lines += [f'format = "{profile.sniffed.format}"', *_reading(profile)]
    lines += [
        'purpose = ""        # CHECK: why you use it; a schedule refuses to run without these three',
        'lawful_basis = ""   # CHECK: on what ground',
        'owner = ""          # CHECK: whom to ring when it does not come',
    ]
    lines += [*_unknown(fields), "", "[source.columns]"]
    lines += [line for field, column in fields.items() for line in _field(field, column)]
    if kind != "step" and "channel" not in fields:
        lines.append(_channel_of_file(profile))
    if kind == "step" and "activity" not in fields:
        lines.append('activity = { value = "Step" }   # CHECK: no column looks like what happened')
    return "\n".join([*lines, *_left_out(profile, fields)]) + "\n"


def _choose(profile: FileProfile) -> dict[str, ColumnProfile]:
    """The best column for each field; a column serves once, but for service, entry point and the record's own case."""
    chosen: dict[str, ColumnProfile] = {}
    taken: set[str] = set()
    for field, kinds, names in _FIELDS:
        free = [c for c in profile.columns if c.kind in kinds and c.name not in taken and c.kind is not Kind.STAFF]
        ranked = sorted(free, key=lambda column: _rank(field, column, names))
        best = ranked[0] if ranked else None
        if best is None or (_rank(field, best, names)[0] and field in _NEEDS_NAME):
            continue
        if field == "source_record_id" and not best.is_unique:
            best = next((column for column in ranked if column.is_unique), best)
        if field == "source_record_id" and best.n_distinct < _NEARLY_ALL * best.n_rows:
            continue
        if field == "channel" and not _channels(best):
            continue
        chosen[field] = best
        if field not in {"channel", "service"}:  # an activity may be the channel, a queue the service, each told twice
            taken.add(best.name)
        elif field == "service":
            taken |= {column.name for column in free if column is best and "area" in words_of(column.name)}
    return chosen


def _rank(field: str, column: ColumnProfile, names: str) -> tuple[bool, int, float]:
    """Named as expected first, in the order names are listed; then the fuller column."""
    words = words_of(column.name)
    for place, name in enumerate(names.split("|")):
        if re.search(name, words):
            return False, place if field != "note" else 0, -column.mean_words if field == "note" else -column.n_filled
    return True, 0, -column.mean_words if field == "note" else -column.n_filled


def _kind(fields: dict[str, ColumnProfile]) -> str:
    if "cookie" in fields and "note" not in fields:
        return "hit"
    is_log = "activity" in fields and "case_ref" in fields and "channel" not in fields
    return "step" if is_log and not {"phone", "email", "note"} & set(fields) else "contact"


def _heading(profile: FileProfile) -> Iterator[str]:
    rows = f"{profile.n_rows:,} rows" + (" (the first ones; the file goes on)" if profile.is_sample else "")
    yield f"# {profile.path.name}: {rows}, {len(profile.columns)} columns. A first draft: look at every CHECK."
    if profile.n_malformed:
        yield f"# CHECK: {profile.n_malformed:,} rows have too many or too few columns and would be rejected."
    if profile.sniffed.object_types:
        yield f"# CHECK: a log of several kinds of objects ({', '.join(profile.sniffed.object_types)}), flattened on the first."
    yield "#"
    width = max((len(column.name) for column in profile.columns), default=0)
    for column in profile.columns:
        filled = f"{column.n_filled:,} filled, {column.n_distinct:,} different"
        yield f"#   {column.name:<{width}}  {column.kind.value}; {filled}; {_one_line(column.shown)}".rstrip("; ")
        for doubt in column.suspicious():
            yield f"#   {'':<{width}}  CHECK: {doubt}"


def _reading(profile: FileProfile) -> Iterator[str]:
    sniffed = profile.sniffed
    if sniffed.format == "csv":
        yield f"delimiter = {json.dumps(sniffed.delimiter)}"
    if sniffed.format in {"csv", "json", "jsonl"} and sniffed.encoding != "utf-8":
        yield f'encoding = "{sniffed.encoding}"'
    if sniffed.format == "ocel":
        yield f"object_type = {_quoted(sniffed.object_type)}"


def _unknown(fields: dict[str, ColumnProfile]) -> Iterator[str]:
    persons = [fields[name] for name in ("account", "phone", "email", "name") if name in fields]
    if any("unknown people" in doubt for column in persons for doubt in column.suspicious()):
        yield 'unknown_persons = []   # CHECK: write the values here that mean "nobody known" (see above)'


def _field(field: str, column: ColumnProfile) -> Iterator[str]:
    name = _quoted(column.name)
    if column.time and column.time.format:
        flag = ""
        if column.time.is_ambiguous:
            flag = "   # CHECK: every value fits day-first and month-first alike; this says day-first"
        time_format = _day_first(column.time.format) if column.time.is_ambiguous else column.time.format
        yield f"{field} = {{ column = {name}, format = {_quoted(time_format)} }}{flag}"
    elif field in {"wait_s", "handle_s"}:
        unit = (
            "minutes"
            if re.search(r"\bmin", words_of(column.name))
            else "hours"
            if "hour" in words_of(column.name)
            else "seconds"
        )
        flag = "" if re.search(r"\bsec|\bmin|hour", words_of(column.name)) else "   # CHECK: the unit is a guess"
        yield f'{field} = {{ column = {name}, unit = "{unit}" }}{flag}'
    elif field == "channel":
        pairs = ", ".join(f"{_quoted(value)} = {_quoted(channel)}" for value, channel in _channels(column).items())
        yield f"channel = {{ column = {name}, map = {{ {pairs} }} }}   # CHECK: what each value means"
    elif field == "service":
        yield f'service = {{ column = {name}, default = "general" }}   # CHECK: map the values: journeys map --values'
    elif field == "group_id":
        yield f'group_id = {{ column = {name}, namespace = "{words_of(column.name).split()[0]}" }}   # rows with one value are one contact'
    elif field == "note":
        yield f"note = {name}   # redacted as it is read"
        yield 'note_author = { value = "staff" }   # CHECK: or "resident", where people wrote it themselves'
    elif field == "source_record_id" and not column.is_unique:
        n_again = column.n_filled - column.n_distinct
        yield f"source_record_id = {name}   # CHECK: {n_again:,} rows repeat one: the one loaded last counts"
    else:
        yield f"{field} = {name}"


def _channels(column: ColumnProfile) -> dict[str, str]:
    """Channel of each frequent value that sounds like one; empty where fewer than half do."""
    found: dict[str, str] = {}
    for value, _ in column.most_frequent:
        channel = next((name for name, words in _CHANNEL_WORDS if re.search(words, words_of(value))), None)
        if channel in CHANNELS:
            found[value] = str(channel)
    return found if 2 * len(found) >= len(column.most_frequent) else {}


def _channel_of_file(profile: FileProfile) -> str:
    words = words_of(f"{profile.path.parent.name} {profile.path.stem}")
    channel = next((name for name, pattern in _CHANNEL_WORDS if re.search(pattern, words)), "other")
    return (
        f'channel = {{ value = "{channel}" }}   # CHECK: no column tells the channel; this is from the name of the file'
    )


def _left_out(profile: FileProfile, fields: dict[str, ColumnProfile]) -> Iterator[str]:
    used = {column.name for column in fields.values()}
    personal = [c.name for c in profile.columns if c.name not in used and c.kind.is_personal]
    other = [c.name for c in profile.columns if c.name not in used and c.name not in personal and c.n_filled]
    if personal:
        yield f"# Left out, and never kept: {_one_line(', '.join(personal))} (personal, or about staff)"
    if other:
        yield f"# Not mapped, and never kept: {_one_line(', '.join(other))}"


def _day_first(time_format: str) -> str:
    return re.sub(r"^%m(.)%d", r"%d\1%m", time_format)


def _slug(profile: FileProfile) -> str:
    words = [word for word in words_of(profile.path.name.split(".")[0]).split() if word.isalpha()]
    return ("_".join(words) or "source")[:40].strip("_")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    """Text from the file, safe inside a comment."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:300]
