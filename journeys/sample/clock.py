"""When people make contact in the sample council: office hours for staff, all day on the web, busy weekday mornings."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

_OPEN_HOURS = {"phone": (8.5, 17.5), "face_to_face": (9.0, 16.5), "back_office": (9.0, 17.0)}
# Mornings are busier: half of the day's contacts come in the first third of opening.
_MORNING_SHARE = 0.5


def next_slot(wanted: datetime, channel: str, rng: np.random.Generator) -> datetime:
    """A moment after `wanted`: on its day, or on the next one the channel is open."""
    day = wanted.replace(hour=0, minute=0, second=0, microsecond=0)
    if channel in _OPEN_HOURS:
        while day.weekday() >= 5:
            day += timedelta(days=1)
        first, last = _OPEN_HOURS[channel]
    else:
        # Never in the small hours, so that no time falls into the hour that is skipped or comes twice.
        first, last = 6.0, 23.4
    width = last - first
    third = width / 3
    hour = first + (rng.random() * third if rng.random() < _MORNING_SHARE else third + rng.random() * (width - third))
    slot = day + timedelta(seconds=int(hour * 3600))
    return slot if slot > wanted else next_slot(day + timedelta(days=1), channel, rng)


def after(start: datetime, mean_days: float, channel: str, rng: np.random.Generator, *, most_days: float) -> datetime:
    """A moment some days later: gamma-distributed, so never at once and seldom very late."""
    days = min(float(rng.gamma(2.5, mean_days / 2.5)), most_days)
    return next_slot(start + timedelta(days=days), channel, rng)
