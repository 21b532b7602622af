"""Small numbers, in one place that everything published passes through.

A builder counts with a pandas table and says, per column, what it shows (`Show`): a count guarded by the number of
persons behind it, or a share of two counts. Here each becomes a cell, hidden when fewer persons stand behind it than
the settings allow. Zero is shown. A share needs a large enough denominator, and is hidden too when its numerator
or the rest is a small number that could be worked out from it. Counts of contacts, journeys and persons are rounded to the
nearest `round_to`, and shares are of rounded counts, so that what is hidden does not follow from what is shown. Where cells are parts of a total (`PartsOf`), one hidden
cell could be worked out from the others: then the next smallest is hidden as well, with all that goes with it.
Moves of a process map have totals of their own: see `mining.suppress_flows`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from journeys.settings import Publishing
from mining.intervals import wilson_interval
from mining.tables import HIDDEN, Cell, Field, FindingTable


@dataclass(frozen=True, slots=True)
class Show:
    """How one column of a builder's table is published.

    guard: column with the number of persons behind the cell. of: column with the denominator, which makes the cell
    a share with its interval. independent: column with how many independent contacts the share rests on, where persons make
    several (see `mining.clustered`). low, high: columns with an interval worked out by the builder.
    """

    name: str
    label: str
    unit: str
    guard: str | None = None
    of: str | None = None
    low: str | None = None
    high: str | None = None
    independent: str | None = None


@dataclass(frozen=True, slots=True)
class PartsOf:
    """Whose total the cells of a table are parts of: each column's, each row's, or that of the rows alike in `within`.

    A table that has totals within groups has one over all rows too.
    """

    is_across: bool = False
    within: str | None = None


TOTAL = PartsOf()
SLACK = 8  # room that a hidden count must keep: 5 is asked for, and other tables and weeks tell something too
_COUNTED = frozenset({"contacts", "journeys", "persons", "events"})


def publish_table(
    table_id: str,
    title: str,
    period: str,
    definition: str,
    rows: pd.DataFrame,
    shows: Sequence[Show],
    publishing: Publishing,
    *,
    parts_of: PartsOf | None = None,
) -> FindingTable:
    """The table with every cell that is too small hidden; row order is kept."""
    records = rows.to_dict("records")
    columns = [_cells(records, show, publishing) for show in shows]
    if parts_of is not None:
        _hide_seconds(columns, shows, rows, parts_of, publishing)
        _hidden_last(columns, shows, rows, parts_of)
    fields = tuple(Field(show.name, show.label, show.unit) for show in shows)
    return FindingTable(table_id, title, period, definition, fields, tuple(zip(*columns, strict=True)))


def _hidden_last(columns: list[list[Cell]], shows: Sequence[Show], rows: pd.DataFrame, parts_of: PartsOf) -> None:
    """In rows that are in order of their counts the place of a hidden one would tell its size: it goes last, by its name."""
    counted = next((place for place, show in enumerate(shows) if show.guard and not show.of), None)
    if counted is None or parts_of.is_across:
        return
    cells = columns[counted]
    texts = [column for column, show in zip(columns, shows, strict=True) if show.unit == "text"]
    groups = rows[parts_of.within].tolist() if parts_of.within is not None else [""] * len(rows)
    order: list[int] = []
    for group in dict.fromkeys(groups):
        own = [place for place, name in enumerate(groups) if name == group]
        shown = [place for place in own if not is_hidden(cells[place])]
        sizes = [cells[place] for place in shown]
        if any(not isinstance(size, int | float) for size in sizes) or sizes != sorted(sizes, reverse=True):  # type: ignore[type-var]
            order += own
        else:
            order += shown + sorted(set(own) - set(shown), key=lambda place: [str(column[place]) for column in texts])
    columns[:] = [[column[place] for place in order] for column in columns]


def is_small(persons: float, publishing: Publishing) -> bool:
    """A number of persons that may not be shown: at least one, but fewer than the settings allow."""
    return 0 < persons < publishing.suppress_below


def round_count(value: Any, publishing: Publishing) -> int:
    """A count as published: the nearest multiple of `round_to`, halves up; what is not nothing never becomes nothing."""
    base = publishing.round_to
    nearest = int((value + base / 2) // base) * base
    return max(nearest, base) if value > 0 else nearest


def share_cell(
    n_yes: float, n: float, publishing: Publishing, *, persons: float | None = None, independent: float | None = None
) -> Cell:
    """A share with its denominator and 95% interval, or hidden; null where the denominator is zero.

    The interval is that of so many independent contacts as `independent` says, of n where it does not.
    """
    if n <= 0:
        return None
    small = any(is_small(count, publishing) for count in (n_yes, n - n_yes, n if persons is None else persons))
    if n < publishing.share_needs or small:
        return dict(HIDDEN)
    shown_n = round_count(n, publishing)
    share = (round_count(n_yes, publishing) if n_yes else 0) / shown_n
    low, high = share_interval(share, shown_n, publishing, independent)
    return {"value": share, "n": shown_n, "low": low, "high": high}


def share_interval(
    share: float, shown_n: int, publishing: Publishing, independent: float | None = None
) -> tuple[float, float]:
    """Wilson's interval of a published share; rounded like all counts, `independent` tells no more than the rest."""
    certain: float = shown_n
    if independent is not None and independent > 0:
        certain = min(independent if publishing.round_to == 1 else round_count(independent, publishing), shown_n)
    return wilson_interval(share * certain, certain)


