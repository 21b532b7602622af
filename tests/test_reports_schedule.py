"""The weekly job: kept in the database, caught up after a restart, published into the same archive."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from builders_workspace import calls, make_workspace

from journeys.errors import SettingsError
from reports.cli import main
from reports.pipeline import open_project
from reports.schedule import serve_schedule
from reports.watch import due_week, trigger_of

ROOT = Path(__file__).parent.parent


def _last_week_rows() -> str:
    monday = dt.date.today() - dt.timedelta(days=dt.date.today().weekday() + 7)
    return calls(*(f"{n},c{n},{monday:%d/%m/%Y} 10:{n:02d},BINS,yes,01632 96{n:04d}" for n in range(40)))


def _last_week() -> str:
    day = dt.date.today() - dt.timedelta(days=7)
    return f"{day.isocalendar().year}-W{day.isocalendar().week:02d}"


def test_once_publishes_the_last_complete_week_and_stops(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=_last_week_rows())
    assert main(["schedule", "--once", "--workspace", str(workspace.root)]) == 0
    assert (workspace.site / _last_week() / "index.html").exists()


def _serve(root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "reports.cli", "schedule", "--workspace", str(root)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wait_for(is_there: object, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_there():  # type: ignore[operator]
            return
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")


def test_a_job_missed_while_the_service_was_down_is_caught_up_after_a_restart(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=_last_week_rows())
    opened = open_project(workspace.root)

    def has_job() -> bool:
        names = sa.inspect(opened.store.engine).get_table_names()
        if "scheduler_jobs" not in names:
            return False
        with opened.store.engine.connect() as connection:
            return bool(connection.scalar(sa.text("SELECT count(*) FROM scheduler_jobs")))

    service = _serve(workspace.root)
    _wait_for(has_job)
    service.send_signal(signal.SIGTERM)
    assert service.wait(30) == 0

    # The service was down when the job was due: its time lies in the past.
    jobs = SQLAlchemyJobStore(engine=opened.store.engine, tablename="scheduler_jobs")
    jobs.start(BackgroundScheduler(), "default")
    job = jobs.lookup_job("weekly")
    job.next_run_time = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    jobs.update_job(job)

    service = _serve(workspace.root)
    try:
        _wait_for((workspace.site / _last_week() / "index.html").exists)
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(30)


def test_the_due_week_is_the_last_that_had_ended_on_the_local_clock(tmp_path: Path) -> None:
    opened = open_project(make_workspace(tmp_path / "w").root)
    monday_morning = dt.datetime(2026, 11, 16, 6, 0, tzinfo=dt.UTC)
    sunday_evening = dt.datetime(2026, 11, 15, 23, 30, tzinfo=dt.UTC)
    late_sunday_in_summer = dt.datetime(2026, 7, 5, 23, 30, tzinfo=dt.UTC)  # already Monday in London
    assert str(due_week(opened.settings, monday_morning)) == "2026-W46"
    assert str(due_week(opened.settings, sunday_evening)) == "2026-W45"
    assert str(due_week(opened.settings, late_sunday_in_summer)) == "2026-W27"


def test_a_cron_line_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    path = workspace.config / "schedules.toml"
    path.write_text(path.read_text().replace("0 6 * * mon", "every monday"))
    with pytest.raises(SettingsError, match="'every monday' cannot be read"):
        serve_schedule(workspace.root, report=lambda line: None)
    assert trigger_of(open_project(make_workspace(tmp_path / "v").root).settings.schedules[0])
