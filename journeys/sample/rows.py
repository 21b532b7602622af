"""Contacts of the plan become rows of the systems that would have logged them.

One contact may leave several rows: legs of a transferred call and the adviser's note of it, tries before an answer,
page hits and the form they end in. Wall-clock times for telephony, CRM, counter and cases; UTC for the web.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from journeys.sample.notes import NotePool
from journeys.sample.people import Person
from journeys.sample.plan import Contact, Step

ZONE = ZoneInfo("Europe/London")
QUEUES = {
    "council_tax": "CTAX", "benefits": "BENEFITS", "waste": "WASTE", "housing_repairs": "REPAIRS",
    "housing_options": "HOUSING OPTIONS", "parking": "PARKING", "planning": "PLANNING", "highways": "HIGHWAYS",
    "adult_social_care": "ASC", "registrars": "REGISTRARS", "schools": "SCHOOLS", "blue_badge": "BLUE BADGE",
}  # fmt: skip
AREAS = {
    "council_tax": "Council Tax", "benefits": "Benefits", "waste": "Waste", "housing_repairs": "Repairs",
    "housing_options": "Housing Options", "parking": "Parking", "planning": "Planning", "highways": "Highways",
    "adult_social_care": "Adult Social Care", "registrars": "Registrars", "schools": "Schools", "blue_badge": "Blue Badge",
}  # fmt: skip
DESKS = {
    "council_tax": "Council tax", "benefits": "Benefits", "waste": "Bins", "housing_repairs": "Repairs",
    "housing_options": "Housing", "parking": "Parking", "planning": "Planning", "highways": "Highways",
    "adult_social_care": "Care", "registrars": "Registrars", "schools": "Schools", "blue_badge": "Blue badge",
}  # fmt: skip
SECTIONS = {
    "council_tax": "council-tax", "benefits": "benefits", "waste": "bins", "housing_repairs": "repairs",
    "housing_options": "housing", "parking": "parking", "planning": "planning", "highways": "roads",
    "adult_social_care": "care", "registrars": "register-office", "schools": "school-places", "blue_badge": "blue-badge",
}  # fmt: skip
WRAP_UP = ("Enquiry", "Enquiry", "Enquiry", "Payment", "Other", "Chase")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a source: its cells by column, and the wall-clock time that decides which week's file it is in."""

    source: str
    at: datetime
    cells: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Logged:
    """A contact with its rows, the id of one of them, the keys all of them carry, and when it began."""

    contact: Contact
    rows: tuple[Row, ...]
    source: str
    record_id: str
    keys: frozenset[str]
    began: datetime
    channel: str


