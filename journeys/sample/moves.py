"""Planted in the sample council: people who move home and tell three services of it, days apart.

Drawn after everything else and with random numbers of their own, so that the rest of the council stays the same to the
byte. Movers are persons the council has, with their other contacts; only within a service's gap of the move they have
none about that service, so that each service's own journey stays one. Each service hears of the move once; some are told
again, some are chased.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from journeys.sample.people import Person
from journeys.sample.plan import Draft, Journey
from journeys.sample.processes import PROCESSES, FollowUp, Process

NEED = "moving_home"
SERVICES = ("council_tax", "waste", "parking")
_PER_WEEK = 15
_MOST_TRIES = 50  # persons asked for one move until one has no other journey near
_BETWEEN_DAYS = (2, 9)  # from telling one service to telling the next
_MARGIN = timedelta(days=4)
_TOLD = frozenset({"change_of_circumstances", "repeat_notification"})
_CHANNELS = (("phone", 0.45), ("web_form", 0.3), ("face_to_face", 0.1), ("email", 0.15))
_FOLLOW_UPS = (
    FollowUp("repeat_notification", 0.2, "OPEN", 2.5, _CHANNELS),
    FollowUp("progress_chase", 0.15, "OPEN", 3.5, _CHANNELS),
)


@dataclass(frozen=True, slots=True)
class Move:
    """One move: the person, and the journey in each service, in the order in which they were told."""

    person: int
    journeys: tuple[Journey, ...]


def make_moves(
    people: Sequence[Person],
    journeys: Sequence[Journey],
    gaps_days: Mapping[str, float],
    *,
    first_day: datetime,
    weeks: int,
    scale: float,
    rng: np.random.Generator,
) -> list[Move]:
    """Moves that begin in the weeks from `first_day`; `journeys` are those planned already, which they keep clear of."""
    gaps = {service: timedelta(days=gaps_days[service]) for service in SERVICES}
    taken: dict[tuple[str, int], list[tuple[datetime, datetime]]] = defaultdict(list)
    for journey in journeys:
        if journey.service in gaps:
            taken[journey.service, journey.person].append((journey.contacts[0].started, journey.contacts[-1].started))
    moves: list[Move] = []
    for week in range(weeks):
        for _ in range(int(rng.poisson(_PER_WEEK * scale))):
            told_on = first_day + timedelta(weeks=week, days=int(rng.integers(7)))
            for _ in range(_MOST_TRIES):
                person = people[int(rng.integers(len(people)))]
                own = _tell_all(len(journeys) + len(SERVICES) * len(moves), person, told_on, gaps, rng)
                if all(_is_free(each, gaps, taken) for each in own):
                    moves.append(Move(person.index, own))
                    for each in own:
                        spell = each.contacts[0].started, each.contacts[-1].started
                        taken[each.service, person.index].append(spell)
                    break
    return moves


def _tell_all(
    index: int, person: Person, told_on: datetime, gaps: Mapping[str, timedelta], rng: np.random.Generator
) -> tuple[Journey, ...]:
    own: list[Journey] = []
    for place in rng.permutation(len(SERVICES)):
        service = SERVICES[int(place)]
        own.append(_tell(index + len(own), service, person, told_on, gaps[service], rng))
        told_on += timedelta(days=int(rng.integers(*_BETWEEN_DAYS)))
    return tuple(own)


def _tell(
    index: int, service: str, person: Person, told_on: datetime, gap: timedelta, rng: np.random.Generator
) -> Journey:
    """One service's journey; who could not get through tried again until somebody answered."""
    while True:
        journey = Draft(index, _process(service), person, gap, datetime.max, rng).make(told_on, True)
        if not journey.contacts[0].is_given_up:
            break
    told = (replace(c, need=NEED) if c.demand_type in _TOLD else c for c in journey.contacts)
    return replace(journey, contacts=tuple(told))


def _process(service: str) -> Process:
    usual = next(process for process in PROCESSES if process.service == service)
    return replace(
        usual,
        starts=_CHANNELS,
        types=(("change_of_circumstances", 1.0),),
        case_share=0.7,
        follow_ups=_FOLLOW_UPS,
        abandon_share=0.0,
    )


def _is_free(
    journey: Journey,
    gaps: Mapping[str, timedelta],
    taken: Mapping[tuple[str, int], Sequence[tuple[datetime, datetime]]],
) -> bool:
    """Does the person have no other journey about the service within its gap?"""
    away = gaps[journey.service] + _MARGIN
    first, last = journey.contacts[0].started, journey.contacts[-1].started
    others = taken.get((journey.service, journey.person), ())
    return all(begun > last + away or ended < first - away for begun, ended in others)
