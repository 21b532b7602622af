"""`journeys check`: settings and source files looked at, every problem said at once, nothing written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from journeys.check import SourceCheck, check_sources
from journeys.recode import preview_changes
from journeys.schema import NOTES
from journeys.settings import Settings
from journeys.settings_files import read_settings
from journeys.store import Store
from journeys.workspace import Workspace, open_workspace
from nlp.label import build_note_reader
from reports.own_model import read_own_weights

_MOST_READ = 20_000
_MOST_SHOWN = 10


def check_workspace(root: Path) -> tuple[list[str], bool]:
    """Lines to print, and whether a load would succeed; raises SettingsError for settings that cannot be used."""
    workspace = open_workspace(root)
    settings = read_settings(workspace.config)
    latest_at = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    checks = check_sources(workspace, settings, latest_at=latest_at)
    lines = [f"settings: good ({len(settings.sources)} sources, {len(settings.services.services)} services)"]
    for check in checks:
        lines += _lines(check)
    lines += [f"note: {sentence}; a schedule will refuse to run" for sentence in settings.unaccounted_sources()]
    lines += _recoding(workspace, settings)
    n_problems = sum(len(check.problems) for check in checks)
    lines.append("ready to load" if not n_problems else f"{n_problems} problems to mend before everything can load")
    return lines, not n_problems


def _recoding(workspace: Workspace, settings: Settings) -> list[str]:
    """What the next load changes on stored notes because taxonomy or model has changed."""
    store = Store(settings.engine.database_url, workspace.root)
    try:
        if not store.parts(NOTES.name):
            return []
        reader = build_note_reader(settings.taxonomy, read_own_weights(store, settings.taxonomy))
        changes, n_read = preview_changes(workspace, store, reader, _MOST_READ)
    finally:
        store.close()
    if not n_read:
        return []
    n_moved = int(changes["n_notes"].sum())
    lines = [
        f"taxonomy or model changed: the next load codes stored notes anew; of {n_read:,} looked at, {n_moved:,} "
        f"({n_moved / n_read:.1%}) get another type"
    ]
    lines += [f"  {row.n_notes:,} from {row.before} to {row.after}" for row in changes.head(_MOST_SHOWN).itertuples()]
    left = n_moved - int(changes["n_notes"].head(_MOST_SHOWN).sum())
    return [*lines, f"  and {left:,} others"] if left else lines


def _lines(check: SourceCheck) -> list[str]:
    head = f"{check.source}: {check.n_files:,} files, {check.n_rows:,} rows, {check.n_rejects:,} would be rejected"
    lines = [head, *(f"  problem: {problem}" for problem in check.problems)]
    lines += [f"  rejected: {reject}" for reject in check.rejects]
    if check.n_rejects > len(check.rejects):
        lines.append(f"  and {check.n_rejects - len(check.rejects):,} more rejected rows")
    lines += [f"  note: {remark}" for remark in check.remarks]
    return lines + [f"  not mapped: {value}" for value in check.unmapped]
