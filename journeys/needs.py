"""config/needs.toml as inert models: needs as people live them, each across several services.

A need such as moving home is told to several services, which each see a journey of their own. Its block says which
services, which reasons or activities begin it, and the silence after which it is over. `journeys.cut_needs` cuts by it.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from journeys.periods import read_duration_s
from journeys.taxonomy import Frozen

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Need(Frozen):
    """One [needs.<slug>] block; gap in seconds.

    Without demand types and activities every contact with the services begins it. A need that was told to fewer services
    than `least_services` is not counted as one.
    """

    name: Annotated[str, Field(min_length=1, max_length=60)]
    services: Annotated[tuple[Slug, ...], Field(min_length=1)]
    gap: Annotated[float, BeforeValidator(lambda text: read_duration_s(str(text)))]
    demand_types: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    least_services: Annotated[int, Field(ge=1)] = 1

    @field_validator("services")
    @classmethod
    def _check_once(cls, services: tuple[str, ...]) -> tuple[str, ...]:
        if repeated := sorted({service for service in services if services.count(service) > 1}):
            raise ValueError(f"the service '{repeated[0]}' is written twice")
        return services


class Needs(Frozen):
    """The whole of config/needs.toml; empty where there is none."""

    needs: dict[Slug, Need] = {}

    def problems(self, services: Collection[str], demand_types: Collection[str]) -> list[str]:
        """A sentence for each name that the other settings do not know, and each count that cannot be reached."""
        found = []
        for slug, need in self.needs.items():
            where = f"config/needs.toml: needs.{slug}"
            for key, given, known in (
                ("services", need.services, services),
                ("demand_types", need.demand_types, demand_types),
            ):
                found += [f"{where}.{key}: {_unknown(name, known)}" for name in given if name not in known]
            if need.least_services > len(need.services):
                found.append(
                    f"{where}.least_services: it is {need.least_services}, but the need has {len(need.services)} services; "
                    "write no more than that"
                )
        return found


def _unknown(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    meant = f"; did you mean '{close[0]}'?" if close else ";"
    return f"there is no '{name}'{meant} Allowed: {', '.join(sorted(known))}"
