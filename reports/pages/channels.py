"""The channel page, for channel managers: getting through, volumes on one scale, moves, take-up, hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reports.figures.small import draw_panel
from reports.pages.comparison import comparison_section
from reports.pages.frame import week_frame
from reports.pages.measures import measures_table, what_changed
from reports.pages.model import (
    Block,
    Drawing,
    FigureView,
    Page,
    Paragraph,
    Section,
    TableView,
    kept,
)
from reports.pages.series import xmr_figure
from reports.pages.source import Row, Source, shown_number, slug
from reports.pages.tables import cell_view, folded, table_view
from reports.theme import HEAT
from reports.words import lower_first, number, percent

# Difference in the share of linked contacts from which two channels are not compared without a warning.
_UNEQUAL = 0.1
_HIDDEN_FIELDS = frozenset({"channel", "from_id", "to_id"})


def channels_page(source: Source, *, previous_week: str | None, next_week: str | None) -> Page:
    """channels.html."""
    return Page(
        path="channels.html",
        title="Channels: digital and in person",
        kicker="Channel report",
        frame=week_frame(source, "Channels", previous_week=previous_week, next_week=next_week),
        sections=kept(
            what_changed(source, _measures(source), listed=_listed(source)) if _measures(source) else None,
            _getting_through(source),
            _volume(source),
            _key_measures(source),
            comparison_section(source),
            _in_person(source),
            _equality(source),
            _transactions(source),
            _moves(source),
            _hours(source),
        ),
    )


def _measures(source: Source) -> list[Mapping[str, Any]]:
    found = [m for m in source.findings.get("measures", ()) if str(m["scope"]).startswith("channel:")]
    return found + [m for m in source.measures("all") if m["measure_id"] == "abandoned_share"]


def _listed(source: Source) -> list[Mapping[str, Any]]:
    """The measures that have a row on this page."""
    return [m for m in _measures(source) if m["measure_id"] in ("contacts", "failure_demand_rate")]


def _getting_through(source: Source) -> Section | None:
    section = _section(source, "getting-through", "Getting through", "getting_through")
    figure = xmr_figure(source, source.measure("abandoned_share", "all"))
    blocks: list[Block] = [*(section.blocks if section else ()), *((figure,) if figure else ())]
    return Section("getting-through", "Getting through", tuple(blocks)) if blocks else None


def _section(source: Source, section_id: str, title: str, *table_ids: str, note: str = "") -> Section | None:
    """The tables that this week has, and a note below them; None without any."""
    views: list[Block] = []
    for table_id in table_ids:
        table = source.table(table_id)
        if table:
            fields = [field["name"] for field in table["fields"] if field["name"] not in _HIDDEN_FIELDS | {"unit"}]
            views.append(table_view(source, table, table_id, fields=fields))
    notes = (Paragraph((note,), tone="note"),) if note else ()
    return Section(section_id, title, (*views, *notes)) if views else None


def _key_measures(source: Source) -> Section | None:
    table = _by_channel(source, "failure_demand_rate", "Failure demand by channel, this week")
    if table is None:
        return None
    note = "Channels serve different needs: these shares do not say that one channel is better than another."
    return Section("failure", "Failure demand by channel", (table, Paragraph((note,), tone="note")))


def _by_channel(source: Source, measure_id: str, caption: str) -> TableView | None:
    """One measure of every channel as a table of signals; None without any."""
    measures = [m for m in _listed(source) if m["measure_id"] == measure_id]
    named = [{**measure, "name": measure.get("scope_name") or measure["name"]} for measure in measures]
    if not named:
        return None
    return measures_table(source, named, f"{measure_id}-by-channel", caption, first="Channel")


def _volume(source: Source) -> Section | None:
    blocks: list[Block] = [block for block in (_panels(source),) if block]
    volume = _section(source, "volume", "Volume and share", "channel_volume")
    blocks += list(volume.blocks) if volume else []
    signals = _by_channel(source, "contacts", "Contacts by channel, this week")
    blocks += [signals] if signals else []
    return Section("volume", "Volume and share", tuple(blocks)) if blocks else None


def _panels(source: Source) -> FigureView | None:
    """Small multiples: one panel for each channel, all on one scale."""
    table = source.table("channel_weeks")
    if table is None or len(table["rows"]) < 2:
        return None
    weeks = [str(row["week"]) for row in table["rows"]]
    channels = [field for field in table["fields"] if field["name"] != "week"]
    series = {field["name"]: [shown_number(row.get(field["name"])) for row in table["rows"]] for field in channels}
    top_value = max((value for values in series.values() for value in values if value is not None), default=0.0)
    drawings = tuple(
        Drawing(
            draw_panel(
                weeks,
                series[field["name"]],
                top_value,
                name=field["label"],
                element_id=f"p-{slug(field['name'])}",
            )
        )
        for field in channels
    )
    return FigureView(
        figure_id="f-channel-weeks",
        headline=_busiest(channels, series),
        subtitle=(f"Contacts a week by channel, {table['period']}. All panels run from 0 to {number(top_value)}."),
        drawings=drawings,
        tables=(folded(_newest_first(source, table)),),
        layout="grid",
    )


def _newest_first(source: Source, table: Mapping[str, Any]) -> TableView:
    return table_view(source, table, "channel-weeks", rows=list(reversed(table["rows"])))


def _busiest(channels: Sequence[Mapping[str, Any]], series: Mapping[str, Sequence[float | None]]) -> str:
    newest = [(series[field["name"]][-1], field["label"]) for field in channels]
    known = [(value, label) for value, label in newest if value is not None]
    if not known:
        return "No channel has a number to show this week"
    value, label = max(known)
    words = f"Most contacts came by {label.lower()}: {number(value)} this week"
    return words if len(words.split()) <= 15 else f"The busiest channel took {number(value)} contacts this week"


def _in_person(source: Source) -> Section | None:
    """Every service, however few its visits; no order by cost or size, and no advice."""
    return _section(
        source,
        "in-person",
        "Who depends on in-person service",
        "in_person",
        "in_person_by_area",
        "in_person_by_age_band",
        note="Small numbers are people too: a service with few visits may be the only way in for those who come. Contacts do "
        "not say who gave up before coming.",
    )


def _equality(source: Source) -> Section | None:
    """Bands in their own order; people whose band nobody knows are told of too."""
    return _section(
        source,
        "equality",
        "Who uses which channel",
        "equality_by_deprivation",
        "equality_by_age_band",
        "equality_by_area",
        note="These shares say who used what, not what people would choose if every way in worked for them.",
    )


def _transactions(source: Source) -> Section | None:
    """Take-up is no aim in itself: the note says what it leaves out."""
    return _section(
        source,
        "take-up",
        "Completion and digital take-up",
        "transactions",
        note="Take-up says how many requests came by web form. It does not say whether people who needed another way found "
        "one. Read it beside who depends on in-person service.",
    )


def _moves(source: Source) -> Section | None:
    """Moves, what they would be were contacts joined otherwise, and a warning where channels cannot be compared."""
    section = _section(source, "moves", "Moves between channels", "channel_moves", "channel_ends", "link_sensitivity")
    warning = linked_unequally(source)
    if section is None or not warning:
        return section
    return replace(section, blocks=(Paragraph((warning,), tone="note"), *section.blocks))


def linked_unequally(source: Source) -> str:
    """A warning where the share of linked contacts differs much between channels; empty where it does not."""
    shares = [(shown_number(row.get("linked_share")), str(row["channel_name"])) for row in source.rows("links")]
    known = sorted((share, name) for share, name in shares if share is not None)
    if len(known) < 2 or known[-1][0] - known[0][0] < _UNEQUAL:
        return ""
    (lowest, least), (highest, most) = known[0], known[-1]
    return (
        f"Compare with care: {percent(lowest)} of contacts by {lower_first(least)} are linked to a person, and "
        f"{percent(highest)} by {lower_first(most)}. Moves and repeats are missed where fewer are linked."
    )


def _hours(source: Source) -> Section | None:
    """The week as 7 x 24 shaded cells: the table is the figure."""
    table = source.table("hours")
    if table is None:
        return None
    hours = [field["name"] for field in table["fields"] if field["name"] != "weekday"]
    known = [value for row in table["rows"] for hour in hours if (value := shown_number(row.get(hour))) is not None]
    top_value = max(known, default=0.0)

    def shaded(name: str) -> Any:
        return lambda row: _shade(row, name, top_value)

    fields = [
        {**field, "label": field["name"][1:] if field["name"] in hours else field["label"]} for field in table["fields"]
    ]
    view = table_view(source, {**table, "fields": fields}, "hours", extra={hour: shaded(hour) for hour in hours})
    words = "Each column is an hour of the day, local time; the darker the cell, the more contacts."
    return Section(
        "hours",
        "Hours and days",
        (replace(view, style="hours", is_sortable=False), Paragraph((words,), tone="note")),
    )


def _shade(row: Row, name: str, top_value: float) -> Any:
    value = shown_number(row.get(name))
    cell = cell_view(row.get(name), "contacts")
    if value is None or not top_value or not value:
        return cell
    return replace(cell, shade=min(1 + int(value / top_value * (len(HEAT) - 1)), len(HEAT) - 1))
