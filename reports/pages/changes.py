"""Changes on record and what followed, on the demand page; what residents may be told of them.

In: table `changes`. Out: one section with a sentence per change; the sentences for residents.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.pages.model import Bullets, Paragraph, Section
from reports.pages.source import Row, Source
from reports.pages.tables import folded, table_view
from reports.words import in_words, number, range_in_words

_OTHERWISE = {
    "planned": "Planned.",
    "too early": "Too early to say: fewer than 8 complete weeks since.",
    "too few weeks before": "Cannot be told: fewer than 12 complete weeks before it.",
    "too few weeks in common": "Cannot be told: too few weeks in common with the service to compare with.",
    "no figures": "Cannot be told: the measure has no figures for this service.",
}
_CLEAR = {
    "better": "Better by more than chance",
    "worse": "Worse by more than chance",
    "moved": "Moved by more than chance",
}


def changes_section(source: Source) -> Section | None:
    """What was changed, and what followed."""
    table = source.table("changes")
    if table is None:
        return None
    words = "What happened since a change need not be its doing: something else may have happened at the same time. "
    link = source.definition("changes")
    sentence = (words, "Definition: ", link, ".") if link else (words,)
    items = tuple((change_words(row),) for row in table["rows"])
    shown = [field["name"] for field in table["fields"] if field["name"] not in ("says", "tell_residents")]
    view = table_view(source, table, "changes", fields=shown)
    return Section(
        "changes", "What you changed, and what followed", (Paragraph(sentence), Bullets(items), folded(view))
    )


def change_words(row: Row) -> str:
    """One change in two sentences."""
    says, effect = str(row["says"]), row["effect"]
    start = f"{row['title']} ({row['service_name']}, from {row['began_on']}): "
    if says in _OTHERWISE or not isinstance(effect, Mapping):
        return start + _OTHERWISE.get(says, "Cannot be told.")
    unit, name = str(row["unit"]), str(row["measure_name"])
    low, high = sorted((abs(effect["low"]), abs(effect["high"])))
    levels = f"{name} was {in_words(row['before'], unit)} before and {in_words(row['after'], unit)} since"
    if says == "no clear change":
        return f"{start}No clear change. {levels}; that is within what weeks vary by."
    way = "higher" if effect["value"] > 0 else "lower"
    beside = f" beside {row['compared_with']}" if row["compared_with"] else ""
    by, span = in_words(abs(effect["value"]), unit), range_in_words(low, high, unit)
    return f"{start}{_CLEAR[says]}. {levels}: {by} {way} ({span}) than where it was heading{beside}."


def told_residents(findings: Mapping[str, Any]) -> list[str]:
    """The sentences for residents of changes that the weeks bear out."""
    rows = findings.get("tables", {}).get("changes", {}).get("rows", ())
    return [_for_residents(row) for row in rows if row["says"] == "better" and row["tell_residents"]]


def _for_residents(row: Row) -> str:
    unit, name = str(row["unit"]), str(row["measure_name"])
    if unit != "share":
        return str(row["tell_residents"])
    before, after = (number(row[end] * 100) for end in ("before", "after"))
    return f"{row['tell_residents']} {name} was {before} in 100 contacts before and {after} in 100 since."
