"""Dirty rows planted into the sample council's files, each kind with its exact count.

Rows that a load must reject (a time that is missing, unreadable, in 1970 or in 2099, a row with too many columns),
rows it must see twice (exact duplicates, restated rows) and values that no map names.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from journeys.sample.rows import Row

_BAD_TIMES = {
    "time_missing": "",
    "time_unreadable": "31/31/2026 25:61:00",
    "time_out_of_range": "01/01/1970 00:00:00",
}


def plant_dirt(
    rows: list[Row], weeks: int, rng: np.random.Generator, last_day: datetime
) -> tuple[list[Row], dict[str, int]]:
    """Rows with dirt among them, and how many of each kind were planted."""
    each = max(1, weeks * 3 // 4)
    calls = [row for row in rows if row.source == "telephony"]
    notes = [row for row in rows if row.source == "crm"]
    planted: list[Row] = []
    counts: dict[str, int] = {}
    for kind, text in _BAD_TIMES.items():
        chosen = _sample(calls, each, rng)
        planted += [_call_like(row, f"BAD-{kind}-{place}", **{"Start Time": text}) for place, row in enumerate(chosen)]
        counts[kind] = len(chosen)
    future = _sample(calls, each, rng)
    planted += [
        _call_like(row, f"BAD-future-{n}", **{"Start Time": "01/01/2099 09:00:00"}) for n, row in enumerate(future)
    ]
    counts["time_out_of_range"] += len(future)
    broken = _sample(calls, each, rng)
    planted += [_call_like(row, f"BAD-columns-{n}", **{"": "overflow"}) for n, row in enumerate(broken)]
    counts["row_malformed"] = len(broken)
    copies = _sample(notes, each, rng)
    planted += [Row(row.source, row.at, dict(row.cells)) for row in copies]
    counts["duplicates"] = len(copies)
    restated = _sample([row for row in calls if row.at < last_day - timedelta(days=8)], each, rng)
    for row in restated:
        mended = {**row.cells, "Talk Seconds": str(int(row.cells["Talk Seconds"]) + 7)}
        planted.append(Row(row.source, row.at + timedelta(days=7), mended))
    counts["restated"] = len(restated)
    strange = {id(row) for row in _sample([row for row in calls if row not in restated], each, rng)}
    for row in calls:
        if id(row) in strange:
            row.cells["Queue"] = "OVERFLOW 3"
    counts["unmapped"] = len(strange)
    return rows + planted, counts


def _call_like(row: Row, leg: str, **changed: str) -> Row:
    """A leg of its own that is like another but for what is wrong with it."""
    return Row(row.source, row.at, {**row.cells, "Leg ID": leg, "Call ID": leg, **changed})


def _sample(rows: Sequence[Row], count: int, rng: np.random.Generator) -> list[Row]:
    places = rng.permutation(len(rows))[:count]
    return [rows[int(place)] for place in sorted(places)]
