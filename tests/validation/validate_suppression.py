"""An attack on hidden counts by linear programming: services by reasons over three overlapping windows and a correction.

Published, and known to the attacker as closely as rounding to the nearest 5 leaves it: each window's cells that are not hidden, the totals of services and of reasons of
each window, and the totals of services and reasons of every week (hidden where small). Unknown, and at least 0: what happened in each
cell and week. A hidden cell counts, by the rule, fewer than 10 persons or twice as many, or nobody. A correction adds late
contacts to the newest week and publishes the last window again. For each hidden cell of each window scipy's HiGHS finds the
least and the most it could be; it is recovered where these lie less than 5 apart (counted apart: those
that are small themselves, and not hidden to protect another). Beside it the same attack on exact tables
where only cells that are small themselves are hidden, to show that it works. One contact a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from builders_mining import example_settings
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, lil_matrix, vstack

from journeys.settings import Publishing
from mining.suppress import round_count, second_to_hide
from mining.suppress_across import WINDOWS_BEFORE, hide_cells
from mining.tables import HIDDEN

N_COUNCILS = 204
_WINDOW, _WINDOWS = 13, 3
_WEEKS = _WINDOW + _WINDOWS - 1 + WINDOWS_BEFORE  # the first published window has windows before it too
_NARROW = 5
Counts = Places = npt.NDArray[np.int64]


def validate_suppression() -> dict[str, Any]:
    """Figures by name: hidden cells, and those recovered, with the product's rule and with the first step of it alone."""
    found = {name: [0, 0, 0] for name in ("", "_primary_only")}
    for seed in range(N_COUNCILS):
        council = _council(np.random.default_rng(seed))
        for name, tally in found.items():
            for at, n in enumerate(_attack(*council, is_whole=not name)):
                tally[at] += n
    return {
        "suppression_n_councils": N_COUNCILS,
        "suppression_hidden_cells": found[""][0],
        "suppressed_cells_recovered": found[""][1],
        "suppressed_small_cells_recovered": found[""][2],
        "suppression_hidden_cells_primary_only": found["_primary_only"][0],
        "suppressed_cells_recovered_primary_only": found["_primary_only"][1],
    }


def _council(draw: np.random.Generator) -> tuple[Counts, Counts]:
    """Contacts by service, reason and week, and the late ones that the correction adds to the newest week."""
    n_services, n_reasons = int(draw.integers(4, 7)), int(draw.integers(4, 8))
    rates = np.outer(draw.gamma(1, 1, n_services), draw.gamma(0.7, 1, n_reasons)) * draw.uniform(1.5, 12)
    counts = draw.poisson(rates[:, :, None], (n_services, n_reasons, _WEEKS))
    return counts, draw.poisson(rates * 0.2)


@dataclass
class _Known:
    """What the attacker knows: sums of unknown counts (places), each between two ends."""

    rounding: Publishing
    n_unknown: int
    places: list[Places] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, own: Places, low: float, high: float) -> None:
        self.places.append(own)
        self.low.append(low)
        self.high.append(high)

    def add_shown(self, own: Places, count: float) -> None:
        if count == 0:
            return self.add(own, 0.0, 0.0)
        shown, off = round_count(count, self.rounding), self.rounding.round_to // 2
        return self.add(own, max(shown - off, self.rounding.suppress_below), shown + off)

    def narrow(self, asked: list[Places]) -> list[bool]:
        """Which of `asked` lie between ends less than `_NARROW` apart."""
        told, low, high = _matrix(self.places, self.n_unknown), np.array(self.low), np.array(self.high)
        exact = low == high
        both = vstack([-told[~exact], told[~exact]]).tocsr()
        limits = np.concatenate([-low[~exact], np.minimum(high[~exact], 1e6)])
        recovered = []
        for own in asked:
            goal = np.zeros(self.n_unknown)
            goal[own] = 1.0
            ends = [
                linprog(
                    sign * goal,
                    A_ub=both,
                    b_ub=limits,
                    A_eq=told[exact],
                    b_eq=low[exact],
                    bounds=(0, None),
                    method="highs",
                )
                for sign in (1, -1)
            ]
            # Without a solution the attacker assumed too much of the rule, and learns nothing.
            recovered.append(all(end.status == 0 for end in ends) and -ends[1].fun - ends[0].fun < _NARROW - 1e-6)
        return recovered


