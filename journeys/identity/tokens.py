"""Names, dates of birth and postcodes become keyed tokens in memory; only the tokens are written.

In: raw columns as Arrow. Out: one row per input row with the columns of `IDENTITY_COLUMNS`. The raw values are in no
output, log or message. Each kind of token has a subkey of its own (HMAC-SHA-256), so tokens of different columns
cannot be joined with each other or with the tokens of `journeys.keys`.

- Equal values: one 64-bit token (`forename`, `surname`, `dob`, `postcode`, ...).
- One slip of the keyboard: two names with a letter changed, left out, added or swapped with its neighbour share one of
  their *deletions* (the name with one letter left out: the symmetric-delete idea of W. Garbe's SymSpell), and two dates
  or postcodes with one wrong character share a *mask* (the value with that character blanked). Tokens of these are
  kept as lists.
- More than one slip: the pairs of letters of a name set bits in a 128-bit field, at places chosen by the key; the Dice
  coefficient of two fields is near that of the names (Schnell, Bachteler, Reiher 2009, "Privacy-preserving record
  linkage using Bloom filters"; one hash per pair of letters).

What such tokens do not protect against. Equal names give equal tokens, so whoever holds this table *and* a list of how
common names are can guess the commonest ("Smith" is the most frequent surname token); bit fields and lists of deletions
can be attacked the same way, letter by letter (Christen, Ranbaduge, Vatsalan, Schnell 2018). Whoever holds the key as
well can test any guess. A token of a month alone has twelve values and would be read off by counting at once: there is
none here; two parts of a date are always keyed together, and the smallest set of values is that of the year.
Counter-measures: purposes of its own for this table, a restricted file of its own that joins other tables by
contact_id only, no raw value beside it, and a setting that leaves tier and file out altogether.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from journeys.identity.columns import TOKEN_COLUMNS
from journeys.identity.keyed import Distinct, Keyed
from journeys.identity.names import date_digits, one_name, postcode_parts, split_name
from journeys.identity.nicknames import fold_nickname
from journeys.identity.phonetic import sound_code

_TOKEN = pa.int64()
_TOKENS = pa.list_(pa.int32())
_BITS = pa.uint64()
_ARROW = {"int64": _TOKEN, "list": _TOKENS, "uint64": _BITS}

IDENTITY_COLUMNS: dict[str, pa.DataType] = {
    "contact_id": pa.string(),
    **{name: _ARROW[kind] for name, kind in TOKEN_COLUMNS if not name.startswith("other_")},
}


def identity_tokens(rows: pa.Table | Mapping[str, Sequence[Any]], key: bytes, others: Sequence[str] = ()) -> pa.Table:
    """Tokens of rows with contact_id, name (or forename and surname), date_of_birth and postcode; absent ones are null.

    `others` names further text columns (a place, an e-mail address): each adds `other_<name>` and its bit field.
    Raises KeyError where contact_id is missing.
    """
    table = rows if isinstance(rows, pa.Table) else pa.table(dict(rows))
    forenames, surnames = _forenames_surnames(table)
    made: dict[str, pa.Array] = {"contact_id": table.column("contact_id").cast(pa.string()).combine_chunks()}
    made |= _whole_name_tokens(forenames, surnames, key)
    made |= _forename_tokens(forenames, key) | _surname_tokens(surnames, key)
    made |= _date_tokens(Distinct.of(table, "date_of_birth", date_digits), key)
    made |= _postcode_tokens(Distinct.of(table, "postcode", postcode_parts), key)
    columns = [made[name].cast(kind) for name, kind in IDENTITY_COLUMNS.items()]
    names = list(IDENTITY_COLUMNS)
    for other in others:
        values, pairs = Distinct.of(table, other, _as_text), Keyed(key, f"other/{other}/bits")
        columns += [values.take(Keyed(key, f"other/{other}").token, _TOKEN), *_bits(values, pairs)]
        names += [f"other_{other}", f"other_{other}_bits_1", f"other_{other}_bits_2"]
    return pa.table(columns, names=names)


def _forenames_surnames(table: pa.Table) -> tuple[Distinct, Distinct]:
    """Forename and surname as given, or cut from the full name."""
    if "name" not in table.column_names:
        return Distinct.of(table, "forename", one_name), Distinct.of(table, "surname", one_name)
    whole = Distinct.of(table, "name", split_name)
    return tuple(Distinct([parts[side] for parts in whole.values], whole.positions) for side in (0, 1))  # type: ignore[return-value]


def _whole_name_tokens(forenames: Distinct, surnames: Distinct, key: bytes) -> dict[str, pa.Array]:
    """The full name in order and with its parts sorted, where both parts are there."""
    pairs = pa.table({"f": forenames.positions, "s": surnames.positions})
    names = np.array([value or "" for value in forenames.values] or [""], dtype=object)
    families = np.array([value or "" for value in surnames.values] or [""], dtype=object)
    codes = pc.add(
        pc.multiply(pairs.column("f").combine_chunks().cast(pa.int64()), len(families)),
        pairs.column("s").combine_chunks().cast(pa.int64()),
    ).dictionary_encode()
    distinct = codes.dictionary.to_numpy(zero_copy_only=False)
    both = Distinct(
        [
            (name, family) if name and family else None
            for name, family in zip(names[distinct // len(families)], families[distinct % len(families)], strict=True)
        ],
        codes.indices,
    )
    ordered, either = Keyed(key, "name"), Keyed(key, "name/sorted")
    return {
        "name": both.take(lambda pair: ordered.token(" ".join(pair)), _TOKEN),
        "name_sorted": both.take(lambda pair: either.token(" ".join(sorted(pair))), _TOKEN),
    }


def _forename_tokens(names: Distinct, key: bytes) -> dict[str, pa.Array]:
    full = Keyed(key, "forename/full")
    return _name_tokens("forename", names, key) | {
        "forename_full": names.take(lambda name: full.token(fold_nickname(name)), _TOKEN)
    }


def _surname_tokens(names: Distinct, key: bytes) -> dict[str, pa.Array]:
    return _name_tokens("surname", names, key)


def _name_tokens(part: str, names: Distinct, key: bytes) -> dict[str, pa.Array]:
    """Equality, sound, deletions and bits of forenames or surnames."""
    sound, pairs = Keyed(key, f"{part}/sound"), Keyed(key, f"{part}/bits")
    low, high = _bits(names, pairs)
    return {
        part: names.take(Keyed(key, part).token, _TOKEN),
        f"{part}_sound": names.take(lambda name: sound.token(sound_code(name)), _TOKEN),
        f"{part}_near": names.take(Keyed(key, f"{part}/near").deletions, _TOKENS),
        f"{part}_bits_1": low,
        f"{part}_bits_2": high,
    }


def _bits(values: Distinct, pairs: Keyed) -> tuple[pa.Array, pa.Array]:
    """The bit field of every row's value in two halves of 64 bits."""
    return (
        values.take(lambda value: pairs.bits(value) & (2**64 - 1), _BITS),
        values.take(lambda value: pairs.bits(value) >> 64, _BITS),
    )


