"""The common tables over any event log: worked by hand, equal to pm4py's, and the same whatever the input's order."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from builders_mining import rows_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs_pm4py import BY_CASE, cut_with_pandas, read_callcentre, read_receipt, tables_here, tables_of_pm4py

from journeys.engine import Engine
from journeys.errors import SettingsError
from mining.arrivals import count_arrivals, count_in_progress
from mining.log import MOST_ACTIVITIES, Gaps, LogColumns, read_log
from mining.log_tables import count_ends, count_log_variants, count_moves_between, list_variants, measure_durations
from mining.rework import count_eventually, count_rework, count_rework_by_channel

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))
from event_logs import write_log  # noqa: E402 - the path above comes first

DAY = 86400


def _log(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Rows of person, time, channel and activity about one service."""
    frame = pd.DataFrame(rows, columns=["person_id", "started_at", "channel", "activity"])
    return frame.assign(started_at=pd.to_datetime(frame["started_at"]), service="waste", tie=range(len(frame)))


ANN = (
    ("ann", "2026-03-02 09:00", "phone", "ask"),
    ("ann", "2026-03-03 09:00", "phone", "ask"),
    ("ann", "2026-03-05 09:00", "email", "chase"),
    ("ann", "2026-03-09 09:00", "email", "ask"),
    ("ann", "2026-05-01 09:00", "phone", "ask"),  # 53 days later: another journey
)
BOB = (("bob", "2026-03-02 10:00", "phone", "ask"), ("bob", "2026-03-06 10:00", "email", "chase"))


def _engine(log: pd.DataFrame, columns: LogColumns | None = None, gaps: Gaps | None = None) -> Engine:
    engine = Engine()
    engine.load_frame("contact_log", log)
    read_log(engine, "contact_log", columns, gaps)
    count_log_variants(engine)
    return engine


def test_a_silence_longer_than_the_gap_begins_another_journey() -> None:
    with _engine(_log(*ANN, *BOB)) as engine:
        ways = list_variants(engine)
        durations = measure_durations(engine).iloc[0]
    assert sorted(zip(ways["activities"].str.split(chr(31)).map(tuple), ways["n_journeys"], strict=True)) == [
        (("ask",), 1), (("ask", "ask", "chase", "ask"), 1), (("ask", "chase"), 1),
    ]  # fmt: skip
    assert (durations["n_journeys"], durations["n_events"], durations["median_s"]) == (3, 7, 4 * DAY)
    assert ways["coverage"].iloc[-1] == 1.0
    with _engine(_log(*ANN, *BOB), gaps=Gaps(30, {"waste": 60})) as engine:
        assert engine.value("SELECT count(*) FROM log_journeys") == 2


def test_exactly_the_gap_is_still_the_same_journey() -> None:
    at = ("2026-03-01 09:00:00", "2026-03-31 09:00:00", "2026-04-30 09:00:01")
    with _engine(_log(*(("ann", time, "phone", "ask") for time in at))) as engine:
        assert rows_of(engine, "SELECT journey, position FROM log_events ORDER BY at_us") == [(1, 1), (1, 2), (3, 1)]


def test_a_case_is_one_journey_whatever_the_silence_and_whoever_writes() -> None:
    log = _log(*ANN, *BOB).assign(case_ref=["k1", None, None, None, "k1", "k1", None])
    with _engine(log, BY_CASE) as engine:
        assert sorted(rows_of(engine, "SELECT n_events FROM log_journeys")) == [(1,), (3,), (3,)]


def test_moves_have_journeys_persons_and_waits() -> None:
    with _engine(_log(*ANN, *BOB)) as engine:
        rows = count_moves_between(engine).set_index(["from_activity", "to_activity"])
    assert list(rows.index) == [("ask", "chase"), ("ask", "ask"), ("chase", "ask")]
    asked = rows.loc[("ask", "chase")]
    # Two and four days: the 90th centile is 2 + 0.9 x 2.
    assert (asked["n_events"], asked["n_journeys"], asked["n_persons"]) == (2, 2, 2)
    assert (asked["median_s"], asked["p90_s"]) == (3 * DAY, pytest.approx(3.8 * DAY))


