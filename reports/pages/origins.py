"""Where failure demand comes from, on the demand page: earlier steps, days of bulk letters, and forms that fail.

In: tables `origins`, `batches`, `web_to_staff`. Out: two sections; none where nothing was measured. The first rows are said
in sentences; the table shows what a reader compares, and the CSV holds the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.pages.model import Block, Bullets, CellView, Paragraph, Section, Sentence
from reports.pages.source import Row, Source, shown_number, slug
from reports.pages.tables import cell_view, folded, table_view
from reports.words import cell_text, number

_SAID = 3
_MOST_TIMES = 20  # a larger lift says no more than that hardly anybody else makes this contact
_SHORT = 12  # rows; longer tables are folded away
_ORIGINS = ("service_name", "step", "demand_type_name", "lift", "n_contacts", "more", "median_days")
_FORMS = ("name", "n_failed", "linked_share", "followed_share", "sent_share", "more", "n_said")
_BATCHES = ("name", "step", "wake", "n_contacts", "n_expected", "ratio")


def origin_section(source: Source) -> Section | None:
    """The steps after which people make failure contact more often than without them."""
    table = source.table("origins")
    if table is None:
        return None
    blocks: list[Block] = [Paragraph(_with_definition(source, table, _lead(table)))]
    if table["rows"]:
        blocks.append(Bullets(tuple((_origin_words(row),) for row in table["rows"][:_SAID])))
        view = table_view(source, table, "origins", fields=_ORIGINS, extra={"lift": _lift})
        blocks.append(folded(view) if len(view.rows) > _SHORT else view)
    batches = source.table("batches")
    if batches and batches["rows"]:
        said = dict.fromkeys(str(row["says"]) for row in batches["rows"] if isinstance(row["says"], str))
        blocks.append(Bullets(tuple((words,) for words in said)))
        blocks.append(table_view(source, batches, "batches", fields=_BATCHES))
    return Section("origins", "Where it comes from", tuple(blocks))


def web_to_staff_section(source: Source) -> Section | None:
    """Failed forms beside calls and visits."""
    table = source.table("web_to_staff")
    if table is None or not table["rows"]:
        return None
    words = (
        "Two estimates of the same thing; do not add them up. One follows people who could be linked for 24 hours. The other needs "
        "nobody's name: it sets weeks with more failed forms beside weeks with fewer. "
    )
    blocks: list[Block] = [Paragraph(_with_definition(source, table, words))]
    clear = [row for row in table["rows"] if _is_clear(row["more"])]
    if clear:
        blocks.append(Bullets(tuple((f"{row['name']}: {row['says']}",) for row in clear)))
    else:
        blocks.append(Paragraph(("In no service do weeks with more failed forms clearly have more calls and visits.",)))
    view = table_view(source, table, slug("web_to_staff"), fields=_FORMS)
    blocks.append(folded(view) if len(view.rows) > _SHORT else view)
    return Section("web-to-staff", "From the website to the phone or counter", tuple(blocks))


def _with_definition(source: Source, table: Mapping[str, Any], words: str) -> Sentence:
    link = source.definition(table.get("definition"))
    return (words, "Definition: ", link, ".") if link else (words,)


def _lead(table: Mapping[str, Any]) -> str:
    if not table["rows"]:
        return f"No step is followed by failure demand more often than chance explains ({table['period']}). "
    return (
        "After these steps people make such contact more often than in journeys as old and as busy without the step. It came "
        "before; it need not be the cause. Rows overlap, so do not add them up. "
    )


def _origin_words(row: Row) -> str:
    said = str(row["says"])
    words = f"{row['service_name']}: {said[0].lower()}{said[1:]}"
    if not words.endswith("?"):
        words += "."
    saved = row["saved"]
    if shown_number(saved) is None:
        return words
    value, low, high = (number(saved[end], 1) for end in ("value", "low", "high"))
    hours = row["saved_hours"]
    work = f", {number(hours['value'], 1)} hours of handling" if shown_number(hours) else ""
    return f"{words} Mended, at most {value} contacts a week would be saved ({low} to {high}){work}."


def _lift(row: Row) -> CellView:
    value = shown_number(row["lift"])
    if value is None or value <= _MOST_TIMES:
        return cell_view(row["lift"], "count", 1)
    return CellView(f"more than {_MOST_TIMES}", sort=cell_text({"value": value}, "count"))


def _is_clear(cell: Any) -> bool:
    return isinstance(cell, Mapping) and cell.get("low") is not None and (cell["low"] > 0 or cell["high"] < 0)
