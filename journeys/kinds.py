"""What a column of text seems to hold: a time, an identifier and of which kind, a category, a text.

In: a column's name and its values with the rows of each. Out: a `Kind`, and whether its name or its values told it.
Guesses are only guesses: whoever uses them flags them for a person to check. In doubt a column is taken for personal,
because what is not personal may be shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from journeys.time_formats import MOST, TimeReading

_SEEN = 3000  # distinct values that are tried


class Kind(Enum):
    """What a column seems to hold."""

    EMPTY = "empty"
    TIME = "time"
    EPOCH = "time as a number since 1970"
    CLOCK = "length of time as h:mm:ss"
    NUMBER = "number"
    FLAG = "yes or no"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    POSTCODE = "postcode"
    DATE_OF_BIRTH = "date of birth"
    NAME = "name of a person"
    ACCOUNT = "account or customer number"
    PLACE = "property number"
    ADDRESS = "address"
    OFFICIAL_NUMBER = "National Insurance or NHS number"
    IP_ADDRESS = "IP address"
    COOKIE = "web visitor"
    STAFF = "member of staff"
    IDENTIFIER = "id"
    TEXT = "free text"
    CATEGORY = "category"

    @property
    def is_personal(self) -> bool:
        """A value of it may say who somebody is."""
        return self in _PERSONAL


_PERSONAL = frozenset(
    {Kind.EMAIL, Kind.PHONE, Kind.POSTCODE, Kind.DATE_OF_BIRTH, Kind.NAME, Kind.ACCOUNT, Kind.PLACE, Kind.ADDRESS,
     Kind.OFFICIAL_NUMBER, Kind.IP_ADDRESS, Kind.COOKIE, Kind.STAFF, Kind.TEXT}
)  # fmt: skip
_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
_OFFICIAL = r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]|\d{3} \d{3} \d{4}"
_VALUES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.EMAIL, re.compile(_EMAIL)),
    (Kind.IP_ADDRESS, re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|(?=.*[0-9a-f])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}", re.I)),
    (Kind.CLOCK, re.compile(r"\d{1,3}:[0-5]\d(?::[0-5]\d(?:\.\d+)?)?")),
    (Kind.OFFICIAL_NUMBER, re.compile(_OFFICIAL, re.I)),
    (Kind.POSTCODE, re.compile(_POSTCODE, re.I)),
    (Kind.PHONE, re.compile(r"(?:tel:)?(?:\+\d{2}|0|44)[\d ()-]{8,14}")),
    (Kind.FLAG, re.compile(r"y|n|yes|no|true|false|t|f|0|1", re.I)),
    (Kind.NUMBER, re.compile(r"-?\d+(?:\.\d+)?")),
)
_TELLING = re.compile(rf"{_EMAIL}|\b(?:{_POSTCODE}|{_OFFICIAL})\b|\d[\d ]{{6,}}\d", re.I)
_PEOPLE = "contact|customer|caller|resident|citizen|client|tenant|person|applicant|complainant|claimant|requester|party"
# Kinds that a name tells; the first that fits counts.
_NAMED: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.EMAIL, re.compile(r"\be ?mail\b")),
    (Kind.IP_ADDRESS, re.compile(r"\bip\b")),
    (Kind.COOKIE, re.compile(r"cookie|visitor|user pseudo|anonymous id")),
    (Kind.NAME, re.compile(rf"\b(?:full|first|last|sur|fore|given|middle|maiden|{_PEOPLE}) ?names?\b|^name$")),
    (Kind.DATE_OF_BIRTH, re.compile(r"birth|\bdob\b")),
    (Kind.POSTCODE, re.compile(r"post ?code|\bzip\b")),
    (Kind.OFFICIAL_NUMBER, re.compile(r"\bni ?no\b|\bni number\b|national insurance|\bnhs\b")),
    (Kind.PLACE, re.compile(r"\buprn\b|\b(?:property|address|premises?) (?:id|ref|reference|no|number|key)\b")),
    (Kind.ADDRESS, re.compile(r"\baddress|\bstreet\b|\bhouse (?:no|number|name)\b|\bflat\b")),
    (Kind.PHONE, re.compile(r"phone|mobile|\btel\b|caller|\bani\b|\bcli\b|msisdn")),
    (Kind.ACCOUNT, re.compile(rf"\b(?:{_PEOPLE}|account)\b.*\b(?:id|no|number|ref|key)\b|\baccount$|^(?:{_PEOPLE})$")),
)
_STAFF = re.compile(
    r"\b(?:agent|adviser|advisor|officer|staff|user|operator|employee|resource|responsible|clerk|handler|assignee|rep|"
    r"(?:created|modified|updated|closed|taken|logged|handled|entered|raised|assigned|owned) (?:by|to))\b"
)
_NOTED = re.compile(r"\bnotes?\b|descr|comment|detail|\btell us|\bmessage\b|\bfree text\b|\bbody\b")
DURATION = re.compile(
    r"\b(?:secs?|seconds?|mins?|minutes?|hours?|ms|millis\w*|duration|waited|wait|served|talk|ring|handle|aht)\b"
)


_TIMED = re.compile(
    r"time|stamp|\bts\b|epoch|\bat\b|date|start|\bend|creat|receiv|occur|opened|closed|submit|arriv|sent|logged"
)


def words_of(name: str) -> str:
    """A column's name as lower-case words: "callerNumber", "caller_number" and "Caller Number" are one."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.sub(r"[^a-z0-9]+", " ", spaced.lower()).strip()


