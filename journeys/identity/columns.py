"""The columns of identity tokens: name and kind of storage. `journeys.identity.tokens` says what each is."""

from __future__ import annotations

OTHERS = ("email",)  # further columns that are as good as a name

TOKEN_COLUMNS: tuple[tuple[str, str], ...] = (
    ("name", "int64"),
    ("name_sorted", "int64"),
    ("forename", "int64"),
    ("forename_full", "int64"),
    ("forename_sound", "int64"),
    ("forename_near", "list"),
    ("forename_bits_1", "uint64"),
    ("forename_bits_2", "uint64"),
    ("surname", "int64"),
    ("surname_sound", "int64"),
    ("surname_near", "list"),
    ("surname_bits_1", "uint64"),
    ("surname_bits_2", "uint64"),
    ("dob", "int64"),
    ("dob_near", "list"),
    ("dob_swapped", "int64"),
    ("dob_year_month", "int64"),
    ("dob_year_day", "int64"),
    ("dob_month_day", "int64"),
    ("dob_year", "int64"),
    ("postcode", "int64"),
    ("postcode_near", "list"),
    ("postcode_sector", "int64"),
    ("postcode_district", "int64"),
    ("postcode_inward", "int64"),
    *(
        (f"other_{name}{ending}", kind)
        for name in OTHERS
        for ending, kind in (("", "int64"), ("_bits_1", "uint64"), ("_bits_2", "uint64"))
    ),
)
