"""What a shape alone does not tell: check digits, and things that only look like personal data.

In: a match of a pattern of `nlp.redact_patterns`. Sources: Luhn and the NHS modulus 11 check as published.
"""

from __future__ import annotations

import re


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


def is_phone(match: re.Match[str]) -> bool:
    """As many digits as telephone numbers have."""
    return 10 <= len(re.sub(r"[^\doO]", "", match[0])) <= 14


def is_sort_code(match: re.Match[str]) -> bool:
    """Three pairs of digits that are no date of day, month and year."""
    day, month, _ = map(int, match[0].split("-"))
    return day > 31 or month > 12


def is_number(match: re.Match[str]) -> bool:
    """Groups of digits that are neither years nor times of day."""
    groups = re.split(r"[ -]", match[0])
    are_years = all(re.fullmatch(r"(?:19|20)\d\d", group) for group in groups[:1]) and len(groups[-1]) in (2, 4)
    are_times = "-" in match[0] and all(re.fullmatch(r"(?:[01]\d|2[0-3])[0-5]\d", group) for group in groups)
    return not are_years and not are_times


def is_postcode(match: re.Match[str]) -> bool:
    """No ordinal ("3rd") and no count ("x2")."""
    return not re.search(r"\d(?:st|nd|rd|th)$", match[0]) and not re.match(r"(?i)x\d", match[0])


def is_no_road(match: re.Match[str]) -> bool:
    """No road of class A or B."""
    return re.fullmatch(r"[ABab]\d{4}", match[0]) is None


def always(_: re.Match[str]) -> bool:
    """What looks like it is it."""
    return True
