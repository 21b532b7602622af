"""Counts of what was asked for and done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from builders_mining import example_settings

from mining.request_tables import requests_table
from mining.tables import HIDDEN

CUT_OFF = datetime(2026, 11, 16)
SINCE = CUT_OFF - timedelta(weeks=13)


def _rows(*requests: tuple[str, datetime]) -> dict[str, dict[str, Any]]:
    logged = [{"kind": kind, "made_at": at} for kind, at in requests]
    rows = requests_table(logged, SINCE, CUT_OFF, "13 weeks", example_settings()).as_json()["rows"]
    return {row["name"]: row for row in rows}


def test_requests_of_few_people_are_hidden_and_what_the_council_did_is_not() -> None:
    within, before = CUT_OFF - timedelta(days=3), SINCE - timedelta(days=1)
    rows = _rows(*[("erase", within)] * 3, *[("erase", before)] * 9, ("export", within), ("export", before))
    assert (rows["Erased"]["n_period"], rows["Erased"]["n_ever"], rows["Erased"]["newest"]) == (HIDDEN, 12, "")
    exports = rows["Exports made"]
    assert (exports["n_period"], exports["n_ever"], exports["newest"]) == (1, 2, "13 November 2026")


def test_what_came_after_the_cut_off_is_not_told() -> None:
    rows = _rows(("restore", CUT_OFF), ("restore", SINCE))
    assert (rows["Restored from a backup"]["n_period"], rows["Restored from a backup"]["n_ever"]) == (1, 1)
