"""[[rebase]] of config/publishing.toml as an inert model: from when on a measure's usual range is set anew, and why."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from journeys.periods import read_week
from journeys.taxonomy import Frozen


class Rebase(Frozen):
    """One [[rebase]] block. Without services the measure is rebased for all of them and as a whole."""

    measure: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    from_week: Annotated[str, BeforeValidator(lambda week: str(read_week(str(week))))]
    reason: Annotated[str, Field(min_length=5, max_length=200)]
    scopes: tuple[str, ...] = ()

    def covers(self, measure_id: str, scope: str) -> bool:
        """Is it about this measure of this scope ("all", "service:waste", "channel:phone")?"""
        return self.measure == measure_id and (not self.scopes or scope in self.scopes)
