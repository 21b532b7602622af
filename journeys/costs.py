"""config/costs.toml as inert models: what one contact costs the council by channel, as a range, from where and when.

There are no default costs: a figure that is nobody's does not hold up when questioned.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from journeys.schema import CHANNELS
from journeys.taxonomy import Frozen


class Cost(Frozen):
    """One [[cost]] block: pounds for one contact, between two ends, with the source of the figure and its date."""

    channel: Literal[CHANNELS]  # type: ignore[valid-type]
    low: Annotated[float, Field(ge=0, le=10_000)]
    high: Annotated[float, Field(ge=0, le=10_000)]
    source: Annotated[str, Field(min_length=5, max_length=200)]
    dated: date

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.high < self.low:
            raise ValueError(f"high ({self.high}) is below low ({self.low}); write the smaller figure as low")
        return self


def cost_problems(costs: Sequence[Cost]) -> list[str]:
    """Channels that have two costs."""
    channels = [cost.channel for cost in costs]
    return [
        f"config/costs.toml: '{twice}' has two costs; leave one"
        for twice in sorted({c for c in channels if channels.count(c) > 1})
    ]
