"""The truth of the sample council: who made which contact when, in which journey, and why.

Journeys are drawn from `processes`, week by week, over the asked weeks and some before them (so that the first weeks
are not emptier than the rest). Contacts of one journey are never further apart than its service's gap; journeys of
one person in one service lie further apart than the gap, but for a few that do not, as in life.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from journeys.sample.clock import after, next_slot
from journeys.sample.people import Person
from journeys.sample.processes import PROCESSES, FollowUp, Process

FAILING_FORM = "council_tax"
_WARM_UP_WEEKS = 8
_FAILS = 0.8  # of the failing form's starts
_STAFF_AFTER_FAILURE = 0.85
_STAFF_AFTER_ABANDON = 0.45
_CASE_QUOTED = 0.7
_TOO_CLOSE = 0.02


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact as it happened; `form` says how a web visit with a form ended."""

    journey: int
    person: int
    service: str
    channel: str  # phone, web_form, face_to_face, email, web
    started: datetime  # wall clock
    demand_type: str
    case_ref: str = ""
    form: str = ""  # submitted, abandoned or failed
    is_given_up: bool = False
    need: str = ""  # planted need that several services are told of

    @property
    def subject(self) -> str:
        """What its note is about: the service, and the need where there is one."""
        return f"{self.need} {self.service}".strip()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the council did in a case."""

    journey: int
    service: str
    code: str
    event: str
    at: datetime
    case_ref: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Journey:
    """One need of one person."""

    index: int
    service: str
    person: int
    is_apart: bool
    contacts: tuple[Contact, ...]
    steps: tuple[Step, ...]


@dataclass(slots=True)
class Plan:
    """All journeys, in the order they began."""

    journeys: list[Journey] = field(default_factory=list)


def make_plan(
    people: Sequence[Person],
    gaps_days: Mapping[str, float],
    *,
    first_day: datetime,
    weeks: int,
    form_fails_from: datetime,
    scale: float,
    rng: np.random.Generator,
) -> Plan:
    """Journeys that begin in the weeks from `first_day` (a Monday) and in the warm-up before it."""
    plan, busy_until = Plan(), dict[tuple[str, int], datetime]()
    for week in range(-_WARM_UP_WEEKS, weeks):
        monday = first_day + timedelta(weeks=week)
        for process in PROCESSES:
            for _ in range(int(rng.poisson(process.per_week * scale))):
                started = monday + timedelta(days=int(rng.choice(7, p=_WEEKDAYS)))
                gap = timedelta(days=gaps_days[process.service])
                person, is_apart = _free_person(people, process.service, started, busy_until, gap, rng)
                draft = Draft(len(plan.journeys), process, person, gap, form_fails_from, rng)
                journey = draft.make(started, is_apart)
                busy_until[process.service, person.index] = journey.contacts[-1].started
                plan.journeys.append(journey)
    return plan


_WEEKDAYS = np.array([0.2, 0.18, 0.17, 0.165, 0.155, 0.07, 0.06])


def _free_person(
    people: Sequence[Person],
    service: str,
    started: datetime,
    busy_until: Mapping[tuple[str, int], datetime],
    gap: timedelta,
    rng: np.random.Generator,
) -> tuple[Person, bool]:
    """Somebody whose last journey about the service lies further back than the gap, nearly always."""
    may_be_close = rng.random() < _TOO_CLOSE
    for _ in range(50):
        person = people[int(rng.integers(len(people)))]
        until = busy_until.get((service, person.index))
        # A margin of four days: a contact may come days after the day the journey was planned for.
        if until is None or started - until > gap + timedelta(days=4):
            return person, True
        if may_be_close and until < started:
            return person, False
    return person, False


class Draft:
    """One journey while it is drawn."""

    def __init__(
        self,
        index: int,
        process: Process,
        person: Person,
        gap: timedelta,
        fails_from: datetime,
        rng: np.random.Generator,
    ) -> None:
        self.index, self.process, self.person, self.gap, self.rng = index, process, person, gap, rng
        self.fails_from = fails_from
        self.contacts: list[Contact] = []
        self.steps: list[Step] = []

    def make(self, started: datetime, is_apart: bool) -> Journey:
        """Draw the start, the case and what follows."""
        process, rng = self.process, self.rng
        channel = _pick(process.starts, rng)
        first = next_slot(started, channel, rng)
        demand_type = _pick(process.types, rng)
        arrival = self._arrive(first, channel, demand_type)
        if arrival is not None:
            has_case = rng.random() < process.case_share and demand_type not in {"avoidable_information", "advice"}
            marks = {"start": arrival.started}
            if has_case:
                self._open_case(arrival, marks)
            for follow_up in process.follow_ups:
                self._follow(follow_up, marks, has_case)
        contacts = tuple(sorted(self.contacts, key=lambda contact: contact.started))
        return Journey(
            self.index, process.service, self.person.index, is_apart, self._within_gap(contacts), tuple(self.steps)
        )

    def _arrive(self, first: datetime, channel: str, demand_type: str) -> Contact | None:
        """The first contact that gets anywhere; a web form may fail or be left first, and some then give up."""
        rng = self.rng
        if channel == "web_form":
            fails = self.process.service == FAILING_FORM and first >= self.fails_from and rng.random() < _FAILS
            if fails or rng.random() < self.process.abandon_share:
                self.contacts.append(
                    self._contact(
                        "web", first, "digital_barrier" if fails else "", form="failed" if fails else "abandoned"
                    )
                )
                if rng.random() > (_STAFF_AFTER_FAILURE if fails else _STAFF_AFTER_ABANDON):
                    return None
                channel = "phone" if rng.random() < 0.85 else "face_to_face"
                first = next_slot(first + timedelta(minutes=40), channel, rng)
                demand_type = "digital_barrier"
        is_given_up = channel == "phone" and rng.random() < 0.04
        form = "submitted" if channel == "web_form" else ""
        arrival = self._contact(
            channel, first, "access_failure" if is_given_up else demand_type, form=form, is_given_up=is_given_up
        )
        self.contacts.append(arrival)
        return None if is_given_up else arrival

    def _open_case(self, arrival: Contact, marks: dict[str, datetime]) -> None:
        reference = f"{self.process.code}-{arrival.started:%Y}-{self.index:06d}"
        self.contacts[-1] = replace(arrival, case_ref=reference)
        due = arrival.started + timedelta(days=self.process.due_days)
        at = arrival.started
        for event, mean_days in self.process.steps:
            at = after(at, mean_days, "back_office", self.rng, most_days=mean_days * 4)
            marks[event] = at
            self.steps.append(Step(self.index, self.process.service, self.process.code, event, at, reference, due))

    def _follow(self, follow_up: FollowUp, marks: dict[str, datetime], has_case: bool) -> None:
        if follow_up.after not in marks or self.rng.random() >= follow_up.share:
            return
        channel = _pick(follow_up.channels, self.rng)
        at = after(marks[follow_up.after], follow_up.delay_days, channel, self.rng, most_days=follow_up.delay_days * 3)
        reference = self.steps[0].case_ref if has_case and self.rng.random() < _CASE_QUOTED else ""
        form = "submitted" if channel == "web_form" else ""
        self.contacts.append(self._contact(channel, at, follow_up.demand_type, case_ref=reference, form=form))
        if follow_up.demand_type == "premature_closure" and has_case:
            reopened = after(at, 0.5, "back_office", self.rng, most_days=2)
            last = self.steps[-1]
            self.steps.append(replace(last, event="REOPEN", at=reopened))

    def _within_gap(self, contacts: tuple[Contact, ...]) -> tuple[Contact, ...]:
        """Contacts up to the first silence as long as the gap: what comes later would be another journey."""
        kept = contacts[:1]
        for contact in contacts[1:]:
            if contact.started - kept[-1].started > self.gap * 0.95:
                break
            kept += (contact,)
        return kept

    def _contact(
        self,
        channel: str,
        at: datetime,
        demand_type: str,
        *,
        case_ref: str = "",
        form: str = "",
        is_given_up: bool = False,
    ) -> Contact:
        return Contact(
            self.index, self.person.index, self.process.service, channel, at, demand_type, case_ref, form, is_given_up
        )


def _pick(choices: Sequence[tuple[str, float]], rng: np.random.Generator) -> str:
    total = sum(weight for _, weight in choices)
    mark = rng.random() * total
    for name, weight in choices:
        mark -= weight
        if mark < 0:
            return name
    return choices[-1][0]
