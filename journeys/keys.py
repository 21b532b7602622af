"""Identifiers become keyed tokens: HMAC-SHA-256 with a 256-bit key and one subkey per purpose.

The key comes from the environment variable JOURNEYS_KEY (64 hex digits) or from the file `key` of the workspace,
which only its owner may read (mode 0600). It never lies below data/. Tokens are the first 128 bits, in hex.
A new key begins a new epoch: what was stored under the old one cannot be joined to what comes. Keys that were used
before follow the current one, a line each (in the variable after commas): they only keep erased people erased.
Normalising comes first, so that "07700 900123" and "+44 7700 900123" give one token.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from journeys.engine import Engine
from journeys.errors import StoreError

KEY_VARIABLE = "JOURNEYS_KEY"
_HEX_KEY = re.compile(r"[0-9a-fA-F]{64}")
_TOKEN_BYTES = 16


class Tokeniser:
    """Turns identifiers of one purpose into tokens; equal values cost one computation."""

    def __init__(self, key: bytes, purpose: str) -> None:
        self._subkey = _subkey(key, purpose)
        self._normalise = _NORMALISERS.get(purpose, _as_reference)
        self._plain = _PLAIN_SQL.get(purpose, "upper(replace(value, ' ', ''))")
        self._known: dict[str, str | None] = {}

    def token(self, value: str) -> str | None:
        """Token of one value; None where nothing is left after normalising."""
        if value not in self._known:
            normal = self._normalise(value)
            self._known[value] = self._digest(normal) if normal else None
        return self._known[value]

    def tokens(self, values: Iterable[str | None]) -> list[str | None]:
        """Tokens of many values, in order; None stays None."""
        return [None if value is None else self.token(value) for value in values]

    def sql(self) -> str:
        """SQL for the tokens of a column `value` of `rows`, in order: HMAC (RFC 2104) spelled out.

        Empty where nothing is left after normalising; null where the value is not plain and Python must normalise it.
        """
        block = self._subkey.ljust(64, b"\0")
        inner, outer = (bytes(byte ^ pad for byte in block).hex() for pad in (0x36, 0x5C))
        made = (
            f"left(sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode(normal)))), {2 * _TOKEN_BYTES})"
        )
        return (
            f"SELECT CASE WHEN normal = '' THEN '' ELSE {made} END AS token FROM ("
            f"SELECT CASE WHEN NOT regexp_matches(value, '[^\\x20-\\x7e]') THEN {self._plain} END AS normal FROM rows)"
        )

    def _digest(self, normal: str) -> str:
        return hmac.digest(self._subkey, normal.encode(), "sha256")[:_TOKEN_BYTES].hex()


def tokens_of(raw: pa.ChunkedArray, tokeniser: Tokeniser, engine: Engine) -> pa.Array:
    """Tokens of a column: each distinct value is normalised and hashed once.

    Values in printable ASCII that are written in a usual way are hashed by the engine, on all cores; the others by
    `Tokeniser`, which gives the same tokens (a test compares them).
    """
    if raw.null_count == len(raw):
        return pa.nulls(len(raw), pa.string())
    coded = pa.array(raw.combine_chunks() if raw.num_chunks != 1 else raw.chunk(0)).dictionary_encode()
    made = engine.transform(pa.table({"value": coded.dictionary}), tokeniser.sql())["token"].combine_chunks()
    is_odd = pc.is_null(made)
    if pc.any(is_odd).as_py():
        odd = coded.dictionary.filter(is_odd).to_pylist()
        made = pc.replace_with_mask(
            made, is_odd, pa.array([token or "" for token in tokeniser.tokens(odd)], pa.string())
        )
    return pc.if_else(pc.equal(made, ""), None, made).take(coded.indices)


def key_id(key: bytes) -> str:
    """Eight hex digits that name a key without giving it away; stored with everything it tokenised."""
    return hmac.digest(key, b"journeys/key-id", "sha256")[:4].hex()


def create_key(path: Path) -> None:
    """Write a new random key that only its owner may read; raises StoreError if one is there already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise StoreError(f"{path}: there is a key already; a new one would make old contacts unlinkable") from None
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32) + "\n")


def read_key(path: Path) -> bytes:
    """The key of a workspace, from JOURNEYS_KEY or from its key file; raises StoreError saying what to do."""
    return read_keys(path)[0]


