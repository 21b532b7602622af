"""Planted in the sample council: two days of renewal letters, people whom only the counter sees, a form that was mended.

Drawn after everything else and with random numbers of their own, so that the rest of the council stays the same to the
byte. Renewals: some of those written to call about their letter or renew at once. The counter: people without account
or e-mail who come in person about a service that others seldom visit, and never use anything else. The form: it loses what people
enter until 12 weeks before the end, when it is mended (config/changes.toml); until then most of them call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from journeys.sample.clock import after, next_slot
from journeys.sample.people import Person, make_people
from journeys.sample.plan import Contact, Journey, Step

RENEWALS = "parking"
COUNTER = "highways"
_RUNS_AT = (0.3, 0.5)  # of the period
_LETTERS = 300
_ANSWERS = 0.35  # of the letters
_ANSWER_DAYS = 3.0
_ANSWER_TYPES = ("clarification", "request")
_VISITS_PER_WEEK = 8
MENDED, MENDED_WEEKS = "schools", 12
_FAILS_PER_WEEK = 22
_CALLS_AFTER = 0.85


def make_renewals(
    people: Sequence[Person],
    first_index: int,
    *,
    first_day: datetime,
    weeks: int,
    scale: float,
    rng: np.random.Generator,
) -> list[Journey]:
    """A letter each, on the Tuesday of two weeks, and what some people do about it. Nobody is written to twice."""
    journeys: list[Journey] = []
    n_letters = int(_LETTERS * scale)
    order = rng.permutation(len(people))
    for run, share in enumerate(_RUNS_AT):
        sent_on = first_day + timedelta(weeks=int(weeks * share), days=1, hours=6)
        for place in order[run * n_letters : (run + 1) * n_letters]:
            index, person = first_index + len(journeys), people[int(place)].index
            reference = f"PRK-R{run + 1}-{person:06d}"
            letter = Step(index, RENEWALS, "PRK", "RENEWAL", sent_on, reference, sent_on + timedelta(days=28))
            contacts: tuple[Contact, ...] = ()
            if rng.random() < _ANSWERS:
                channel = "phone" if rng.random() < 0.8 else "email"
                at = after(sent_on, _ANSWER_DAYS, channel, rng, most_days=12)
                kind = _ANSWER_TYPES[int(rng.random() < 0.5)]
                contacts = (Contact(index, person, RENEWALS, channel, at, kind, reference),)
            journeys.append(Journey(index, RENEWALS, person, False, contacts, (letter,)))
    return journeys


def make_counter_people(first_person: int, weeks: int, scale: float, rng: np.random.Generator) -> list[Person]:
    """As many as there are visits, numbered from `first_person`; their names and phones are like anybody's."""
    n_visits = max(1, int(_VISITS_PER_WEEK * weeks * scale))
    return [replace(person, account="", email="") for person in make_people(n_visits, rng, first=first_person)]


def make_counter_visits(
    people: Sequence[Person], first_index: int, *, first_day: datetime, weeks: int, rng: np.random.Generator
) -> list[Journey]:
    """One visit of each person, spread evenly over the weeks."""
    journeys = []
    for place, person in enumerate(people):
        index = first_index + place
        wanted = first_day + timedelta(days=int(rng.integers(weeks * 7 - 2)))
        at = next_slot(wanted, "face_to_face", rng)
        visit = Contact(index, person.index, COUNTER, "face_to_face", at, "report")
        journeys.append(Journey(index, COUNTER, person.index, True, (visit,), ()))
    return journeys


def make_failing_visits(
    people: Sequence[Person],
    first_index: int,
    *,
    first_day: datetime,
    weeks: int,
    scale: float,
    rng: np.random.Generator,
) -> list[Journey]:
    """Visits in which the form fails, in all weeks until it was mended, and the calls that follow within the hour."""
    journeys: list[Journey] = []
    for week in range(weeks - MENDED_WEEKS):
        for _ in range(int(rng.poisson(_FAILS_PER_WEEK * scale))):
            index, person = first_index + len(journeys), people[int(rng.integers(len(people)))].index
            wanted = first_day + timedelta(weeks=week, days=int(rng.integers(7)))
            at = next_slot(wanted, "web", rng)
            visits = [Contact(index, person, MENDED, "web", at, "digital_barrier", form="failed")]
            if rng.random() < _CALLS_AFTER:
                call = next_slot(at + timedelta(minutes=40), "phone", rng)
                visits.append(Contact(index, person, MENDED, "phone", call, "digital_barrier"))
            journeys.append(Journey(index, MENDED, person, False, tuple(visits), ()))
    return journeys
