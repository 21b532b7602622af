"""Faults that are no kills: a full disk, a database or mail server that is away, clocks that jump, two at once, files that change.

Survived: after the fault is gone one more run gives the identical store and site, each reader has got the report (one Message-ID), and
during the fault nothing that stood was lost. What cannot be made on this machine is said to be untried (survived: null).
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from chaos.council import (
    READERS,
    Council,
    MailServer,
    mails,
    make_council,
    pages,
    reset,
    run_job,
    settle_mail,
    site,
    start_job,
    stored,
)
from postgres_server import PASSWORD, find_postgres, running_postgres

import journeys.load_file
import reports.deliver
import reports.opened
import reports.schedule

NOBODY = 65534
Fault = dict[str, Any]


def measure_faults() -> dict[str, list[Fault]]:
    """`faults`: what was done, and whether it was survived."""
    found: list[Fault] = []
    for name, attempt in ATTEMPTS:
        with tempfile.TemporaryDirectory() as folder, MailServer(Path(folder)) as server:
            Path(folder).chmod(0o755)
            try:
                note, survived = attempt(server)
            except _Untried as why:
                note, survived = str(why), None
        found.append({"fault": name, "survived": survived, "note": note})
        print(
            f"  {'untried' if survived is None else 'survived' if survived else 'FAILED'}: {name} ({note})", flush=True
        )
    return {"faults": found}


class _Untried(Exception):  # noqa: N818 - it is an outcome
    """This machine cannot make the fault; why."""


def _expected(council: Council) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """What a job without any fault leaves; the council is at its start again afterwards."""
    reset(council)
    if run_job(council) != 0:
        raise RuntimeError("a job without a fault failed")
    expected = stored(council), site(council)
    reset(council)
    return expected


def _is_whole(council: Council, expected: tuple[dict[str, Any], dict[str, dict[str, str]]]) -> bool:
    settle_mail(council)
    ids = {reader: {mail["message_id"] for mail in mails(council) if mail["to"] == reader} for reader in READERS}
    return (stored(council), site(council)) == expected and all(len(found) == 1 for found in ids.values())


def _disk_full(server: MailServer) -> tuple[str, bool]:
    """The workspace on a small disk of its own: what is free runs out at one write after the other."""
    council = make_council(server)
    expected = _expected(council)
    reset(council)
    root, copy = council.workspace.root, council.start
    size = sum(path.stat().st_size for path in copy.rglob("*") if path.is_file())
    good, outcomes = True, []
    shutil.rmtree(root)
    root.mkdir()
    for spare in (50_000, 200_000, 400_000, 800_000, 1_600_000, 2_400_000, 3_200_000, 4_000_000, 6_000_000):
        with _small_disk(root, size * 2 + spare) as widen:
            shutil.copytree(copy, root, dirs_exist_ok=True)
            free = shutil.disk_usage(root).free
            if free > spare:  # blocks are coarser than bytes: a file takes what is too much
                (root / "filler").write_bytes(b"0" * (free - spare))
            standing = pages(root / "site")
            code = run_job(council)
            stands = pages(root / "site") if code else {}
            good &= not code or all(
                stands.get(path) == content for path, content in standing.items() if "latest" not in path
            )
            outcomes.append(code)
            (root / "filler").unlink(missing_ok=True)
            widen()
            council.mails.unlink(missing_ok=True) if code else None
            good &= run_job(council) == 0 and _is_whole(council, expected)
    n_failed = sum(code != 0 for code in outcomes)
    return f"{n_failed} of {len(outcomes)} runs met a full disk, each at another write", good and n_failed > 2


@contextmanager
def _small_disk(place: Path, size: int) -> Iterator[Callable[[], None]]:
    """A disk in memory of so many bytes; the function it gives makes it large."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        raise _Untried("only root can make a small disk")
    try:
        yield lambda: subprocess.run(["mount", "-o", "remount,size=1g", str(place)], check=True, capture_output=True)
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _database_gone(server: MailServer) -> tuple[str, bool]:
    """PostgreSQL is stopped in the midst of the job, and is back after 60 seconds."""
    binaries = find_postgres()
    if binaries is None:
        raise _Untried("PostgreSQL is not installed")
    with running_postgres(binaries) as postgres:
        os.environ["PGPASSWORD"] = PASSWORD
        council = make_council(server, database_url=postgres.url)
        with _kept_database(postgres.url_with_password) as renew:
            reset(council)
            if run_job(council) != 0:
                raise RuntimeError("a job without a fault failed")
            expected = stored(council), site(council)
            good = True
            for after_s in (0.2, 1.0, 2.0):
                reset(council)
                renew()
                child = start_job(council)
                time.sleep(after_s)
                postgres.stop()
                time.sleep(60)
                postgres.start()
                _, status = os.waitpid(child, 0)
                good &= os.waitstatus_to_exitcode(status) == 0 and _is_whole(council, expected)
    return "away for 60 s three times, at 0.2, 1 and 2 s of the job, which waited and went on", good


@contextmanager
def _kept_database(url: str) -> Iterator[Callable[[], None]]:
    """The function it gives brings every table back to what it holds now."""
    engine = sa.create_engine(url)
    found = sa.MetaData()
    found.reflect(engine)
    with engine.connect() as connection:
        rows = {
            table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in found.sorted_tables
        }
    engine.dispose()

    def renew() -> None:
        fresh = sa.create_engine(url)
        with fresh.begin() as connection:
            for table in reversed(found.sorted_tables):
                connection.execute(sa.delete(table))
            for table in found.sorted_tables:
                if rows[table.name]:
                    connection.execute(sa.insert(table), rows[table.name])
        fresh.dispose()

    yield renew