def _date_tokens(dates: Distinct, key: bytes) -> dict[str, pa.Array]:
    """The date, its masks, the date with day and month in either order, and its parts two at a time."""

    def tokens(purpose: str, part: Callable[[str], str]) -> pa.Array:
        keyed = Keyed(key, f"dob/{purpose}")
        return dates.take(lambda date: keyed.token(part(date)), _TOKEN)

    return {
        "dob": tokens("date", str),
        "dob_near": dates.take(Keyed(key, "dob/near").masks, _TOKENS),
        "dob_swapped": tokens("swapped", lambda date: date[:4] + "".join(sorted((date[4:6], date[6:])))),
        "dob_year_month": tokens("year-month", lambda date: date[:6]),
        "dob_year_day": tokens("year-day", lambda date: date[:4] + date[6:]),
        "dob_month_day": tokens("month-day", lambda date: date[4:]),
        "dob_year": tokens("year", lambda date: date[:4]),
    }


def _postcode_tokens(postcodes: Distinct, key: bytes) -> dict[str, pa.Array]:
    """The postcode, its masks, its sector and its district."""
    whole, near = Keyed(key, "postcode"), Keyed(key, "postcode/near")
    sector, district = Keyed(key, "postcode/sector"), Keyed(key, "postcode/district")
    inward = Keyed(key, "postcode/inward")
    return {
        "postcode": postcodes.take(lambda parts: whole.token(parts[0]), _TOKEN),
        "postcode_near": postcodes.take(lambda parts: near.masks(parts[0]), _TOKENS),
        "postcode_sector": postcodes.take(lambda parts: sector.token(parts[1] or ""), _TOKEN),
        "postcode_district": postcodes.take(lambda parts: district.token(parts[2] or ""), _TOKEN),
        "postcode_inward": postcodes.take(lambda parts: inward.token(parts[0][-3:]), _TOKEN),
    }


def _as_text(value: str) -> str | None:
    return " ".join(value.casefold().split()) or None
