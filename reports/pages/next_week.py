"""What next week may bring, on the week summary: contacts expected, and people who will ask after overdue cases.

In: tables `next_week`, `overdue`. Out: one section; it says so where nothing beats last week's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.pages.model import Block, Paragraph, Section
from reports.pages.source import Source, shown_number
from reports.pages.tables import folded, table_view
from reports.words import amount, range_in_words

_SHORT = 8  # rows


def next_week_section(source: Source) -> Section | None:
    """Next week."""
    table = source.findings.get("tables", {}).get("next_week")
    if table is None:
        return None
    blocks: list[Block] = [Paragraph((_contacts_words(table),), tone="lead")]
    if table["rows"]:
        view = table_view(source, table, "next-week")
        blocks.append(folded(view) if len(view.rows) > _SHORT else view)
    overdue = source.table("overdue")
    if overdue:
        blocks.append(Paragraph((_chasers_words(overdue),)))
        blocks.append(folded(table_view(source, overdue, "overdue")))
    return Section("next-week", "What will next week bring?", tuple(blocks))


def next_week_words(source: Source) -> list[str]:
    """The sentences of the section alone."""
    table, overdue = source.findings.get("tables", {}).get("next_week"), source.table("overdue")
    return [*([_contacts_words(table)] if table else []), *([_chasers_words(overdue)] if overdue else [])]


def _contacts_words(table: Mapping[str, Any]) -> str:
    of_all = next((row for row in table["rows"] if row["name"] == "All services"), None)
    expected = of_all["expected"] if of_all else None
    if expected is None or shown_number(expected) is None:
        return "For all services together nothing foretells next week better than last week's number."
    about, span = amount(expected["value"], "contacts"), range_in_words(expected["low"], expected["high"], "contacts")
    return f"Expect about {about} contacts, and most likely {span}."


def _chasers_words(table: Mapping[str, Any]) -> str:
    total = table["rows"][-1]
    cases, expected = total["n_cases"], total["expected"]
    if shown_number(cases) is None:
        return "Too few cases are past their promised date to give numbers."
    words = f"{amount(shown_number(cases) or 0, 'contacts')} cases are open past their promised date."
    if shown_number(expected) is None:
        return f"{words} How many people will ask after them cannot be told better than by last week's number."
    about, span = amount(expected["value"], "contacts"), range_in_words(expected["low"], expected["high"], "contacts")
    return (
        f"{words} About {about} people will ask after them next week, most likely {span}, unless they are told first."
    )
