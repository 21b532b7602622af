"""Cells that totals both ways, or the windows before, would give away."""

from __future__ import annotations

import pandas as pd
from builders_mining import example_settings

from mining.suppress_across import hide_also, hide_cells

PUBLISHING = example_settings().publishing  # fewer than 10 persons are hidden


def _cross(rows: dict[str, list[int]], columns: str = "abcd") -> pd.DataFrame:
    """One contact a person; every row is one line."""
    cells = [
        (row, "", column, n, n) for row, counts in rows.items() for column, n in zip(columns, counts, strict=True) if n
    ]
    return pd.DataFrame(cells, columns=["row", "line", "column", "n", "n_persons"])


def test_a_cell_alone_in_its_row_or_column_takes_the_smallest_other_with_it() -> None:
    """Waste a is small: b, the next in its row, goes with it; in both columns another has to go, and in that row they are two."""
    hidden = hide_cells(
        [_cross({"waste": [4, 20, 300, 400], "tax": [50, 60, 90, 100], "roads": [30, 80, 70, 60]})], PUBLISHING
    )
    assert {("waste", "a"), ("waste", "b"), ("roads", "a"), ("tax", "b")} <= hidden
    for line in (("waste",), ("tax",), ("roads",)):
        assert sum(cell[0] == line[0] for cell in hidden) != 1
    for column in "abcd":
        assert sum(cell[1] == column for cell in hidden) != 1


def test_two_small_cells_that_sum_to_little_are_not_enough() -> None:
    """1 and 2 sum to 3: the one is 1 or 2. With 40 more hidden each can be 1 to 41."""
    hidden = hide_cells(
        [_cross({"waste": [1, 2, 40, 500], "tax": [1, 1, 40, 500], "roads": [3, 3, 50, 500]})], PUBLISHING
    )
    assert {("waste", "a"), ("waste", "b"), ("waste", "c")} <= hidden
    assert ("waste", "d") not in hidden


def test_what_was_small_in_a_window_just_before_stays_hidden_until_twice_as_many() -> None:
    """9 then 12: who knows that at most 3 came in the new week knows that it was 9. 25 says nothing of the kind."""
    before, now = _cross({"waste": [9, 80, 90, 99]}), _cross({"waste": [12, 80, 90, 99]})
    assert ("waste", "a") in hide_cells([now, before, before], PUBLISHING)
    assert hide_cells([_cross({"waste": [25, 80, 90, 99]}), before], PUBLISHING) == set()
    assert hide_cells([now, now, now], PUBLISHING) == set()


def test_hidden_cells_are_made_too_small_to_show() -> None:
    rows = pd.DataFrame({"channel": ["phone", "email"], "n_persons": [40, 30]})
    assert list(hide_also(rows, "channel", {"email"})["n_persons"]) == [40, 1]
