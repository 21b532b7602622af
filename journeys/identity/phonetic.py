"""How an English name sounds, as a short code: "Stephen" and "Steven" are both STFN, "Knight" and "Nite" both NT.

In: a normalised name (lower-case letters, parts joined). Out: consonant codes, with a vowel only in first place.
A reduced form of Lawrence Philips' Metaphone (Computer Language, December 1990): silent letters go, letters that sound
alike share a code, doubled letters count once. It is used on names only, so rules for long words are left out.
"""

from __future__ import annotations

import re

# Applied in order; the text is lower case and a finished code is upper case ("0" is the "th" of "thin").
_RULES = [
    (re.compile(pattern), code)
    for pattern, code in (
        (r"[^a-z]", ""),
        (r"([b-df-hj-np-tv-z])\1+", r"\1"),
        (r"^(?:kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"^wh", "w"),
        (r"^ps", "s"),
        (r"^x", "s"),
        (r"^(?:mac|mc)(?=[a-z]{3})", "mk"),
        (r"mb$", "m"),
        (r"(?:ough|augh)(?=t|$)", "o"),
        (r"igh", "i"),
        (r"sch", "SK"),
        (r"(?:tch|ch)", "X"),
        (r"(?:sh|tio|sio)", "X"),
        (r"ph", "f"),
        (r"^th(?=om|er)", "t"),
        (r"th", "0"),
        (r"ck", "k"),
        (r"c(?=[eiy])", "s"),
        (r"dg(?=[eiy])", "J"),
        (r"gn(?=$|s$)", "n"),
        (r"g(?=[eiy])", "J"),
        (r"gh", "k"),
        (r"qu", "kw"),
        (r"x", "ks"),
        (r"(?<=[aeiou])h(?![aeiou])", ""),
        (r"(?<=[b-df-gj-np-tv-z])h", ""),
        (r"w(?![aeiouy])", ""),
        (r"y(?![aeiou])", "i"),
    )
]
_SOUNDS = str.maketrans({"c": "K", "q": "K", "g": "K", "d": "T", "v": "F", "z": "S", "b": "P"})
_VOWELS = re.compile(r"(?<!^)[AEIOU]")
_REPEATS = re.compile(r"(.)\1+")


def sound_code(name: str) -> str:
    """The code of a normalised name, at most eight characters; empty where it holds no letters."""
    text = name
    for pattern, code in _RULES:
        text = pattern.sub(code, text)
    code = _VOWELS.sub("", text.translate(_SOUNDS).upper())
    return _REPEATS.sub(r"\1", code)[:8]
