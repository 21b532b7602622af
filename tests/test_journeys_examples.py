"""The ready-made source blocks read the exports they are for; fixtures carry the makers' field names."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import vendor_exports as exports
from builders_workspace import load, make_workspace, merged, open_project, put_source, scan

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


@pytest.mark.parametrize("later_first", [True, False])
@pytest.mark.parametrize("in_one_file", [True, False])
def test_amazon_connect_keeps_the_latest_copy_and_joins_the_legs(
    tmp_path: Path, later_first: bool, in_one_file: bool
) -> None:
    copies = [exports.AMAZON_LATEST, exports.AMAZON_EARLIER][:: 1 if later_first else -1]
    parts = [[*copies, *exports.AMAZON_OTHERS]] if in_one_file else [copies[:1], [*copies[1:], *exports.AMAZON_OTHERS]]
    files = {f"amazon_connect/{number}.jsonl": exports.lines(*rows) for number, rows in enumerate(parts)}
    opened = _opened(tmp_path, "amazon_connect", files)
    assert (load(opened).n_stored, load(opened).n_skipped) == (6, len(parts))
    contacts = _contacts(opened)
    call, abandoned, ours = contacts.to_dict("records")  # c-1 with its leg c-2, c-3, c-4; the task c-5 is a step
    assert (call["n_transfers"], call["handle_s"], call["wait_s"]) == (1, 600, 90)
    assert (call["started_at"], call["ended_at"]) == (
        pd.Timestamp("2026-11-02 09:00"),
        pd.Timestamp("2026-11-02 09:10"),
    )
    assert call["outcome"] == "AGENT_DISCONNECT"
    assert (call["is_answered"], bool(call["is_abandoned"])) == (True, False)
    assert (abandoned["is_answered"], abandoned["is_abandoned"], abandoned["wait_s"]) == (False, True, 60)
    assert pd.isna(abandoned["phone_token"])  # a withheld number is nobody's
    assert (call["direction"], ours["direction"], ours["is_abandoned"]) == ("inbound", "outbound", False)
    assert list(contacts["channel"]) == ["phone"] * 3


def test_genesys_finds_participants_by_their_purpose(tmp_path: Path) -> None:
    opened = _opened(tmp_path, "genesys_cloud", {"genesys/day.json": exports.GENESYS})
    load(opened)
    call, text, ours = _contacts(opened).to_dict("records")
    assert (call["channel"], call["service"], call["reason_code"]) == ("phone", "waste", "MISSED")
    assert (call["wait_s"], call["handle_s"], call["is_answered"]) == (92.5, 240, True)
    assert (call["ended_at"], call["entry_point"]) == (pd.Timestamp("2026-11-02 09:08"), "Waste")
    assert (text["channel"], text["service"], text["wait_s"]) == ("sms", "council_tax", 45)
    assert (text["is_answered"], text["is_abandoned"]) == (False, True)
    assert pd.isna(text["email_token"])  # the sender of a text message is no e-mail address
    assert ours["direction"] == "outbound"
    assert ours["phone_token"] == call["phone_token"]  # whom we called is who had called us


def test_ga4_times_are_microseconds_and_a_restated_day_replaces_itself(tmp_path: Path) -> None:
    opened = _opened(tmp_path, "ga4_bigquery", {"ga4/events_20261102.jsonl": exports.GA4_FIRST})
    load(opened)
    visits = _contacts(opened)
    assert list(visits["started_at"]) == [pd.Timestamp("2026-11-02 09:00")] * 2
    assert sorted(visits["activity"]) == ["Abandons web form", "Reads web pages"]
    assert sorted(visits["entry_point"]) == ["https://www.example.org/bins", "https://www.example.org/council-tax/pay"]
    put_source(opened.workspace, "ga4/events_20261102.jsonl", exports.GA4_RESTATED)
    load(opened)
    visit, *others = _contacts(opened).to_dict("records")
    assert others == []  # the day's table no longer has the second visitor
    assert (visit["activity"], visit["service"], visit["n_records"]) == ("Submits web form", "council_tax", 3)
    assert load(opened).n_skipped == 1


def test_matomo_keeps_the_longer_copy_of_a_visit_from_its_first_action(tmp_path: Path) -> None:
    files = {"matomo/1.json": exports.MATOMO_WHOLE, "matomo/2.json": exports.MATOMO_HALF}
    opened = _opened(tmp_path, "matomo", files)
    load(opened)
    (visit,) = _contacts(opened).to_dict("records")
    assert visit["started_at"] == pd.Timestamp("2026-11-02 09:00")
    assert (visit["ended_at"], visit["activity"]) == (pd.Timestamp("2026-11-02 09:03"), "Submits web form")
    assert (visit["entry_point"], visit["service"]) == ("https://www.example.org/bins", "waste")
    assert pd.isna(visit["handle_s"])  # no member of staff spent that time


def test_open311_carries_the_promised_date(tmp_path: Path) -> None:
    opened = _opened(tmp_path, "open311", {"open311/requests.json": exports.OPEN311})
    load(opened)
    report, closed = _contacts(opened).to_dict("records")
    assert closed["started_at"] == pd.Timestamp("2026-11-02 09:30")  # 10:30 an hour east of UTC
    assert pd.isna(report["case_closed_at"])
    assert (closed["case_closed_at"], closed["service"]) == (pd.Timestamp("2026-11-04 12:00"), "highways")
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
    assert visit["started_at"] == pd.Timestamp("2026-11-02 10:00")  # +0000 is read as a zone


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
    visits = _contacts(opened)
    assert list(visits["wait_s"]) == [750, 1500, 600, 60]
    assert list(visits["handle_s"].fillna(-1)) == [450, -1, 60, 600]
    assert list(visits["is_abandoned"]) == [False, True, True, False]
    assert visits["local_at"].iloc[3] == pd.Timestamp("2026-11-03 09:05")


def test_a_value_an_expression_cannot_read_is_empty_and_never_quoted(tmp_path: Path) -> None:
    bad = exports.COUNTER.replace("02/11/2026 09:12:30", "Zebedee")
    opened = _opened(tmp_path, "counter_queue", {"queue/november.csv": bad})
    loaded = load(opened)
    assert (loaded.n_stored, loaded.problems) == (4, ())
    assert pd.isna(_contacts(opened)["wait_s"].iloc[0])


@pytest.mark.parametrize("example", EXAMPLES)
def test_nothing_raw_of_an_export_is_stored(tmp_path: Path, example: str) -> None:
    """Numbers, addresses and what follows ? in a page address are tokens or left out, in Parquet and catalogue alike."""
    contents = {
        "amazon_connect": ("jsonl", exports.lines(exports.AMAZON_LATEST)), "genesys_cloud": ("json", exports.GENESYS),
        "ga4_bigquery": ("jsonl", exports.GA4_FIRST), "matomo": ("json", exports.MATOMO_WHOLE),
        "open311": ("json", exports.OPEN311), "salesforce_case": ("csv", exports.SALESFORCE),
        "dynamics_incident": ("csv", exports.DYNAMICS), "counter_queue": ("csv", exports.COUNTER),
    }  # fmt: skip
    folders = {
        "genesys_cloud": "genesys/", "ga4_bigquery": "ga4/events_", "salesforce_case": "salesforce/",
        "dynamics_incident": "dynamics/", "counter_queue": "queue/",
    }  # fmt: skip
    ending, content = contents[example]
    opened = _opened(tmp_path, example, {f"{folders.get(example, example + '/')}one.{ending}": content})
    assert load(opened).n_stored > 0
    with Engine() as engine:
        scan(engine, opened)
        stored = engine.run("SELECT * FROM records").to_csv()
    stored += "".join(
        str(row) for row in opened.store.unmapped_counts({f["file_key"] for f in opened.store.loaded_files()})
    )
    for raw in ("7700 900", "pat@example.org", "name=Pat", "192.0.2.7", "545483", "8 High Row", "003A1", "not kept"):
        assert raw not in stored
