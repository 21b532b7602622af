"""A journey page, for service designers: what changed, journey map, pain points, process map, paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from reports.pages.cards import pain_point_cards
from reports.pages.change import change_section
from reports.pages.frame import week_frame
from reports.pages.maps import map_figure, waits_figure
from reports.pages.measures import measures_table, what_changed
from reports.pages.model import (
    Block,
    CellView,
    Chip,
    ColumnView,
    Link,
    Page,
    Paragraph,
    RowView,
    Section,
    Sentence,
    TableView,
    kept,
)
from reports.pages.series import xmr_figure
from reports.pages.signals import headlines
from reports.pages.source import Row, Source, service_path, slug, usable
from reports.pages.tables import table_view
from reports.words import HIDDEN_MARK, cell_text, date_text, number

_MOST_PATHS = 10
_STAGE_ROWS = (
    "what_people_do", "channels_used", "failure_per_100", "median_days", "repeat_share", "owner", "research",
)  # fmt: skip


def journey_page(
    source: Source, service: Mapping[str, Any], *, previous_week: str | None, next_week: str | None
) -> Page:
    """journeys/<service>.html."""
    name = str(service["name"])
    measures = source.measures(f"service:{service['service']}")
    return Page(
        path=service_path(str(service["service"])),
        title=name,
        kicker="Journey report",
        frame=week_frame(source, name, previous_week=previous_week, next_week=next_week),
        sections=kept(
            what_changed(source, measures, listed=measures) if measures else None,
            _key_measures(source, service, measures),
            _table_section(source, service, "needs", "What people need"),
            _journey_map(source, service),
            _pain_points(source, service),
            _as_designed(source, service),
            _table_section(source, service, "spared", "What people could be spared"),
            change_section(source, service),
            _map_section(source, service),
            _paths(source, service),
            _sections_of(source, service, "typical", "Typical journeys", "typical", "settled"),
            _table_section(source, service, "asked_paths", "Paths you asked about"),
            _table_section(source, service, "start_to_end", "From start to end"),
            _table_section(source, service, "loops", "Where journeys go round"),
            _table_section(source, service, "channel_moves", "Where people change channel"),
            _waiting(source, service),
            _table_section(source, service, "reasons", "Why people made contact"),
            _table_section(source, service, "channels", "Channels people used"),
            _about(source, service),
        ),
    )


def _key_measures(source: Source, service: Mapping[str, Any], measures: Sequence[Mapping[str, Any]]) -> Section | None:
    if not measures:
        return None
    name = f"measures-{service['service']}"
    table = measures_table(source, measures, name, f"Key measures this week, {service['name']}")
    moved = [m for m in headlines(measures) if m["measure_id"] != "failure_demand_rate"][:1]
    charted = [m for m in measures if m["measure_id"] == "failure_demand_rate"] + moved
    figures = [figure for figure in (xmr_figure(source, measure) for measure in charted) if figure]
    return Section("key-measures", "Key measures", (table, *figures))


def _as_designed(source: Source, service: Mapping[str, Any]) -> Section | None:
    """How close journeys come to the one designed, where there is a design."""
    tables = [usable(service["tables"].get(table_id)) for table_id in ("conformance", "deviations", "design_names")]
    views = [
        table_view(
            source,
            table,
            f"{service['service']}-{table['table_id'].replace('_', '-')}",
            fields=("measure", "value") if table["table_id"] == "conformance" else (),
        )
        for table in tables
        if table
    ]
    return Section("as-designed", "How close journeys come to the one designed", tuple(views)) if views else None


def _sections_of(
    source: Source, service: Mapping[str, Any], section_id: str, title: str, *table_ids: str
) -> Section | None:
    """Several tables of a service in one section."""
    views = [
        table_view(source, table, f"{service['service']}-{slug(table_id)}")
        for table_id in table_ids
        if (table := usable(service["tables"].get(table_id)))
    ]
    return Section(section_id, title, tuple(views)) if views else None


def _table_section(source: Source, service: Mapping[str, Any], table_id: str, title: str) -> Section | None:
    table = usable(service["tables"].get(table_id))
    if table is None:
        return None
    hide = {"from_id", "to_id", "channel", "demand", "demand_type"}
    fields = [field["name"] for field in table["fields"] if field["name"] not in hide]
    return Section(slug(title), title, (table_view(source, table, f"{service['service']}-{table_id}", fields=fields),))


def _journey_map(source: Source, service: Mapping[str, Any]) -> Section | None:
    table = usable(service["tables"].get("stages"))
    if table is None:
        return None
    units = {field["name"]: field["unit"] for field in table["fields"]}
    labels = {field["name"]: field["label"] for field in table["fields"]}
    known = [(name, labels[name]) for name in _STAGE_ROWS if name in units]
    rows = tuple(
        RowView((CellView(label), *(_stage_cell(row, name, units[name]) for row in table["rows"])))
        for name, label in known
    )
    view = TableView(
        table_id="t-journey-map",
        caption=f"{table['title']}, {table['period']}",
        columns=(ColumnView("Stage"), *(ColumnView(str(row["stage"])) for row in table["rows"])),
        rows=rows,
        csv_href=source.csv_of(f"{service['service']}-stages", table),
        definition=source.definition(table.get("definition")),
        has_hidden=any(HIDDEN_MARK in cell.text for row in rows for cell in row.cells),
        style="stages",
    )
    note = "The row for research is left empty for the service team: it is the one thing contact logs cannot tell."
    return Section("journey-map", "Journey map", (view, Paragraph((note,), tone="note")))


def _stage_cell(row: Row, name: str, unit: str) -> CellView:
    cell = row.get(name)
    if name == "research" or cell == "":
        return CellView(str(cell or ""))
    return CellView(cell_text(cell, unit))


def _pain_points(source: Source, service: Mapping[str, Any]) -> Section | None:
    points = [p for p in source.findings.get("pain_points", ()) if p["service"] == service["service"]]
    cards = pain_point_cards(source, points)
    if cards is None:
        return None
    link = source.definition("pain_point") or source.definition("pain_points")
    blocks: list[Block] = [cards]
    if link:
        sentence: Sentence = ("How pain points are found and ranked: ", link, ".")
        blocks.append(Paragraph(sentence, tone="note"))
    return Section("pain-points", "Pain points", tuple(blocks))


def _map_section(source: Source, service: Mapping[str, Any]) -> Section | None:
    figure = map_figure(source, service)
    return Section("process-map", "Process map", (figure,)) if figure else None


def _paths(source: Source, service: Mapping[str, Any]) -> Section | None:
    table = usable(service["tables"].get("paths"))
    if table is None:
        return None
    names = dict(service["map"]["lanes"])

    def strip(row: Row) -> CellView:
        channels = [part.strip() for part in str(row.get("channels") or "").split(">") if part.strip()]
        return CellView(str(row.get("steps") or ""), chips=channel_strip(channels, names))

    view = table_view(
        source,
        table,
        f"{service['service']}-paths",
        fields=("rank", "steps", "n_journeys", "share", "contacts_per_journey", "median_days"),
        extra={"steps": strip},
        rows=table["rows"][:_MOST_PATHS],
    )
    return Section("paths", "Common paths", (replace(view, style="paths", is_sortable=False),))


def channel_strip(channels: Sequence[str], names: Mapping[str, str]) -> tuple[Chip, ...]:
    """One chip for each stay in a channel, with its number of steps when there are several."""
    chips = []
    for channel, stay in groupby(channels):
        n_steps = len(list(stay))
        name = str(names.get(channel, channel.replace("_", " ")))
        chips.append(Chip(f"{name}, {n_steps} steps" if n_steps > 1 else name, slug(channel)))
    return tuple(chips)


def _waiting(source: Source, service: Mapping[str, Any]) -> Section | None:
    table = usable(service["tables"].get("waiting"))
    figure = waits_figure(source, service)
    view = table_view(source, table, f"{service['service']}-waiting", fields=("measure", "value")) if table else None
    blocks = tuple(block for block in (replace(view, is_narrow=True) if view else None, figure) if block)
    return Section("waiting", "Waiting and chasing", blocks)


def _about(source: Source, service: Mapping[str, Any]) -> Section:
    table = usable(service["tables"].get("model"))
    period = source.period
    journeys = cell_text(service.get("n_journeys"), "journeys")
    words = (
        f"These figures rest on {journeys} journeys. Volumes and signals are for the week; maps, "
        "paths, pain points and "
        f"tables are for the {number(period['window_weeks'])} weeks from "
        f"{date_text(period['window_starts_on'])} to "
        f"{date_text(period['window_ends_on'])}. "
    )
    sentence: Sentence = (
        words,
        Link("Definitions, sources and known limits", f"{source.root}data.html"),
        ".",
    )
    blocks: list[Block] = [Paragraph(sentence)]
    if table:
        view = table_view(source, table, f"{service['service']}-model", fields=("measure", "value"))
        blocks.append(replace(view, is_narrow=True))
    return Section("about", "About these figures", tuple(blocks))
