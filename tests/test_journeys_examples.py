"""The ready-made source blocks read the exports they are for; fixtures carry the makers' field names."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
import vendor_exports as exports
from builders_workspace import load, make_workspace, merged, open_project, put_source

from journeys.engine import Engine
from journeys.workspace import example_settings
from reports.pipeline import Opened

EXAMPLES = sorted(path.stem for path in (example_settings() / "examples").glob("*.toml"))


def _opened(root: Path, example: str, files: dict[str, str]) -> Opened:
    block = (example_settings() / "examples" / f"{example}.toml").read_text(encoding="utf-8")
    workspace = make_workspace(root / "w", block)
    services = workspace.config / "services.toml"
    services.write_text(services.read_text() + '\n[services.council_tax]\nname = "Council tax"\ngap = "30 days"\n')
    for name, content in files.items():
        put_source(workspace, name, content)
    return open_project(workspace.root)


def _contacts(opened: Opened) -> pd.DataFrame:
    with Engine() as engine:
        return merged(engine, opened)


def test_every_example_has_a_test_and_is_copied_into_a_new_workspace(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    assert sorted(path.stem for path in (workspace.config / "examples").glob("*.toml")) == EXAMPLES
    tested = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in EXAMPLES if f'"{name}"' not in tested] == []


def test_amazon_connect_keeps_the_latest_copy_and_joins_the_legs(tmp_path: Path) -> None:
    opened = _opened(tmp_path, "amazon_connect", {"amazon_connect/2026-11.jsonl": exports.AMAZON})
    assert (load(opened).n_stored, load(opened).n_skipped) == (4, 1)
    contacts = _contacts(opened)
    assert len(contacts) == 2  # c-1 with its transfer c-2, and c-3
    call, abandoned = contacts.to_dict("records")
    assert (call["n_transfers"], call["handle_s"], call["wait_s"]) == (1, 600, 90)
    assert call["outcome"] == "AGENT_DISCONNECT"  # of the copy updated last, though it was delivered first
    assert (call["is_answered"], bool(abandoned["is_abandoned"])) == (True, True)
    assert pd.isna(abandoned["phone_token"])  # a withheld number is nobody's


def test_genesys_reaches_into_lists_and_keeps_conversations_without_them(tmp_path: Path) -> None:
    opened = _opened(tmp_path, "genesys_cloud", {"genesys/day.json": exports.GENESYS})
    load(opened)
    call, chat = _contacts(opened).to_dict("records")
    assert (call["channel"], call["service"], call["reason_code"]) == ("phone", "waste", "MISSED")
    assert call["ended_at"] == pd.Timestamp("2026-11-02 09:08")
    assert call["phone_token"] is not None
    assert (chat["channel"], chat["service"]) == ("web_chat", "general")


def test_ga4_times_are_microseconds_and_a_restated_day_replaces_itself(tmp_path: Path) -> None:
    opened = _opened(tmp_path, "ga4_bigquery", {"ga4/events_20261102.jsonl": exports.GA4_FIRST})
    load(opened)
    visits = _contacts(opened)
    assert list(visits["started_at"]) == [pd.Timestamp("2026-11-02 09:00")] * 2
    assert sorted(visits["activity"]) == ["Abandons web form", "Reads web pages"]
    put_source(opened.workspace, "ga4/events_20261102.jsonl", exports.GA4_RESTATED)
    load(opened)
    visit, *others = _contacts(opened).to_dict("records")
    assert others == []  # the day's table no longer has the second visitor
    assert (visit["activity"], visit["service"], visit["n_records"]) == ("Submits web form", "council_tax", 3)
    assert load(opened).n_skipped == 1


def test_matomo_seconds_since_1970(tmp_path: Path) -> None:
    opened = _opened(tmp_path, "matomo", {"matomo/visits.json": exports.MATOMO})
    load(opened)
    (visit,) = _contacts(opened).to_dict("records")
    assert (visit["started_at"], visit["handle_s"]) == (pd.Timestamp("2026-11-02 09:00"), 180)
    assert visit["entry_point"] == "https://www.example.org/bins"


def test_open311_carries_the_promised_date(tmp_path: Path) -> None:
    opened = _opened(tmp_path, "open311", {"open311/requests.json": exports.OPEN311})
    load(opened)
    (report,) = _contacts(opened).to_dict("records")
    assert (report["case_due_at"], report["service"]) == (pd.Timestamp("2026-11-09"), "waste")
    assert report["place_token"] is not None


def test_salesforce_cases(tmp_path: Path) -> None:
    opened = _opened(tmp_path, "salesforce_case", {"salesforce/cases.csv": exports.SALESFORCE})
    load(opened)
    mail, visit = _contacts(opened).to_dict("records")
    assert (mail["channel"], mail["service"], mail["case_closed_at"]) == (
        "email", "council_tax", pd.Timestamp("2026-11-03 09:00"),
    )  # fmt: skip
    assert (visit["channel"], visit["note_author"]) == ("face_to_face", "staff")


def test_dynamics_codes_that_are_in_no_map_are_refused_and_named(tmp_path: Path) -> None:
    opened = _opened(tmp_path, "dynamics_incident", {"dynamics/incident.csv": exports.DYNAMICS})
    loaded = load(opened)
    assert (loaded.n_stored, loaded.n_rejects) == (1, 1)
    (case,) = _contacts(opened).to_dict("records")
    assert (case["channel"], case["case_due_at"]) == ("phone", pd.Timestamp("2026-11-12 09:00"))
    keys = {row["file_key"] for row in opened.store.loaded_files()}
    unmapped = opened.store.unmapped_counts(keys)
    assert {"source": "dynamics", "field": "channel", "value": "9", "n_rows": 1} in unmapped


def test_counter_queue_waits_are_worked_out_and_tickets_repeat(tmp_path: Path) -> None:
    opened = _opened(tmp_path, "counter_queue", {"queue/november.csv": exports.COUNTER})
    load(opened)
    visits = _contacts(opened).to_dict("records")
    assert [(v["wait_s"], v["is_abandoned"]) for v in visits] == [(750, False), (1500, True), (60, False)]
    assert [v["handle_s"] for v in visits][::2] == [450, 600]
    assert [v["local_at"] for v in visits][2] == dt.datetime(2026, 11, 3, 9, 5)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("read_csv('/etc/passwd')", "'read_csv' is not allowed"),
        ("(SELECT 1)", "'subquery' is not allowed"),
        ("concat('a', 'b')", "reads no column"),
        ('concat(\\"Branch\\",', "no expression that can be read"),
    ],
)
def test_an_expression_that_may_not_be_is_a_settings_error(tmp_path: Path, expression: str, says: str) -> None:
    block = (example_settings() / "examples" / "counter_queue.toml").read_text(encoding="utf-8")
    workspace = make_workspace(
        tmp_path / "w", block.replace('outcome = "Outcome"', f'outcome = {{ expression = "{expression}" }}')
    )
    with pytest.raises(Exception, match=says):
        open_project(workspace.root)


def test_a_value_an_expression_cannot_read_is_empty_and_never_quoted(tmp_path: Path) -> None:
    bad = exports.COUNTER.replace("02/11/2026 09:12:30", "Zebedee")
    opened = _opened(tmp_path, "counter_queue", {"queue/november.csv": bad})
    loaded = load(opened)
    assert (loaded.n_stored, loaded.problems) == (3, ())
    assert pd.isna(_contacts(opened)["wait_s"].iloc[0])