def read_keys(path: Path) -> tuple[bytes, ...]:
    """The key in use and then those used before; raises StoreError saying what to do."""
    text = os.environ.get(KEY_VARIABLE)
    if text is None:
        if not path.exists():
            raise StoreError(f"{path}: the key is missing; restore it, or set {KEY_VARIABLE} (64 hex digits)")
        text = _read_private(path)
    return _read_hex(text, f"{KEY_VARIABLE} or {path}")


def read_key_file(path: Path) -> bytes:
    """The key in a file, whatever the environment says: one shared with a partner; raises StoreError saying what to do."""
    if not path.exists():
        raise StoreError(f"{path}: the key is missing; put the file there that was agreed with the partner")
    return _read_hex(_read_private(path), str(path))[0]


def _read_private(path: Path) -> str:
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise StoreError(f"{path}: others may read the key; run: chmod 600 {path.name}")
    return path.read_text()


def _read_hex(text: str, where: str) -> tuple[bytes, ...]:
    keys = text.replace(",", " ").split()
    if not keys or not all(_HEX_KEY.fullmatch(key) for key in keys):
        raise StoreError(f"the key is not 64 hex digits; check {where}")
    return tuple(bytes.fromhex(key) for key in keys)


def rotate_key(path: Path) -> tuple[str, str]:
    """Put a new random key before the old ones in the key file; returns the ids of the old and the new key."""
    if KEY_VARIABLE in os.environ:
        raise StoreError(
            f"the key comes from {KEY_VARIABLE}; rotate it there: the new key first, then a comma and the old ones"
        )
    old = read_keys(path)
    new = secrets.token_bytes(32)
    temporary = path.with_name(path.name + ".tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("".join(f"{key.hex()}\n" for key in (new, *old)))
    temporary.replace(path)
    return key_id(old[0]), key_id(new)


def keyed_digest_sql(key: bytes, purpose: str, text: str) -> str:
    """SQL for a keyed digest of a text expression: 128 bits of SHA-256 over a 256-bit subkey and the text, in hex.

    For ids of records and groups, which name no person: a quarter of the cost of HMAC, in the engine's memory. Half of
    the hash is withheld, so that nobody can extend a text they know (the weakness that HMAC was made for).
    """
    subkey = _subkey(key, purpose).hex()
    return f"left(sha256(unhex('{subkey}') || encode({text})), {2 * _TOKEN_BYTES})"


def _subkey(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, f"journeys/{purpose}".encode(), "sha256")


def _as_phone(value: str) -> str:
    """E.164 where the number is possible, else its digits; short scraps of digits are no phone."""
    try:
        number = phonenumbers.parse(value, "GB")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _as_email(value: str) -> str:
    normal = value.strip().casefold()
    return normal if "@" in normal else ""


def _as_name(value: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", value.casefold()).split())


def _as_reference(value: str) -> str:
    return re.sub(r"[\s]+", "", value).upper()


def _as_postcode(value: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", value.upper())


_NORMALISERS: dict[str, Callable[[str], str]] = {
    "phone": _as_phone,
    "email": _as_email,
    "name": _as_name,
    "postcode": _as_postcode,
    "cookie": str,  # compared exactly: two visitors may be told apart by "a" and "A"
}

# The same for values in printable ASCII; null where the value is written in an unusual way.
_BARE_PHONE = "regexp_replace(value, '[ ().-]', '', 'g')"
_PLAIN_SQL = {
    "phone": f"CASE WHEN regexp_full_match({_BARE_PHONE}, '0[1-9][0-9]{{9}}') THEN '+44' || substr({_BARE_PHONE}, 2) "
    f"WHEN regexp_full_match({_BARE_PHONE}, '\\+44[1-9][0-9]{{9}}') THEN {_BARE_PHONE} END",
    "email": "CASE WHEN contains(value, '@') THEN lower(trim(value)) ELSE '' END",
    "name": "trim(regexp_replace(regexp_replace(lower(value), '[^a-z0-9_ ]', ' ', 'g'), ' +', ' ', 'g'))",
    "postcode": "regexp_replace(upper(value), '[^A-Z0-9]', '', 'g')",
    "cookie": "value",
}
