"""config/paths.toml as inert models: paths through a service that people ask about, as short lists of events.

A pattern is a list of events in order. Between two of them others may lie, unless the second comes `directly`; `within`
limits the time from the one before, and `without` says what must not lie between. `mining.asked_paths` counts them.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from journeys.periods import read_duration_s
from journeys.schema import CHANNELS
from journeys.taxonomy import Frozen

_KNOWN_CHANNELS = (*CHANNELS, "back_office")


class Event(Frozen):
    """What an event must be; where several are given all must hold, and of each list one value is enough."""

    channels: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    demand_types: tuple[str, ...] = ()
    demand: Literal["value", "failure", "excluded", "unclear"] | None = None

    @field_validator("channels")
    @classmethod
    def _check_channels(cls, channels: tuple[str, ...]) -> tuple[str, ...]:
        for channel in channels:
            if channel not in _KNOWN_CHANNELS:
                close = difflib.get_close_matches(channel, _KNOWN_CHANNELS, n=1, cutoff=0.5)
                meant = f"; did you mean '{close[0]}'?" if close else f"; allowed: {', '.join(_KNOWN_CHANNELS)}"
                raise ValueError(f"'{channel}' is no channel{meant}")
        return channels

    @model_validator(mode="after")
    def _check_something(self) -> Event:
        if not (self.channels or self.activities or self.demand_types or self.demand):
            raise ValueError("say what the event is: channels, activities, demand_types or demand")
        return self


class PathStep(Event):
    """One [[pattern.steps]] block; within in seconds."""

    directly: bool = False
    within: Annotated[float | None, BeforeValidator(lambda text: read_duration_s(str(text)))] = None
    without: Event | None = None


class PathPattern(Frozen):
    """One [[pattern]] block."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    steps: Annotated[tuple[PathStep, ...], Field(min_length=1, max_length=6)]

    @field_validator("steps")
    @classmethod
    def _check_first(cls, steps: tuple[PathStep, ...]) -> tuple[PathStep, ...]:
        if steps[0].directly or steps[0].within is not None or steps[0].without is not None:
            raise ValueError("the first step has nothing before it; directly, within and without belong to later steps")
        return steps


def pattern_problems(patterns: Collection[PathPattern], demand_types: Collection[str]) -> list[str]:
    """A sentence for each name that is written twice and each type the taxonomy does not know."""
    names = [pattern.name for pattern in patterns]
    problems = [
        f"config/paths.toml: the name '{name}' is used twice" for name in dict.fromkeys(names) if names.count(name) > 1
    ]
    for pattern in patterns:
        for step in pattern.steps:
            for slug in (*step.demand_types, *(step.without.demand_types if step.without else ())):
                if slug not in demand_types:
                    close = difflib.get_close_matches(slug, list(demand_types), n=1, cutoff=0.5)
                    meant = f"; did you mean '{close[0]}'?" if close else ""
                    problems.append(
                        f"config/paths.toml: [{pattern.name}]: '{slug}' is no type of config/demand.toml{meant}"
                    )
    return problems
