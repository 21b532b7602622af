"""`journeys demo`: a fictional council in a folder of its own, everything run, the last weeks published."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from journeys.errors import StoreError
from journeys.lock import writing_to
from journeys.periods import Week
from journeys.sample.council import make_council
from journeys.settings_files import read_settings
from journeys.workspace import create_workspace
from reports.demo_reviews import simulate_reviews
from reports.pipeline import Opened, Report, load_workspace, open_project, run_week
from reports.training import train_from

LAST_WEEK = Week(2026, 46)
_PUBLISHED_WEEKS = 8
_MARK = "truth.json"


def make_demo(folder: Path, *, weeks: int, seed: int, report: Report) -> Path:
    """Make, load, mine and publish the sample council; returns the path of its archive page.

    Raises StoreError for a folder that holds anything but an earlier demo.
    """
    if not 1 <= weeks <= 520:
        raise StoreError(f"--weeks {weeks}: a demo has 1 to 520 weeks")
    _clear(folder)
    workspace = create_workspace(folder)
    report(f"making a fictional council: {weeks} weeks, seed {seed}")
    services = read_settings(workspace.config).services
    made = make_council(folder, services, weeks=weeks, seed=seed, last_week=LAST_WEEK)
    report(f"{made.n_rows:,} rows in {made.n_files:,} source files")
    opened = open_project(folder)
    try:
        after = LAST_WEEK.cut_off_at(opened.settings.organisation.zone) + timedelta(days=1)
        load_workspace(opened, latest_at=after, report=report)
        report(_learn_identities(opened))
        with writing_to(workspace):
            now = LAST_WEEK.cut_off_at(opened.settings.organisation.zone)
            report(simulate_reviews(workspace, opened.settings, opened.store, folder / _MARK, seed=seed, at=now))
        for back in reversed(range(min(weeks, _PUBLISHED_WEEKS))):
            run_week(opened, LAST_WEEK.plus(-back), report=report)
    finally:
        opened.store.close()
    return workspace.site / "index.html"


def _learn_identities(opened: Opened) -> str:
    try:
        with writing_to(opened.workspace):
            return train_from(opened.workspace, opened.settings, opened.store)
    except StoreError as error:
        return str(error)  # a council of few weeks has too few records to learn from, and links by exact keys


def _clear(folder: Path) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / _MARK).exists():
        raise StoreError(f"{folder}: this folder is not empty and holds no earlier demo; choose another")
    shutil.rmtree(folder)
