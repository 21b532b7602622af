"""The pages outside the weeks: the archive, the accessibility statement, how data is used; and the feed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from reports import theme
from reports.pages.frame import footer_lines
from reports.pages.model import Bullets, Frame, Link, Page, Paragraph, Section, Sentence
from reports.pages.quality import LIMITS, PRIVACY
from reports.pages.source import Source
from reports.pages.week import headline_sentence
from reports.words import date_text, number


@dataclass(frozen=True, slots=True)
class WeekLine:
    """One published week as the archive and the feed need it; `findings` are that week's own."""

    week: str
    ends_on: str
    headline: str
    updated_at: str  # RFC 3339, the week's cut-off
    findings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of the Atom feed."""

    entry_id: str
    title: str
    summary: str
    href: str
    updated_at: str


def week_line(findings: Mapping[str, Any]) -> WeekLine:
    """The archive's line for a week, from its findings."""
    period = findings["period"]
    return WeekLine(
        week=period["week"],
        ends_on=period["ends_on"],
        headline=headline_sentence(Source(findings)),
        updated_at=cut_off_rfc3339(period["cut_off"]),
        findings=findings,
    )


def cut_off_rfc3339(cut_off: str) -> str:
    """2026-11-16 00:00 Europe/London -> 2026-11-16T00:00:00+00:00, in the organisation's own zone."""
    day, clock, zone = cut_off.split(" ", 2)
    return dt.datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=ZoneInfo(zone)).isoformat()


def feed_id(name: str, week: str = "") -> str:
    """A feed or entry id that never changes for the same organisation and week."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"journeys:{name}:{week}").urn


def feed_entries(weeks: Sequence[WeekLine]) -> list[FeedEntry]:
    """Entries newest first."""
    return [
        FeedEntry(
            entry_id=feed_id(str(line.findings["organisation"]["name"]), line.week),
            title=f"Week ending {date_text(line.ends_on)}",
            summary=line.headline,
            href=f"{line.week}/index.html",
            updated_at=line.updated_at,
        )
        for line in newest_first(weeks)
    ]


def newest_first(weeks: Sequence[WeekLine]) -> list[WeekLine]:
    """Weeks in the order readers want them."""
    return sorted(weeks, key=lambda line: line.week, reverse=True)


def archive_pages(weeks: Sequence[WeekLine]) -> list[Page]:
    """index.html, accessibility.html and how-we-use-your-data.html of the site."""
    newest = newest_first(weeks)[0]
    return [_archive(weeks, newest), _accessibility(newest), _data_use(newest)]


def _archive(weeks: Sequence[WeekLine], newest: WeekLine) -> Page:
    items: tuple[Sentence, ...] = tuple(
        (Link(f"Week ending {date_text(line.ends_on)}", f"{line.week}/index.html"), f": {line.headline}")
        for line in newest_first(weeks)
    )
    feed: Sentence = ("Follow the weeks with the ", Link("news feed", "feed.xml"), ".")
    sections = (Section("weeks", "Weeks, newest first", (Bullets(items), Paragraph(feed, tone="note"))),)
    return Page("index.html", "Customer journeys, all weeks", "Archive", _frame(newest, ""), sections)


def _accessibility(newest: WeekLine) -> Page:
    contact = str(newest.findings["organisation"].get("contact", ""))
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
    return Page("accessibility.html", "Accessibility of these pages", "", _frame(newest, "Accessibility"), sections)


def _data_use(newest: WeekLine) -> Page:
    findings = newest.findings
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
        _frame(newest, "How we use your data"),
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


def _frame(newest: WeekLine, here: str) -> Frame:
    findings = newest.findings
    trail = (Link("All weeks", "index.html"), Link(here, "")) if here else (Link("All weeks", ""),)
    return Frame(
        language=str(findings["organisation"].get("language") or "en-GB"),
        organisation=str(findings["organisation"]["name"]),
        colour=theme.page_colour(findings.get("settings", {}).get("colour")),
        home_href="index.html",
        breadcrumb=trail,
        week_links=(Link("Newest week", "latest/index.html"),),
        page_links=(),
        footer_lines=footer_lines(findings, method_href="latest/data.html", root=""),
        glossary_href="latest/data.html",
    )
