"""What the numbers of a journey page's network, change and working-time tables mean, in plain words.

In: settings. Out: definitions by slug, joined to the others in `mining.definitions`.
"""

from __future__ import annotations

from journeys.settings import Settings


def working_time_words(settings: Settings) -> str:
    """One more sentence for definitions of waits; empty without config/calendar.toml."""
    if settings.calendar is None:
        return ""
    hours = f"{settings.calendar.working_day_s / 3600:.4g}"
    closed = settings.calendar.holidays
    holidays = (
        "" if closed == "none" else f", bank holidays ({closed.replace('-', ' ').title().replace(' And ', ' and ')})"
    )
    return (
        f" Working days leave out all time in which the council is closed: nights, weekends{holidays} and other days "
        f"closed; {hours} hours worked are one working day. A step without a time of day counts from midnight."
    )