def _mail_server(mode: str) -> Callable[[MailServer], tuple[str, bool]]:
    def attempt(server: MailServer) -> tuple[str, bool]:
        council = make_council(server)
        expected = _expected(council)
        council.mode.write_text(mode)
        impatient = (lambda: setattr(reports.deliver, "_TIMEOUT_S", 1.0)) if mode == "slow" else None
        code = run_job(council, before=impatient)
        n_first = len(mails(council))
        council.mode.write_text("ok")
        good = code == 0 and _is_whole(council, expected)
        n_repeats = len(mails(council)) - len(READERS)
        return (
            f"{n_first} mails had arrived before it answered again, {n_repeats} came twice under one Message-ID",
            good,
        )

    return attempt


def _clock(jump: dt.timedelta) -> Callable[[MailServer], tuple[str, bool]]:
    """The clock jumps between a refused try and the next, and back."""

    def attempt(server: MailServer) -> tuple[str, bool]:
        council = make_council(server)
        expected = _expected(council)
        council.mode.write_text("refuse")
        real = reports.opened.now

        def ahead() -> None:
            for module in (reports.opened, reports.deliver):
                module.now = lambda: real() + jump  # type: ignore[attr-defined]

        codes = [run_job(council, before=ahead)]
        council.mode.write_text("ok")
        codes.append(run_job(council))
        codes.append(run_job(council, before=ahead))
        return "forth while the mail server refused, and back", codes == [0, 0, 0] and _is_whole(council, expected)

    return attempt


def _two_at_once(server: MailServer) -> tuple[str, bool]:
    council = make_council(server)
    expected = _expected(council)
    good = True
    for pause in (0.0, 0.1, 0.3, 1.0, 2.0):
        reset(council)
        children = [start_job(council)]
        time.sleep(pause)
        children.append(start_job(council))
        for child in children:
            os.waitpid(child, 0)
        good &= _is_whole(council, expected)
    return "five times, 0 to 2 s apart", good


def _read_only_site(server: MailServer) -> tuple[str, bool]:
    """The job as a user who may not write to site/."""
    if os.geteuid() != 0:
        raise _Untried("only root can become another user")
    council = make_council(server)
    expected = _expected(council)
    root = council.workspace.root
    for path in (root, *root.rglob("*")):
        if "site" not in path.relative_to(root).as_posix().split("/")[0]:
            os.chown(path, NOBODY, NOBODY)
    standing = pages(root / "site")
    code = run_job(council, before=lambda: os.setuid(NOBODY))
    stands = pages(root / "site") == standing
    for path in (root, *root.rglob("*")):
        os.chown(path, 0, 0)
    return "what stood was left as it was", code != 0 and stands and run_job(council) == 0 and _is_whole(
        council, expected
    )


def _replaced_source(server: MailServer) -> tuple[str, bool]:
    """A source file is replaced by another while it is being read, then as it was."""
    council = make_council(server)
    expected = _expected(council)
    path = sorted(council.workspace.sources.glob(f"calls-{council.week}-*.csv"))[0]
    content = path.read_bytes()

    def spoil() -> None:
        real = journeys.load_file.read_ahead

        def spoiling(batches: Iterator[Any]) -> Iterator[Any]:
            for batch in real(batches):
                path.write_bytes(content[: len(content) // 2])
                yield batch

        journeys.load_file.read_ahead = spoiling  # type: ignore[assignment]

    run_job(council, before=spoil)
    path.write_bytes(content)
    council.mails.unlink(missing_ok=True)
    again = run_job(council)
    settle_mail(council)
    project_parts = stored(council)["parts"]
    return "a half-read file left no row; read again once it was whole", again == 0 and sum(
        len(rows) for name, rows in project_parts.items() if name.startswith("records")
    ) == sum(len(rows) for name, rows in expected[0]["parts"].items() if name.startswith("records"))


def _stopped(server: MailServer) -> tuple[str, bool]:
    """The process is halted for some seconds at random moments, as a laptop that sleeps does."""
    council = make_council(server)
    expected = _expected(council)
    child = start_job(council)
    for _ in range(3):
        time.sleep(0.5)
        os.kill(child, signal.SIGSTOP)
        time.sleep(1)
        os.kill(child, signal.SIGCONT)
    _, status = os.waitpid(child, 0)
    return "halted three times", os.waitstatus_to_exitcode(status) == 0 and _is_whole(council, expected)


ATTEMPTS: tuple[tuple[str, Callable[[MailServer], tuple[str, bool]]], ...] = (
    ("disk full, at one write after the other", _disk_full),
    ("database gone for 60 s", _database_gone),
    ("mail server refuses", _mail_server("refuse")),
    ("mail server slower than we wait", _mail_server("slow")),
    ("mail server hangs up after DATA", _mail_server("drop")),
    ("clock jumps an hour ahead and back", _clock(dt.timedelta(hours=1))),
    ("clock jumps a day ahead and back", _clock(dt.timedelta(days=1))),
    ("clock jumps an hour back and forth", _clock(-dt.timedelta(hours=1))),
    ("two jobs at once", _two_at_once),
    ("the site folder may not be written", _read_only_site),
    ("a source file is replaced while it is read", _replaced_source),
    ("the process is halted and goes on", _stopped),
)