@dataclass(slots=True)
class Logger:
    """Writes contacts down as systems would; numbers rows as it goes."""

    pool: NotePool
    rng: np.random.Generator
    numbers: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def log(self, contact: Contact, person: Person) -> Logged:
        """The rows of one contact."""
        if contact.channel == "phone":
            return self._call(contact, person)
        if contact.channel == "email":
            return self._mail(contact, person)
        if contact.channel == "face_to_face":
            return self._visit(contact, person)
        return self._web(contact, person)

    def log_step(self, step: Step) -> Row:
        """The row of one case event."""
        cells = {
            "event_id": self._id("EV"), "case_ref": step.case_ref, "service": step.code, "event": step.event,
            "occurred": f"{step.at:%Y-%m-%d %H:%M}", "due_date": f"{step.due:%Y-%m-%d}", "team": f"{step.code} team {step.journey % 3 + 1}",
        }  # fmt: skip
        return Row("cases", step.at, cells)

    def log_browse(self, at: datetime, service: str) -> tuple[Row, ...]:
        """A visit that only reads pages."""
        pages = int(self.rng.integers(1, 5))
        visitor = self._id("v")
        return tuple(
            self._hit(at + timedelta(seconds=45 * place), visitor, service, "page_view") for place in range(pages)
        )

    def _call(self, contact: Contact, person: Person) -> Logged:
        rng = self.rng
        number = "Withheld" if person.withholds_number else person.phone
        tries = (
            int(rng.integers(1, 3)) if number != "Withheld" and rng.random() < 0.07 and not contact.is_given_up else 0
        )
        rows, at = [], contact.started
        for _ in range(tries):
            call = self._id("CALL")
            rows.append(self._leg(call, at, contact.service, number, int(rng.integers(20, 300)), 0, "Abandoned"))
            at += timedelta(minutes=int(rng.integers(3, 25)))
        call = self._id("CALL")
        wait = int(rng.gamma(1.6, 110))
        if contact.is_given_up:
            rows.append(self._leg(call, at, contact.service, number, wait + 60, 0, "Abandoned"))
            return self._logged(contact, rows, {f"phone {number}"} if number != "Withheld" else set())
        talk = int(rng.gamma(3, 110)) + 30
        transfers = 1 if contact.demand_type == "transferred" or rng.random() < 0.05 else 0
        for leg in range(transfers + 1):
            outcome = "Transferred" if leg < transfers else "Answered"
            rows.append(self._leg(call, at, contact.service, number, wait if leg == 0 else 40, talk, outcome))
            at += timedelta(seconds=wait + talk + 5)
        keys = {f"phone {number}"} if number != "Withheld" else set()
        if rng.random() < 0.93:
            note_row, note_keys = self._crm_row(contact, person, at + timedelta(minutes=1), "Phone", call)
            rows.append(note_row)
            keys |= note_keys
        return self._logged(contact, rows, keys)

    def _leg(self, call: str, at: datetime, service: str, number: str, wait: int, talk: int, outcome: str) -> Row:
        cells = {
            "Leg ID": self._id("LEG"), "Call ID": call, "Start Time": f"{at:%d/%m/%Y %H:%M:%S}", "Queue": QUEUES[service],
            "Caller Number": number, "Ring Seconds": str(wait), "Talk Seconds": str(talk), "Disposition": outcome,
        }  # fmt: skip
        return Row("telephony", at, cells)

    def _crm_row(self, contact: Contact, person: Person, at: datetime, channel: str, call: str) -> tuple[Row, set[str]]:
        style = "agent" if channel == "Phone" else "resident"
        note = self.pool.write(style, contact.subject, contact.demand_type, person, contact.case_ref, self.rng)
        gives_phone = self.rng.random() < 0.6
        cells = {
            "Interaction Ref": self._id("INT"), "Created": f"{at:%Y-%m-%d %H:%M:%S}", "Channel": channel, "Call ID": call,
            "Service Area": AREAS[contact.service], "Contact Name": person.name, "Customer Account": person.account,
            "Phone": person.phone if gives_phone or not person.account else "",
            "Email": person.email if channel == "E-mail" else "", "Postcode": person.postcode, "IMD Decile": str(person.decile), "Case Ref": contact.case_ref,
            "Notes": _plain(note), "Wrap Up Code": WRAP_UP[int(self.rng.integers(len(WRAP_UP)))],
        }  # fmt: skip
        return Row("crm", at, cells), _keys(
            account=cells["Customer Account"], phone=cells["Phone"], email=cells["Email"], case=contact.case_ref
        )

    def _mail(self, contact: Contact, person: Person) -> Logged:
        row, keys = self._crm_row(contact, person, contact.started, "E-mail", "")
        return self._logged(contact, [row], keys)

    def _visit(self, contact: Contact, person: Person) -> Logged:
        rng = self.rng
        draw = rng.random()
        account = person.account if draw < 0.62 else ("NOT GIVEN" if rng.random() < 0.5 else "")
        phone = person.phone if 0.5 < draw < 0.85 else ""
        note = self.pool.write("desk", contact.subject, contact.demand_type, person, contact.case_ref, rng)
        outcome = "Walked out" if contact.demand_type == "access_failure" else "Seen"
        cells = {
            "Ticket": self._id("T"), "Arrived": contact.started, "Centre": f"{person.ward} centre", "Desk": DESKS[contact.service],
            "Name": person.name if draw < 0.9 else "", "Account": account, "Phone": phone, "Case": contact.case_ref,
            "Appointment": "Y" if rng.random() < 0.3 else "N", "Waited (min)": int(rng.gamma(2, 9)),
            "Served (min)": 0 if outcome == "Walked out" else int(rng.gamma(3, 5)) + 2, "Outcome": outcome,
            "Reason given": _plain(note), "Ward": person.ward, "IMD decile": person.decile,
        }  # fmt: skip
        keys = _keys(account="" if account == "NOT GIVEN" else account, phone=phone, case=contact.case_ref)
        return self._logged(contact, [Row("counter", contact.started, cells)], keys)

    def _web(self, contact: Contact, person: Person) -> Logged:
        rng = self.rng
        visitor = self._id("v")
        submission = self._id("WF") if contact.form == "submitted" else ""
        is_in = bool(person.account) and rng.random() < 0.62
        account = person.account if is_in else ""
        at = contact.started
        events = ["page_view", *(["login"] if is_in else []), "form_start"]
        events += {"submitted": ["form_submit"], "failed": ["form_error", "form_error"], "abandoned": []}[contact.form]
        rows = []
        for event in events:
            sent = submission if event == "form_submit" else ""
            rows.append(self._hit(at, visitor, contact.service, event, account, sent))
            at += timedelta(seconds=int(rng.integers(20, 240)))
        keys = _keys(account=account)
        if submission:
            row, form_keys = self._form_row(contact, person, rows[-1].at, submission, account)
            rows.append(row)
            keys |= form_keys
        return self._logged(contact, rows, keys, channel="web_form" if submission else "web")

    def _hit(
        self, at: datetime, visitor: str, service: str, event: str, account: str = "", submission: str = ""
    ) -> Row:
        cells = {
            "hit": self._id("H"), "ts": _utc(at).strftime("%Y-%m-%dT%H:%M:%SZ"), "visitor": visitor,
            "section": SECTIONS[service], "page": f"/{SECTIONS[service]}/{'form' if event.startswith('form') else 'start'}",
            "event": event, "account": account or None, "submission": submission or None,
        }  # fmt: skip
        return Row("web", at, cells)

    def _form_row(
        self, contact: Contact, person: Person, at: datetime, submission: str, account: str
    ) -> tuple[Row, set[str]]:
        note = self.pool.write("resident", contact.subject, contact.demand_type, person, contact.case_ref, self.rng)
        mobile = person.phone if self.rng.random() < 0.5 or not person.email else ""
        cells = {
            "Reference": submission, "Submitted": _utc(at).isoformat(), "Form": f"{SECTIONS[contact.service]}-form",
            "Full name": person.name, "Account": account, "Email": person.email, "Mobile": mobile,
            "Postcode": person.postcode, "IMD decile": str(person.decile), "Case": contact.case_ref, "Tell us more": note.replace("\t", " "),
        }  # fmt: skip
        return Row("web_forms", at, cells), _keys(
            account=account, email=person.email, phone=mobile, case=contact.case_ref
        )

    def _logged(self, contact: Contact, rows: list[Row], keys: set[str], channel: str = "") -> Logged:
        first = rows[0]
        return Logged(
            contact,
            tuple(rows),
            first.source,
            _record_id(first),
            frozenset(keys),
            min(row.at for row in rows),
            channel or contact.channel,
        )

    def _id(self, prefix: str) -> str:
        self.numbers[prefix] += 1
        return f"{prefix}-{self.numbers[prefix]:07d}"


RECORD_ID_COLUMNS = {
    "telephony": "Leg ID", "crm": "Interaction Ref", "web": "hit", "web_forms": "Reference", "counter": "Ticket", "cases": "event_id",
}  # fmt: skip


def _record_id(row: Row) -> str:
    return str(row.cells[RECORD_ID_COLUMNS[row.source]])


def _keys(**keys: str) -> set[str]:
    return {f"{name} {value}" for name, value in keys.items() if value}


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=ZONE).astimezone(UTC)


def _plain(note: str) -> str:
    """Text as an old system stores it: Latin-1, on one line."""
    table: Mapping[int, str] = {
        0x2019: "'",
        0x2018: "'",
        0x201C: '"',
        0x201D: '"',
        0x2013: "-",
        0x2014: "-",
        0x2026: "...",
    }
    return " ".join(note.translate(dict(table)).split()).encode("latin-1", "replace").decode("latin-1")
