"""Small numbers in tables that cross: services by reasons, services by channels, whose totals both ways are published too.

In: counts of one cell per row and column of the cross, with the persons behind each, for this window and the two before it.
Out: the cells to hide. Hidden first: cells of too few persons, and cells that were so in one of the two windows before and have
fewer than twice as many now, because two windows that overlap differ by two weeks only (differencing).
Then, in every line that has a published total (the reasons of one kind of demand in a service; a reason over all services), the
hidden cells must leave at least `SLACK` between what each could least and most be: with h hidden cells that sum to S, each is
at least 1 and at most S - h + 1. Where they do not, the smallest cell shown in the line is hidden as well, until
nothing changes. Then the least and the most of each hidden cell are worked out from all totals at once by linear programming;
where they lie less than `SLACK` apart, one more cell of its lines is hidden (complementary suppression with an audit: L.
Willenborg and T. de Waal, Elements of Statistical Disclosure Control, 2001, chapter 4). `make validate` attacks the outcome.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from journeys.engine import Engine
from journeys.periods import Week
from journeys.settings import Publishing, Settings

SLACK = 5
WINDOWS_BEFORE = 2
Cell = tuple[str, str]


def hide_reasons(engine: Engine, settings: Settings, week: Week) -> set[Cell]:
    """(service, demand type) to be hidden in the tables of services."""
    cells = "service, CASE WHEN demand = 'unclear' THEN 'unclear' ELSE demand_type END"
    return _hide(engine, settings, week, cells, "demand", "true")


def hide_channels(engine: Engine, settings: Settings, week: Week) -> set[Cell]:
    """(service, channel) to be hidden in the tables of services."""
    return _hide(engine, settings, week, "service, channel", "''", "direction = 'inbound'")


def hide_also(rows: pd.DataFrame, column: str, row: str, hidden: set[Cell], guard: str = "n_persons") -> pd.DataFrame:
    """The rows of one row of the cross with the guard of hidden cells made too small to show, so that all that hangs on it goes."""
    guards = [
        1 if (row, str(name)) in hidden else n_persons
        for name, n_persons in zip(rows[column], rows[guard], strict=True)
    ]
    return rows.assign(**{guard: guards})


def hide_cells(windows: list[pd.DataFrame], publishing: Publishing) -> set[Cell]:
    """Cells to hide in the first of `windows`; each has row, line (its part of the row), column, n and n_persons."""
    now, fewest = windows[0], publishing.suppress_below
    hidden = {cell for cell, n in _values(now, "n_persons").items() if 0 < n < fewest}
    for before in windows[1:]:
        small = {cell for cell, n in _values(before, "n_persons").items() if n < fewest}
        hidden |= {cell for cell, n in _values(now, "n_persons").items() if 0 < n < 2 * fewest and cell in small}
    counts = _values(now, "n")
    lines = [
        *_lines(now, ("row", "line")),
        *_lines(now, ("column",)),
    ]
    while more := {cell for line in lines if (cell := _next_to_hide(line, counts, hidden)) is not None}:
        hidden |= more
    sizes = _values(now, "n_persons")
    known = [line for line in lines if not 0 < sum(sizes[cell] for cell in line) < fewest]
    while more := _told_too_closely(known, counts, hidden, 2 * fewest):
        hidden |= more
    return hidden


def _told_too_closely(lines: list[list[Cell]], counts: dict[Cell, float], hidden: set[Cell], few: int) -> set[Cell]:
    """One more cell to hide for each hidden one that the totals of `lines` tell to less than `SLACK`; none where none is left."""
    order = sorted(hidden)
    place = {cell: at for at, cell in enumerate(order)}
    own = [[cell for cell in line if cell in place] for line in lines]
    own = [line for line in own if line]
    if not own:
        return set()
    told = np.zeros((len(own), len(order)))
    for at, line in enumerate(own):
        told[at, [place[cell] for cell in line]] = 1.0
    totals = [sum(counts[cell] for cell in line) for line in own]
    # Who knows the rule knows that hidden cells are few, but for those hidden beside them.
    limits = [(1.0, few - 1.0 if counts[cell] < few else None) for cell in order]
    more = set()
    for at, cell in enumerate(order):
        goal = np.zeros(len(order))
        goal[at] = 1.0
        least, most = (
            linprog(sign * goal, A_eq=told, b_eq=totals, bounds=limits, method="highs").fun for sign in (1, -1)
        )
        if -most - least < SLACK - 1e-6:
            shown = [
                (counts[one], one)
                for line in lines
                if cell in line
                for one in line
                if one not in hidden and counts[one] > 0
            ]
            if shown:
                more.add(min(shown)[1])
    return more


def _next_to_hide(line: list[Cell], counts: dict[Cell, float], hidden: set[Cell]) -> Cell | None:
    """The smallest cell shown, where the hidden ones of the line can be told too closely from their total."""
    own = [counts[cell] for cell in line if cell in hidden]
    if not own or (len(own) > 1 and sum(own) >= len(own) + SLACK):
        return None
    shown = [(counts[cell], cell) for cell in line if cell not in hidden and counts[cell] > 0]
    return min(shown)[1] if shown else None


def _lines(cells: pd.DataFrame, by: Iterable[str]) -> list[list[Cell]]:
    keys: list[Hashable] = list(by)
    return [[(str(row.row), str(row.column)) for row in own.itertuples()] for _, own in cells.groupby(keys, sort=True)]


def _values(cells: pd.DataFrame, name: str) -> dict[Cell, float]:
    keys = zip(cells["row"].astype(str), cells["column"].astype(str), strict=True)
    return dict(zip(keys, cells[name].astype(float).tolist(), strict=True))


def _hide(engine: Engine, settings: Settings, week: Week, cells: str, line: str, which: str) -> set[Cell]:
    row, column = cells.split(", ", 1)
    windows = []
    for back in range(WINDOWS_BEFORE + 1):
        last = week.plus(-back)
        windows.append(
            engine.run(
                f"""
                WITH crossed AS (
                    SELECT {row} AS "row", {line} AS line, {column} AS "column", person_id FROM contact_facts
                    WHERE week BETWEEN $first AND $last AND service IS NOT NULL AND {which})
                SELECT "row", line, "column", count(*) AS n, count(DISTINCT person_id) AS n_persons
                FROM crossed GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
                first=str(last.plus(1 - settings.publishing.window_weeks)),
                last=str(last),
            )
        )
    return hide_cells(windows, settings.publishing)
