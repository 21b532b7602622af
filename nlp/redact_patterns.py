"""What can be told by its shape: one pattern a kind, in the order in which they are tried.

Rules: prefer shape to validity, since people mistype; check sums only where a bare run of digits could be anything.
Amounts, bin days and public places have none of these shapes. Every pattern begins at the start of a word.
Sources: postcode and National Insurance number grammar as published by the Cabinet Office and HMRC. Dates of 14 years back
and more are dates of birth even without a keyword.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from nlp.redact_checks import (
    always,
    is_luhn,
    is_nhs,
    is_no_road,
    is_number,
    is_phone,
    is_postcode,
    is_sort_code,
)

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
    """One pattern, and what a note must hold for it to be tried: digits, digits in a row, one of some signs.

    `needs`: of each of these patterns a piece of the note between blanks; they hold wherever the whole pattern does.
    """

    kind: str
    fewest_digits: int
    fewest_in_a_row: int
    signs: tuple[str, ...]
    pattern: re.Pattern[str]  # what its group "keep" holds stays
    is_real: Keep = always
    needs: tuple[re.Pattern[str], ...] = ()


def _needs(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


_CAPITALS_WITH_DIGITS = _needs(r"(?-i:[A-Z]{3})(?![\w-])", r"^\d\d$|[A-Z]\d{1,3}$|^\d{1,3}[A-Z]")
_NUMBERED_ROAD = _needs(r"\d[a-z]?,?$", rf"^{_STREET}(?![\w-])")
# "[reference]" itself is such a word, once a planning number has become one.
_REFERENCE_WORDS = _needs(_REFERENCE_WORD.replace("council ?tax", "council|tax") + r"|\d/\d{4}")

SHAPES = (
    Shape("url", 0, 0, ("://", "www."), re.compile(r"(?i)\b(?:https?://|www\.)[^\s<>()]+[\w/]")),
    Shape("email", 0, 0, (" at ", "(at)", "[at]"), _pattern(_SPELT_EMAIL), needs=_needs(r"^dot$|\.[a-z]")),
    Shape(
        "iban",
        10,
        2,
        (),
        _pattern(r"[A-Z]{2}\d{2} ?[A-Z]{4} ?(?:\d{2,4} ?){3,6}\d{1,4}"),
        needs=_needs(r"[a-z]{2}\d\d"),
    ),
    Shape("bank_account", 14, 8, (), _pattern(_FULL_ACCOUNT)),
    Shape("bank_account", 6, 2, ("sort", "s/c", "bank"), _after(r"sort(?: ?code)?|s/c|bank", _SORT_CODE)),
    Shape("bank_account", 8, 8, ("a/c", "ac", "sort", "bank"), _after(_ACCOUNT_WORD, r"\d{8}")),
    Shape("bank_account", 6, 2, ("-",), _pattern(r"\d{2}-\d{2}-\d{2}"), is_sort_code),
    Shape("date_of_birth", 3, 1, _BORN_SIGNS, _after(_BORN, _DATE)),
    Shape("date_of_birth", 3, 2, (), _pattern(_OLD_DATE), needs=_needs(r"\d[/.-]\d|(?:19\d|20[01])\d")),
    Shape("bank_card", 13, 1, (), _pattern(r"\d(?:[ -]?\d){12,18}"), is_luhn),
    Shape("nhs_number", 10, 3, ("nhs",), _after("nhs", r"\d{3}[ -]?\d{3}[ -]?\d{4}")),
    Shape("nhs_number", 10, 3, (), _pattern(r"[4-9]\d{2}([ -])\d{3}\1\d{4}"), is_nhs),
    Shape(
        "phone",
        6,
        1,
        (),
        _pattern(r"(?:\+ ?44|0044|\(?[0oO])[\doO() -]{7,15}[\doO]"),
        is_phone,
        _needs(r"\+|(?<!\w)[0o](?:[\do()-]|$)"),
    ),
    Shape(
        "nino",
        6,
        2,
        (),
        _pattern(r"(?![DFIUV])[A-Z]{2}(?:[ -]?\d{2}){3}[ -]?[A-D]"),
        needs=_needs(r"(?:^|[\d-])[a-d](?![\w-])"),
    ),
    Shape("passport", 8, 8, ("passport",), _after("passport", r"[A-Z]?\d{8,9}")),
    Shape("reference", 6, 4, ("/",), _pattern(_PLANNING)),
    Shape(
        "postcode",
        2,
        1,
        (),
        _pattern(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"),
        is_postcode,
        _needs(r"[a-z]\d", r"\d[a-z]{2}(?![\w-])"),
    ),
    Shape("vehicle", 2, 2, (), _pattern(r"[A-Z]{2}\d{2} ?[A-Z]{3}"), needs=_needs(r"[a-z]{2}\d\d")),
    Shape(
        "vehicle", 2, 2, ("reg", "plate", "car", "van"), _after("reg|plate|vehicle|car|van", r"[A-Z]{2} \d{2} [A-Z]{3}")
    ),
    Shape("vehicle", 1, 1, (), _pattern(_OLD_PLATE, re.NOFLAG), needs=_CAPITALS_WITH_DIGITS),
    Shape("reference", 3, 3, (), _after(_REFERENCE_WORD, _REFERENCE_BODY), needs=_REFERENCE_WORDS),
    Shape("reference", 5, 5, (), _pattern(r"[A-Z]{2,4} \d{5,}", re.NOFLAG)),
    Shape("reference", 4, 2, (), _pattern(_LETTERED, re.NOFLAG), needs=_needs(r"(?-i:[A-Z])\d?$", r"^\d\d")),
    Shape("reference", 2, 2, ("/", "-"), _pattern(_SLASHED, re.NOFLAG), is_no_road, _needs(r"[/-]\d\d")),
    Shape("reference", 4, 2, (), _pattern(_REFERENCE_SHAPE), is_no_road, _needs(r"[a-z](?:[-/]?\d{4}|[-/]\d\d)")),
    Shape(
        "reference", 6, 3, (), _pattern(r"\d{6,}(?:[-/]\w+)?|\d{3} \d{3} \d{2,4}[A-Z]?"), needs=_needs(r"\d{6}|^\d{3}$")
    ),
    Shape("reference", 6, 2, (), _pattern(_GROUPS), is_number),
    Shape("reference", 2, 2, ("[reference]",), _pattern(r"\[reference\](?:[ /-]\d{2,6})+")),
    Shape("address", 1, 1, (), _pattern(rf"(?:{_ROOM}(?:{_ROAD},? )?)?{_HOUSE_NUMBER}{_ROAD}"), needs=_NUMBERED_ROAD),
    Shape("address", 1, 1, ("flat", "apt", "apartment", "unit", "plot", "caravan"), _pattern(_NUMBERLESS)),
    Shape(
        "address",
        1,
        1,
        (),
        _pattern(_TWO_CAPITALS, re.NOFLAG),
        needs=_needs(r"\d[a-z]?$", r"^(?-i:[A-Z])[a-zŵŷâêîôû’']{2}"),
    ),
    Shape("address", 0, 0, ("cottage", "farm", "bungalow", "barn", "croft", "lodge"), _pattern(_HOUSE_NAME, re.NOFLAG)),
    Shape("phone", 0, 0, ("oh seven", "oh one", "oh two", "zero seven"), _pattern(rf"(?:oh|zero) {_SPELT}")),
    Shape("reference", 0, 0, ("double", "oh ", "zero", "three", "seven", "nine", "five", "eight"), _pattern(_SPELT)),
)


_AFTER_NAME = re.compile(rf"(\[person\][,;:]?(?: yr \d+,?)? \(?){_DATE}{_END}", re.IGNORECASE)


def redact_dates_after_names(note: str) -> str:
    """A date with its year right after a name is when that person was born."""
    return _AFTER_NAME.sub(r"\1[date_of_birth]", note) if "[person]" in note else note


def redact_shapes(note: str, tried: Iterable[Shape]) -> str:
    """The note with everything that has one of these telling shapes replaced by its [kind]; they are tried in order."""
    lower = note.lower()
    for shape in tried:
        if not shape.signs or _is_there(shape.signs, lower) or _is_there(shape.signs, note):
            note = shape.pattern.sub(partial(_replace, shape.kind, shape.is_real), note)
    return note


def _is_there(signs: tuple[str, ...], text: str) -> bool:
    for sign in signs:  # noqa: SIM110 - half the time of any()
        if sign in text:
            return True
    return False


def _replace(kind: str, is_real: Keep, match: re.Match[str]) -> str:
    if not is_real(match):
        return match[0]
    return f"{match.groupdict().get('keep') or ''}[{kind}]"
