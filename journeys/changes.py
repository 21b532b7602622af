"""config/changes.toml as inert models: what the council changed, when, and which weekly measure it should move.

`mining.changes` compares the weeks before and after; pain-point cards show the change that answers them.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from journeys.taxonomy import Frozen

MEASURES = (
    "failure_demand_rate", "repeat_contact_rate", "one_channel_share", "median_days", "contacts", "journeys_started",
)  # fmt: skip
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Change(Frozen):
    """One [[change]] block. `answers` is the reference of a pain-point card; `compare_with` a service that was not changed."""

    id: Slug
    title: Annotated[str, Field(min_length=5, max_length=120)]
    service: Slug
    began_on: date
    status: Literal["planned", "live", "stopped"] = "live"
    owner: Annotated[str, Field(max_length=80)] = ""
    measure: Literal[MEASURES] = "failure_demand_rate"  # type: ignore[valid-type]
    compare_with: Slug | Literal[""] = ""
    answers: Annotated[str, Field(pattern=r"^([0-9a-f]{8})?$")] = ""
    tell_residents: Annotated[str, Field(max_length=200)] = ""


def change_problems(changes: Sequence[Change], services: Collection[str]) -> list[str]:
    """Ids written twice and services that config/services.toml does not name, each with the nearest match."""
    ids = [change.id for change in changes]
    problems = [
        f"config/changes.toml: the id '{twice}' is used twice" for twice in sorted({i for i in ids if ids.count(i) > 1})
    ]
    for change in changes:
        for key in ("service", "compare_with"):
            name = getattr(change, key)
            if name and name not in services:
                near = difflib.get_close_matches(name, services, 1)
                problems.append(
                    f"config/changes.toml: change '{change.id}', {key}: no service '{name}' in config/services.toml"
                    + (f"; nearest: '{near[0]}'" if near else "")
                )
        if change.compare_with == change.service:
            problems.append(
                f"config/changes.toml: change '{change.id}' is compared with its own service; name another, or leave it out"
            )
    return problems
