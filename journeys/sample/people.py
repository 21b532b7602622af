"""The persons of the sample council: fictional, of many cultures, with the keys that real systems would hold.

Phones lie in ranges that are never given out (01632 960xxx and 07700 900xxx are for drama; the sample also uses other
01632 numbers), e-mail domains are reserved for examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import numpy as np

FIRST_NAMES, SURNAMES = (
    tuple(part.split())
    for part in files("journeys.sample").joinpath("names.txt").read_text(encoding="utf-8").split("\n\n")
)
STREETS = (
    "Ambridge Lane", "Beech Grove", "Canal Street", "Church Walk", "Coronation Road", "Elm Avenue", "Felpersham Road",
    "Gasworks Lane", "High Street", "Lakey Hill", "Mill Row", "Nightingale Close", "Orchard Way", "Priory Terrace",
    "Quarry Road", "Station Approach", "Tannery Yard", "Victoria Crescent", "Well Street", "Windmill Rise",
)  # fmt: skip
WARDS = (
    "Abbey",
    "Canalside",
    "Eastgate",
    "Felpersham",
    "Hilltop",
    "Lakeside",
    "Market",
    "Northfield",
    "Riverside",
    "Westway",
)


@dataclass(frozen=True, slots=True)
class Person:
    """One resident; `account` and `email` are empty where the person has none."""

    index: int
    name: str
    account: str
    phone: str
    email: str
    postcode: str
    address: str
    ward: str
    withholds_number: bool

    @property
    def decile(self) -> int:
        """Of deprivation: 1 for the first ward of the list, the most deprived, to 10 for the last."""
        return WARDS.index(self.ward) + 1


def make_people(count: int, rng: np.random.Generator, *, first: int = 0) -> list[Person]:
    """So many persons, numbered from `first`; no two numbers share a phone, an e-mail or an account."""
    mobile_order = rng.permutation(10_000_000)[:count]
    return [_person(first + place, int(mobile_order[place]), rng) for place in range(count)]


def _person(index: int, number: int, rng: np.random.Generator) -> Person:
    first, last = str(rng.choice(FIRST_NAMES)), str(rng.choice(SURNAMES))
    ward = int(rng.integers(len(WARDS)))
    has_account, has_email = rng.random() < 0.86, rng.random() < 0.8
    domain = ("example.org", "example.com", "example.net")[index % 3]
    return Person(
        index=index,
        name=f"{first} {last}",
        account=f"BC{200000 + index}" if has_account else "",
        phone=_phone(index),
        email=f"{first.lower()}.{last.lower()}{index}@{domain}" if has_email else "",
        postcode=f"ZB{ward + 1} {number % 9 + 1}{_letters(number)}",
        address=f"{number % 180 + 1} {STREETS[number % len(STREETS)]}",
        ward=WARDS[ward],
        withholds_number=rng.random() < 0.06,
    )


def _phone(index: int) -> str:
    """A landline under 01632, which no town has; the first hundred thousand are all different."""
    return f"01632 {100000 + index:06d}" if index % 10 else f"07700 {900000 + index // 10 % 100000:06d}"


def _letters(number: int) -> str:
    alphabet = "ABDEFGHJLNPQRSTUWXYZ"
    return alphabet[number % 20] + alphabet[number // 20 % 20]
