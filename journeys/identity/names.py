"""Names, dates of birth and postcodes as people write them, brought to one spelling before anything is keyed.

Titles and honours go, placeholders ("unknown", "n/a", 1900-01-01, "ZZ99 9ZZ") become None: they would join strangers.
Accents and punctuation go, parts of a forename or surname are joined ("O'Brien-Smith" is "obriensmith").
A date that cannot exist but has eight digits ("1860-01-81") is kept: it is a slip of one digit more often than not.
ZZ99 is the Office for National Statistics' code for "no fixed abode" and unknown addresses.
"""

from __future__ import annotations

import re
import unicodedata


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = _words(
    "mr mrs ms miss mx master dr prof professor sir dame lord lady rev revd reverend fr cllr councillor capt captain "
    "major col sgt hon"
)
_HONOURS = _words("esq jr jnr junior sr snr senior obe mbe cbe mp phd bsc ba ma bt bart baronet")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)?")
_PLACEHOLDERS = _words(
    "unknown na none null nil test tester testing anon anonymous notknown notgiven notprovided notstated noname "
    "unnamed withheld refused blank customer resident caller occupier tbc tba xx xxx xxxx name forename surname "
    "firstname lastname"
) | (_TITLES - {"major", "master", "dame"})
_PARTICLES = _words("de da di del della van von der den la le du st o mac mc al el bin ibn ap")
_NOT_A_BIRTH = frozenset({"19000101", "19010101", "19700101", "99991231", "11111111", "00000000"})
_NO_POSTCODE = re.compile(r"^(?:ZZ99|AA11AA|XX|X{3,}|NFA|UNKNOWN|NONE|TEST|NA$)")
_POSTCODE = re.compile(r"^[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}$")
_DATE_ISO = re.compile(r"^\s*(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[T ].*)?$")
_DATE_UK = re.compile(r"^\s*(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?:[T ].*)?$")


def name_parts(text: str) -> tuple[str, ...]:
    """Words of a name in lower case without accents, punctuation and titles; empty for a placeholder or a bare title."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"['’`.]", "", plain)
    if re.sub(r"[^a-z]", "", plain) in _PLACEHOLDERS:
        return ()
    words = [word for word in re.sub(r"[^\w\s]|_", " ", plain).split() if not _ORDINAL.fullmatch(word)]
    # "John Major" keeps his surname: titles lead, honours trail, and the last word left is always a name.
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    while words and words[-1] in _HONOURS:
        words = words[:-1]
    return () if all(word in _PLACEHOLDERS for word in words) else tuple(words)


def one_name(text: str) -> str | None:
    """A forename or a surname as one word, or None where nothing usable is left."""
    return _usable("".join(name_parts(text)))


def _usable(name: str) -> str | None:
    """An initial says too little to link on."""
    return name if len(name) > 1 else None


def split_name(text: str) -> tuple[str | None, str | None]:
    """(forename, surname) of a full name, each one word: "Mrs Ana de Souza" and "de Souza, Ana" give the same."""
    before, comma, after = text.partition(",")
    if comma and (given := name_parts(after)):
        return _usable(given[0]), _usable("".join(name_parts(before)))
    words = name_parts(text)
    if len(words) < 2:
        return None, _usable("".join(words))
    start = len(words) - 1
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    return _usable(words[0]), _usable("".join(words[start:]))


def date_digits(text: str) -> str | None:
    """Eight digits YYYYMMDD of an ISO or UK date; None where it is no date or a known placeholder."""
    if iso := _DATE_ISO.match(text):
        digits = "".join(iso.groups())
    elif uk := _DATE_UK.match(text):
        digits = f"{uk[3]}{uk[2]:0>2}{uk[1]:0>2}"
    else:
        return None
    return None if digits in _NOT_A_BIRTH else digits


def postcode_parts(text: str) -> tuple[str, str | None, str | None] | None:
    """(postcode, sector, district) without spaces; sector and district are None where the form is not the UK's."""
    code = re.sub(r"[^A-Z0-9]", "", text.upper())
    if len(code) < 4 or _NO_POSTCODE.match(code):
        return None
    if not _POSTCODE.match(code):
        return code, None, code[:-3] if len(code) >= 5 else None
    return code, code[:-2], code[:-3]
