"""What can be told by its shape: one pattern a kind, in the order in which they are tried.

Rules: prefer shape to validity, since people mistype; check sums only where a bare run of digits could be anything.
Amounts, bin days and public places have none of these shapes. Every pattern begins at the start of a word.
Sources: postcode and National Insurance number grammar as published by the Cabinet Office and HMRC; Luhn and the NHS
modulus 11 check as published; dates of 14 years back and more are dates of birth even without a keyword.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

Keep = Callable[["re.Match[str]"], bool]
_START = r"(?<![\w£$€@/-])"
_END = r"(?![\w-])"
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august"
    r"|september|october|november|december|ionawr|chwefror|mawrth|ebrill|mai|mehefin|gorffennaf|awst|medi|hydref"
    r"|tachwedd|rhagfyr|ion|chwe|maw|ebr|meh|gorff|hyd|tach|rhag)"
)
_DATE = (
    r"(?:\d{1,2}[/.\- ]\d{1,2}[/.\- ](?:19|20)?\d{2}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? ?{_MONTH},? ?(?:19|20)?\d{{2}})"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_OLD_DATE = (
    rf"(?:{_DAY}[/.\-](?:0?[1-9]|1[0-2])[/.\-](?:19\d{{2}}|200\d|201[01]|[3-9]\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? ?{_MONTH},? ?(?:19\d{{2}}|200\d|201[01])|(?:19\d{{2}}|200\d|201[01])-\d{{2}}-\d{{2}})"
)
# Suffixes that are everyday words count only with a capital ("2 Spring Bank", not "2 days at the bank").
_STREET = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|crescent|cres|gardens|gdns|grove|terrace|mews|parade|cottages?"
    r"|villas|(?-i:Close|CLOSE|Cl|Court|COURT|Ct|Way|WAY|Place|Pl|Walk|WALK|Row|ROW|Hill|HILL|Square|Sq|Yard|View|Rise"
    r"|RISE|Green|Wharf|Heights|Mount|Vale|House|HOUSE|Hse|Lodge|Fields?|End|Bank|Croft|Fold|Gate|Chase|Dene|Park"
    r"|Point|Top|Steps|Nest|Yd|Brow|Wynd|Ascent|Quay|Tce|Terr|Cottage|Farm|Buildings|Bldgs|Loan|Brae|Mead|Meadows?"
    r"|Edge|Parc|Avenue|Lea|Garth|Holt|Hollow|Nook|Corner|Reach|Vennel))"
)
_NO_STREET = (
    r"(?!(?:the|a|an|of|to|on|in|at|by|for|from|weeks?|wks?|days?|months?|mths?|hours?|hrs?|mins?|minutes?|years?|yrs?"
    r"|times|people|ppl|and|or|bins?|x|w|am|pm|per|each|more|visits?|calls?|kids|children|bed)\b)"
)
_STREET_WORD = rf"{_NO_STREET}[^\W\d_]+(?:['’-][^\W\d_]+)*"


def _digits(match: re.Match[str]) -> list[int]:
    return [int(digit) for digit in re.sub(r"\D", "", match[0])]


def is_luhn(match: re.Match[str]) -> bool:
    """Card check digit; four groups of four are a card even when mistyped."""
    if re.fullmatch(r"\d{4}([ -]\d{4}){3}", match[0]):
        return True
    doubled = [d if i % 2 else (2 * d - 9 * (d > 4)) for i, d in enumerate(_digits(match), len(_digits(match)) % 2)]
    return sum(doubled) % 10 == 0


def is_nhs(match: re.Match[str]) -> bool:
    """NHS number check digit (modulus 11)."""
    digits = _digits(match)
    return (11 - sum(d * (10 - i) for i, d in enumerate(digits[:9])) % 11) % 11 == digits[9]


def _is_phone(match: re.Match[str]) -> bool:
    return 10 <= len(re.sub(r"[^\doO]", "", match[0])) <= 14


def _is_sort_code(match: re.Match[str]) -> bool:
    """Three pairs of digits that are no date of day, month and year."""
    day, month, _ = map(int, match[0].split("-"))
    return day > 31 or month > 12


def _is_number(match: re.Match[str]) -> bool:
    """Groups of digits that are neither years nor times of day."""
    groups = re.split(r"[ -]", match[0])
    are_years = all(re.fullmatch(r"(?:19|20)\d\d", group) for group in groups[:1]) and len(groups[-1]) in (2, 4)
    are_times = "-" in match[0] and all(re.fullmatch(r"(?:[01]\d|2[0-3])[0-5]\d", group) for group in groups)
    return not are_years and not are_times


def _is_postcode(match: re.Match[str]) -> bool:
    return not re.search(r"\d(?:st|nd|rd|th)$", match[0]) and not re.match(r"(?i)x\d", match[0])


def _is_no_road(match: re.Match[str]) -> bool:
    return re.fullmatch(r"[ABab]\d{4}", match[0]) is None


def _always(_: re.Match[str]) -> bool:
    return True


def _pattern(body: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(f"{_START}(?:{body}){_END}", flags)


def _after(words: str, body: str) -> re.Pattern[str]:
    """The body where one of the words comes before it, perhaps with "no", "number" or "is" between; they stay."""
    between = r"\W{0,3}(?:(?:no|num|number|id)\b)?\W{0,3}(?:(?:is|on|was|the) )?"
    return _pattern(rf"(?P<keep>(?:{words}){between})(?:{body})")


_REFERENCE_WORD = (
    r"ref(?:erence)?|case|claim|a/?c(?:c|ct|count)?|account|acct?|app(?:lication|n)?|job|order|pcn|complaint|receipt"
    r"|invoice|bidding|reg|cust(?:omer)?|council ?tax|ctax|payroll|membership|permit|report|badge"
)
_REFERENCE_BODY = r"(?=[\w/-]*\d{3})(?!(?:19|20)\d\d(?!\d))[A-Z\d][A-Z\d/-]{3,24}"
_SORT_CODE = r"\d{2}[ -]?\d{2}[ -]?\d{2}"
_FULL_ACCOUNT = r"\d{2}([ -])\d{2}\1\d{2}[ ,/]{1,3}\d{8}"
_REFERENCE_SHAPE = r"[A-Z]{1,5}[-/]?\d{4,}(?:[-/]\w+)*|[A-Z]{1,5}(?:[-/]\d{2,})+(?:[-/]\w+)*"
_OLD_PLATE = r"[A-HJ-PR-Y][A-HJ-Y] \d{2} [A-HJ-PR-Z]{3}|[A-Z]\d{1,3} [A-Z]{3}|[A-Z]{3} \d{1,3}[A-Z]"
_DIGIT_WORD = r"(?:double|treble|triple|oh|zero|nought|one|two|three|four|five|six|seven|eight|nine)"
_SPELT = rf"{_DIGIT_WORD}(?:[ ,-]{{1,2}}{_DIGIT_WORD}){{4,}}"
_SPELT_EMAIL = (
    r"[\w.+-]+(?: (?:dot|underscore|dash) [\w-]+)*(?: ?[(\[]at[)\]] ?| at )"
    r"[\w-]+(?:(?: dot (?!the\b|matrix\b)|\.)[a-z][\w-]*){1,3}"
)
_PLANNING = r"(?:\d{2}|20\d{2})/\d{4,5}/[A-Z\d]{1,5}|\d{2}/\d{5}|20\d{2}/\d{4,5}"
_GROUPS = r"\d{3,4}[ -]\d{3,4}(?:[ -]\d{1,4})?|\d{2} \d{4} \d{2}|\d{2}-\d{5}|0\d{3}-\d{2}"
_LETTERED = r"[A-Z]{1,4}\d? \d{2,4}(?:[ -]\d{2,4}){1,3}|[A-Z]{2,4} (?:\d{2}-\d{2,4}|(?!19|20)\d{3,4}[A-Z]?)"
_SLASHED = r"[A-Z]{1,5}(?:[/-][A-Za-z\d]{1,12}){0,3}[/-]\d{2,7}(?:[/-][A-Z\d]{1,6}){0,2}"
_NO_NAME = rf"(?!(?:{_MONTH}|mon|tues?|wed|thurs?|fri|sat|sun)(?:day|nesday|rsday|urday)?\b)"
# A number and two words with a capital each, where only the second need not say what kind of road it is.
_TWO_CAPITALS = rf"\d{{1,4}}[a-z]? (?i:{_NO_NAME})[A-Z][a-zŵŷâêîôû'’]{{2,}} (?:y |yr |Y |Yr )?(?i:{_NO_NAME})[A-Z][a-zŵŷâêîôû]{{2,}}"
_HOUSE_NAME = (
    r"(?:[A-Z][\w'’]+ ){1,2}(?:Cottage|Farm|Farmhouse|Bungalow|Barn|Croft|Lodge)(?:, [A-Z][a-z]+(?= ?[,.;]|$))?"
)
_ROOM = r"(?:flat|apt|apartment|unit|room|plot) ?\w{1,4},? "
_HOUSE_NUMBER = r"(?<!col )(?<!column )(?<!lamp )(?<!flat )(?<!apt )(?<!unit )\d{1,4}[a-z]?,? "
_ROAD = rf"(?:{_STREET_WORD} ){{1,3}}{_STREET}"
_NUMBERLESS = (
    rf"(?:flat|apt|apartment|unit|plot|caravan) ?(?:no\.? ?)?\w{{0,3}}\d\w?,? (?:(?:{_STREET_WORD} ){{0,3}}{_STREET}"
    r"|(?-i:(?:[A-Z][\w'’]+ ?){1,3}))|(?:flat|apt|apartment) ?\d{1,3}[a-z]?"
)
_BORN = r"d\.?o\.?b\.?|date of birth|born|birth ?day|b\."
_BORN_SIGNS = ("dob", "d.o.b", "do.b", "d.ob", "birth", "born", "b.")
_ACCOUNT_WORD = r"a/?c|acc(?:oun)?t?|account|\[bank_account\]"


class Shape(NamedTuple):
    """One pattern, and what a note must hold for it to be tried: digits, digits in a row, one of some signs."""

    kind: str
    fewest_digits: int
    fewest_in_a_row: int
    signs: tuple[str, ...]
    pattern: re.Pattern[str]  # what its group "keep" holds stays
    is_real: Keep = _always


SHAPES = (
    Shape("url", 0, 0, ("://", "www."), re.compile(r"(?i)\b(?:https?://|www\.)[^\s<>()]+[\w/]")),
    Shape("email", 0, 0, (" at ", "(at)", "[at]"), _pattern(_SPELT_EMAIL)),
    Shape("iban", 10, 2, (), _pattern(r"[A-Z]{2}\d{2} ?[A-Z]{4} ?(?:\d{2,4} ?){3,6}\d{1,4}")),
    Shape("bank_account", 14, 8, (), _pattern(_FULL_ACCOUNT)),
    Shape("bank_account", 6, 2, ("sort", "s/c", "bank"), _after(r"sort(?: ?code)?|s/c|bank", _SORT_CODE)),
    Shape("bank_account", 8, 8, ("a/c", "ac", "sort", "bank"), _after(_ACCOUNT_WORD, r"\d{8}")),
    Shape("bank_account", 6, 2, ("-",), _pattern(r"\d{2}-\d{2}-\d{2}"), _is_sort_code),
    Shape("date_of_birth", 3, 1, _BORN_SIGNS, _after(_BORN, _DATE)),
    Shape("date_of_birth", 3, 2, (), _pattern(_OLD_DATE)),
    Shape("bank_card", 13, 1, (), _pattern(r"\d(?:[ -]?\d){12,18}"), is_luhn),
    Shape("nhs_number", 10, 3, ("nhs",), _after("nhs", r"\d{3}[ -]?\d{3}[ -]?\d{4}")),
    Shape("nhs_number", 10, 3, (), _pattern(r"[4-9]\d{2}([ -])\d{3}\1\d{4}"), is_nhs),
    Shape("phone", 6, 1, (), _pattern(r"(?:\+ ?44|0044|\(?[0oO])[\doO() -]{7,15}[\doO]"), _is_phone),
    Shape("nino", 6, 2, (), _pattern(r"(?![DFIUV])[A-Z]{2}(?:[ -]?\d{2}){3}[ -]?[A-D]")),
    Shape("passport", 8, 8, ("passport",), _after("passport", r"[A-Z]?\d{8,9}")),
    Shape("reference", 6, 4, ("/",), _pattern(_PLANNING)),
    Shape("postcode", 2, 1, (), _pattern(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"), _is_postcode),
    Shape("vehicle", 2, 2, (), _pattern(r"[A-Z]{2}\d{2} ?[A-Z]{3}")),
    Shape(
        "vehicle", 2, 2, ("reg", "plate", "car", "van"), _after("reg|plate|vehicle|car|van", r"[A-Z]{2} \d{2} [A-Z]{3}")
    ),
    Shape("vehicle", 1, 1, (), _pattern(_OLD_PLATE, re.NOFLAG)),
    Shape("reference", 3, 3, (), _after(_REFERENCE_WORD, _REFERENCE_BODY)),
    Shape("reference", 5, 5, (), _pattern(r"[A-Z]{2,4} \d{5,}", re.NOFLAG)),
    Shape("reference", 4, 2, (), _pattern(_LETTERED, re.NOFLAG)),
    Shape("reference", 2, 2, ("/", "-"), _pattern(_SLASHED, re.NOFLAG), _is_no_road),
    Shape("reference", 4, 2, (), _pattern(_REFERENCE_SHAPE), _is_no_road),
    Shape("reference", 6, 3, (), _pattern(r"\d{6,}(?:[-/]\w+)?|\d{3} \d{3} \d{2,4}[A-Z]?")),
    Shape("reference", 6, 2, (), _pattern(_GROUPS), _is_number),
    Shape("reference", 2, 2, ("[reference]",), _pattern(r"\[reference\](?:[ /-]\d{2,6})+")),
    Shape("address", 1, 1, (), _pattern(rf"(?:{_ROOM}(?:{_ROAD},? )?)?{_HOUSE_NUMBER}{_ROAD}")),
    Shape("address", 1, 1, ("flat", "apt", "apartment", "unit", "plot", "caravan"), _pattern(_NUMBERLESS)),
    Shape("address", 1, 1, (), _pattern(_TWO_CAPITALS, re.NOFLAG)),
    Shape("address", 0, 0, ("cottage", "farm", "bungalow", "barn", "croft", "lodge"), _pattern(_HOUSE_NAME, re.NOFLAG)),
    Shape("phone", 0, 0, ("oh seven", "oh one", "oh two", "zero seven"), _pattern(rf"(?:oh|zero) {_SPELT}")),
    Shape("reference", 0, 0, ("double", "oh ", "zero", "three", "seven", "nine", "five", "eight"), _pattern(_SPELT)),
)
_RUN = re.compile(r"\d+")


_AFTER_NAME = re.compile(rf"(\[person\][,;:]?(?: yr \d+,?)? \(?){_DATE}{_END}", re.IGNORECASE)


def redact_dates_after_names(note: str) -> str:
    """A date with its year right after a name is when that person was born."""
    return _AFTER_NAME.sub(r"\1[date_of_birth]", note) if "[person]" in note else note


def redact_shapes(note: str) -> str:
    """The note with everything that has a telling shape replaced by its [kind]."""
    runs = [len(run) for run in _RUN.findall(note)]
    n_digits, longest, lower = sum(runs), max(runs, default=0), note.lower()
    for shape in SHAPES:
        if n_digits < shape.fewest_digits or longest < shape.fewest_in_a_row:
            continue
        if not shape.signs or any(sign in lower or sign in note for sign in shape.signs):
            note = shape.pattern.sub(partial(_replace, shape.kind, shape.is_real), note)
    return note


def _replace(kind: str, is_real: Keep, match: re.Match[str]) -> str:
    if not is_real(match):
        return match[0]
    return f"{match.groupdict().get('keep') or ''}[{kind}]"
