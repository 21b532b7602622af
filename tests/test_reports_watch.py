"""The watch of the scheduler: settings followed or, while broken, left; owners told once; a heartbeat; late reports."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from builders_findings import findings, week_before
from builders_workspace import make_workspace
from postgres_server import Server

from journeys.errors import CatalogueGone, StoreError, said_of
from journeys.store import Store
from reports.opened import Place
from reports.pipeline import open_project
from reports.publish import publish_week
from reports.watch import HEARTBEAT, Watch, is_late

ROOT = Path(__file__).parent.parent
MONDAY = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)  # the report of 2026-W46 is due
SCHEDULE = '[[schedule]]\nname = "weekly"\ncron = "0 6 * * mon"\ntimezone = "Europe/London"\nlatest = "10:00"\n'


def _place(root: Path, schedules: str = SCHEDULE) -> Place:
    workspace = make_workspace(root)
    (workspace.config / "schedules.toml").write_text(schedules)
    return open_project(root).place


def test_settings_are_followed_and_broken_ones_left_and_told_of_once(tmp_path: Path) -> None:
    place = _place(tmp_path / "w")
    renewed: list[Place] = []
    said: list[str] = []
    watch = Watch(place, renewed.append, said.append)
    path = place.workspace.config / "schedules.toml"
    watch.look(MONDAY)
    assert (renewed, said) == ([], [])
    assert (place.workspace.data / HEARTBEAT).read_text() == "2026-11-16T06:00:00Z\n"
    path.write_text(SCHEDULE.replace("0 6 * * mon", "0 7 * * mon"))
    watch.look(MONDAY + timedelta(minutes=1))
    assert [each.settings.schedules[0].cron for each in renewed] == ["0 7 * * mon"]
    path.write_text("[[schedule]\n")
    for minute in range(2, 5):
        watch.look(MONDAY + timedelta(minutes=minute))
    assert len(renewed) == 1 and len(said) == 1
    assert "schedules.toml" in said[0] and "stand" in said[0]


def test_a_report_that_is_not_there_by_its_hour_is_told_of_once(tmp_path: Path) -> None:
    place = _place(tmp_path / "w")
    said: list[str] = []
    watch = Watch(place, lambda renewed: None, said.append)
    watch.look(MONDAY.replace(hour=11))
    assert said == [], "nothing has been published here yet"
    publish_week(place.workspace.site, week_before(findings(), "2026-W45", "2026-11-02", "2026-11-08"))
    watch.look(MONDAY.replace(hour=9, minute=59))
    assert said == []
    for minute in range(3):
        watch.look(MONDAY.replace(hour=10, minute=minute))
    assert said == ["The report was to be there by 10:00, and is not."]
    publish_week(place.workspace.site, findings())
    (schedule,) = place.settings.schedules
    assert not is_late(schedule, place.settings, place.workspace, MONDAY.replace(hour=12))
    assert not is_late(schedule, place.settings, place.workspace, MONDAY + timedelta(days=3))


def test_what_is_told_of_an_error_holds_nothing_that_was_read() -> None:
    assert said_of(StoreError("the disk is full")) == "the disk is full"
    try:
        int("Mrs Lane, 07700 900123")
    except ValueError as error:
        said = said_of(error)
    assert said.startswith("ValueError in test_reports_watch.py, line ") and "900123" not in said


def _serve(root: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-u", "-m", "reports.cli", "schedule", "--workspace", str(root)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _line(service: subprocess.Popen[str], wanted: str) -> None:
    assert service.stdout
    for line in service.stdout:
        if wanted in line:
            return
    raise AssertionError(f"it ended without saying: {wanted}")


def test_a_second_scheduler_stands_by_and_takes_over(tmp_path: Path) -> None:
    place = _place(tmp_path / "w", SCHEDULE.replace('latest = "10:00"\n', ""))
    first = _serve(place.workspace.root)
    _line(first, "waiting; stop with Ctrl-C")
    second = _serve(place.workspace.root)
    third = _serve(place.workspace.root)
    _line(second, "standing by")
    _line(third, "standing by")
    third.send_signal(signal.SIGTERM)
    assert third.wait(30) == 0, "one that stands by can be stopped"
    first.kill()
    _line(second, "waiting; stop with Ctrl-C")
    second.send_signal(signal.SIGTERM)
    assert second.wait(30) == 0
    first.wait()


def test_on_postgresql_schedulers_of_two_hosts_take_turns_and_a_lost_database_is_said(
    tmp_path: Path, postgres: Server
) -> None:
    one, other = (Store(postgres.url_with_password, tmp_path) for _ in range(2))
    turn = one.take_turn()
    assert turn is not None and one.has_turn(turn)
    assert other.take_turn() is None
    # The server closes the connection, as it does when it is restarted: the turn is lost, and another host may have it.
    with other.writing() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
    assert not one.has_turn(turn)
    taken = other.take_turn()
    assert taken is not None
    assert one.rows(sa.select(sa.literal(1).label("n"))) == [{"n": 1}], "a connection is made anew"
    taken.close()
    gone = postgres.url_with_password.replace(f":{postgres.port}/", ":1/")
    with pytest.raises(CatalogueGone, match="does not answer") as error:
        Store(gone, tmp_path)
    assert "correct" not in str(error.value)


def test_a_sqlite_catalogue_has_one_host(tmp_path: Path) -> None:
    store = Store("sqlite:///data/catalogue.db", tmp_path)
    turn = store.take_turn()
    assert turn is not None and store.has_turn(turn)
    started = time.monotonic()
    with store.writing() as connection:
        connection.execute(sa.text("CREATE TABLE other (n INTEGER)"))
    assert time.monotonic() - started < 4, "holding a turn keeps nobody from writing"
    turn.close()
