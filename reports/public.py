"""The public folder: what residents may read, and nothing else. Pages of trust, and changes that the weeks bear out.

In: the newest published week. Out: files by path within site-public/. No page links to the intranet site.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports import theme
from reports.pages.changes import told_residents
from reports.pages.model import Bullets, Frame, Link, Page, Paragraph, Section, Sentence
from reports.pages.source import Source
from reports.pages.transparency import transparency_page
from reports.pages.trust import accessibility_page, data_use_page
from reports.render import render_page

_PAGES = (
    ("How we use your data", "how-we-use-your-data.html"),
    ("Transparency record: how reasons are recognised", "transparency.html"),
    ("Accessibility of these pages", "accessibility.html"),
)


def render_public(newest: Mapping[str, Any]) -> dict[str, str | bytes]:
    """All files of the public folder, from the newest week's findings."""
    source = Source(newest)
    pages = [
        _index(source),
        accessibility_page(source, _frame(source, "Accessibility")),
        data_use_page(source, _frame(source, "How we use your data")),
        transparency_page(source, _frame(source, "Transparency record")),
    ]
    return {**{page.path: render_page(page) for page in pages}, **source.files}


def _index(source: Source) -> Page:
    name = source.findings["organisation"]["name"]
    words = (
        f"{name} looks at how people's contacts with it follow one another, to find where its services fail them. These pages say "
        "what is used, how, and what it is not used for."
    )
    links: tuple[Sentence, ...] = tuple((Link(text, href),) for text, href in _PAGES)
    told = told_residents(source.findings)
    changed = (
        Section("changed", "You told us, we changed", (Bullets(tuple((words,) for words in told)),)) if told else None
    )
    about = (Section("pages", "Read more", (Paragraph((words,)), Bullets(links))),)
    sections = (*((changed,) if changed else ()), *about)
    return Page("index.html", "What we do with records of contacts", "", _frame(source, ""), sections)


def _frame(source: Source, here: str) -> Frame:
    organisation = source.findings["organisation"]
    home = Link("About these records", "index.html" if here else "")
    return Frame(
        language=str(organisation.get("language") or "en-GB"),
        organisation=str(organisation["name"]),
        colours=theme.page_colours(source.findings.get("settings", {})),
        logo=str(source.findings["organisation"].get("logo") or ""),
        home_href="index.html",
        breadcrumb=(home, Link(here, "")) if here else (home,),
        week_links=(),
        page_links=(),
        footer_lines=((f"Questions: {organisation.get('contact', '')}",),),
    )
