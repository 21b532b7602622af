"""Records as Splink compares them: distinct ones in order of week, and a linker over them.

In: a table with the columns of `IDENTITY_COLUMNS`, and `week` where weeks matter. Out: `identity_rows` (row_id, is_new,
week and all tokens) and `identity_members` (contact_id, stands_for).
"""

from __future__ import annotations

from collections.abc import Sequence

from splink import DuckDBAPI, Linker, SettingsCreator

from journeys.engine import Engine


def save_identity_rows(engine: Engine, table: str, others: Sequence[str], since: str) -> None:
    """`identity_rows`, one per distinct record with all of name, date and postcode, and `identity_members` of them.

    Somebody who calls every day is compared once, as the record of the first week. A record that lacks one of the three
    stands for itself. Records without a week are all of one.
    """
    has_weeks = "week" in engine.run(f'SELECT * FROM "{table}" LIMIT 0').columns
    rows = f"""(SELECT {"*" if has_weeks else "*, '' AS week"} FROM "{table}")"""
    same = " || '/' || ".join(
        ["name", "dob", "postcode", *(f"coalesce({column}, 0)" for column in other_columns(others))]
    )
    engine.save(
        "identity_members",
        f"""SELECT contact_id, first_value(contact_id) OVER (
            PARTITION BY coalesce({same}, contact_id) ORDER BY week, contact_id) AS stands_for FROM {rows}""",
    )
    engine.save(
        "identity_rows",
        f"""SELECT row_number() OVER (ORDER BY week, contact_id) AS row_id, week >= '{since}' AS is_new, t.*
        FROM {rows} t JOIN identity_members m USING (contact_id) WHERE contact_id = stands_for""",
    )


def other_columns(others: Sequence[str]) -> list[str]:
    """Column names of further columns."""
    return [f"other_{name}" for name in others]


def open_linker(engine: Engine, settings: SettingsCreator) -> Linker:
    """Splink over `identity_rows`."""
    return Linker(DuckDBAPI(engine.connection).register("identity_rows"), settings, log_level=None)
