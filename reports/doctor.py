"""`journeys doctor`: is the workspace in order, and did anything personal get out of sources/?"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from journeys import __version__
from journeys.engine import Engine
from journeys.errors import JourneysError, SourceError
from journeys.keys import KEY_VARIABLE, key_id, read_keys
from journeys.mapping import RAW_IDENTIFIERS
from journeys.outbox import DEAD, SENT, WAITING, history
from journeys.privacy_scan import Finding, Wanted, scan_workspace
from journeys.settings import Settings
from journeys.settings_files import read_settings
from journeys.shape import Shaper, Tally
from journeys.sources.reading import find_files, read_batches
from journeys.store import Store
from journeys.workspace import Workspace, open_workspace
from reports.print_pdf import find_browser
from reports.publish import published_weeks
from reports.watch import HEARTBEAT, due_week, last_due

_LEAST_FREE_BYTES = 1024**3
_MOST_VALUES = 200_000  # distinct values of one identifier column of one source that are looked for
_LATEST = datetime(9999, 1, 1)
_GRACE = timedelta(minutes=30)  # a report takes its time


def examine(root: Path) -> tuple[list[str], bool]:
    """One line for each thing looked at, and whether all are in order."""
    workspace = open_workspace(root)
    lines: list[str] = [
        f"versions: journeys {__version__}, Python {sys.version.split()[0]}, DuckDB {version('duckdb')}"
    ]
    problems: list[str] = []
    for name, look in _LOOKS:
        try:
            said, is_good = look(workspace)
        except JourneysError as error:
            said, is_good = str(error), False
        lines.append(f"{'good' if is_good else 'MEND'}  {name}: {said}")
        problems += [] if is_good else [name]
    lines.append("everything is in order" if not problems else f"{len(problems)} things to mend: {', '.join(problems)}")
    return lines, not problems


def examine_privacy(root: Path, *, report: Callable[[str], None]) -> tuple[list[str], bool]:
    """What a search for the sources' own identifiers found in everything that was written; good when only notes have any.

    Notes are redacted with measured misses; anything found elsewhere is a fault.
    """
    workspace = open_workspace(root)
    settings = read_settings(workspace.config)
    wanted, problems = _identifiers(workspace, settings, report)
    store = Store(settings.engine.database_url, workspace.root)
    try:
        rows = ((f"catalogue: {row['table']}", " | ".join(map(str, row["row"].values()))) for row in store.dump())
        findings = scan_workspace(workspace.root, wanted, rows, allowed=_allowed(settings), report=report)
    finally:
        store.close()
    elsewhere = [finding for finding in findings if not finding.is_note]
    lines = [
        f"looked for {len(wanted):,} identifiers of {len(settings.sources)} sources "
        f"({wanted.n_short:,} too short to tell from ordinary words were left out)",
        *(f"not read: {problem}" for problem in problems),
        *(_line(finding) for finding in elsewhere),
        _notes_line([finding for finding in findings if finding.is_note]),
        "nothing personal was found outside the notes" if not elsewhere else "MEND: personal data outside sources/",
    ]
    return lines, not elsewhere


def _identifiers(workspace: Workspace, settings: Settings, report: Callable[[str], None]) -> tuple[Wanted, list[str]]:
    wanted, problems = Wanted(), []
    keys = read_keys(workspace.key_file)
    for source in settings.sources:
        if source.format == "sql":
            continue
        report(f"reading the identifiers of {source.name}")
        shaper, values = Shaper(source, settings, keys, _LATEST), {name: set[str]() for name in RAW_IDENTIFIERS}
        with Engine(memory_limit=settings.engine.memory_limit, threads=settings.engine.threads) as engine:
            try:
                for path in find_files(workspace.sources, source):
                    for batch in read_batches(path, source):
                        rows = shaper.shape(batch, engine, Tally())
                        for name in values if rows.num_rows else ():
                            if len(values[name]) < _MOST_VALUES:
                                values[name].update(filter(None, rows[f"raw_{name}"].unique().to_pylist()))
            except SourceError as error:
                problems.append(str(error))
        for name, found in values.items():
            wanted.add(name, found)
    return wanted, problems


def _allowed(settings: Settings) -> list[str]:
    return [settings.organisation.contact, *(source.owner for source in settings.sources)]


def _line(finding: Finding) -> str:
    return f"FOUND in {finding.place}: {finding.n:,} x {finding.kind}"


def _notes_line(findings: list[Finding]) -> str:
    kinds: dict[str, int] = {}
    for finding in findings:
        kinds[finding.kind] = kinds.get(finding.kind, 0) + finding.n
    if not kinds:
        return "notes: nothing found"
    listed = ", ".join(f"{n:,} x {kind}" for kind, n in sorted(kinds.items()))
    return f"notes (redaction misses some; journeys evaluate measures it): {listed}"


def _look_at_settings(workspace: Workspace) -> tuple[str, bool]:
    settings = read_settings(workspace.config)
    return f"{len(settings.sources)} sources, {len(settings.services.services)} services", True


def _look_at_key(workspace: Workspace) -> tuple[str, bool]:
    keys = read_keys(workspace.key_file)
    where = KEY_VARIABLE if KEY_VARIABLE in os.environ else "the key file, readable by its owner alone"
    older = f", {len(keys) - 1} older" if len(keys) > 1 else ""
    return f"key {key_id(keys[0])} from {where}{older}", True


def _look_at_purposes(workspace: Workspace) -> tuple[str, bool]:
    missing = read_settings(workspace.config).unaccounted_sources()
    return ("every source states purpose, lawful basis and owner", True) if not missing else ("; ".join(missing), False)


def _look_at_catalogue(workspace: Workspace) -> tuple[str, bool]:
    store = Store(read_settings(workspace.config).engine.database_url, workspace.root)
    try:
        files, parts = store.loaded_files(), store.part_rows()
        lost = [part["path"] for part in parts if not (workspace.data / part["path"]).is_file()]
        runs = store.run_weeks()
    finally:
        store.close()
    if lost:
        return f"{len(lost)} stored files are missing, such as {lost[0]}; restore a backup", False
    newest = f"newest published week {max(runs)}" if runs else "no week published yet"
    return f"{len(files):,} files loaded, {sum(row['n_stored'] for row in files):,} rows stored, {newest}", True


def _look_at_disk(workspace: Workspace) -> tuple[str, bool]:
    free = shutil.disk_usage(workspace.root).free
    return f"{free / 1024**3:.0f} GB free", free >= _LEAST_FREE_BYTES


def _look_at_folders(workspace: Workspace) -> tuple[str, bool]:
    closed = [path.name for path in (workspace.data, workspace.site) if not os.access(path, os.W_OK)]
    others = os.name == "posix" and bool(stat.S_IMODE(workspace.data.stat().st_mode) & stat.S_IWOTH)
    if closed or others:
        return (
            f"cannot write to {', '.join(closed)}" if closed else "anybody may write to data/: chmod o-w data"
        ), False
    return "data/ and site/ can be written", True


def _look_at_schedule(workspace: Workspace) -> tuple[str, bool]:
    """Was the last report that was due made, and does the scheduler, where one has been started, still look?"""
    settings, now = read_settings(workspace.config), datetime.now(UTC)
    if not settings.schedules:
        return "none is set in config/schedules.toml", True
    published, said = published_weeks(workspace.site), []
    for schedule in settings.schedules:
        due = last_due(schedule, now - _GRACE)
        missing = due is not None and str(due_week(settings, due)) not in published
        if missing and published:
            return (
                f"'{schedule.name}': the report for {due_week(settings, due or now)} was due {due:%d %B, %H:%M} and is not there; run: journeys schedule --once",
                False,
            )
        said.append(f"'{schedule.name}' at {schedule.cron}")
    beat = workspace.data / HEARTBEAT
    if not beat.exists():
        return f"{', '.join(said)}; no scheduler has run here yet", True
    silent = now - datetime.strptime(beat.read_text().strip(), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if silent > _GRACE:
        return f"the scheduler last looked {beat.read_text().strip()}; start it again: journeys schedule", False
    return f"{', '.join(said)}; the scheduler looks each minute", True


def _look_at_mail(workspace: Workspace) -> tuple[str, bool]:
    """Was anything given up, and can what is to be attached be printed? The server is not asked: that is done with each mail."""
    settings = read_settings(workspace.config)
    if settings.delivery.smtp is None:
        return "no server is set in config/delivery.toml; nothing is sent", True
    if settings.delivery.attach == "pdf":
        find_browser()
    store = Store(settings.engine.database_url, workspace.root)
    try:
        counts = {
            state: sum(int(row["n"]) for row in history(store) if row["state"] == state)
            for state in (SENT, WAITING, DEAD)
        }
    finally:
        store.close()
    said = ", ".join(f"{n:,} {state}" for state, n in counts.items())
    return f"{said}{'; see the log for why they were given up' if counts[DEAD] else ''}", not counts[DEAD]


def _look_at_clock(_workspace: Workspace) -> tuple[str, bool]:
    now = datetime.now(UTC)
    return f"{now:%Y-%m-%d %H:%M} UTC", now.year >= 2026


_LOOKS: tuple[tuple[str, Callable[[Workspace], tuple[str, bool]]], ...] = (
    ("settings", _look_at_settings),
    ("key", _look_at_key),
    ("purposes", _look_at_purposes),
    ("catalogue", _look_at_catalogue),
    ("disk", _look_at_disk),
    ("folders", _look_at_folders),
    ("schedule", _look_at_schedule),
    ("mail", _look_at_mail),
    ("clock", _look_at_clock),
)