def _cells(records: Sequence[dict[Any, Any]], show: Show, publishing: Publishing) -> list[Cell]:
    if show.of is not None:
        return [_share(record, show, publishing) for record in records]
    return [_plain(record, show, publishing) for record in records]


def _share(record: dict[Any, Any], show: Show, publishing: Publishing) -> Cell:
    persons = record[show.guard] if show.guard else None
    independent = float(record[show.independent]) if show.independent else None
    return share_cell(
        float(record[show.name] or 0), float(record[str(show.of)] or 0), publishing,
        persons=persons, independent=independent,
    )  # fmt: skip


def _plain(record: dict[Any, Any], show: Show, publishing: Publishing) -> Cell:
    value = as_cell(record[show.name])
    if show.guard and is_small(float(record[show.guard]), publishing):
        return dict(HIDDEN)
    if show.unit in _COUNTED and isinstance(value, int | float):
        value = round_count(value, publishing)
    if show.low and show.high and value is not None:
        return {"value": value, "low": as_cell(record[show.low]), "high": as_cell(record[show.high])}
    return value


def as_cell(value: Any) -> Cell:
    """A value from pandas as a plain one: whole numbers as int, missing as None."""
    if value is None or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    plain = value.item() if hasattr(value, "item") else value
    return int(plain) if isinstance(plain, float) and plain.is_integer() else plain


def second_to_hide(parts: Sequence[Cell], counts: Sequence[float], publishing: Publishing) -> int | None:
    """Place of the smallest part shown where exactly one part of a total is hidden (the first of equals), else None.

    A share counts by its numerator. `counts` are the true ones: None too where rounding leaves the hidden one vague enough.
    """
    hidden = [place for place, part in enumerate(parts) if is_hidden(part)]
    sizes = [
        (part["value"] * part["n"] if isinstance(part, dict) else part, place)
        for place, part in enumerate(parts)
        if isinstance(part, int | float) or (isinstance(part, dict) and "n" in part)
    ]
    shown = [(size, place) for size, place in sizes if size > 0]
    if len(hidden) != 1 or not shown or _is_vague(hidden[0], counts, publishing):
        return None
    return min(shown)[1]


def _is_vague(hidden: int, counts: Sequence[float], publishing: Publishing) -> bool:
    """Total less the others, each known as closely as rounding leaves it, leaves the hidden count at least `SLACK` of room."""
    low, high = count_ends(sum(counts), publishing)
    for place, count in enumerate(counts):
        if place != hidden:
            least, most = count_ends(count, publishing)
            low, high = low - most, high - least
    few = 2 * publishing.suppress_below
    top = few - 1 if counts[hidden] < few else high
    return min(high, top) - max(low, 1) >= SLACK


def count_ends(n: float, publishing: Publishing) -> tuple[float, float]:
    """The least and the most that a published count may stand for."""
    if n == 0:
        return 0.0, 0.0
    shown, base = round_count(n, publishing), publishing.round_to
    return float(max(shown - base // 2, publishing.suppress_below)), float(shown + (base - 1) // 2)


def is_hidden(cell: Cell) -> bool:
    """The cell was too small to show."""
    return isinstance(cell, dict) and bool(cell.get("suppressed"))


def _hide_seconds(
    columns: list[list[Cell]], shows: Sequence[Show], rows: pd.DataFrame, parts_of: PartsOf, publishing: Publishing
) -> None:
    """Columns with one guard are hidden with their count, which a share would give away; shares have totals too."""
    guarded = [place for place, show in enumerate(shows) if show.guard]
    if parts_of.is_across:
        for row in range(len(rows)):
            second = second_to_hide(
                [columns[place][row] for place in guarded],
                [float(rows[shows[place].name].iloc[row] or 0) for place in guarded],
                publishing,
            )
            if second is not None:
                columns[guarded[second]][row] = dict(HIDDEN)
        return
    groups = [list(range(len(rows)))]
    if parts_of.within is not None:
        names = rows[parts_of.within].tolist()
        groups = [[row for row in groups[0] if names[row] == name] for name in dict.fromkeys(names)] + groups
    for guard in dict.fromkeys(shows[place].guard for place in guarded):
        together = [place for place in guarded if shows[place].guard == guard]
        counted = next((place for place in together if not shows[place].of), None)
        for first in together:
            if first != counted and not shows[first].of:
                continue
            for group in groups:
                second = second_to_hide(
                    [columns[first][row] for row in group],
                    [float(rows[shows[first].name].iloc[row] or 0) for row in group],
                    publishing,
                )
                if second is not None:
                    for place in together if first == counted else [first]:
                        columns[place][group[second]] = dict(HIDDEN)
