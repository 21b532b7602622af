"""Pain points as cards: size, effect, since when, how sure, who owns it; each with a stable anchor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.pages.model import Card, Cards, Chip, Link
from reports.pages.source import Source, service_path, slug
from reports.words import HIDDEN_MARK, NO_VALUE_MARK, cell_text, range_in_words, value_of, week_ending

_EVIDENCE = {
    "words": "What people said (notes and reasons)",
    "behaviour": "What people did, without reading any text",
    "both": "What people said and what they did",
    "words and behaviour": "What people said and what they did",
    "none": "Not recorded",
}
_SHORT_FACTS = ("Place", "Share of this service's journeys", "Median days lost", "Since", "Owner", "Change")
_CSV_KEYS = (
    "pain_point_id", "rank", "service", "stage", "title", "demand_type", "n_journeys", "n_persons",
    "n_extra_contacts", "share_of_journeys", "median_days_lost", "since_week", "evidence",
    "confidence", "owner", "rank_low", "rank_high", "p25_days_lost", "p75_days_lost",
)  # fmt: skip


def pain_point_cards(
    source: Source, points: Sequence[Mapping[str, Any]], *, with_service: bool = False
) -> Cards | None:
    """The cards of these pain points; None without any. The CSV holds every pain point of the week."""
    if not points:
        return None
    header = [key.replace("_", " ") for key in _CSV_KEYS]
    everything = [[_plain(point.get(key)) for key in _CSV_KEYS] for point in source.findings["pain_points"]]
    href = source.csv_of_rows("pain-points", header, everything)
    return Cards(tuple(_card(source, point, with_service) for point in points), href)


def _card(source: Source, point: Mapping[str, Any], with_service: bool) -> Card:
    anchor = f"pain-{slug(str(point['pain_point_id']))}"
    page = f"{source.root}{service_path(str(point['service']))}"
    service = str(point.get("service_name") or point["service"])
    title = f"{service}: {point['title']}" if with_service else str(point["title"])
    return Card(
        card_id=anchor,
        title=title,
        lead=_lead(point),
        facts=tuple(_facts(point, is_short=with_service)),
        link=Link("See it on the journey page", f"{page}#{anchor}", f": {title}") if with_service else None,
        channels=tuple(Chip(str(name), slug(str(name))) for name in point.get("channels", ())),
    )


def _lead(point: Mapping[str, Any]) -> str:
    journeys, extra = (
        cell_text(point.get("n_journeys"), "journeys"),
        cell_text(point.get("n_extra_contacts"), "contacts"),
    )
    if HIDDEN_MARK in (journeys, extra):
        return "Too few people to give numbers."
    return f"{journeys} journeys, {extra} extra contacts."


def _facts(point: Mapping[str, Any], *, is_short: bool) -> list[tuple[str, str]]:
    since = point.get("since_week")
    facts = [
        ("Place", _place(point)),
        ("Share of this service's journeys", cell_text(point.get("share_of_journeys"), "share")),
        ("Median days lost", _days_lost(point)),
        ("People", cell_text(point.get("n_persons"), "persons")),
        ("Stage", str(point.get("stage") or NO_VALUE_MARK)),
        ("Kind", str(point.get("demand_type_name") or NO_VALUE_MARK)),
        ("Since", f"week ending {week_ending(since)}" if since else "no clear beginning"),
        ("Evidence", _EVIDENCE.get(str(point.get("evidence")), str(point.get("evidence") or NO_VALUE_MARK))),
        ("Confidence", str(point.get("confidence") or NO_VALUE_MARK)),
        ("Owner", str(point.get("owner") or "not named")),
        ("Reference", str(point["pain_point_id"])),
        ("Change", _change(point.get("change"))),
    ]
    if is_short:
        facts = [fact for fact in facts if fact[0] in _SHORT_FACTS]
    return [(term, fact) for term, fact in facts if fact != NO_VALUE_MARK]


def _place(point: Mapping[str, Any]) -> str:
    """Its place among all pain points, and between which it may lie."""
    low, high = point.get("rank_low"), point.get("rank_high")  # weeks published before have none
    if low is None or high is None:
        return NO_VALUE_MARK
    return f"{point['rank']} of all" if low == high else f"{point['rank']} of all (could be {low} to {high})"


def _days_lost(point: Mapping[str, Any]) -> str:
    """The median, and the middle half where journeys differ."""
    text = cell_text(point.get("median_days_lost"), "days")
    low, high = (value_of(point.get(key)) for key in ("p25_days_lost", "p75_days_lost"))
    if text in (HIDDEN_MARK, NO_VALUE_MARK) or low is None or high is None or low == high:
        return text
    return f"{text} (half of them: {range_in_words(low, high, 'days')})"


def _change(change: Mapping[str, Any] | None) -> str:
    """The change on record that answers the card, its owner and its age."""
    if not change:
        return NO_VALUE_MARK
    age = f", {change['n_weeks']} week{'' if change['n_weeks'] == 1 else 's'}" if change["status"] == "in place" else ""
    owner = f", {change['owner']}" if change["owner"] else ""
    return f"{change['title']} ({change['status']}{age}{owner})"


def _plain(cell: Any) -> Any:
    if isinstance(cell, Mapping):
        return HIDDEN_MARK if cell.get("suppressed") else cell.get("value")
    return ", ".join(map(str, cell)) if isinstance(cell, list) else cell