def test_rework_is_told_apart_by_kind_and_by_channel() -> None:
    with _engine(_log(*ANN, *BOB)) as engine:
        rework = count_rework(engine).to_dict("records")
        by_channel = count_rework_by_channel(engine).to_dict("records")
    assert rework == [{"activity": "ask", "n_again": 1, "n_occurs": 3, "n_self_loops": 1, "n_repetitions": 1}]
    assert by_channel == [
        {
            "activity": "ask", "n_self_loops_same": 1, "n_self_loops_other": 0, "n_repetitions_same": 0,
            "n_repetitions_other": 1,
        }
    ]  # fmt: skip


def test_a_pair_is_followed_when_the_second_comes_any_time_after_the_first() -> None:
    with _engine(_log(*ANN, *BOB)) as engine:
        pairs = count_eventually(engine, [("ask", "chase"), ("chase", "ask"), ("ask", "nobody does")])
    assert pairs["n_first"].tolist() == [3, 2, 3]
    assert pairs["n_journeys"].tolist() == [2, 1, 0]
    assert pairs["n_persons"].tolist() == [2, 1, 0]
    assert pairs["median_s"].tolist()[:2] == [3.5 * DAY, 4 * DAY]  # Ann 3 days, Bob 4; Ann again after 4


def test_arrivals_are_by_the_local_clock() -> None:
    log = _log(("ann", "2026-03-02 09:00", "phone", "ask"), ("bob", "2026-07-06 22:30", "phone", "ask"))
    with _engine(log) as engine:
        arrivals = count_arrivals(engine, "Europe/London")
    assert len(arrivals) == 168
    # A Monday in winter at nine; in summer half past ten in the evening UTC is half past eleven.
    assert arrivals[arrivals["n"] > 0].to_numpy().tolist() == [[1, 9, 1], [1, 23, 1]]


def test_work_in_progress_and_its_age() -> None:
    moments = [pd.Timestamp(f"2026-{day}") for day in ("03-01", "03-06", "04-08 09:00:00", "04-08 09:00:01")]
    with _engine(_log(*ANN, *BOB)) as engine:
        rows = count_in_progress(engine, moments)
    # Ann's last event of March is on the 9th at nine: exactly 30 days later it may still go on.
    assert rows["n_journeys"].tolist() == [0, 2, 1, 0]
    assert rows["median_days"].iloc[1] == pytest.approx((4 - 9 / 24 + 4 - 10 / 24) / 2)


def test_no_contacts_and_one_contact_have_tables() -> None:
    with _engine(_log().astype({"person_id": str, "channel": str, "activity": str})) as engine:
        assert count_moves_between(engine).empty and list_variants(engine).empty and count_rework(engine).empty
    with _engine(_log(ANN[0])) as engine:
        assert count_moves_between(engine).empty
        assert count_ends(engine).to_dict("records") == [
            {"activity": "ask", "n_events": 1, "n_journeys": 1, "n_start": 1, "n_end": 1}
        ]


def test_contacts_of_the_same_second_stand_in_the_order_of_their_ties_else_of_their_names() -> None:
    log = _log(*((("ann", "2026-03-02 09:00", "phone", name)) for name in ("c", "a", "b")))
    with _engine(log) as engine:
        assert list_variants(engine)["activities"].tolist() == [chr(31).join("cab")]
    with _engine(log, LogColumns(tie="NULL")) as engine:
        assert list_variants(engine)["activities"].tolist() == [chr(31).join("abc")]


def test_a_view_of_too_many_activities_is_refused_with_what_to_do() -> None:
    log = _log(*(("ann", "2026-03-02 09:00", "phone", f"step {n}") for n in range(MOST_ACTIVITIES + 1)))
    with pytest.raises(SettingsError, match="10,001 different activities.*choose another view"):
        _engine(log)


