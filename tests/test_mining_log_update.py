"""A kept log brought up to date equals a full run over the same contacts, in every table, to the last bit."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeys.engine import Engine
from journeys.errors import SourceError, StoreError
from mining import log_store
from mining.kept_tables import (
    count_kept_moves,
    count_kept_rework_by_channel,
    list_kept_variants,
    measure_kept_durations,
    show_kept,
)
from mining.log import Gaps, LogColumns, read_log
from mining.log_kept import keep_log
from mining.log_tables import (
    count_by_position,
    count_ends,
    count_log_variants,
    count_moves_between,
    list_variants,
    measure_durations,
)
from mining.log_update import Updated, update_log
from mining.rework import count_eventually, count_rework, count_rework_by_channel

COLUMNS = ("id", "person_id", "service", "channel", "activity", "started_at", "tie", "case_ref")
PLAIN, BY_CASE, NO_TIE = LogColumns(), LogColumns(case="case_ref"), LogColumns(tie="NULL")
GAPS = Gaps(7.0, {"bins": 2.5})
PAIRS = [("ask", "chase"), ("pay", "ask"), ("book", "book")]

Contact = tuple[int, str, str, str, float, str | None]  # id, person, service, activity, day, case


def _frame(contacts: Sequence[Contact]) -> pd.DataFrame:
    rows = [
        (
            f"k{number}", person, service, "phone" if (number + len(activity)) % 2 else "email", activity,
            pd.Timestamp("2026-03-02") + pd.Timedelta(days=day), number, case,
        )
        for number, person, service, activity, day, case in contacts
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    texts = {name: "str" for name in COLUMNS if name not in ("started_at", "tie")}
    return frame.astype({**texts, "started_at": "datetime64[us]", "tie": "int64"})


def _tables_of(engine: Engine) -> dict[str, pd.DataFrame]:
    return {
        "ends": count_ends(engine), "variants": list_variants(engine), "rework": count_rework(engine),
        "positions": count_by_position(engine), "eventually": count_eventually(engine, PAIRS),
    }  # fmt: skip


def _full(frame: pd.DataFrame, columns: LogColumns) -> dict[str, pd.DataFrame]:
    with Engine() as engine:
        engine.load_frame("contact_log", frame)
        read_log(engine, "contact_log", columns, GAPS)
        count_log_variants(engine)
        return _tables_of(engine) | {
            "moves": count_moves_between(engine), "durations": measure_durations(engine),
            "by_channel": count_rework_by_channel(engine),
        }  # fmt: skip


def _kept(engine: Engine) -> dict[str, pd.DataFrame]:
    show_kept(engine)
    tables = _tables_of(engine)
    pd.testing.assert_frame_equal(list_kept_variants(engine), tables["variants"])
    return tables | {
        "moves": count_kept_moves(engine), "durations": measure_kept_durations(engine),
        "by_channel": count_kept_rework_by_channel(engine),
    }  # fmt: skip


def _assert_same(kept: dict[str, pd.DataFrame], full: dict[str, pd.DataFrame]) -> None:
    for name, table in full.items():
        pd.testing.assert_frame_equal(kept[name], table, check_exact=True, check_dtype=False, obj=name)


def _keep(path: Path, frame: pd.DataFrame, columns: LogColumns) -> dict[str, pd.DataFrame]:
    with Engine() as engine:
        engine.load_frame("contact_log", frame)
        assert keep_log(engine, path, "contact_log", "id", columns, GAPS) == len(frame)
        return _kept(engine)


def _update(
    path: Path, changed: pd.DataFrame, columns: LogColumns = PLAIN, gone: Sequence[str] = ()
) -> tuple[Updated, dict[str, pd.DataFrame]]:
    with Engine() as engine:
        engine.load_frame("changed", changed)
        engine.load_frame("left_ones", pd.DataFrame({"contact": list(gone)}, dtype="str"))
        updated = update_log(engine, path, "changed", "id", columns, GAPS, gone="left_ones" if gone else None)
        return updated, _kept(engine)


_CONTACT = st.tuples(
    st.sampled_from(["ann", "bob", "dot", "eve"]),
    st.sampled_from(["bins", "tax"]),
    st.sampled_from(["ask", "chase", "pay", "book"]),
    st.one_of(st.integers(0, 40).map(float), st.floats(0, 40, allow_nan=False).map(lambda day: round(day, 3))),
    st.sampled_from([None, None, None, "c1", "c2"]),
)
# Each step changes contacts: new ones, late or not, others in the place of known ones, and known ones that are gone.
_STEP = st.tuples(
    st.lists(st.tuples(st.integers(0, 40), _CONTACT), max_size=12), st.sets(st.integers(0, 40), max_size=4)
)


@settings(max_examples=15)
@given(
    first=st.lists(st.tuples(st.integers(0, 40), _CONTACT), min_size=1, max_size=40),
    steps=st.lists(_STEP, min_size=1, max_size=4),
    columns=st.sampled_from([PLAIN, BY_CASE, NO_TIE]),
)
def test_any_steps_give_what_a_full_run_gives(
    first: list[tuple[int, tuple[str, str, str, float, str | None]]],
    steps: list[tuple[list[tuple[int, tuple[str, str, str, float, str | None]]], set[int]]],
    columns: LogColumns,
) -> None:
    known: dict[int, Contact] = {number: (number, *contact) for number, contact in first}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        _assert_same(_keep(path, _frame(list(known.values())), columns), _full(_frame(list(known.values())), columns))
        for changes, gone in steps:
            changed: dict[int, Contact] = {number: (number, *contact) for number, contact in changes}
            for number in gone - set(changed):
                known.pop(number, None)
            known |= changed
            names = [f"k{number}" for number in sorted(gone - set(changed))]
            _, tables = _update(path, _frame(list(changed.values())), columns, names)
            if known:
                _assert_same(tables, _full(_frame(list(known.values())), columns))


def test_a_year_week_by_week_with_late_rows_corrections_and_an_erased_person(tmp_path: Path) -> None:
    """Many contacts, so that buckets of centiles fill, split by week and are laid out anew."""
    contacts: dict[int, Contact] = {}
    for number in range(6000):
        person, turn = f"p{number * 7919 % 900}", number * 104729 % 1000003
        activity = ("ask", "chase", "pay", "book")[turn % 4] if turn % 50 else f"rare {turn % 5}"
        contacts[number] = (number, person, ("bins", "tax")[turn % 2], activity, (turn % 70000) / 1000, None)
    week_of = {number: int(each[4] // 7) + (2 if number % 40 == 0 else 0) for number, each in contacts.items()}
    begun = {number: each for number, each in contacts.items() if week_of[number] < 6}
    path = tmp_path / "log.db"
    _keep(path, _frame(list(begun.values())), PLAIN)
    known = dict(begun)
    for week in range(6, 12):
        came = {number: each for number, each in contacts.items() if week_of[number] == week}
        for number in sorted(known)[:: 97 + week]:
            came[number] = (*known[number][:3], "corrected", known[number][4] + 1.5, None)
        gone = sorted(number for number, each in known.items() if each[1] == f"p{week}" and number not in came)
        known = {number: each for number, each in (known | came).items() if number not in gone}
        updated, tables = _update(path, _frame(list(came.values())), gone=[f"k{number}" for number in gone])
        assert updated.n_changed == len(came)
        _assert_same(tables, _full(_frame(list(known.values())), PLAIN))


def test_only_journeys_within_the_gap_are_cut_again(tmp_path: Path) -> None:
    contacts: list[Contact] = [(n, f"p{n}", "tax", "ask", float(n % 30), None) for n in range(100)]
    contacts.append((100, "p29", "tax", "chase", 1.0, None))  # a journey of its own, 28 days before the other
    path = tmp_path / "log.db"
    _keep(path, _frame(contacts), PLAIN)
    updated, _ = _update(path, _frame([(200, "p29", "tax", "pay", 33.0, None)]))
    assert updated == Updated(n_changed=1, n_events_cut=2, n_journeys_cut=1)


def test_a_contact_between_two_journeys_makes_them_one(tmp_path: Path) -> None:
    contacts: list[Contact] = [(1, "ann", "tax", "ask", 0.0, None), (2, "ann", "tax", "pay", 10.0, None)]
    path = tmp_path / "log.db"
    assert _keep(path, _frame(contacts), PLAIN)["durations"]["n_journeys"].tolist() == [2]
    between: Contact = (3, "ann", "tax", "chase", 5.0, None)
    assert _update(path, _frame([between]))[1]["durations"]["n_journeys"].tolist() == [1]
    _, tables = _update(path, _frame([]), gone=["k3"])
    assert tables["variants"]["activities"].tolist() == ["ask", "pay"]


def test_an_update_that_fails_leaves_the_log_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contacts: list[Contact] = [(n, f"p{n % 5}", "tax", "ask", float(n), None) for n in range(20)]
    path = tmp_path / "log.db"
    before = _keep(path, _frame(contacts), PLAIN)
    new = _frame([(50, "p1", "tax", "new name", 3.0, None)])

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(log_store, "store_centiles", stopped)
        with pytest.raises(KeyboardInterrupt):
            _update(path, new)
    with pytest.raises(SourceError, match="1 contacts occur more than once"):
        _update(path, pd.concat([new, new]))
    _assert_same(_update(path, _frame([]))[1], before)


def test_other_rules_or_no_log_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    frame = _frame([(1, "ann", "tax", "ask", 0.0, None)])
    with pytest.raises(StoreError, match="no event log is kept here yet"):
        _update(path, frame)
    _keep(path, frame, PLAIN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(StoreError, match="other columns or gaps"):
        _update(path, frame, BY_CASE)
