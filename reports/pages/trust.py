"""Pages anybody may read: how data is used, and how accessible the pages are. All from the settings and the newest week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.pages.model import Bullets, Frame, Page, Paragraph, Section, Sentence
from reports.pages.quality import LIMITS, PRIVACY
from reports.pages.source import Source
from reports.words import number


def accessibility_page(source: Source, frame: Frame) -> Page:
    """accessibility.html."""
    contact = str(source.findings["organisation"].get("contact", ""))
    made: tuple[Sentence, ...] = (
        ("They are made to meet the Web Content Accessibility Guidelines 2.2 at level AA.",),
        ("They work with a keyboard alone, with a screen reader, at 400% zoom, without scripts, and on paper.",),
        (
            "Every figure is followed by a table with the same numbers, and every table can be "
            "taken away as a CSV file.",
        ),
        ("A signal is always a word and a shape, never a colour alone.",),
    )
    hard: tuple[Sentence, ...] = (
        ("The process map is wide. On a small screen it scrolls sideways; its tables hold all it shows.",),
        ("Wide tables scroll sideways on a small screen.",),
    )
    sections = (
        Section("made", "How these pages are made", (Bullets(made),)),
        Section("limits", "What may be hard to use", (Bullets(hard),)),
        Section(
            "tell-us",
            "Tell us",
            (Paragraph((f"If something here does not work for you, write to {contact}.",)),),
        ),
    )
    return Page("accessibility.html", "Accessibility of these pages", "", frame, sections)


def data_use_page(source: Source, frame: Frame) -> Page:
    """how-we-use-your-data.html."""
    findings = source.findings
    settings, contact = findings.get("settings", {}), str(findings["organisation"].get("contact", ""))
    why = (
        f"{findings['organisation']['name']} looks at how people's contacts with it follow one "
        "another, to find where its "
        "services fail them and to put that right. It uses the records it already holds of calls, "
        "forms, visits and cases."
    )
    hidden = f"No number that counts fewer than {number(settings.get('suppress_below', 10))} people is shown."
    rights = (
        "You may ask what is held about you, ask for it to be corrected or erased, or object to this use. "
        f"Write to {contact}."
    )
    sections = [
        Section("why", "Why", (Paragraph((why,)),)),
        Section("how", "How it is kept safe", (Bullets((*((rule,) for rule in PRIVACY), (hidden,))),)),
        Section("limits", "What these figures cannot tell", (Bullets(tuple((rule,) for rule in LIMITS)),)),
        Section("rights", "Your rights", (Paragraph((rights,)),)),
    ]
    refused = tuple((f"{str(use)[:1].upper()}{str(use)[1:]}.",) for use in settings.get("refused_uses", ()))
    if refused:
        sections.insert(2, Section("not", "What it is never used for", (Bullets(refused),)))
    if "retain_contacts_months" in settings:
        sections.insert(-2, Section("how-long", "How long it is kept", (Paragraph((_how_long(settings),)),)))
    uses = _uses(findings)
    if uses:
        sections.insert(1, Section("what", "What is used", (Bullets(uses),)))
    return Page(
        "how-we-use-your-data.html",
        "How we use your data",
        "",
        frame,
        tuple(sections),
    )


def _how_long(settings: Mapping[str, Any]) -> str:
    notes = (
        "Notes are read once and not kept"
        if settings["keep_notes"] == "none"
        else f"Notes, cleaned of personal details, are kept for {number(settings['retain_notes_days'])} days"
    )
    return (
        f"{notes}. Records of contacts, without names or numbers, are kept for "
        f"{number(settings['retain_contacts_months'])} months, so that a week can be compared with the year before. Then "
        "they are deleted."
    )


def _uses(findings: Mapping[str, Any]) -> tuple[Sentence, ...]:
    rows = findings.get("tables", {}).get("sources", {}).get("rows", ())
    grounds = dict(str(entry).split(": ", 1) for entry in findings.get("settings", {}).get("lawful_basis", ()))
    return tuple(
        (
            f"{str(row['source']).replace('_', ' ').capitalize()}, {row['purpose']}."
            + (f" Legal ground: {grounds[row['source']]}." if row["source"] in grounds else "")
            + f" Kept by: {row['owner']}.",
        )
        for row in rows
        if row.get("purpose") and row.get("owner")
    )
