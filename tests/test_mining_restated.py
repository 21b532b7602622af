"""Which weeks of the past are said to have changed."""

from __future__ import annotations

from typing import Any

from builders_mining import example_settings

from mining.restated import MOST_ROWS, restated_table


def _measure(unit: str, *values: float | None, scope: str = "all") -> dict[str, Any]:
    """One measure whose weeks end with 2026-W46."""
    weeks = [f"2026-W{47 - back:02}" for back in range(len(values), 0, -1)]
    series = [{"week": week, "value": value, "n": 100} for week, value in zip(weeks, values, strict=True)]
    return {"measure_id": "m", "scope": scope, "scope_name": scope, "name": "M", "unit": unit, "series": series}


def _said(week: str, value: float | None, scope: str = "all") -> dict[str, Any]:
    return {"scope": scope, "measure_id": "m", "week": week, "value": value}


def _weeks(measures: list[dict[str, Any]], said: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    rows = restated_table(measures, said, example_settings()).as_json()["rows"]
    return [(row["week"], row["then"], row["now"]) for row in rows]


def test_a_point_for_shares_and_two_per_cent_for_the_rest() -> None:
    said = [_said("2026-W44", 0.30), _said("2026-W45", 0.30)]
    assert _weeks([_measure("share", 0.309, 0.311, 0.5)], said) == [("2026-W45", 0.30, 0.311)]
    counts = [_said("2026-W44", 1000), _said("2026-W45", 1000)]
    assert _weeks([_measure("contacts", 1015, 1025, 7)], counts) == [("2026-W45", 1000, 1025)]
    assert _weeks([_measure("contacts", 25, 9)], [_said("2026-W45", 20)]) == []  # rounding alone may do that
    assert _weeks([_measure("days", 10.3, 9)], [_said("2026-W45", 10.0)]) == [("2026-W45", 10.0, 10.3)]


def test_a_week_that_was_corrected_before_is_not_restated_again() -> None:
    both = [_said("2026-W45", 0.30), _said("2026-W45", 0.35)]
    assert _weeks([_measure("share", 0.351, 0.5)], both) == []
    assert _weeks([_measure("share", 0.37, 0.5)], both) == [("2026-W45", 0.35, 0.37)]


def test_what_was_or_is_hidden_is_not_compared_and_the_newest_week_is_not_its_own_past() -> None:
    assert _weeks([_measure("share", 0.4, 0.5)], [_said("2026-W45", None), _said("2026-W46", 0.1)]) == []
    assert _weeks([_measure("share", None, 0.5)], [_said("2026-W45", 0.1)]) == []


def test_a_share_of_rounded_counts_moves_by_rounding_alone() -> None:
    """Of 100, two counts rounded to 5 may move a share by 0.05 with nobody more or less."""
    measures, said = [_measure("share", 0.35, 0.5)], [_said("2026-W45", 0.30)]
    assert restated_table(measures, said, example_settings(round_to=5)).rows == ()
    assert len(restated_table(measures, said, example_settings(round_to=1)).rows) == 1


def test_newest_first_and_not_without_end() -> None:
    measures = [_measure("share", 0.5, 0.5, 0.5, scope=f"service:s{n}") for n in range(MOST_ROWS)] + [
        _measure("share", 0.5, 0.5, 0.5)
    ]
    said = [_said(week, 0.1, m["scope"]) for m in measures for week in ("2026-W44", "2026-W45")]
    table = restated_table(measures, said, example_settings())
    rows = table.as_json()["rows"]
    assert (len(rows), rows[0]["week"], rows[0]["name"]) == (MOST_ROWS, "2026-W45", "M: all")
    assert table.period == f"every week published before; the newest {MOST_ROWS} of {2 * MOST_ROWS + 2}"