def kind_of(name: str, counts: Mapping[str, int], mean_words: float, time: TimeReading | None) -> tuple[Kind, str]:
    """What the column seems to hold, and what told it: "name" or "values"."""
    if not counts:
        return Kind.EMPTY, "values"
    words, distinct, n_filled = words_of(name), list(counts), sum(counts.values())
    named = next((kind for kind, pattern in _NAMED if pattern.search(words)), None)
    shaped = next((kind for kind, pattern in _VALUES if _share(distinct, pattern.fullmatch) >= MOST), None)
    if time:
        return (named, "name") if named is Kind.DATE_OF_BIRTH else (Kind.TIME, "values")
    if _is_epoch(words, distinct):
        return Kind.EPOCH, "values"
    if shaped in {Kind.NUMBER, Kind.FLAG, Kind.CLOCK} and DURATION.search(words):
        return Kind.CLOCK if shaped is Kind.CLOCK else Kind.NUMBER, "name"
    if _STAFF.search(words) and mean_words < 4 and named is not Kind.COOKIE and shaped is not Kind.FLAG:
        return Kind.STAFF, "name"
    if shaped in {Kind.EMAIL, Kind.IP_ADDRESS, Kind.POSTCODE, Kind.OFFICIAL_NUMBER, Kind.PHONE, Kind.CLOCK}:
        return shaped, "values"
    if named and shaped is not Kind.FLAG and (kind := _as_named(named, distinct, n_filled, mean_words)):
        return kind, "name"
    return _unnamed(words, distinct, n_filled, mean_words, shaped)


def may_be_shown(values: Sequence[str]) -> bool:
    """None of these values holds what looks like an address, a phone number or another number of a person."""
    return not any(_TELLING.search(value) for value in values)


def _as_named(named: Kind, distinct: Sequence[str], n_filled: int, mean_words: float) -> Kind | None:
    """The kind a name tells, if the values do not contradict: a "caller type" is no phone number."""
    has_number = _share(distinct, re.compile(r"\d").search) >= 0.5
    if named in {Kind.PHONE, Kind.EMAIL, Kind.IP_ADDRESS, Kind.POSTCODE, Kind.OFFICIAL_NUMBER, Kind.DATE_OF_BIRTH}:
        is_likely = _share(distinct, re.compile(r"\d|@").search) >= 0.3
        return named if is_likely and len(distinct) > 2 else None
    if named is Kind.ACCOUNT:
        if not has_number and mean_words > 1 and len(distinct) >= 0.5 * n_filled:
            return Kind.NAME  # a column "Customer" of words
        return Kind.ACCOUNT if len(distinct) > 30 or has_number else None
    return named


def _unnamed(
    words: str, distinct: Sequence[str], n_filled: int, mean_words: float, shaped: Kind | None
) -> tuple[Kind, str]:
    if shaped is Kind.FLAG and len(distinct) <= 2:
        return Kind.FLAG, "values"
    if _NOTED.search(words) and mean_words >= 1.5:
        return Kind.TEXT, "name"
    if mean_words >= 4 and len(distinct) > 0.2 * n_filled:
        return Kind.TEXT, "values"
    if _is_id(words, distinct, n_filled, shaped):
        return Kind.IDENTIFIER, "values"
    return (Kind.NUMBER if shaped in {Kind.NUMBER, Kind.FLAG} else Kind.CATEGORY), "values"


def _is_epoch(words: str, distinct: Sequence[str]) -> bool:
    return bool(_TIMED.search(words)) and all(
        re.fullmatch(r"1\d{9}|1\d{12}|1\d{15}", value) for value in distinct[:_SEEN]
    )


def _is_id(words: str, distinct: Sequence[str], n_filled: int, shaped: Kind | None) -> bool:
    if len(distinct) <= 0.1 * n_filled:
        return False
    if re.search(r"\b(?:id|ref|reference|number|no|key|ticket|uuid|guid)\b", words):
        return True
    if shaped is Kind.NUMBER:  # a count or an amount, unless each row has its own whole number
        return len(distinct) == n_filled and all(value.isdecimal() for value in distinct)
    tried = distinct[:200]
    is_short = all(len(value) <= 64 and " " not in value for value in tried)
    return is_short and any(re.search(r"\d", value) for value in tried)


def _share(values: Sequence[str], test: Callable[[str], object]) -> float:
    tried = values[:_SEEN]
    return sum(1 for value in tried if test(value)) / len(tried)
