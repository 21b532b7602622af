"""What a column of text seems to hold: a time and in which format, an identifier and of which kind, a category, a text.

Guesses are made from names and values together, and are only guesses: whoever uses them flags them for a person to
check. Day and month are never guessed silently: `TimeReading.is_ambiguous` says when both orders fit every value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

_SEEN = 3000  # distinct values that are tried
_MOST = 0.9  # share of values that must fit
_EARLIEST, _LATEST = datetime(1990, 1, 1), datetime(2100, 1, 1)


class Kind(Enum):
    """What a column seems to hold."""

    EMPTY = "empty"
    TIME = "time"
    EPOCH = "seconds or milliseconds since 1970"
    NUMBER = "number"
    FLAG = "yes or no"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    POSTCODE = "postcode"
    DATE_OF_BIRTH = "date of birth"
    NAME = "name of a person"
    ACCOUNT = "account or customer number"
    OFFICIAL_NUMBER = "National Insurance or NHS number"
    IP_ADDRESS = "IP address"
    STAFF = "member of staff"
    IDENTIFIER = "id"
    TEXT = "free text"
    CATEGORY = "category"

    @property
    def is_personal(self) -> bool:
        """A value of it may say who somebody is."""
        return self in _PERSONAL


_PERSONAL = frozenset(
    {Kind.EMAIL, Kind.PHONE, Kind.POSTCODE, Kind.DATE_OF_BIRTH, Kind.NAME, Kind.ACCOUNT, Kind.OFFICIAL_NUMBER,
     Kind.IP_ADDRESS, Kind.STAFF, Kind.TEXT}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimeReading:
    """How the times of a column are written; `format` is None for ISO 8601, which needs none."""

    format: str | None
    is_ambiguous: bool
    n_odd: int
    first: str
    last: str


_CLOCKS = ("", " %H:%M:%S", " %H:%M", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S.%f")
_DATES = (
    "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%Y/%m/%d",
    "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b %d %Y", "%Y%m%d",
)  # fmt: skip
_OTHER_ORDER = {"%d/%m": "%m/%d", "%m/%d": "%d/%m", "%d-%m": "%m-%d", "%m-%d": "%d-%m"}
_HAS_DATE = re.compile(r"\d{1,4}[-/. ]\w{1,9}[-/. ]\d{2,4}|\d{8}(?:\d{6})?$")

_VALUES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.EMAIL, re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")),
    (Kind.IP_ADDRESS, re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]{6,}:[0-9a-f:]+", re.I)),
    (Kind.OFFICIAL_NUMBER, re.compile(r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]|\d{3} \d{3} \d{4}", re.I)),
    (Kind.POSTCODE, re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.I)),
    (Kind.PHONE, re.compile(r"(?:tel:)?(?:\+\d{2}|0)[\d ()-]{8,14}")),
    (Kind.FLAG, re.compile(r"y|n|yes|no|true|false|t|f|0|1", re.I)),
    (Kind.NUMBER, re.compile(r"-?\d+(?:\.\d+)?")),
)
_NAMED: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.EMAIL, re.compile(r"e-?mail")),
    (Kind.PHONE, re.compile(r"phone|mobile|tel(?:ephone)?\b|caller|\bani\b|\bcli\b|msisdn")),
    (Kind.POSTCODE, re.compile(r"post ?code|zip")),
    (Kind.DATE_OF_BIRTH, re.compile(r"birth|\bdob\b")),
    (Kind.NAME, re.compile(r"\b(?:full|first|last|sur|fore|given|contact|customer|caller|resident) ?name\b|^name$")),
    (
        Kind.ACCOUNT,
        re.compile(
            r"\b(?:customer|account|citizen|resident|person|party|client|contact)\b.*\b(?:id|no|number|ref)\b|^account$|^customer$|customer account"
        ),
    ),
    (Kind.OFFICIAL_NUMBER, re.compile(r"\bnino\b|national insurance|nhs")),
    (Kind.IP_ADDRESS, re.compile(r"\bip\b|ip address")),
)


_STAFF = re.compile(r"\b(?:agent|adviser|advisor|officer|staff|user|operator|employee|resource|responsible)\b")
DURATION = re.compile(r"\b(?:secs?|seconds?|mins?|minutes?|hours?|duration|waited|wait|served|talk|ring|handle|aht)\b")


def words_of(name: str) -> str:
    """A column's name as lower-case words: "callerNumber", "caller_number" and "Caller Number" are one."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.sub(r"[^a-z0-9]+", " ", spaced.lower()).strip()