def test_one_journey_of_many_contacts() -> None:
    n = 50_000
    log = pd.DataFrame({"person_id": "ann", "service": "waste", "channel": "phone", "tie": range(n)})
    log = log.assign(activity=(log["tie"] % 2).map({0: "ask", 1: "chase"}), started_at=pd.Timestamp("2026-03-02"))
    with _engine(log) as engine:
        assert count_ends(engine)["n_events"].tolist() == [n // 2, n // 2]
        assert count_rework(engine)["n_repetitions"].tolist() == [n // 2 - 1, n // 2 - 1]


@pytest.mark.parametrize("read", [read_callcentre, read_receipt], ids=["callcentre", "receipt"])
def test_every_common_table_of_a_public_log_equals_that_of_pm4py(
    shared_data: Path, read: Callable[[Path], pd.DataFrame]
) -> None:
    log = read(shared_data)
    here = tables_here(log, BY_CASE)
    _assert_equal(here, tables_of_pm4py(cut_with_pandas(log)))
    _assert_what_comes_in_goes_out(here, log)


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "dot"]),
        st.integers(0, 80),
        st.sampled_from(["phone", "email"]),
        st.sampled_from(["ask", "chase", "pay", "book"]),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_STEPS)
def test_generated_logs_equal_pm4py_and_what_comes_in_goes_out(rows: list[tuple[str, int, str, str]]) -> None:
    log = _generated(rows)
    here = tables_here(log)
    _assert_equal(here, tables_of_pm4py(cut_with_pandas(log)))
    _assert_what_comes_in_goes_out(here, log)


@settings(max_examples=15, deadline=None)
@given(rows=_STEPS, seed=st.integers(0, 99))
def test_the_order_and_the_partition_of_the_input_change_nothing(
    rows: list[tuple[str, int, str, str]], seed: int
) -> None:
    log = _generated(rows)
    shuffled = log.sample(frac=1, random_state=seed, ignore_index=True)
    assert tables_here(log) == tables_here(shuffled)
    # Each person's contacts lie wholly in one part: counts of the parts add up.
    whole = tables_here(log)["moves"]
    parts = [tables_here(part)["moves"] for _, part in log.groupby("person_id")]
    assert whole == {pair: sum(part.get(pair, 0) for part in parts) for pair in set().union(*parts)}


def test_the_log_of_the_bench_equals_pm4py_and_is_as_varied_as_said(tmp_path: Path) -> None:
    write_log(tmp_path / "log.parquet", 20_000)
    log = pd.read_parquet(tmp_path / "log.parquet")
    here = tables_here(log)
    _assert_equal(here, tables_of_pm4py(cut_with_pandas(log)))
    counts = sorted(here["variants"].values(), reverse=True)
    n_needed = next(n for n in range(len(counts)) if sum(counts[:n]) >= 0.95 * sum(counts))
    assert 300 < n_needed < 20_000


def _assert_what_comes_in_goes_out(here: dict[str, Any], log: pd.DataFrame) -> None:
    """At every step: journeys that start there + moves in = its contacts = moves out + journeys that end there."""
    for step, n_contacts in log["activity"].value_counts().items():
        came = here["start"].get(step, 0) + sum(n for (_, b), n in here["moves"].items() if b == step)
        went = here["end"].get(step, 0) + sum(n for (a, _), n in here["moves"].items() if a == step)
        assert came == went == n_contacts


def _generated(rows: list[tuple[str, int, str, str]]) -> pd.DataFrame:
    start = pd.Timestamp("2026-03-02")
    return _log(*((who, str(start + pd.Timedelta(days=day)), channel, step) for who, day, channel, step in rows))


def _assert_equal(here: dict[str, Any], theirs: dict[str, Any]) -> None:
    for name, table in theirs.items():
        if name in {"median_s", "p90_s"}:
            assert here[name] == pytest.approx(table, rel=1e-9), name
        elif name == "durations":
            assert here[name] == pytest.approx(table, rel=1e-9, abs=1e-6), name
        else:
            assert here[name] == table, name
