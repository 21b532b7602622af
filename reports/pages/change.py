"""How far a service's journey moved since the weeks before, in words, and the moves that changed.

In: tables `change` and `change_moves` of a service. Out: one section; none where there were too few journeys to compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.pages.model import Block, Paragraph, Section
from reports.pages.source import Row, Source, usable
from reports.pages.tables import folded, table_view
from reports.words import in_words, number, range_in_words


def change_section(source: Source, service: Mapping[str, Any]) -> Section | None:
    """What changed in the journey."""
    table = usable(service["tables"].get("change"))
    if table is None:
        return None
    (row,) = table["rows"]
    blocks: list[Block] = [Paragraph((change_words(row),)), Paragraph((_how(row),), tone="note")]
    moves = usable(service["tables"].get("change_moves"))
    if moves:
        blocks.append(table_view(source, moves, f"{service['service']}-change-moves"))
    blocks.append(folded(table_view(source, table, f"{service['service']}-change")))
    return Section("change", "What changed in the journey", tuple(blocks))


def change_words(row: Row) -> str:
    """The finding in one or two sentences."""
    measured, top = in_words(row["measured"], "share"), in_words(row["chance_top"], "share")
    distance, before = row["distance"], f"the {row['before_period']}"
    if distance is None:
        return (
            f"No more than chance: as counted, {measured} moves differ from those of {before}; with nothing changed, up to "
            f"{top} would."
        )
    about, interval = in_words(distance["value"], "share"), range_in_words(distance["low"], distance["high"], "share")
    return (
        f"Changed by more than chance explains: about {about} moves ({interval}) are not those that people took in "
        f"{before}. As counted, {measured} differ; with nothing changed, no more than {top} would."
    )


def _how(row: Row) -> str:
    """What was compared, and what else could look like change."""
    short = int(row["n_partial"])
    weeks = (
        f" In {short} of the weeks compared a source sent too few rows: that alone can look like change."
        if short
        else ""
    )
    return (
        f"Compared: {number(row['n_now'])} journeys with {number(row['n_before'])} before, each over its first "
        f"{number(row['watch_days'])} days, so that journeys which still go on do not look different; "
        f"{number(row['n_compared'])} different moves. A change of sources or settings shows here too.{weeks}"
    )
