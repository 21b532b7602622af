"""An attack on hidden counts by linear programming: services by reasons over three overlapping windows and a correction.

Published, and known to the attacker to the unit: each window's cells that are not hidden, the totals of services and of reasons of
each window, and the totals of services and reasons of every week (hidden where small). Unknown, and at least 0: what happened in each
cell and week. A hidden cell counts at least 1 and, by the rule, fewer than 10 persons or twice as many. A correction adds late
contacts to the newest week and publishes the last window again. For each hidden cell of each window scipy's HiGHS finds the
least and the most it could be; it is recovered where these lie less than 5 apart. Beside it the same attack on tables where
only cells that are small themselves are hidden, to show that it works. One contact a person.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from builders_mining import example_settings
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, lil_matrix

from mining.suppress import second_to_hide
from mining.suppress_across import WINDOWS_BEFORE, hide_cells
from mining.tables import HIDDEN

N_COUNCILS = 204
_WINDOW, _WINDOWS = 13, 3
_WEEKS = _WINDOW + _WINDOWS - 1 + WINDOWS_BEFORE  # the first published window has windows before it too
_NARROW = 5
Counts = Places = npt.NDArray[np.int64]


def validate_suppression() -> dict[str, Any]:
    """Figures by name: hidden cells, and those recovered, with the product's rule and with the first step of it alone."""
    found = {name: [0, 0] for name in ("", "_primary_only")}
    for seed in range(N_COUNCILS):
        council = _council(np.random.default_rng(seed))
        for name, tally in found.items():
            n_hidden, n_recovered = _attack(*council, is_whole=not name)
            tally[0] += n_hidden
            tally[1] += n_recovered
    return {
        "suppression_n_councils": N_COUNCILS,
        "suppression_hidden_cells": found[""][0],
        "suppressed_cells_recovered": found[""][1],
        "suppression_hidden_cells_primary_only": found["_primary_only"][0],
        "suppressed_cells_recovered_primary_only": found["_primary_only"][1],
    }


def _council(draw: np.random.Generator) -> tuple[Counts, Counts]:
    """Contacts by service, reason and week, and the late ones that the correction adds to the newest week."""
    n_services, n_reasons = int(draw.integers(4, 7)), int(draw.integers(4, 8))
    rates = np.outer(draw.gamma(1, 1, n_services), draw.gamma(0.7, 1, n_reasons)) * draw.uniform(1.5, 12)
    counts = draw.poisson(rates[:, :, None], (n_services, n_reasons, _WEEKS))
    return counts, draw.poisson(rates * 0.2)


def _attack(counts: Counts, late: Counts, *, is_whole: bool) -> tuple[int, int]:
    """How many hidden cells there are in all editions, and how many of them are recovered."""
    corrected = counts.copy()
    corrected[:, :, -1] += late
    editions = [(counts, _WEEKS - back) for back in range(_WINDOWS - 1, -1, -1)] + [(corrected, _WEEKS)]
    n_services, n_reasons, _ = counts.shape
    n_cells = n_services * n_reasons
    n_unknown = n_cells * (_WEEKS + 1)  # the last block is what the correction added
    rows: list[Places] = []
    values: list[float] = []
    asked: list[Places] = []
    low, high = [], []

    def place(service: int, reason: int, week: int) -> int:
        return week * n_cells + service * n_reasons + reason

    for at, (truth, end) in enumerate(editions):
        weeks = list(range(end - _WINDOW, end)) + ([_WEEKS] if at == len(editions) - 1 else [])
        hidden = _hidden(truth, end, is_whole=is_whole)
        window = truth[:, :, end - _WINDOW : end].sum(axis=2)
        for service in range(n_services):
            for reason in range(n_reasons):
                own = np.array([place(service, reason, week) for week in weeks])
                if (service, reason) in hidden:
                    asked.append(own)
                    low.append(1.0)
                    high.append(19.0 if window[service, reason] < 20 else np.inf)
                else:
                    rows.append(own)
                    values.append(float(window[service, reason]))
        _add_totals(rows, values, window, weeks)
    for week in range(_WEEKS):
        _add_totals(rows, values, counts[:, :, week], [week])
    known = _matrix(rows, n_unknown)
    bounded = _matrix(asked, n_unknown)
    limits = np.concatenate([-np.array(low), np.minimum(high, 1e6)])
    both = csr_matrix(np.vstack([-bounded.toarray(), bounded.toarray()])) if len(asked) else None
    n_recovered = 0
    for own in asked:
        goal = np.zeros(n_unknown)
        goal[own] = 1.0
        ends = [
            linprog(
                sign * goal, A_ub=both, b_ub=limits, A_eq=known, b_eq=np.array(values), bounds=(0, None), method="highs"
            )
            for sign in (1, -1)
        ]
        # Without a solution the attacker assumed too much of the rule, and learns nothing.
        if all(end.status == 0 for end in ends) and -ends[1].fun - ends[0].fun < _NARROW - 1e-6:
            n_recovered += 1
    return len(asked), n_recovered


def _add_totals(rows: list[Places], values: list[float], table: Counts, weeks: list[int]) -> None:
    """Totals of services and of reasons that are published: small ones are hidden, and where that is one, the next with it."""
    place = np.arange(table.size).reshape(table.shape)
    for axis in (1, 0):
        totals = table.sum(axis=axis)
        cells: list[Any] = [dict(HIDDEN) if 0 < total < 10 else int(total) for total in totals]
        second = second_to_hide(cells)
        for at, cell in enumerate(cells):
            if at != second and not isinstance(cell, dict):
                own = place[at] if axis == 1 else place[:, at]
                rows.append(np.concatenate([own + week * table.size for week in weeks]))
                values.append(float(totals[at]))
    rows.append(np.concatenate([place.ravel() + week * table.size for week in weeks]))
    values.append(float(table.sum()))


def _hidden(counts: Counts, end: int, *, is_whole: bool) -> set[tuple[int, int]]:
    """Cells hidden in the window that ends before week `end`, those that hold nobody left out: zero is shown."""
    windows = [
        _as_frame(counts[:, :, end - back - _WINDOW : end - back].sum(axis=2)) for back in range(WINDOWS_BEFORE + 1)
    ]
    if not is_whole:
        now = windows[0]
        return {(int(row.row), int(row.column)) for row in now[now["n"] < 10].itertuples()}
    return {(int(row), int(column)) for row, column in hide_cells(windows, example_settings().publishing)}


def _as_frame(window: Counts) -> pd.DataFrame:
    service, reason = np.nonzero(window)
    n = window[service, reason]
    return pd.DataFrame({"row": service, "line": "", "column": reason, "n": n, "n_persons": n})


def _matrix(rows: list[Places], width: int) -> csr_matrix:
    filled = lil_matrix((len(rows), width))
    for at, own in enumerate(rows):
        filled[at, own] = 1.0
    return filled.tocsr()
