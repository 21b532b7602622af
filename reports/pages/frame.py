"""What stands around every page of a week: header, breadcrumb, neighbours, notices, footer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports import theme
from reports.pages.model import Frame, Link, Sentence
from reports.pages.source import Source
from reports.words import a_list, cut_off_text, date_text, number, week_ending


def week_frame(
    source: Source, here: str, *, previous_week: str | None, next_week: str | None, is_summary: bool = False
) -> Frame:
    """The frame of one page; `here` is the page's own name in the breadcrumb."""
    findings, root, period = source.findings, source.root, source.period
    week_name = f"Week ending {date_text(period['ends_on'])}"
    trail = [Link("All weeks", f"{root}../index.html")]
    trail += [Link(week_name, "")] if is_summary else [Link(week_name, f"{root}index.html"), Link(here, "")]
    pages = (
        Link("Week summary", f"{root}index.html"),
        Link("Channels", f"{root}channels.html"),
        Link("Failure demand", f"{root}demand.html"),
        *((Link("Needs", f"{root}needs.html"),) if findings.get("needs") else ()),
        Link("Data and method", f"{root}data.html"),
        Link("Team board, one page to print", f"{root}board.html"),
    )
    return Frame(
        language=str(findings["organisation"].get("language") or "en-GB"),
        organisation=str(findings["organisation"]["name"]),
        colours=theme.page_colours(findings.get("settings", {})),
        logo=str(findings["organisation"].get("logo") or ""),
        home_href=f"{root}../index.html",
        breadcrumb=tuple(trail),
        week_links=_neighbours(root, previous_week, next_week),
        page_links=pages,
        footer_lines=footer_lines(findings, method_href=f"{root}data.html", root=f"{root}../"),
        notices=tuple(notices(source)),
        dates=f"{week_name}. Data up to {cut_off_text(period['cut_off'])}.",
        glossary_href=f"{root}data.html",
    )


def notices(source: Source) -> list[Sentence]:
    """What a reader must know before any number: a correction, feeds that are missing, a week cut short."""
    found: list[Sentence] = []
    if source.editions:
        links: list[Link | str] = ["These figures replace an earlier edition of this week, which is kept: "]
        for at, edition in enumerate(source.editions, start=1):
            links += [", "] if at > 1 else []
            links.append(Link(f"edition {at}", f"{source.root}../{edition}/index.html"))
        found.append((*links, "."))
    if source.missing_sources:
        names = a_list([name.replace("_", " ") for name in source.missing_sources])
        found.append(
            (
                f"No data from {names} this week. Numbers that need it are left out or incomplete: "
                "a smaller number here does not mean that fewer people made contact.",
            )
        )
    elif source.period.get("is_partial"):
        found.append(("This week is not complete. Its figures are shown but not plotted and give no signals.",))
    return found


def footer_lines(findings: Mapping[str, Any], *, method_href: str, root: str) -> tuple[Sentence, ...]:
    """Run, versions and the standing links."""
    run, organisation = findings["run"], findings["organisation"]
    versions = ", ".join(f"{name} {version}" for name, version in sorted(run.get("versions", {}).items()))
    hidden = number(findings.get("settings", {}).get("suppress_below", 10))
    return (
        (
            Link("How these figures are made", method_href),
            " · ",
            Link("Accessibility", f"{root}accessibility.html"),
            " · ",
            Link("How we use your data", f"{root}how-we-use-your-data.html"),
            " · ",
            Link("Transparency record", f"{root}transparency.html"),
        ),
        (
            f"[c] stands for a number hidden because it counts fewer than {hidden} people, or would give such a number away.",
        ),
        (f"Questions about these figures: {organisation.get('contact', '')}",),
        (f"Run {run['run_id']} · settings {run['settings_hash']} · model {run.get('model_version', '')} · {versions}",),
    )


def _neighbours(root: str, previous_week: str | None, next_week: str | None) -> tuple[Link, ...]:
    links = []
    if previous_week:
        links.append(
            Link(
                "Previous week",
                f"{root}../{previous_week}/index.html",
                f", ending {week_ending(previous_week)}",
            )
        )
    if next_week:
        links.append(Link("Next week", f"{root}../{next_week}/index.html", f", ending {week_ending(next_week)}"))
    links.append(Link("Newest week", f"{root}../latest/index.html"))
    return tuple(links)
