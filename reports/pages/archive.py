"""The pages outside the weeks: the archive and the feed, with the pages of trust around them."""

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
from reports.pages.source import Source
from reports.pages.transparency import transparency_page
from reports.pages.trust import accessibility_page, data_use_page
from reports.pages.week import headline_sentence
from reports.words import date_text


@dataclass(frozen=True, slots=True)
class WeekLine:
    """One published week as the archive and the feed need it, and as its own `week.json` holds it."""

    week: str
    ends_on: str
    headline: str
    updated_at: str  # RFC 3339, the week's cut-off


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
    )


def cut_off_rfc3339(cut_off: str) -> str:
    """2026-11-16 00:00 Europe/London -> 2026-11-16T00:00:00+00:00, in the organisation's own zone."""
    day, clock, zone = cut_off.split(" ", 2)
    return dt.datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=ZoneInfo(zone)).isoformat()


def feed_id(name: str, week: str = "") -> str:
    """A feed or entry id that never changes for the same organisation and week."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"journeys:{name}:{week}").urn


def feed_entries(weeks: Sequence[WeekLine], organisation: str) -> list[FeedEntry]:
    """Entries newest first."""
    return [
        FeedEntry(
            entry_id=feed_id(organisation, line.week),
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


def archive_pages(weeks: Sequence[WeekLine], newest: Mapping[str, Any]) -> tuple[list[Page], dict[str, str]]:
    """index.html and the pages of trust of the site; and the CSV files beside them. `newest` are the newest week's findings."""
    source = Source(newest)
    pages = [
        _archive(weeks, newest),
        accessibility_page(source, _frame(newest, "Accessibility")),
        data_use_page(source, _frame(newest, "How we use your data")),
        transparency_page(source, _frame(newest, "Transparency record")),
    ]
    return pages, source.files


def _archive(weeks: Sequence[WeekLine], newest: Mapping[str, Any]) -> Page:
    items: tuple[Sentence, ...] = tuple(
        (Link(f"Week ending {date_text(line.ends_on)}", f"{line.week}/index.html"), f": {line.headline}")
        for line in newest_first(weeks)
    )
    feed: Sentence = ("Follow the weeks with the ", Link("news feed", "feed.xml"), ".")
    sections = (Section("weeks", "Weeks, newest first", (Bullets(items), Paragraph(feed, tone="note"))),)
    return Page("index.html", "Customer journeys, all weeks", "Archive", _frame(newest, ""), sections)


def _frame(findings: Mapping[str, Any], here: str) -> Frame:
    trail = (Link("All weeks", "index.html"), Link(here, "")) if here else (Link("All weeks", ""),)
    return Frame(
        language=str(findings["organisation"].get("language") or "en-GB"),
        organisation=str(findings["organisation"]["name"]),
        colours=theme.page_colours(findings.get("settings", {})),
        logo=str(findings["organisation"].get("logo") or ""),
        home_href="index.html",
        breadcrumb=trail,
        week_links=(Link("Newest week", "latest/index.html"),),
        page_links=(),
        footer_lines=footer_lines(findings, method_href="latest/data.html", root=""),
        glossary_href="latest/data.html",
    )
