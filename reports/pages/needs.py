"""The page of needs: what people whose lives changed had to tell, to how many services, and how long it took.

One section per need of the settings. It is made only where there is at least one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reports.pages.frame import week_frame
from reports.pages.model import Block, Link, Page, Paragraph, Section, Sentence
from reports.pages.source import Source, shown_number, slug, usable
from reports.pages.tables import table_view
from reports.words import a_list, cell_text, number

_FIELDS = {
    "summary": ("measure", "value"),
    "routes": (),
    "services": (),
    "orders": (),
}


def needs_page(source: Source, *, previous_week: str | None, next_week: str | None) -> Page:
    """needs.html."""
    return Page(
        path="needs.html",
        title="Needs across services",
        kicker="Needs report",
        frame=week_frame(source, "Needs across services", previous_week=previous_week, next_week=next_week),
        sections=(*(_section(source, need) for need in source.findings["needs"]), _about(source)),
    )


def _section(source: Source, need: Mapping[str, Any]) -> Section:
    blocks: list[Block] = [Paragraph((_lead(need),), tone="lead"), Paragraph((_rule(need),), tone="note")]
    if shown_number(need["n_journeys"]) != 0:
        for name, fields in _FIELDS.items():
            table = usable(need["tables"][name])
            if table:
                view = table_view(source, table, f"need-{need['need']}-{name}", fields=fields)
                view = replace(view, caption=f"{need['name']}: {view.caption[0].lower()}{view.caption[1:]}")
                blocks.append(replace(view, is_narrow=name == "summary"))
    return Section(slug(str(need["name"])), str(need["name"]), tuple(blocks))


def _lead(need: Mapping[str, Any]) -> str:
    """The need in one sentence, as far as its numbers may be shown."""
    if shown_number(need["n_journeys"]) == 0:
        return "No such journey started in the period."
    values = {row["measure"]: row["value"] for row in need["tables"]["summary"]["rows"]}
    told, days = values["Services told, median"], values["Days until all were done for half of the journeys"]
    journeys = cell_text(need["n_journeys"], "journeys")
    if shown_number(told) is None:
        return f"{journeys} such journeys started in the period."
    words = f"{journeys} such journeys started in the period. In the median, people told {cell_text(told, 'count')} services"
    return f"{words}, and half were done within {cell_text(days, 'days')} days." if shown_number(days) else f"{words}."


def _rule(need: Mapping[str, Any]) -> str:
    """How contacts are put into this need."""
    begun = [*need["reasons"], *need["activities"]]
    begins = f"Begins with: {a_list(begun)}. " if begun else "Begins with any contact. "
    least = f"Counted from {number(need['least_services'])} services on. " if need["least_services"] > 1 else ""
    return (
        f"Services: {a_list(need['services'])}. {begins}{least}"
        f"It is over after {number(need['gap_days'])} days without contact with any of them."
    )


def _about(source: Source) -> Section:
    words = (
        "These journeys are cut across services: the same contacts are also in the journeys of each service. Only people we "
        "could link are in them. Contacts that fell into the same weeks by chance are drawn in too, so read the numbers as "
        "upper bounds of what one event in a life causes. "
    )
    link = source.definition("need_journeys")
    sentence: Sentence = (words, "How they are counted: ", link, ".") if isinstance(link, Link) else (words,)
    return Section("about", "About these figures", (Paragraph(sentence),))
