"""Times of a batch of rows become UTC, local time, week and precision; impossible ones are refused.

In: the cells `journeys.mapping` made (<time>_wall as a clock of the source showed it, <time>_zoned as UTC). Out: the
same rows with the times of a record. A start in the hour that is skipped when clocks go forward, before 1990 (an empty
date in most systems) or in the future is refused; one in the hour that occurs twice is flagged.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from journeys.clock import Flags, Moments, clock_of, iso_weeks
from journeys.mapping import OTHER_TIMES

_US = 1_000_000
_EARLIEST = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp()) * _US
_MOMENT = pa.timestamp("us")


def with_times(rows: pa.Table, *, zone: str, home_zone: str, latest_at: datetime) -> pa.Table:
    """Rows with started_at, ended_at, local_at, week, is_ambiguous_time and every other time they map.

    `zone` is the source's, `home_zone` the organisation's; `latest_at` (UTC): later starts are refused.
    """
    utc, is_known, is_nonexistent, is_ambiguous = _utc(rows, "started_at", zone)
    latest = int(latest_at.replace(tzinfo=UTC).timestamp()) * _US
    is_outside = is_known & ((utc < _EARLIEST) | (utc > latest))
    rows = _refuse(rows, is_outside, "time_out_of_range")
    rows = _refuse(rows, is_known & is_nonexistent, "time_nonexistent")
    usable = np.where(is_known & ~is_outside, utc, 0)  # refused rows need some time to be shaped at all
    local = clock_of(home_zone).show(usable)
    places, names = iso_weeks(local)
    made = {
        "started_at": _moments(usable, is_known),
        "local_at": _moments(local, is_known),
        "week": pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), pa.array(names, pa.string())),
        "is_ambiguous_time": pa.array(is_ambiguous),
        "ended_at": _ended_at(rows, usable, zone),
    }
    for name in OTHER_TIMES:
        if name != "ended_at" and f"{name}_wall" in rows.column_names:
            other, is_there, _, _ = _utc(rows, name, zone)
            made[name] = _moments(other, is_there)
    for name, column in made.items():
        rows = rows.append_column(name, column)
    return rows


def _utc(rows: pa.Table, name: str, zone: str) -> tuple[Moments, Flags, Flags, Flags]:
    """UTC, whether known, and of wall-clock times whether no clock or two clocks showed it."""
    wall, has_wall = _numbers(rows[f"{name}_wall"])
    zoned, has_zone = _numbers(rows[f"{name}_zoned"])
    read = clock_of(zone).read(wall)
    is_wall = has_wall & ~has_zone
    utc = np.where(has_zone, zoned, read.utc)
    return utc, has_wall | has_zone, is_wall & read.is_nonexistent, is_wall & read.is_ambiguous


def _ended_at(rows: pa.Table, started: Moments, zone: str) -> pa.Array:
    """The mapped end; else the start and the time staff spent; else the start."""
    if "ended_at_wall" in rows.column_names:
        ended, is_there, _, _ = _utc(rows, "ended_at", zone)
        return _moments(ended, is_there)
    if "handle_s" not in rows.column_names:
        return _moments(started, np.ones(len(started), bool))
    seconds = pc.fill_null(rows["handle_s"], 0.0).to_numpy()
    is_sane = np.isfinite(seconds) & (np.abs(seconds) < 1e9)
    spent = (np.where(is_sane, seconds, 0.0) * _US).astype(np.int64)
    return _moments(started + spent, np.ones(len(started), bool))


def _numbers(column: pa.ChunkedArray) -> tuple[Moments, Flags]:
    is_there: NDArray[np.bool_] = pc.is_valid(column).to_numpy()
    return pc.fill_null(column.cast(_MOMENT).cast(pa.int64()), 0).to_numpy(), is_there


def _moments(values: Moments, is_there: Flags) -> pa.Array:
    return pa.array(values, pa.int64(), mask=~is_there).cast(_MOMENT)


def _refuse(rows: pa.Table, mask: Flags, reason: str) -> pa.Table:
    """Mark rows as refused for their start time, whatever else is wrong with them."""
    if not mask.any():
        return rows
    for name, value in (("reject_reason", reason), ("reject_column", "started_at")):
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(place, name, pc.if_else(pa.array(mask), value, rows[name].cast(pa.string())))
    return rows
