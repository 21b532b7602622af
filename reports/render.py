"""Findings to files: the only door to Jinja2.

`render_week` and `render_archive` return {relative path: content}; the same findings give the same bytes.
Templates run strict and escaped: an unknown name is an error, and only drawings made by reports are trusted.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from reports import theme, workbook
from reports.pages.archive import WeekLine, archive_pages, feed_entries, feed_id, newest_first, week_line
from reports.pages.board import board_page
from reports.pages.channels import channels_page
from reports.pages.demand import demand_page
from reports.pages.journey import journey_page
from reports.pages.model import Page
from reports.pages.needs import needs_page
from reports.pages.quality import quality_page
from reports.pages.source import Source
from reports.pages.week import week_page

SIGNALS = {
    "usual": ("●", "Usual variation"),
    "improving": ("◆", "Improving"),
    "concern": ("■", "Concern"),
    "changed": ("◇", "Changed"),
    "none": ("", "No signal yet"),
}


_STYLE_GOES_HERE = "<!-- style -->"  # what people wrote is escaped, and cannot be this


def render_week(
    findings: dict[str, Any], *, previous_week: str | None, next_week: str | None, editions: Sequence[str] = ()
) -> dict[str, str | bytes]:
    """All files of one week: pages, data/*.csv, findings.json and week.json, by path within the week's folder.

    `editions` are the folders, beside the week's own, of what was published for it before it was corrected.
    """
    source = Source(findings, editions=tuple(editions))
    around = {"previous_week": previous_week, "next_week": next_week}
    below = source.at("../")
    pages = [
        *(journey_page(below, service, **around) for service in findings.get("services", ())),
        channels_page(source, **around),
        demand_page(source, **around),
        *((needs_page(source, **around),) if findings.get("needs") else ()),
        quality_page(source, **around),
        week_page(source, **around),
        board_page(source, **around),
    ]
    rendered: dict[str, str | bytes] = {page.path: render_page(page) for page in pages}
    more: dict[str, str | bytes] = {
        "findings.json": canonical_json(findings),
        "week.json": canonical_json(asdict(week_line(findings))),
        workbook.PATH: workbook.week_workbook(findings),
    }
    return dict(sorted({**rendered, **source.files, **more}.items()))


def render_archive(weeks: Sequence[WeekLine], newest: Mapping[str, Any]) -> dict[str, str | bytes]:
    """The pages outside the weeks and the Atom feed, by path within the site. `newest` are the newest week's findings."""
    organisation = str(newest["organisation"]["name"])
    feed = (
        _environment()
        .get_template("feed.xml")
        .render(
            feed_id=feed_id(organisation),
            organisation=organisation,
            updated_at=newest_first(weeks)[0].updated_at,
            entries=feed_entries(weeks, organisation),
        )
    )
    pages, csv_files = archive_pages(weeks, newest)
    return {**{page.path: render_page(page) for page in pages}, **csv_files, "feed.xml": feed}


def render_page(page: Page) -> str:
    """One page as HTML, its style and script inlined and named by hash in its content security policy."""
    style = _style(page.frame.colours)
    script = _part("script.js")
    images = " img-src data:;" if page.frame.logo else ""
    html = (
        _environment()
        .get_template("page.html")
        .render(
            page=page,
            frame=page.frame,
            signals=SIGNALS,
            style=_STYLE_GOES_HERE,
            script=script,
            policy=(
                f"default-src 'none'; style-src '{_hash(style)}'; script-src {script_source()};{images} "
                "base-uri 'none'; form-action 'none'"
            ),
        )
    )
    lines = "\n".join(line for line in (raw.strip() for raw in html.splitlines()) if line) + "\n"
    return _recoloured(lines, page.frame.colours).replace(_STYLE_GOES_HERE, style)


def script_source() -> str:
    """The script of every page as a policy names it; a server that sends its own policy needs it too."""
    return f"'{_hash(_part('script.js'))}'"


def _recoloured(html: str, colours: Mapping[str, str]) -> str:
    """Drawings are made in the default colours of signals; here they get the organisation's."""
    others = {theme.DEFAULTS[name]: colours[name] for name in ("concern", "improving", "changed")}
    if all(default == chosen for default, chosen in others.items()):
        return html
    return re.sub("|".join(others), lambda found: others[found.group()], html)


def canonical_json(findings: Mapping[str, Any]) -> str:
    """Findings as text that is equal when they are equal."""
    return json.dumps(findings, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_part),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _part(name: str) -> str:
    return (files("reports") / "templates" / name).read_text(encoding="utf-8")


def _style(chosen: Mapping[str, str]) -> str:
    colours = {
        "ORGANISATION": chosen["organisation"], "INK": theme.INK, "QUIET": theme.QUIET_INK, "LINE": theme.LINE,
        "CONCERN": chosen["concern"], "IMPROVING": chosen["improving"], "CHANGED": chosen["changed"],
        "NEUTRAL": theme.NEUTRAL, "HEAT1": theme.HEAT[1], "HEAT2": theme.HEAT[2], "HEAT3": theme.HEAT[3],
    }  # fmt: skip
    style = _part("style.css")
    for name, value in colours.items():
        style = style.replace(f"${name};", f"{value};")
    # page lines are trimmed after rendering, so the hash must be taken of trimmed lines
    return "\n".join(line.strip() for line in style.splitlines() if line.strip())


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


__all__ = ["WeekLine", "canonical_json", "render_archive", "render_page", "render_week", "week_line"]
