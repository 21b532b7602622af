"""Tokens of names, dates and postcodes: what must be equal is, what must not be is not, and nothing raw is left."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from journeys.identity.names import date_digits, one_name, postcode_parts, split_name
from journeys.identity.nicknames import fold_nickname
from journeys.identity.phonetic import sound_code
from journeys.identity.tokens import IDENTITY_COLUMNS, identity_tokens

KEY = b"0123456789abcdef0123456789abcdef"


def _tokens(*records: dict[str, str | None], key: bytes = KEY) -> list[dict[str, Any]]:
    columns = ("forename", "surname", "date_of_birth", "postcode")
    rows = {name: [record.get(name) for record in records] for name in columns}
    ids = [str(number) for number in range(len(records))]
    return identity_tokens({"contact_id": ids, **rows}, key).to_pylist()


def _shared(one: list[int], other: list[int]) -> int:
    return len(set(one) & set(other))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Mrs Ana de Souza", ("ana", "desouza")),
        ("de Souza, Ana", ("ana", "desouza")),
        ("Dr. Zoë O'Brien-Smith OBE", ("zoe", "smith")),
        ("John Major", ("john", "major")),
        ("J Smith", (None, "smith")),
        ("Smith", (None, "smith")),
        ("N/A", (None, None)),
        ("Mr", (None, None)),
        ("Unknown Caller", (None, None)),
    ],
)
def test_a_full_name_becomes_a_forename_and_a_surname(text: str, parts: tuple[str | None, str | None]) -> None:
    assert split_name(text) == parts


def test_a_double_surname_in_its_own_column_is_one_word() -> None:
    assert one_name("O'Brien-Smith") == "obriensmith"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("1984-02-03", "19840203"),
        ("3/2/1984", "19840203"),
        ("1984-02-03 00:00:00", "19840203"),
        ("1860-01-81", "18600181"),
        ("1900-01-01", None),
        ("01/01/1970", None),
        ("not known", None),
    ],
)
def test_dates_are_read_and_placeholders_dropped(text: str, digits: str | None) -> None:
    assert date_digits(text) == digits


def test_postcodes_are_cut_and_placeholders_dropped() -> None:
    assert postcode_parts(" ze1 0aa ") == ("ZE10AA", "ZE10", "ZE1")
    assert postcode_parts("ZZ99 3VZ") is None
    assert postcode_parts("n/a") is None


def test_short_forms_and_sounds_agree() -> None:
    assert fold_nickname("betty") == fold_nickname("liz") == "elizabeth"
    assert fold_nickname("unheardof") == "unheardof"
    for one, other in (("stephen", "steven"), ("knight", "nite"), ("smith", "smyth"), ("clark", "clarke")):
        assert sound_code(one) == sound_code(other)
    assert sound_code("smith") != sound_code("jones")


def test_equal_people_get_equal_tokens_however_they_are_written() -> None:
    one, other = _tokens(
        {"forename": "Zoë", "surname": "O'Neil", "date_of_birth": "1984-02-03", "postcode": "ze1 0aa"},
        {"forename": "ZOE ", "surname": "ONEIL", "date_of_birth": "03/02/1984", "postcode": "ZE10AA"},
    )
    assert {**one, "contact_id": None} == {**other, "contact_id": None}


def test_swapped_names_and_swapped_days_share_their_token() -> None:
    one, other = _tokens(
        {"forename": "Idris", "surname": "Penrose", "date_of_birth": "1984-02-03"},
        {"forename": "Penrose", "surname": "Idris", "date_of_birth": "1984-03-02"},
    )
    assert one["name_sorted"] == other["name_sorted"] and one["name"] != other["name"]
    assert one["dob_swapped"] == other["dob_swapped"] and one["dob"] != other["dob"]
    assert one["dob_year"] == other["dob_year"] and one["dob_year_month"] != other["dob_year_month"]


@pytest.mark.parametrize("slip", ["penrise", "pnrose", "penrosse", "pernose"])
def test_one_slip_in_a_name_shares_a_deletion(slip: str) -> None:
    one, other, stranger = _tokens({"surname": "penrose"}, {"surname": slip}, {"surname": "trelawny"})
    assert _shared(one["surname_near"], other["surname_near"]) > 0
    assert _shared(one["surname_near"], stranger["surname_near"]) == 0


def test_one_wrong_digit_shares_a_mask_and_two_do_not() -> None:
    right, one_off, two_off = _tokens(
        {"date_of_birth": "1984-02-03", "postcode": "ZE1 0AA"},
        {"date_of_birth": "1984-02-08", "postcode": "ZE1 0AB"},
        {"date_of_birth": "1994-02-08", "postcode": "ZE2 0AB"},
    )
    for column in ("dob_near", "postcode_near"):
        assert _shared(right[column], one_off[column]) == 1
        assert _shared(right[column], two_off[column]) == 0


def test_columns_cannot_be_joined_with_each_other_or_under_another_key() -> None:
    (same,) = _tokens({"forename": "lee", "surname": "lee"})
    assert same["forename"] != same["surname"]
    assert not set(same["forename_near"]) & set(same["surname_near"])
    (elsewhere,) = _tokens({"forename": "lee", "surname": "lee"}, key=b"another key of thirty-two bytes!")
    assert elsewhere["forename"] != same["forename"]


def test_missing_and_placeholder_values_are_null_not_equal() -> None:
    for record in _tokens({"forename": None, "surname": "unknown", "date_of_birth": "1900-01-01", "postcode": ""}, {}):
        assert {name for name, value in record.items() if value is not None} == {"contact_id"}


def test_the_table_has_its_columns_and_types_and_nothing_else() -> None:
    rows = {"contact_id": ["1"], "name": ["Idris Penrose"], "town": ["Lerwick"]}
    tokens = identity_tokens(rows, KEY, others=["town"])
    assert {name: tokens.schema.field(name).type for name in IDENTITY_COLUMNS} == IDENTITY_COLUMNS
    assert set(tokens.column_names) - set(IDENTITY_COLUMNS) == {"other_town", "other_town_bits_1", "other_town_bits_2"}
    assert all(not pa.types.is_string(kind) for name, kind in IDENTITY_COLUMNS.items() if name != "contact_id")
