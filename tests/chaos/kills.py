"""SIGKILL in the midst of the scheduled job, then the job again: store and site identical, one mail to each reader.

Half of the kills come at a random moment, half at a named write point: just before or just after one call of a function that
writes. After each, before the restart, what a reader finds is looked at: a week and `latest` are either wholly there or as before.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chaos.council import (
    Council,
    MailServer,
    mails,
    make_council,
    pages,
    reset,
    run_job,
    seconds_of,
    settle_mail,
    site,
    start_job,
    stored,
)

import journeys.parts
import reports.deliver
import reports.publish
import reports.swap
from journeys.store import Store

KILLS, SEED = 200, 1
# Where something is written that outlives the process: (holder, name).
POINTS: tuple[tuple[Any, str], ...] = (
    (journeys.parts.PartWriter, "write"),
    (journeys.parts.PartWriter, "finish"),
    (Store, "save_file"),
    (Store, "save_run"),
    (reports.publish, "_write"),
    (reports.publish, "_put"),
    (reports.publish, "put_folder"),
    (reports.publish, "renew_site"),
    (reports.swap, "_exchanged"),
    (reports.swap, "_rename"),
    (reports.deliver, "queue"),
    (reports.deliver, "count_try"),
    (reports.deliver, "_send"),
    (reports.deliver, "settle"),
)


def measure_kills(n_kills: int = KILLS) -> dict[str, int]:
    """`kills`, `identical_after_restart`, deliveries lost, doubled and repeated, `half_published`, and what kind of kills."""
    with tempfile.TemporaryDirectory() as folder, MailServer(Path(folder)) as server:
        return _measure(make_council(server), n_kills)


def _measure(council: Council, n_kills: int) -> dict[str, int]:
    reset(council)
    before = pages(council.workspace.site)
    whole = seconds_of(lambda: run_job(council))
    expected, expected_site = stored(council), site(council)
    if len(mails(council)) != 2:
        raise RuntimeError("a job that nobody killed did not send two mails")
    calls = _calls(council)
    dice, figures = random.Random(SEED), Counter[str]()
    while figures["kills"] < n_kills:
        reset(council)
        is_named = figures["kills_at_write_points"] < (figures["kills"] + 1) / 2
        if not (_killed_at(council, calls, dice) if is_named else _killed_after(council, dice.uniform(0, whole))):
            figures["kills_late"] += 1  # the job had ended before
            continue
        figures["kills"] += 1
        figures["kills_at_write_points"] += is_named
        figures["half_published"] += _is_half(council, before, expected_site["site"])
        run_job(council)
        settle_mail(council)
        figures["identical_after_restart"] += stored(council) == expected and site(council) == expected_site
        figures += _deliveries(council)  # type: ignore[assignment]
    names = (
        "kills", "kills_at_write_points", "kills_late", "identical_after_restart", "half_published", "deliveries_lost",
        "deliveries_doubled", "deliveries_repeated",
    )  # fmt: skip
    return {name: figures[name] for name in names}


def _deliveries(council: Council) -> Counter[str]:
    """Lost: nothing came. Doubled: two Message-IDs for one reader. Repeated: one Message-ID twice."""
    by_reader: dict[str, list[str]] = {reader: [] for reader in ("ann@example.org", "bob@example.org")}
    for mail in mails(council):
        by_reader[mail["to"]].append(mail["message_id"])
    return Counter(
        deliveries_lost=sum(not found for found in by_reader.values()),
        deliveries_doubled=sum(len(set(found)) > 1 for found in by_reader.values()),
        deliveries_repeated=sum(len(found) - len(set(found)) for found in by_reader.values()),
    )


def _is_half(council: Council, before: dict[str, str], after: dict[str, str]) -> bool:
    """What a reader finds now is neither what was there nor what will be, in some folder or the archive page."""
    now = pages(council.workspace.site)
    return any(
        _part(now, name) not in (_part(before, name), _part(after, name))
        for name in {path.split("/")[0] for path in (*before, *after, *now)}
    )


def _part(files: dict[str, str], name: str) -> dict[str, str]:
    return {path: content for path, content in files.items() if path.split("/")[0] == name}


def _killed_after(council: Council, seconds: float) -> bool:
    child = start_job(council)
    time.sleep(seconds)
    if os.waitpid(child, os.WNOHANG)[0]:
        return False
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _killed_at(council: Council, calls: dict[int, int], dice: random.Random) -> bool:
    point = dice.choice(sorted(calls))
    place, is_before = dice.randrange(calls[point]), dice.random() < 0.5
    return run_job(council, before=lambda: _trap(point, place, is_before)) == -signal.SIGKILL


def _trap(point: int, place: int, is_before: bool) -> None:
    """Make the process kill itself at the call number `place` of a write point."""
    holder, name = POINTS[point]
    real, n_calls = getattr(holder, name), [0]

    def trapped(*given: Any, **more: Any) -> Any:
        is_it, n_calls[0] = n_calls[0] == place, n_calls[0] + 1
        if is_it and is_before:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*given, **more)
        if is_it:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(holder, name, trapped)


def _calls(council: Council) -> dict[int, int]:
    """How often each write point is called in a whole job; those never called are left out."""
    reset(council)
    told = council.start.parent / "calls"
    told.mkdir()
    run_job(council, before=lambda: [_count(point, told) for point in range(len(POINTS))] and None)
    found = {point: (told / str(point)).stat().st_size for point in range(len(POINTS)) if (told / str(point)).exists()}
    shutil.rmtree(told)
    return found


def _count(point: int, told: Path) -> None:
    holder, name = POINTS[point]
    real: Callable[..., Any] = getattr(holder, name)

    def counted(*given: Any, **more: Any) -> Any:
        with (told / str(point)).open("ab") as file:
            file.write(b".")
        return real(*given, **more)

    setattr(holder, name, counted)
