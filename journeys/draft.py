"""A first [[source]] block for a file nobody has described yet, to be checked and completed by a person.

In: a `FileProfile`. Out: TOML text, commented: what the file holds, what each guess rests on, and `CHECK` wherever
somebody must decide. Columns that are not needed, or that say who somebody is without helping to join contacts, are
left out and named.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from journeys.channel_words import channel_of
from journeys.doubts import doubts_of, is_crowded
from journeys.draft_fields import Fields, choose_fields, is_of_case, kind_of_source
from journeys.draft_lines import channel_lines, comment_text, field_line, name_line, names_of_parts, note_lines, quoted
from journeys.kinds import Kind, words_of
from journeys.profile import ColumnProfile, FileProfile
from journeys.schema import IDENTIFIERS

_NOT_NEEDED = {
    Kind.STAFF: "about staff",
    Kind.OFFICIAL_NUMBER: "personal data not needed",
    Kind.IP_ADDRESS: "says which computer, and joins nobody",
    Kind.TEXT: "free text; may hold personal data that is not needed",
    Kind.ADDRESS: "personal; a property's number (UPRN) would do better",
}


def draft_source(profile: FileProfile, files: str, *, remark: str = "", names_taken: Collection[str] = ()) -> str:
    """The block as TOML text, its comments first.

    `files`: the pattern to write for the file; `remark`: what to say about it; `names_taken`: of other sources.
    """
    fields = choose_fields(profile)
    kind = kind_of_source(fields)
    case_channel = fields.get("channel")
    if case_channel is not None and kind != "contact":
        del fields["channel"]
    lines = [
        *_heading(profile, fields),
        "",
        "[[source]]",
        f"name = {quoted(_slug(profile, names_taken))}",
        f'kind = "{kind}"   # CHECK: contact, hit (a page) or step (something the organisation did)',
        f"files = {quoted(files)}" + (f"   # {comment_text(remark)}" if remark else ""),
        f'format = "{profile.sniffed.format}"',
        *_reading(profile),
        'purpose = ""        # CHECK: why you use it; a schedule refuses to run without these three',
        'lawful_basis = ""   # CHECK: on what ground',
        'owner = ""          # CHECK: whom to ring when it does not come',
        *_unknown(fields),
        "",
        "[source.columns]",
        *_columns(profile, fields, kind),
    ]
    if kind == "step" and case_channel is not None and is_of_case(case_channel):
        lines.append(
            f"# CHECK: {comment_text(case_channel.name)} tells how a case arrived. If one of the activities is that "
            "contact, map kind and channel, too."
        )
    return "\n".join([*lines, *_left_out(profile, fields)]) + "\n"


def _columns(profile: FileProfile, fields: Fields, kind: str) -> Iterator[str]:
    if "started_at" not in fields:
        first = min(profile.columns, key=lambda column: (column.kind.is_personal, not column.n_filled))
        yield f"started_at = {quoted(first.name)}   # CHECK: no column looks like a time; every row would be refused"
    of_file = "web" if kind == "hit" else channel_of(f"{profile.path.parent.name} {profile.path.stem}") or "other"
    for field, column in fields.items():
        if field == "channel":
            yield from channel_lines(column)
        elif field == "note":
            yield from note_lines(column, fields.get("channel"), of_file)
        elif field == "name":
            yield name_line(column, profile.columns)
        else:
            yield field_line(field, column)
    if kind != "step" and "channel" not in fields:
        yield f'channel = {{ value = "{of_file}" }}   # CHECK: no column tells it; by the names of file and folder'
    if kind == "step" and "activity" not in fields:
        yield 'activity = { value = "Step" }   # CHECK: no column looks like what happened'


def _heading(profile: FileProfile, fields: Fields) -> Iterator[str]:
    size = f"{profile.n_rows:,} rows, {len(profile.columns)} columns"
    yield f"# {comment_text(profile.path.name)}: {size}. A first draft: look at every CHECK."
    start = fields.get("started_at")
    if start and start.time and start.time.first:
        yield f"# {comment_text(start.name)} runs from {start.time.first} to {start.time.last}."
    if profile.is_sample:
        yield f"# CHECK: only the first {profile.n_rows:,} rows were looked at; the file goes on."
    if profile.n_malformed:
        why = "too many or too few columns, or cannot be read, and would be rejected"
        yield f"# CHECK: rows with {why}: {profile.n_malformed:,}."
    if profile.sniffed.object_types:
        types = comment_text(", ".join(profile.sniffed.object_types))
        yield f"# CHECK: a log of several types of objects ({types}), flattened on the first."
    yield "#"
    width = max((len(comment_text(column.name)) for column in profile.columns), default=0)
    for column in profile.columns:
        filled = (
            f"{column.n_filled:,} filled, {column.n_rows - column.n_filled:,} empty, {column.n_distinct:,} different"
        )
        line = f"#   {comment_text(column.name):<{width}}  {column.kind.value}; {filled}; {comment_text(column.shown)}"
        yield line.rstrip("; ")
        for doubt in doubts_of(column):
            yield f"#   {'':<{width}}  CHECK: {doubt}"


def _reading(profile: FileProfile) -> Iterator[str]:
    sniffed = profile.sniffed
    if sniffed.format == "csv":
        yield f"delimiter = {json.dumps(sniffed.delimiter)}"
    if sniffed.format in {"csv", "json", "jsonl"}:
        doubt = (
            "   # CHECK: it is not UTF-8; look at accents and pound signs"
            if sniffed.encoding[:2] in {"cp", "la"}
            else ""
        )
        yield f'encoding = "{sniffed.encoding}"{doubt}'
    if sniffed.format == "ocel":
        yield f"object_type = {quoted(sniffed.object_type)}   # CHECK: the type whose objects are cases"


def _unknown(fields: Fields) -> Iterator[str]:
    crowded = [fields[name].name for name in IDENTIFIERS if name in fields and is_crowded(fields[name])]
    if crowded:
        yield (
            'unknown_persons = []   # CHECK: write the values here that mean "nobody known": see '
            f"{comment_text(', '.join(crowded))} above"
        )


def _left_out(profile: FileProfile, fields: Fields) -> Iterator[str]:
    used = {column.name for column in fields.values()}
    used |= {column.name for column in names_of_parts(fields.get("name"), profile.columns)}
    for column in profile.columns:
        if column.name not in used and column.n_filled:
            yield f"# Not mapped, and never kept: {comment_text(column.name)} ({_why_not(column)})"


def _why_not(column: ColumnProfile) -> str:
    personal = "personal, and another column serves" if column.kind.is_personal else column.kind.value
    return _NOT_NEEDED.get(column.kind, personal)


def _slug(profile: FileProfile, names_taken: Collection[str]) -> str:
    """A name from that of the file, without its numbers; a number where another source has it."""
    words = [word for word in words_of(profile.path.name.split(".")[0]).split() if word.isalpha()]
    name = ("_".join(words) or "source")[:36].strip("_")
    numbered = [name, *(f"{name}_{n}" for n in range(2, len(names_taken) + 3))]
    return next(each for each in numbered if each not in names_taken)