def _attack(counts: Counts, late: Counts, *, is_whole: bool) -> tuple[int, int, int]:
    """How many hidden cells there are in all editions, how many of them are recovered, and how many of those are small ones."""
    corrected = counts.copy()
    corrected[:, :, -1] += late
    editions = [(counts, _WEEKS - back) for back in range(_WINDOWS - 1, -1, -1)] + [(corrected, _WEEKS)]
    n_services, n_reasons, _ = counts.shape
    n_cells = n_services * n_reasons
    # The last block of unknown counts is what the correction added.
    publishing = example_settings().publishing.model_copy(update={"round_to": 5 if is_whole else 1})
    known = _Known(publishing, n_cells * (_WEEKS + 1))
    asked: list[Places] = []
    is_small: list[bool] = []

    def place(service: int, reason: int, week: int) -> int:
        return week * n_cells + service * n_reasons + reason

    for at, (truth, end) in enumerate(editions):
        weeks = list(range(end - _WINDOW, end)) + ([_WEEKS] if at == len(editions) - 1 else [])
        hidden = _hidden(truth, end, publishing, is_whole=is_whole)
        window = truth[:, :, end - _WINDOW : end].sum(axis=2)
        for service in range(n_services):
            for reason in range(n_reasons):
                own = np.array([place(service, reason, week) for week in weeks])
                if (service, reason) in hidden:
                    # Whether anybody is in a hidden cell is not told, and an empty one tells of nobody.
                    known.add(own, 0.0 if is_whole else 1.0, 19.0 if window[service, reason] < 20 else np.inf)
                    if window[service, reason] > 0:
                        asked.append(own)
                        is_small.append(bool(window[service, reason] < publishing.suppress_below))
                else:
                    known.add_shown(own, float(window[service, reason]))
        _add_totals(known, window, weeks)
    for week in range(_WEEKS):
        _add_totals(known, counts[:, :, week], [week])
    recovered = known.narrow(asked)
    both = [told and small for told, small in zip(recovered, is_small, strict=True)]
    return len(asked), sum(recovered), sum(both)


def _add_totals(known: _Known, table: Counts, weeks: list[int]) -> None:
    """Totals of services and of reasons that are published: small ones are hidden, and where that is one, the next with it."""
    place = np.arange(table.size).reshape(table.shape)
    for axis in (1, 0):
        totals = table.sum(axis=axis)
        cells: list[Any] = [dict(HIDDEN) if 0 < total < 10 else int(total) for total in totals]
        second = second_to_hide(cells, [float(total) for total in totals], known.rounding)
        for at, cell in enumerate(cells):
            if at != second and not isinstance(cell, dict):
                own = place[at] if axis == 1 else place[:, at]
                known.add_shown(np.concatenate([own + week * table.size for week in weeks]), float(totals[at]))
    if table.sum() >= known.rounding.suppress_below:
        known.add_shown(np.concatenate([place.ravel() + week * table.size for week in weeks]), float(table.sum()))


def _hidden(counts: Counts, end: int, publishing: Publishing, *, is_whole: bool) -> set[tuple[int, int]]:
    """Cells hidden in the window that ends before week `end`."""
    windows = [
        _as_frame(counts[:, :, end - back - _WINDOW : end - back].sum(axis=2)) for back in range(WINDOWS_BEFORE + 1)
    ]
    if not is_whole:
        now = windows[0]
        return {(int(row.row), int(row.column)) for row in now[now["n"].between(1, 9)].itertuples()}
    return {(int(row), int(column)) for row, column in hide_cells(windows, publishing)}


def _as_frame(window: Counts) -> pd.DataFrame:
    service, reason = (place.ravel() for place in np.indices(window.shape))
    n = window[service, reason]
    return pd.DataFrame({"row": service, "line": "", "column": reason, "n": n, "n_persons": n})


def _matrix(rows: list[Places], width: int) -> csr_matrix:
    filled = lil_matrix((len(rows), width))
    for at, own in enumerate(rows):
        filled[at, own] = 1.0
    return filled.tocsr()
