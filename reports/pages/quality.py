"""Data and method: where every row went, what is hidden, definitions, rules, limits, versions, privacy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reports.pages.frame import week_frame
from reports.pages.model import Block, Bullets, Page, Paragraph, Section, Terms, kept
from reports.pages.source import Source, slug
from reports.pages.tables import table_view
from reports.words import a_list, is_hidden, lower_first, number, week_ending

_SECTIONS = (
    ("rejects", "Rows that could not be used", ("rejects",)),
    ("unmapped", "Values seen but not mapped", ("unmapped",)),
    ("clocks", "Clocks of two systems", ("clocks",)),
    ("linked", "Contacts linked to a person", ("links", "links_by_service", "links_by_week", "link_sensitivity")),
    ("persons", "Persons behind the contacts", ("link_accuracy", "clusters", "set_aside_keys")),
    (
        "labelled",
        "Contacts whose reason is known",
        ("labels", "label_accuracy", "failure_corrected", "corrected_by_service", "emerging", "wrap_up"),
    ),
    ("tested", "How well reasons are recognised", ("label_types", "calibration")),
    ("missing", "Fields left empty", ("missing",)),
    ("requests", "Requests, deletions, exports and mails", ("requests", "redaction_misses", "deliveries")),
    ("restated", "Figures that have changed since they were published", ("restated",)),
    ("sensitivity", "If the gap between journeys were different", ("gap_sensitivity",)),
)
_NOTHING = {
    "rejects": "No row was rejected.",
    "unmapped": "Every value seen is mapped.",
    "restated": "No week published before has changed by more than rounding.",
}
_SPC_RULES = (
    "The line in the middle is the mean of the first 20 complete weeks, or of all weeks while there are fewer.",
    "The usual range is that mean plus and minus 2.66 times the average step from one week to the next. Steps of more than "
    "3.267 times the average are left out first.",
    "A week outside the usual range is a signal. So are seven weeks in a row on one side of the mean, and seven that rise, or "
    "fall, without a break. So are two of three weeks in the outer third of the range.",
    "A measure that has run for more than a year and a quarter is held against the same weeks of last year.",
    "With fewer than 12 weeks the range is called a trial range. A week that is not complete is never plotted.",
    "A range is set anew only by a dated entry in the settings that gives a reason.",
)
LIMITS = (
    "Contacts that could not be linked to a person stand alone: repeat contact and changes of "
    "channel are counted too low.",
    "Reasons are recognised from short notes by a model and by cues. Some are wrong; unclear ones are counted as unclear.",
    "A case that was closed was not always resolved, and the channel people used was not always the one they wanted.",
    "Web visits without a form, a search, a message or a log-in are counted apart and are in no rate.",
    "These pages do not rank channels, score staff or decide anything about a person. They are not "
    "an alert: urgent "
    "contacts are handled by the services, not here.",
)
PRIVACY = (
    "Names, phone numbers, addresses, e-mail addresses and account numbers are replaced by keyed "
    "codes as a row is read. "
    "They are never written to disk by this tool.",
    "Notes are cleaned of personal details before they are kept, and no page shows what a person "
    "said or what was written.",
    "A number that counts too few people is hidden on the pages, in the CSV files and in the JSON file alike.",
    "Nobody can be looked up here, and nothing is sent to anyone outside the organisation.",
)


def quality_page(source: Source, *, previous_week: str | None, next_week: str | None) -> Page:
    """data.html."""
    return Page(
        path="data.html",
        title="Data and method",
        kicker="For analysts and data protection officers",
        frame=week_frame(source, "Data and method", previous_week=previous_week, next_week=next_week),
        sections=kept(
            _sources(source),
            *(_tables(source, section_id, title, table_ids) for section_id, title, table_ids in _SECTIONS),
            _hidden_cells(source),
            _definitions(source),
            _rules("signals", "How signals are found", _SPC_RULES),
            _rules("limits", "Known limits", LIMITS),
            _rules("privacy", "Your data, in plain words", PRIVACY),
            _settings(source),
            _versions(source),
        ),
    )


def count_hidden(part: Any) -> int:
    """How many cells of the findings are hidden."""
    if isinstance(part, Mapping):
        return int(is_hidden(part)) + sum(count_hidden(value) for value in part.values())
    return sum(count_hidden(value) for value in part) if isinstance(part, list | tuple) else 0


def _sources(source: Source) -> Section | None:
    """Rows to the last one, then who keeps each source and why it is used: two tables of one CSV."""
    table = source.table("sources")
    if table is None:
        return None
    about = ("source", "owner", "purpose", "status")
    counts = [field["name"] for field in table["fields"] if field["name"] not in about[1:]]
    words = (
        "Rows read = rows used + restated + duplicates + set aside + expired + later than this week + "
        "rejected. Contacts = rows used as contacts less rows merged into another contact."
    )
    kept_by = table_view(source, table, "sources", fields=about, caption="Who keeps each source, and why it is used")
    rows = replace(table_view(source, table, "sources", fields=counts), style="sources")
    return Section(
        "sources",
        "Where every row went",
        (Paragraph((words,)), rows, replace(kept_by, table_id="t-sources-about")),
    )


def _tables(source: Source, section_id: str, title: str, table_ids: tuple[str, ...]) -> Section | None:
    views: list[Block] = []
    for table_id in table_ids:
        table = source.table(table_id)
        if table:
            views.append(table_view(source, table, table_id))
    if not views and section_id in _NOTHING:
        views.append(Paragraph((_NOTHING[section_id],)))
    return Section(section_id, title, tuple(views)) if views else None


def _hidden_cells(source: Source) -> Section:
    settings = source.findings.get("settings", {})
    fewest, base = settings.get("suppress_below", 10), settings.get("share_needs", 50)
    words = (
        f"{number(count_hidden(source.findings))} numbers are hidden this week and print as [c]. A "
        "number is hidden when it "
        f"counts fewer than {number(fewest)} people, or when it would let such a number be worked out. "
        f"A share is shown only when it is a share of at least {number(base)}."
    )
    return Section("hidden-numbers", "Hidden numbers: what [c] means", (Paragraph((words,)),))


def _definitions(source: Source) -> Section | None:
    definitions = source.findings.get("definitions", {})
    terms = tuple(
        (f"def-{slug(key)}", str(entry["name"]), str(entry["text"]))
        for key, entry in sorted(definitions.items(), key=lambda item: (str(item[1]["name"]).lower(), item[0]))
    )
    return Section("definitions", "Definitions", (Terms(terms),)) if terms else None


def _rules(section_id: str, title: str, rules: tuple[str, ...]) -> Section:
    return Section(section_id, title, (Bullets(tuple((rule,) for rule in rules)),))


def _settings(source: Source) -> Section:
    settings = source.findings.get("settings", {})
    rows = [{"setting": key, "value": _text(value)} for key, value in sorted(settings.items())]
    table = _plain_table("Settings behind these pages", ("setting", "Setting"), ("value", "Value"), rows)
    return Section("settings", "Settings", (table_view(source, table, "settings"),) if rows else ())


def _versions(source: Source) -> Section:
    """What made these figures, beside what made those of the week before."""
    run = source.findings["run"]
    before = run.get("before") or {}
    now = {
        "Settings": run["settings_hash"],
        "Model of reasons": run.get("model_version", ""),
        **dict(sorted(run.get("versions", {}).items())),
    }
    then = {
        "Settings": before.get("settings_hash", ""),
        "Model of reasons": before.get("model_version", ""),
        **before.get("versions", {}),
    }
    rows = [{"part": "Run", "version": run["run_id"], "before": ""}]
    rows += [{"part": name, "version": str(made), "before": str(then.get(name, ""))} for name, made in now.items()]
    changed = [row["part"] for row in rows[1:] if before and row["version"] != row["before"]]
    table = _plain_table(
        "What made these figures", ("part", "Part"), ("version", "Version"), ("before", "Week before"), rows
    )
    return Section("versions", "Versions", (*_what_changed(before, changed), table_view(source, table, "versions")))


def _what_changed(before: Mapping[str, Any], changed: Sequence[str]) -> tuple[Paragraph, ...]:
    if not before:
        return ()
    week = f"the week ending {week_ending(str(before['week']))}"
    if not changed:
        return (Paragraph((f"Nothing here has changed since {week}.",)),)
    words = f"Changed since {week}: {lower_first(a_list(list(changed)))}. Figures may differ for that reason."
    return (Paragraph((words,)),)


def _plain_table(title: str, *columns: Any) -> dict[str, Any]:
    fields = [{"name": name, "label": label, "unit": "text"} for name, label in columns[:-1]]
    return {
        "table_id": slug(title),
        "title": title,
        "period": "",
        "definition": "",
        "fields": fields,
        "rows": columns[-1],
    }


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {part}" for name, part in sorted(value.items()))
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
