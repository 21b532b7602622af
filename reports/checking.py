"""`journeys check`: settings and source files looked at, every problem said at once, nothing written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from journeys.check import SourceCheck, check_sources
from journeys.settings_files import read_settings
from journeys.workspace import open_workspace


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
    n_problems = sum(len(check.problems) for check in checks)
    lines.append("ready to load" if not n_problems else f"{n_problems} problems to mend before everything can load")
    return lines, not n_problems


def _lines(check: SourceCheck) -> list[str]:
    head = f"{check.source}: {check.n_files:,} files, {check.n_rows:,} rows, {check.n_rejects:,} would be rejected"
    lines = [head, *(f"  problem: {problem}" for problem in check.problems)]
    lines += [f"  rejected: {reject}" for reject in check.rejects]
    if check.n_rejects > len(check.rejects):
        lines.append(f"  and {check.n_rejects - len(check.rejects):,} more rejected rows")
    lines += [f"  note: {remark}" for remark in check.remarks]
    return lines + [f"  not mapped: {value}" for value in check.unmapped]
