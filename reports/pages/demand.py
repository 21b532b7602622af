"""The failure demand page: level, types with their definitions, services and channels, causes, evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reports.figures.ranges import RangeRow, draw_ranges
from reports.pages.changes import changes_section
from reports.pages.frame import week_frame
from reports.pages.measures import measures_table, what_changed
from reports.pages.model import Block, Drawing, FigureView, Page, Paragraph, Section, Sentence, kept
from reports.pages.origins import origin_section, web_to_staff_section
from reports.pages.series import xmr_figure
from reports.pages.source import Source, shown_number, slug
from reports.pages.tables import folded, table_view
from reports.words import percent

_IDS = ("failure_demand_rate", "repeat_contact_rate", "unclear_share")
_MOST_TYPES = 13
_HIDDEN_FIELDS = frozenset({"demand", "demand_type", "channel", "service"})


def demand_page(source: Source, *, previous_week: str | None, next_week: str | None) -> Page:
    """demand.html."""
    return Page(
        path="demand.html",
        title="Failure demand",
        kicker="Demand report",
        frame=week_frame(source, "Failure demand", previous_week=previous_week, next_week=next_week),
        sections=kept(
            what_changed(source, _measures(source), listed=_listed(source)) if _measures(source) else None,
            _level(source),
            _types(source),
            _services(source),
            _section(source, "causes", "What happened just before", "causes"),
            origin_section(source),
            web_to_staff_section(source),
            changes_section(source),
            _section(source, "effort", "How much work it makes", "handling", "handling_by_reason"),
            _section(source, "evidence", "How it was recognised", "evidence", "ledger", "promises"),
            _section(
                source, "repeats", "Did people have to come back", "resolution", "resolution_by_service", "repeats"
            ),
            _section(source, "check", "How well reasons are recognised", "classifier_check"),
            _section(source, "new-reasons", "New reasons", "new_reasons"),
        ),
    )


def _measures(source: Source) -> list[Mapping[str, Any]]:
    rates = [m for m in source.findings.get("measures", ()) if m["measure_id"] == "failure_demand_rate"]
    return rates + [m for m in source.measures("all") if m["measure_id"] in _IDS[1:]]


def _listed(source: Source) -> list[Mapping[str, Any]]:
    """The measures that have a row on this page."""
    return [m for m in source.measures("all") if m["measure_id"] in _IDS]


def _level(source: Source) -> Section | None:
    measures = _listed(source)
    blocks: list[Block] = [Paragraph(_meaning(source))]
    if measures:
        blocks.append(measures_table(source, measures, "failure-demand", "Failure demand this week, all services"))
    figure = xmr_figure(source, source.measure("failure_demand_rate", "all"))
    blocks += [figure] if figure else []
    table = source.table("demand_level")
    blocks += [table_view(source, table, "demand-level")] if table else []
    return Section("level", "Level", tuple(blocks))


def _meaning(source: Source) -> Sentence:
    words = (
        "Failure demand is contact that people had to make because something was not done, or not "
        "done right. "
        "It is inferred from what was written down and what happened, and it is context, never a target. "
    )
    link = source.definition("failure_demand_rate")
    return (words, "Definition: ", link, ".") if link else (words,)


def _types(source: Source) -> Section | None:
    table = source.table("demand_types")
    if table is None:
        return None
    fields = [field["name"] for field in table["fields"] if field["name"] not in _HIDDEN_FIELDS]
    view = table_view(source, table, "demand-types", fields=fields)
    rows = [
        row for row in table["rows"] if row.get("demand") == "failure" and shown_number(row["share_window"]) is not None
    ]
    rows.sort(key=lambda row: (-(shown_number(row["share_window"]) or 0), str(row["demand_type_name"])))
    if len(rows) < 2:
        return Section("types", "By type", (view,))
    ranges = [
        RangeRow(
            str(row["demand_type_name"]),
            shown_number(row["share_window"]) or 0.0,
            _end(row["share_window"], "low"),
            _end(row["share_window"], "high"),
        )
        for row in rows[:_MOST_TYPES]
    ]
    words = f"{rows[0]['demand_type_name']} is the largest type of failure demand"
    figure = FigureView(
        figure_id="f-types",
        headline=words if len(words.split()) <= 15 else "The largest types of failure demand",
        subtitle=f"Types of failure demand, all services, {table['period']}. Line: 95% interval.",
        drawings=(
            Drawing(
                draw_ranges(
                    ranges,
                    "share",
                    name="Types of failure demand, largest first",
                    description="; ".join(f"{row.label} {percent(row.value)}" for row in ranges[:3]),
                    element_id="types",
                )
            ),
        ),
        tables=(replace(view, style="definitions"),),
    )
    return Section("types", "By type", (figure,))


def _services(source: Source) -> Section | None:
    """Rates side by side, with what must be known before one service is held against another."""
    found = _section(
        source,
        "services-channels",
        "By service and channel",
        "demand_by_service",
        "demand_by_channel",
        "corrected_by_service",
    )
    if found is None or source.table("corrected_by_service") is None:
        return found
    rows = source.rows("corrected_by_service")
    n_sure = sum(row["n_needed"] == 0 for row in rows)
    words: Sentence = (
        f"Do not hold one service's rate against another's yet: of {len(rows)} services, {n_sure} "
        f"{'has' if n_sure == 1 else 'have'} the 200 notes read by people that a fair comparison needs. The model may "
        "know the words of one service better than another's; the last table says how many notes are still to be read.",
    )
    if n_sure >= 2:
        words = (
            "Services are compared by the share corrected by what people read (the last table), and only those with 200 "
            "notes read: the model may know the words of one service better than another's.",
        )
    return replace(found, blocks=(Paragraph(words), *found.blocks))


def _end(cell: Any, end: str) -> float | None:
    value = cell.get(end) if isinstance(cell, Mapping) else None
    return float(value) if value is not None else None


def _section(source: Source, section_id: str, title: str, *table_ids: str) -> Section | None:
    views: list[Block] = []
    for table_id in table_ids:
        table = source.table(table_id)
        if table:
            fields = [field["name"] for field in table["fields"] if field["name"] not in _HIDDEN_FIELDS]
            view = table_view(source, table, slug(table_id), fields=fields)
            views.append(folded(view) if len(view.rows) > 25 else view)
    return Section(section_id, title, tuple(views)) if views else None
