"""Two public logs nobody here wrote, through the same commands, against counts made without this project.

The oracles are those of ../shared/data/README.md (plain pandas and pm4py): tables before suppression, exactly.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from builders_workspace import copy_settings, scan

from journeys.engine import Engine
from journeys.identity.reviews import read_reviews
from journeys.periods import Week, read_week
from reports.cli import main
from reports.pipeline import STEPS, Run, open_project

ACCEPTANCE = Path(__file__).parent / "acceptance"


def _publish(name: str, log: Path, week: str, folder: Path) -> Path:
    """Settings folder and log in, pages out, by the command a user types."""
    workspace = copy_settings(ACCEPTANCE / name / "config", folder / name)
    shutil.copy(log, workspace.sources)
    assert main(["run", "--workspace", str(workspace.root), "--week", week]) == 0
    assert (workspace.site / week / "index.html").exists()
    return workspace.root


def _tables(root: Path, week: Week) -> Iterator[Engine]:
    """The engine with every table up to the event log, as the command made it."""
    opened = open_project(root)
    with Engine() as engine:
        scan(engine, opened)

        files = pd.DataFrame(opened.store.loaded_files())
        run = Run(opened, engine, week, "test", files, read_reviews(opened.store))
        for _, step, _ in STEPS:
            step(run)
        yield engine


@pytest.fixture(scope="module")
def callcentre(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    log = shared_data / "callcentre" / "CallcenterExample.csv"
    yield from _tables(_publish("callcentre", log, "2010-W17", tmp_path_factory.mktemp("logs")), read_week("2010-W17"))


@pytest.fixture(scope="module")
def receipt(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    log = shared_data / "receipt" / "receipt.csv"
    yield from _tables(_publish("receipt", log, "2012-W04", tmp_path_factory.mktemp("logs")), read_week("2012-W04"))


def test_callcentre_events_cases_and_variants(callcentre: Engine) -> None:
    counts = callcentre.run("SELECT activity, count(*) AS n FROM events GROUP BY activity").set_index("activity")["n"]
    assert dict(counts) == {
        "Inbound Call": 4361,
        "Handle Case": 931,
        "Call Outbound": 661,
        "Handle Email": 564,
        "Email Outbound": 542,
        "Inbound Email": 487,
    }
    assert callcentre.value("SELECT count(*) FROM journey_summary") == 3885
    assert callcentre.value("SELECT count(DISTINCT variant_id) FROM journey_summary") == 354


def test_callcentre_duplicates_are_counted_not_kept(callcentre: Engine) -> None:
    statuses = callcentre.run("SELECT status, count(*) AS n FROM row_status GROUP BY status").set_index("status")["n"]
    assert dict(statuses) == {"used": 7546, "duplicate": 2}


def test_callcentre_mixed_channels_and_second_contacts(callcentre: Engine) -> None:
    inbound = (
        "SELECT journey_id, count(*) AS n, count(DISTINCT channel) AS n_channels FROM events "
        "WHERE activity LIKE 'Inbound%' GROUP BY journey_id"
    )
    assert callcentre.value(f"SELECT count(*) FROM ({inbound}) WHERE n >= 2") == 703
    both = (
        "SELECT journey_id FROM events GROUP BY journey_id HAVING bool_or(activity LIKE '%Call%') "
        "AND bool_or(activity LIKE '%Email%')"
    )
    assert callcentre.value(f"SELECT count(*) FROM ({both})") == 226


def test_callcentre_repeats_leave_out_the_unknown_person(callcentre: Engine) -> None:
    assert callcentre.value("SELECT count(*) FROM followed") == 4280
    repeated = {
        days: callcentre.value(f"SELECT count(*) FROM followed WHERE seconds_to_next <= {days * 86400}")
        for days in (7, 14, 30)
    }
    assert repeated == {7: 915, 14: 1059, 30: 1169}


# cases, events, variants, median days, directly-follows edges
RECEIPT = {
    "web_form": (1250, 7478, 107, 0.022, 99),
    "face_to_face": (109, 657, 22, 0.781, 41),
    "post": (53, 308, 11, 4.057, 20),
    "email": (21, 128, 8, 0.024, None),
    "other": (1, 6, 1, None, None),
}


def test_receipt_by_channel(receipt: Engine) -> None:
    arrival = (
        "SELECT journey_id, min(channel) FILTER (WHERE kind = 'contact') AS arrived FROM events GROUP BY journey_id"
    )
    for channel, (cases, events, variants, median_days, edges) in RECEIPT.items():
        row = receipt.run(
            f"SELECT count(*) AS cases, sum(n_events) AS events, count(DISTINCT variant_id) AS variants, "
            f"median(duration_s) / 86400 AS median_days FROM journey_summary JOIN ({arrival}) USING (journey_id) "
            "WHERE arrived = $channel",
            channel=channel,
        ).iloc[0]
        assert (row["cases"], row["events"], row["variants"]) == (cases, events, variants), channel
        if median_days is not None:
            assert round(row["median_days"], 3) == median_days, channel
        if edges is not None:
            found = receipt.value(
                f"SELECT count(DISTINCT (activity, next_activity)) FROM events JOIN ({arrival}) USING (journey_id) "
                "WHERE arrived = $channel AND next_activity IS NOT NULL",
                channel=channel,
            )
            assert found == edges, channel


def test_receipt_has_all_activities_and_each_case_arrives_once(receipt: Engine) -> None:
    assert receipt.value("SELECT count(DISTINCT activity) FROM events") == 27
    assert receipt.value("SELECT count(DISTINCT variant_id) FROM journey_summary") == 116
    assert receipt.value("SELECT count(*) FROM contacts") == 1434
