"""Records to contacts to persons to journeys, on cases small enough to work out by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from builders_workspace import CALLS, calls, load, make_workspace, merged, put_source

from journeys.compare_clocks import compare_clocks
from journeys.cut_process import cut_as_set
from journeys.engine import Engine
from journeys.errors import ReconciliationError
from journeys.link import link_persons
from journeys.periods import Week
from journeys.reconcile import find_missing_weeks, reconcile
from mining.demand import classify_demand
from mining.events import build_events
from reports.pipeline import Opened, open_project

WEB = """
[[source]]
name = "web"
kind = "hit"
files = "web*.jsonl"
format = "jsonl"
timezone = "UTC"

[source.columns]
source_record_id = "hit"
started_at = "ts"
channel = { value = "web" }
cookie = "visitor"
account = "account"
activity = { column = "event", map = { "page" = "Reads web page", "start" = "Starts web form", "error" = "Web form fails", "login" = "Logs in" } }
service = { value = "waste" }
"""


def _opened(tmp_path: Path, *rows: str) -> Opened:
    opened = open_project(make_workspace(tmp_path / "w", calls_csv=calls(*rows)).root)
    load(opened)
    return opened


def _journeys(opened: Opened) -> list[set[str]]:
    """Journeys as sets of local start times (day hour)."""
    with Engine() as engine:
        merged(engine, opened)
        link_persons(engine)
        cut_as_set(engine, opened.settings)
        rows = engine.run(
            "SELECT journey_id, strftime(local_at, '%d %H') AS at FROM journeys JOIN contacts ON event_id = contact_id"
        )
    return sorted((set(own["at"]) for _, own in rows.groupby("journey_id")), key=sorted)


def test_legs_of_a_call_are_one_contact_and_transfers_are_counted(tmp_path: Path) -> None:
    opened = _opened(
        tmp_path,
        "1,c1,02/11/2026 09:00,OTHER,yes,01632 960001",
        "2,c1,02/11/2026 09:05,BINS,yes,01632 960001",
        "3,c1,02/11/2026 09:09,BINS,yes,01632 960001",
    )
    with Engine() as engine:
        contact = merged(engine, opened).iloc[0]
    assert (contact["n_records"], contact["n_transfers"], contact["service"]) == (3, 2, "waste")


@pytest.mark.parametrize(
    ("second", "n_contacts", "n_attempts"),
    [("09:30", 1, 2), ("09:31", 2, 1)],
    ids=["on the thirtieth minute", "a minute later"],
)
def test_a_call_given_up_and_tried_again_is_one_attempt_chain(
    tmp_path: Path, second: str, n_contacts: int, n_attempts: int
) -> None:
    opened = _opened(
        tmp_path,
        "1,c1,02/11/2026 09:00,BINS,no,01632 960001",
        f"2,c2,02/11/2026 {second},BINS,yes,01632 960001",
    )
    with Engine() as engine:
        contacts = merged(engine, opened)
    assert len(contacts) == n_contacts
    assert contacts.iloc[0]["n_attempts"] == n_attempts
    assert bool(contacts.iloc[0]["is_abandoned"]) == (n_contacts == 2)


def test_an_answered_call_is_no_part_of_a_chain(tmp_path: Path) -> None:
    opened = _opened(
        tmp_path,
        "1,c1,02/11/2026 09:00,BINS,yes,01632 960001",
        "2,c2,02/11/2026 09:10,BINS,yes,01632 960001",
    )
    with Engine() as engine:
        assert len(merged(engine, opened)) == 2


def test_page_hits_become_visits_and_only_reading_is_browse(tmp_path: Path) -> None:
    hits = [
        ("h1", "2026-11-02T09:00:00Z", "v1", "page", ""),
        ("h2", "2026-11-02T09:29:00Z", "v1", "page", ""),
        ("h3", "2026-11-02T09:59:00Z", "v1", "page", ""),  # half an hour later: another visit
        ("h4", "2026-11-02T09:00:00Z", "v2", "page", ""),
        ("h5", "2026-11-02T09:01:00Z", "v2", "start", ""),
        ("h6", "2026-11-02T09:02:00Z", "v2", "error", ""),
        ("h7", "2026-11-02T09:00:00Z", "v3", "page", "A1"),  # logged in: no browse visit
    ]
    lines = "".join(
        f'{{"hit": "{hit}", "ts": "{ts}", "visitor": "{visitor}", "event": "{event}", "account": "{account}"}}\n'
        for hit, ts, visitor, event, account in hits
    )
    workspace = make_workspace(tmp_path / "w", sources=WEB)
    put_source(workspace, "web.jsonl", lines)
    opened = open_project(workspace.root)
    load(opened)
    with Engine() as engine:
        contacts = merged(engine, opened)
    found = sorted(zip(contacts["activity"], contacts["n_records"], contacts["is_browse"], strict=True))
    assert found == [
        ("Reads web pages", 1, False),
        ("Reads web pages", 1, True),
        ("Reads web pages", 2, True),
        ("Web form fails", 3, False),
    ]


def test_a_shared_phone_does_not_join_two_accounts(tmp_path: Path) -> None:
    opened = _opened(
        tmp_path,
        "1,a,02/11/2026 09:00,BINS,yes,01632 960001,A1",
        "2,b,02/11/2026 12:00,BINS,yes,01632 960001,A2",
        "3,c,03/11/2026 09:00,BINS,yes,01632 960002,A3",
        "4,d,03/11/2026 12:00,BINS,yes,01632 960002",
        "5,e,04/11/2026 12:00,BINS,yes,Withheld",
    )
    with Engine() as engine:
        merged(engine, opened)
        link_persons(engine)
        persons = engine.run("SELECT p.* FROM persons p JOIN contacts c USING (contact_id) ORDER BY c.started_at")
    assert persons["person_id"].nunique() == 4
    assert persons["person_id"][2] == persons["person_id"][3]
    assert list(persons["method"]) == ["account", "account", "account", "phone_email", "unlinked"]


def test_a_contact_with_only_a_case_is_its_persons(tmp_path: Path) -> None:
    opened = _opened(
        tmp_path,
        "1,a,02/11/2026 09:00,BINS,yes,,A1,CASE-1",
        "2,b,03/11/2026 12:00,BINS,yes,,,case 1-",  # another reference
        "3,c,03/11/2026 13:00,BINS,yes,,,CASE-1",
    )
    with Engine() as engine:
        merged(engine, opened)
        link_persons(engine)
        persons = engine.run("SELECT p.* FROM persons p JOIN contacts c USING (contact_id) ORDER BY c.started_at")
    assert persons["person_id"][0] == persons["person_id"][2] != persons["person_id"][1]
    assert list(persons["method"]) == ["account", "unlinked", "case"]


def test_a_silence_longer_than_the_gap_ends_a_journey(tmp_path: Path) -> None:
    opened = _opened(
        tmp_path,
        "1,a,01/10/2026 09:00,BINS,yes,,A1",
        "2,b,15/10/2026 09:00,BINS,yes,,A1",  # 14 days: still the same
        "3,c,29/10/2026 10:00,BINS,yes,,A1",  # an hour more (clocks went back on the 25th: two): a new one
        "4,d,02/10/2026 09:00,ROADS,yes,,A1",  # another service
    )
    assert _journeys(opened) == [{"01 09", "15 09"}, {"02 09"}, {"29 10"}]


def test_a_case_keeps_its_contacts_together_and_draws_in_those_around_it(tmp_path: Path) -> None:
    opened = _opened(
        tmp_path,
        "1,a,01/09/2026 09:00,BINS,yes,,A1",  # before the case, within the gap
        "2,b,03/09/2026 09:00,BINS,yes,,A1,K1",
        "3,c,05/09/2026 09:00,BINS,yes,,A1",  # chases without naming it
        "4,d,20/10/2026 09:00,BINS,yes,,A1,K1",  # long after, but the same case
        "5,e,22/10/2026 09:00,BINS,yes,,A1,K2",  # another case
    )
    assert _journeys(opened) == [{"01 09", "03 09", "05 09", "20 09"}, {"22 09"}]


def test_rows_that_do_not_add_up_stop_the_run(tmp_path: Path) -> None:
    opened = _opened(tmp_path, "1,a,02/11/2026 09:00,BINS,yes", "2,b,02/11/2026 10:00,BINS,yes")
    files = pd.DataFrame(opened.store.loaded_files())
    with Engine() as engine:
        merged(engine, opened)
        table = reconcile(engine, opened.settings, files, Week(2026, 45))
        assert table.loc[0, ["rows_read", "rows_used", "contacts", "merged"]].tolist() == [2, 2, 2, 0]
        with pytest.raises(ReconciliationError, match="3 rows were read, but 2 are accounted for"):
            reconcile(engine, opened.settings, files.assign(n_rows=3), Week(2026, 45))


def test_a_source_that_falls_silent_is_missing_and_not_a_fall(tmp_path: Path) -> None:
    rows = [f"{n},c{n},{day:02d}/10/2026 09:00,BINS,yes" for n, day in enumerate((1, 6, 13, 20, 27))]
    opened = _opened(tmp_path, *rows)
    with Engine() as engine:
        merged(engine, opened)
        missing = find_missing_weeks(engine, opened.settings, Week(2026, 50))
    assert list(missing["week"]) == [f"2026-W{number}" for number in range(45, 51)]


def test_what_people_did_in_a_visit_are_steps_of_its_journey_and_no_contacts(tmp_path: Path) -> None:
    hits = [
        ("h1", "09:00:00", "page"), ("h2", "09:01:00", "login"), ("h3", "09:02:00", "start"), ("h4", "09:03:00", "start"),
        ("h5", "09:05:00", "error"), ("h6", "09:06:00", "error"),
    ]  # fmt: skip
    lines = "".join(
        f'{{"hit": "{hit}", "ts": "2026-11-02T{at}Z", "visitor": "v1", "event": "{event}", "account": "A1"}}\n'
        for hit, at, event in hits
    )
    workspace = make_workspace(tmp_path / "w", sources=WEB)
    put_source(workspace, "web.jsonl", lines)
    opened = open_project(workspace.root)
    load(opened)
    with Engine() as engine:
        contacts = merged(engine, opened)
        link_persons(engine)
        cut_as_set(engine, opened.settings)
        classify_demand(engine, opened.settings)
        build_events(engine, opened.settings, Week(2026, 46))
        events = engine.run(
            "SELECT kind, activity, channel, CAST(started_at AS TIME) AS at FROM events ORDER BY position"
        )
        (journey,) = engine.run("SELECT * FROM journey_summary").to_dict("records")
    assert len(contacts) == 1
    # Each kind of step once, at its first time; the visit stands where it failed first.
    assert [(e["kind"], e["activity"], str(e["at"])) for e in events.to_dict("records")] == [
        ("step", "Logs in", "09:01:00"),
        ("step", "Starts web form", "09:02:00"),
        ("contact", "Web form fails", "09:05:00"),
    ]
    assert (journey["n_contacts"], journey["n_events"], journey["route"]) == (1, 3, "digital")


def test_a_week_with_far_too_few_rows_is_partial_and_a_quiet_one_is_not(tmp_path: Path) -> None:
    counts = {40: 40, 41: 44, 42: 40, 43: 42, 44: 21, 45: 19}  # half of the smallest is 20
    rows = [
        f"{week}-{n},c{week}-{n},{Week(2026, week).starts_on:%d/%m/%Y} {9 + n % 8:02d}:{n % 60:02d},BINS,yes"
        for week, many in counts.items()
        for n in range(many)
    ]
    opened = _opened(tmp_path, *rows)
    with Engine() as engine:
        merged(engine, opened)
        short = find_missing_weeks(engine, opened.settings, Week(2026, 45))
    # Week 44 (21 rows) is quiet, and then the smallest week; 19 rows are not less than half of it.
    assert short.to_dict("records") == []
    with Engine() as engine:
        put_source(opened.workspace, "calls2.csv", calls("x1,x1,09/11/2026 09:00,BINS,yes"))
        load(opened)
        merged(engine, opened)
        short = find_missing_weeks(engine, opened.settings, Week(2026, 46))
    assert short.to_dict("records") == []  # the smallest whole week has 19 rows: too few to judge by


def test_a_feed_that_breaks_in_the_week_marks_it_partial(tmp_path: Path) -> None:
    rows = [
        f"{week}-{n},c{week}-{n},{Week(2026, week).starts_on:%d/%m/%Y} {9 + n % 8:02d}:{n % 60:02d},BINS,yes"
        for week, many in {40: 40, 41: 44, 42: 40, 43: 42, 44: 12}.items()
        for n in range(many)
    ]
    opened = _opened(tmp_path, *rows)
    with Engine() as engine:
        merged(engine, opened)
        short = find_missing_weeks(engine, opened.settings, Week(2026, 44))
    assert short.to_dict("records") == [{"source": "calls", "week": "2026-W44", "why": "only 12 rows"}]


@pytest.mark.parametrize(("minutes", "says"), [(60, "clocks differ by 60 minutes"), (0, "agree")])
def test_two_clocks_that_differ_are_found_where_both_recorded_one_contact(
    tmp_path: Path, minutes: int, says: str
) -> None:
    notes = CALLS.replace('name = "calls"', 'name = "notes"').replace("calls*.csv*", "notes*.csv")
    at = pd.Timestamp("2026-11-02 09:00")
    first = [f"a{n},k{n},{at + pd.Timedelta(minutes=7 * n):%d/%m/%Y %H:%M},BINS,yes" for n in range(30)]
    later = [
        f"b{n},k{n},{at + pd.Timedelta(minutes=7 * n + minutes + n % 2):%d/%m/%Y %H:%M},BINS,yes" for n in range(30)
    ]
    workspace = make_workspace(tmp_path / "w", CALLS + notes, calls_csv=calls(*first))
    put_source(workspace, "notes.csv", calls(*later))
    opened = open_project(workspace.root)
    load(opened)
    with Engine() as engine:
        merged(engine, opened)
        (pair,) = compare_clocks(engine).to_dict("records")
    assert (pair["source"], pair["other_source"], pair["n_pairs"]) == ("calls", "notes", 30)
    assert says in pair["finding"]