def kind_of(name: str, distinct: Sequence[str], n_filled: int, mean_words: float, time: TimeReading | None) -> Kind:
    """What the column seems to hold, from its name and its distinct values."""
    if not distinct:
        return Kind.EMPTY
    words = words_of(name)
    named = next((kind for kind, pattern in _NAMED if pattern.search(words)), None)
    shaped = next((kind for kind, pattern in _VALUES if _share(distinct, pattern.fullmatch) >= _MOST), None)
    if time:
        return Kind.DATE_OF_BIRTH if named is Kind.DATE_OF_BIRTH else Kind.TIME
    if shaped in {Kind.EMAIL, Kind.IP_ADDRESS, Kind.POSTCODE, Kind.OFFICIAL_NUMBER}:
        return shaped
    if shaped is Kind.PHONE or (named is Kind.PHONE and shaped is not Kind.FLAG):
        return Kind.PHONE
    if _is_epoch(words, distinct):
        return Kind.EPOCH
    if named in {Kind.NAME, Kind.ACCOUNT, Kind.OFFICIAL_NUMBER, Kind.EMAIL, Kind.POSTCODE}:
        return named
    if shaped in {Kind.NUMBER, Kind.FLAG} and DURATION.search(words):
        return Kind.NUMBER
    if _STAFF.search(words) and mean_words < 4:
        return Kind.STAFF
    if shaped is Kind.FLAG and len(distinct) <= 2:
        return Kind.FLAG
    if mean_words >= 4 and len(distinct) > 0.2 * n_filled:
        return Kind.TEXT
    if _is_id(words, distinct, n_filled):
        return Kind.IDENTIFIER
    return Kind.NUMBER if shaped in {Kind.NUMBER, Kind.FLAG} else Kind.CATEGORY


def read_times(distinct: Sequence[str]) -> TimeReading | None:
    """How these values write a time, if at least nine in ten do."""
    tried = [value for value in distinct[:_SEEN] if value]
    if not tried or _share(tried, _HAS_DATE.match) < _MOST:
        return None
    if (iso := [at for value in tried if (at := _iso(value))]) and len(iso) >= _MOST * len(tried):
        return _reading(None, False, tried, iso)
    best: tuple[list[datetime], str] | None = None
    for day in _DATES:
        for clock in _CLOCKS:
            found = [at for value in tried if (at := _strptime(value, day + clock))]
            if len(found) >= _MOST * len(tried) and (best is None or len(found) > len(best[0])):
                best = (found, day + clock)
    if best is None:
        return None
    return _reading(best[1], _fits_both_ways(best[1], tried), tried, best[0])


def _fits_both_ways(time_format: str, values: Sequence[str]) -> bool:
    for order, other in _OTHER_ORDER.items():
        if time_format.startswith(order):
            swapped = other + time_format.removeprefix(order)
            return all(_strptime(value, swapped) for value in values if _strptime(value, time_format))
    return False


def _reading(
    time_format: str | None, is_ambiguous: bool, tried: Sequence[str], found: Sequence[datetime]
) -> TimeReading:
    sane = [at for at in found if _EARLIEST <= at <= _LATEST]
    if not sane:
        return TimeReading(time_format, is_ambiguous, len(tried), "", "")
    return TimeReading(
        time_format, is_ambiguous, len(tried) - len(sane), f"{min(sane):%Y-%m-%d %H:%M}", f"{max(sane):%Y-%m-%d %H:%M}"
    )


def _iso(value: str) -> datetime | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}", value):
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        return None


def _strptime(value: str, time_format: str) -> datetime | None:
    try:
        return datetime.strptime(value, time_format)
    except ValueError:
        return None


def _is_epoch(words: str, distinct: Sequence[str]) -> bool:
    is_named = bool(re.search(r"time|stamp|\bts\b|epoch|\bat\b", words))
    return is_named and all(re.fullmatch(r"1\d{9}|1\d{12}|1\d{15}", value) for value in distinct[:_SEEN])


def _is_id(words: str, distinct: Sequence[str], n_filled: int) -> bool:
    is_named = bool(re.search(r"\b(?:id|ref|reference|number|no|key|ticket|uuid|guid)\b", words))
    is_mostly_distinct = len(distinct) > 0.1 * n_filled
    is_short = all(len(value) <= 64 and " " not in value for value in distinct[:200])
    return is_mostly_distinct and (is_named or (is_short and any(re.search(r"\d", value) for value in distinct[:200])))


def _share(values: Sequence[str], test: Callable[[str], object]) -> float:
    tried = values[:_SEEN]
    return sum(1 for value in tried if test(value)) / len(tried)
