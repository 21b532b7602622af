"""A small council for faults: two weeks, 2,000 contacts, one week published, the next one waiting; and what became of it.

The job is the scheduled one (load, mine, render, publish, deliver) in a forked process, so that what is killed is real and nothing
but the files, the catalogue and the mail server's own list is left.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from builders_workspace import calls, make_workspace, put_source

import reports.schedule
from journeys.periods import Week, week_of
from journeys.workspace import Workspace
from reports.pipeline import open_project

READERS = ("ann@example.org", "bob@example.org")
_CONTACTS = 2000
_SINK = Path(__file__).with_name("smtp_sink.py")
# Not of a delivery's outcome: how often it was tried, and when next. Not of the catalogue's form.
_PASSING = {"n_tries", "next_try_at", "said", "made_at", "imported_at", "request_id"}
_NOT_COMPARED = {"requests"}  # the run log: when what was done


@dataclass(frozen=True)
class Council:
    """The workspace, the week that waits, and the mail server beside it."""

    workspace: Workspace
    week: Week
    mails: Path  # what the server took, one JSON line each
    mode: Path  # how the server answers: ok, refuse, slow or drop
    start: Path  # a copy of the workspace as it was before the week that waits


def make_council(server: MailServer, *, root: Path | None = None, database_url: str = "") -> Council:
    """A council whose first week is published and delivered, with the files of the second in sources/."""
    place = root or server.root
    workspace = make_workspace(place / "w")
    week = week_of(dt.date.today()).plus(-1)
    (workspace.config / "schedules.toml").write_text(
        '[[schedule]]\nname = "weekly"\ncron = "0 6 * * mon"\ntimezone = "Europe/London"\n'
        f"recipients = {json.dumps(list(READERS))}\n"
    )
    (workspace.config / "delivery.toml").write_text(
        'publish_url = "https://intranet.example.org/journeys/"\n'
        f'[smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nsender = "journeys@example.org"\n'
    )
    if database_url:
        engine = workspace.config / "engine.toml"
        kept = [line for line in engine.read_text().splitlines() if not line.startswith("database_url")]
        engine.write_text("\n".join([f'database_url = "{database_url}"', *kept]) + "\n")
    council = Council(workspace, week, server.root / "mails.jsonl", server.root / "mode", place / "start")
    council.mode.write_text("ok")
    _put_week(workspace, week.plus(-1))
    if run_job(council, week.plus(-1)) != 0:
        raise RuntimeError("the week before could not be published")
    _put_week(workspace, week)
    shutil.copytree(workspace.root, council.start)
    return council


def _put_week(workspace: Workspace, week: Week) -> None:
    rows = [
        f"{week}-{n},c{week}-{n},{week.starts_on + dt.timedelta(days=n % 7):%d/%m/%Y} {9 + n % 8:02d}:{n % 60:02d},"
        f"{'BINS' if n % 3 else 'TAX'},yes,07700 900{n % 700:03d},A{n % 700},K{n % 900},Pat Quill,the bin was left again {n % 40}"
        for n in range(_CONTACTS // 2)
    ]
    for half in range(2):
        put_source(workspace, f"calls-{week}-{half}.csv", calls(*rows[half::2]))


def reset(council: Council) -> None:
    """Back to the start: one week published, the next one waiting, an empty letter box."""
    shutil.rmtree(council.workspace.root)
    shutil.copytree(council.start, council.workspace.root)
    council.mails.unlink(missing_ok=True)
    council.mode.write_text("ok")


def start_job(council: Council, week: Week | None = None, before: Callable[[], None] | None = None) -> int:
    """Fork a process that does the scheduled job; its number. `before` runs in it first. It ends with 0 when the week stands."""
    child = os.fork()
    if child:
        return child
    try:
        due = week or council.week
        reports.schedule.due_week = lambda _settings, _now: due  # the week stays the same over midnight
        reports.schedule._PAUSES_S = (5,) * 30  # type: ignore[assignment] # a database that is gone is looked for more often
        if before:
            before()
        reports.schedule.publish_scheduled(str(council.workspace.root), "weekly")
        os._exit(0 if (council.workspace.site / str(due) / "findings.json").exists() else 1)
    finally:
        os._exit(3)


def run_job(council: Council, week: Week | None = None, before: Callable[[], None] | None = None) -> int:
    """The same, waited for; its exit code, or minus the signal that ended it."""
    _, status = os.waitpid(start_job(council, week, before), 0)
    return os.waitstatus_to_exitcode(status)


def settle_mail(council: Council) -> None:
    """Send what still waits, as the scheduler's next rounds would, whatever pause the outbox has set."""
    from reports.deliver import send_due
    from reports.opened import now, opened_to_write

    child = os.fork()
    if child == 0:
        try:
            with opened_to_write(council.workspace.root) as place:
                for hours in (0, 1, 24):
                    send_due(place, lambda _line: None, at=now() + dt.timedelta(hours=hours))
            os._exit(0)
        finally:
            os._exit(1)
    os.waitpid(child, 0)


def stored(council: Council) -> dict[str, Any]:
    """Every row of every table of the catalogue and of every part, and no file beyond them."""
    project = open_project(council.workspace.root)
    rows = [
        json.dumps({"table": row["table"], "row": {k: v for k, v in row["row"].items() if k not in _PASSING}})
        for row in project.store.dump()
        if row["table"] not in _NOT_COMPARED
    ]
    project.store.close()
    data = council.workspace.data
    files = sorted(path for path in data.rglob("*") if path.is_file() and path.suffix in {".parquet", ".tmp"})
    return {
        "catalogue": sorted(rows),
        "parts": {path.relative_to(data).as_posix(): pq.read_table(path).to_pylist() for path in files},
    }


def pages(folder: Path) -> dict[str, str]:
    """Every file of a folder by its path, as a hash of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def site(council: Council) -> dict[str, dict[str, str]]:
    """Both folders that people read."""
    root = council.workspace.root
    return {name: pages(root / name) for name in ("site", "site-public")}


def mails(council: Council) -> list[dict[str, str]]:
    """What the server took since the last reset."""
    if not council.mails.exists():
        return []
    return [json.loads(line) for line in council.mails.read_text().splitlines()]


class MailServer:
    """A real SMTP server in a process of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, str(_SINK), str(root / "mails.jsonl"), str(root / "mode")]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> MailServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def seconds_of(action: Callable[[], object]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
