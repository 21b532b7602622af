"""Small numbers: what is hidden, and that nothing hidden can be worked out."""

from __future__ import annotations

import pandas as pd
from builders_mining import example_settings

from mining.suppress import TOTAL, PartsOf, Show, publish_table, share_cell
from mining.suppress_flows import guard_flows
from mining.tables import HIDDEN, Cell, FindingTable, column_of

RULES = example_settings().publishing  # fewer than 10 persons hidden, shares of at least 50


def _published(rows: dict[str, list[object]], shows: list[Show], parts_of: PartsOf | None = None) -> FindingTable:
    return publish_table("t", "T", "a week", "demand", pd.DataFrame(rows), shows, RULES, parts_of=parts_of)


def _cells(n: list[int], parts_of: PartsOf | None, **more: list[object]) -> list[Cell]:
    table = _published({"n": [*n], **more}, [Show("n", "N", "contacts", guard="n")], parts_of)
    return list(column_of(table, "n"))


def test_fewer_than_ten_persons_are_hidden_and_nobody_is_not() -> None:
    assert _cells([0, 1, 9, 10], None) == [0, HIDDEN, HIDDEN, 10]


def test_persons_count_and_not_contacts() -> None:
    table = _published({"n": [40, 40], "who": [9, 10]}, [Show("n", "N", "contacts", guard="who")])
    assert list(column_of(table, "n")) == [HIDDEN, 40]


def test_one_hidden_part_of_a_total_takes_the_next_smallest_with_it() -> None:
    assert _cells([50, 30, 20, 3], TOTAL) == [50, 30, HIDDEN, HIDDEN]
    assert _cells([50, 3, 4, 60], TOTAL) == [50, HIDDEN, HIDDEN, 60]
    assert _cells([0, 3, 50], TOTAL) == [0, HIDDEN, HIDDEN]


def test_the_place_of_a_hidden_row_does_not_tell_its_size() -> None:
    rows = pd.DataFrame({"name": list("dbca"), "n": [900, 30, 12, 3]})
    shows = [Show("name", "Name", "text"), Show("n", "N", "contacts", guard="n")]
    table = publish_table("t", "T", "week", "d", rows, shows, example_settings().publishing, parts_of=TOTAL)
    assert table.rows == (("d", 900), ("b", 30), ("a", HIDDEN), ("c", HIDDEN))


def test_counts_are_rounded_and_shares_are_of_rounded_counts() -> None:
    rows = pd.DataFrame({"n": [1233, 52], "yes": [617, 28], "who": [1000, 52], "days": [13.3, 2.0]})
    shows = [
        Show("n", "N", "contacts", guard="who"),
        Show("yes", "Yes", "share", guard="who", of="n"),
        Show("days", "Days", "days", guard="who"),
    ]
    publishing = example_settings(round_to=5, share_needs=20).publishing
    (large, small) = publish_table("t", "T", "week", "d", rows, shows, publishing).rows
    assert (large[0], large[2], small[0]) == (1235, 13.3, 50)
    assert (large[1]["value"], large[1]["n"]) == (615 / 1235, 1235)
    assert small[1]["value"] == 30 / 50
    assert small[1]["low"] < 30 / 50 < small[1]["high"]


def test_totals_within_groups_are_kept_too() -> None:
    groups: list[object] = ["a", "a", "a", "b", "b"]
    cells = _cells([50, 3, 30, 25, 20], PartsOf(within="group"), group=groups)
    assert cells == [50, HIDDEN, HIDDEN, 25, 20]


def test_a_share_does_not_give_its_hidden_count_away() -> None:
    rows: dict[str, list[object]] = {"n": [200, 3, 60], "share": [200, 3, 60], "who": [200, 3, 60], "all": [263] * 3}
    shows = [Show("n", "N", "contacts", guard="who"), Show("share", "Share", "share", guard="who", of="all")]
    table = _published(rows, shows, TOTAL)
    assert list(column_of(table, "n")) == [200, HIDDEN, HIDDEN]
    assert [cell == HIDDEN for cell in column_of(table, "share")] == [False, True, True]


def test_parts_of_a_row_are_hidden_in_pairs() -> None:
    rows: dict[str, list[object]] = {"a": [5, 50], "b": [30, 30], "c": [20, 20]}
    table = _published(rows, [Show(name, name, "contacts", guard=name) for name in rows], PartsOf(is_across=True))
    assert table.rows == ((HIDDEN, 30, HIDDEN), (50, 30, 20))


def test_shares_need_a_denominator_and_no_small_rest() -> None:
    assert share_cell(0, 0, RULES) is None
    assert share_cell(20, 49, RULES) == HIDDEN
    assert share_cell(9, 100, RULES) == HIDDEN
    assert share_cell(91, 100, RULES) == HIDDEN  # nine did not
    assert share_cell(30, 100, RULES, persons=9) == HIDDEN
    shown = share_cell(30, 100, RULES)
    assert isinstance(shown, dict) and (shown["value"], shown["n"]) == (0.3, 100)
    assert isinstance(share_cell(0, 100, RULES), dict)


def test_a_small_move_cannot_be_worked_out_from_the_moves_around_it() -> None:
    """100 start at a; 60 go to b, 36 to c, 4 to d. Without holding c back, 100 - 60 - 36 would give the 4 away."""
    steps = pd.DataFrame(
        [("a", 100, 100, 0), ("b", 60, 0, 60), ("c", 36, 0, 36), ("d", 4, 0, 4)],
        columns=["step_id", "n_events", "n_start", "n_end"],
    )
    steps = steps.assign(n_persons=steps["n_events"], start_persons=steps["n_start"], end_persons=steps["n_end"])
    moves = pd.DataFrame([("a", "b", 60), ("a", "c", 36), ("a", "d", 4)], columns=["from_id", "to_id", "n_events"])
    steps, moves = guard_flows(steps, moves.assign(n_persons=moves["n_events"]), 10)
    assert moves["guard"].tolist() == [60, 1, 4]
    # c's events are its one way in, and all of them end there: they would show the 36, and with it the 4.
    assert steps["guard"].tolist() == [100, 60, 1, 4]
    assert steps["end_guard"].tolist() == [0, 60, 1, 4]


def test_a_map_without_small_numbers_is_shown_whole() -> None:
    steps = pd.DataFrame([("a", 30, 30, 10), ("b", 20, 0, 20)], columns=["step_id", "n_events", "n_start", "n_end"])
    steps = steps.assign(n_persons=steps["n_events"], start_persons=steps["n_start"], end_persons=steps["n_end"])
    moves = pd.DataFrame([("a", "b", 20, 20)], columns=["from_id", "to_id", "n_events", "n_persons"])
    steps, moves = guard_flows(steps, moves, 10)
    assert steps["guard"].tolist() == [30, 20] and moves["guard"].tolist() == [20]
