"""One page of A4 for the team board: what moved, the key measures, the worst pain points, next week, and the counter.

In: the findings of a week. Out: board.html, made to be printed. Nothing is on it that the other pages do not hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.pages.changes import change_words
from reports.pages.frame import week_frame
from reports.pages.measures import measures_table
from reports.pages.model import Bullets, Link, Page, Paragraph, Section, Sentence, kept
from reports.pages.next_week import next_week_words
from reports.pages.source import Source, service_path, shown_number, slug
from reports.pages.week import headline_sentence
from reports.words import HIDDEN_MARK, cell_text, date_text, lower_first, number

_MOST_POINTS = 3
_MOST_CHANGES = 2


def board_page(source: Source, *, previous_week: str | None, next_week: str | None) -> Page:
    """board.html."""
    return Page(
        path="board.html",
        title=f"Team board, week ending {date_text(source.period['ends_on'])}",
        kicker="One page to print",
        frame=week_frame(source, "Team board", previous_week=previous_week, next_week=next_week),
        sections=kept(
            Section("headline", "This week", (Paragraph((headline_sentence(source),), tone="lead"),)),
            _measures(source),
            _pain_points(source),
            _changes(source),
            _next_week(source),
            _in_person(source),
        ),
        style="board",
    )


def _measures(source: Source) -> Section | None:
    measures = [measure for measure in source.measures("all") if measure.get("is_headline")]
    if not measures:
        return None
    table = measures_table(source, measures, "board-measures", "Headline measures, all services")
    return Section("measures", "Key measures", (table,))


def _pain_points(source: Source) -> Section | None:
    points = source.findings.get("pain_points", ())[:_MOST_POINTS]
    return (
        Section("pain-points", "Where journeys fail most", (Bullets(tuple(_linked(source, p) for p in points)),))
        if points
        else None
    )


def board_points(source: Source) -> list[str]:
    """The same pain points as plain sentences."""
    points = source.findings.get("pain_points", ())[:_MOST_POINTS]
    return [f"{name}{size}" for name, size in map(_point, points)]


def _linked(source: Source, point: Mapping[str, Any]) -> Sentence:
    name, size = _point(point)
    return (
        Link(name, f"{source.root}{service_path(str(point['service']))}#pain-{slug(str(point['pain_point_id']))}"),
        size,
    )


def _point(point: Mapping[str, Any]) -> tuple[str, str]:
    """What fails, and how much of it."""
    service = str(point.get("service_name") or point["service"])
    journeys = cell_text(point.get("n_journeys"), "journeys")
    size = "too few people to give numbers" if journeys == HIDDEN_MARK else f"{journeys} journeys"
    change = point.get("change")
    owner = f" Owner: {point['owner']}." if point.get("owner") else ""
    answered = f" {change['title']} ({change['status']})." if change else " No change on record answers it."
    return f"{service}: {lower_first(str(point['title']))}", f": {size}.{owner}{answered}"


def _changes(source: Source) -> Section | None:
    rows = source.rows("changes")[:_MOST_CHANGES]
    return (
        Section("changes", "What you changed", (Bullets(tuple((change_words(row),) for row in rows)),))
        if rows
        else None
    )


def _next_week(source: Source) -> Section | None:
    words = next_week_words(source)
    return Section("next-week", "Next week", (Paragraph((" ".join(words),)),)) if words else None


def _in_person(source: Source) -> Section | None:
    """The counter is on the board each week, however few come."""
    rows = source.rows("in_person")
    if not rows:
        return None
    visits = [shown_number(row["n_visits"]) for row in rows]
    told = f"{number(sum(n for n in visits if n is not None))} visits to the counter in the period"
    hidden = sum(n is None for n in visits)
    if hidden:
        told += (
            f", not counting {number(hidden)} {'service' if hidden == 1 else 'services'} whose number cannot be shown"
        )
    shares = [(shown_number(row["depend_share"]), str(row["name"])) for row in rows]
    known = sorted((share, name) for share, name in shares if share is not None)
    words = f"{told}."
    if known:
        share, name = known[-1]
        words += f" In {lower_first(name)}, {number(share * 100)} in 100 of the people seen used no digital channel for anything."
    link = Link("Who depends on in-person service", f"{source.root}channels.html#in-person")
    return Section("in-person", "In person", (Paragraph((f"{words} ", link, ".")),))
