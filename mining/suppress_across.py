"""Small numbers in tables that cross: services by reasons, services by channels, whose totals both ways are published too.

In: counts of one cell per row and column of the cross, with the persons behind each, for this window and the two before it.
Out: the cells to hide. Hidden first: cells of too few persons or of none (whether anybody is there is not told), and cells that
were so in one of the two windows before and have fewer than twice as many now, because two windows that overlap differ by two
weeks only (differencing).
Then the least and the most of each hidden cell are worked out by linear programming from all totals that are published (the reasons
of one kind of demand in a service; a reason over all services) and all cells that are shown, each known as closely as rounding
leaves it; where they lie less than `SLACK` apart, one more cell of its lines is hidden, until nothing changes (complementary
suppression with an audit: L. Willenborg and T. de Waal, Elements of Statistical Disclosure Control, 2001, chapter 4).
`make validate` attacks the outcome.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from journeys.engine import Engine
from journeys.periods import Week
from journeys.settings import Publishing, Settings
from mining.suppress import SLACK, count_ends

WINDOWS_BEFORE = 2
Cell = tuple[str, str]


def hide_reasons(engine: Engine, settings: Settings, week: Week) -> set[Cell]:
    """(service, demand type) to be hidden in the tables of services."""
    cells = "service, CASE WHEN demand = 'unclear' THEN 'unclear' ELSE demand_type END"
    return _hide(engine, settings, week, cells, "demand", "true")


def hide_channels(engine: Engine, settings: Settings, week: Week) -> set[Cell]:
    """(service, channel) to be hidden in the tables of services."""
    return _hide(engine, settings, week, "service, channel", "''", "direction = 'inbound'")


def hide_also(rows: pd.DataFrame, column: str, hidden: Collection[str]) -> pd.DataFrame:
    """The rows with `n_persons` made too small to show where `column` names what is hidden, so that all that hangs on it goes."""
    return rows.assign(n_persons=rows["n_persons"].mask(rows[column].isin(set(hidden)), 1))


def hide_cells(windows: list[pd.DataFrame], publishing: Publishing) -> set[Cell]:
    """Cells to hide in the first of `windows`; each has row, line (what its total is published of), column, n and n_persons."""
    now, fewest = _with_empty(windows), publishing.suppress_below
    sizes, counts = _values(now, "n_persons"), _values(now, "n")
    hidden = {cell for cell, n in sizes.items() if n < fewest}
    for before in windows[1:]:
        small = {cell for cell, n in _values(before, "n_persons").items() if n < fewest}
        hidden |= {cell for cell, n in sizes.items() if n < 2 * fewest and cell in small}
    lines = [*_lines(now, ("row", "line")), *_lines(now, ("column",))]
    known = [line for line in lines if not 0 < sum(sizes[cell] for cell in line) < fewest]
    while more := _told_too_closely(known, counts, hidden, publishing):
        hidden |= more
    return hidden


def _with_empty(windows: list[pd.DataFrame]) -> pd.DataFrame:
    """The first window with every row crossed with every column that one of the windows has."""
    every = pd.concat(windows)
    crossed = every[["row"]].drop_duplicates().merge(every[["line", "column"]].drop_duplicates(), how="cross")
    return crossed.merge(windows[0], on=["row", "line", "column"], how="left").fillna({"n": 0, "n_persons": 0})


def _told_too_closely(
    lines: list[list[Cell]], counts: dict[Cell, float], hidden: set[Cell], publishing: Publishing
) -> set[Cell]:
    """One more cell to hide for each hidden one that the totals of `lines` tell to less than `SLACK`; none where none is left."""
    order = sorted(hidden)
    place = {cell: at for at, cell in enumerate(order)}
    told, least, most = [], [], []
    for line in lines:
        own = [place[cell] for cell in line if cell in place]
        if not own:
            continue
        shown = [counts[cell] for cell in line if cell not in place and counts[cell] > 0]
        row = np.zeros(len(order))
        row[own] = 1.0
        told.append(row)
        # What the hidden cells of the line make together, as far as rounded numbers tell it.
        total = count_ends(sum(counts[cell] for cell in line), publishing)
        rest = [count_ends(n, publishing) for n in shown]
        least.append(total[0] - sum(end[1] for end in rest))
        most.append(total[1] - sum(end[0] for end in rest))
    if not told:
        return set()
    # Who knows the rule knows that hidden cells are few, but for those hidden beside them.
    few = 2 * publishing.suppress_below
    limits = [(0.0, few - 1.0 if counts[cell] < few else None) for cell in order]
    both, ends = np.vstack([-np.array(told), told]), np.concatenate([-np.array(least), most])
    more = set()
    for at, cell in enumerate(order):
        if counts[cell] == 0:
            continue  # it tells of nobody
        goal = np.zeros(len(order))
        goal[at] = 1.0
        low, high = (linprog(sign * goal, A_ub=both, b_ub=ends, bounds=limits, method="highs").fun for sign in (1, -1))
        if -high - low < SLACK - 1e-6:
            # A large one changes more from week to week, so that the windows around it tell less of it.
            others = [
                (counts[one] < few, counts[one], one)
                for line in lines
                if cell in line
                for one in line
                if one not in hidden and counts[one] > 0
            ]
            if others:
                more.add(min(others)[2])
    return more


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
