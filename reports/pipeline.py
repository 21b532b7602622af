"""The weekly job, from stored contacts to published pages, as one tuple of steps in data order.

Load comes first and on its own (`load_workspace`): it is the only step that sees raw rows. Each later step reads
named tables and writes named tables in the engine; rows and seconds are logged. A week whose inputs, settings and
code have not changed is not made again: its run id is already on its findings.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from journeys import __version__
from journeys.compare_clocks import compare_clocks
from journeys.cut import cut_by_gap
from journeys.cut_process import cut_as_set
from journeys.engine import Engine
from journeys.errors import NothingToDo, SourceError
from journeys.identity.kept_pairs import KeptPairs
from journeys.identity.models import read_identity_model
from journeys.identity.reviews import estimate_accuracy, read_reviews, reviews_version
from journeys.link import link_persons
from journeys.load import Loaded, load_sources
from journeys.lock import writing_to
from journeys.merge import merge_records
from journeys.note_reviews import note_reviews_version
from journeys.open_engine import open_engine
from journeys.partners import translate_partners
from journeys.periods import Week, week_of, weeks_between
from journeys.recode import recode_notes
from journeys.reconcile import find_missing_weeks, reconcile
from journeys.retention import expire
from journeys.schema import IDENTITIES, LABELS, NOTES, PARTNER_KEYS, RECORDS
from journeys.settings import Settings
from journeys.settings_files import read_settings
from journeys.store import Store
from journeys.workspace import Workspace, open_workspace
from mining.demand import classify_demand
from mining.events import build_events
from mining.findings import measure_findings
from nlp.label import NoteReader, build_note_reader
from nlp.shipped import folder_of, read_tested
from reports.emerging import emerging_rows
from reports.opened import Place
from reports.own_model import read_own_weights
from reports.publish import finish_swaps, publish_week, read_findings, renew_site
from reports.run_facts import about_run, deliveries, figure_settings, note_reviews, record_run, rejects, unmapped

_LOG = logging.getLogger(__name__)

_NO_CONTACTS = "{}: no contacts are loaded up to this week; load source files first"

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """A workspace with its settings read and its catalogue open."""

    workspace: Workspace
    settings: Settings
    store: Store
    note_reader: NoteReader

    @property
    def place(self) -> Place:
        """The same without what reads notes."""
        return Place(self.workspace, self.settings, self.store)


@dataclass(slots=True)
class Run:
    """One execution of the pipeline for one week; `findings` is filled by the last step before the pages."""

    opened: Opened
    engine: Engine
    week: Week
    run_id: str
    files: pd.DataFrame
    reviews: pd.DataFrame
    identity_model: dict[str, Any] | None = None
    identity_version: str = "none"
    sources: pd.DataFrame = field(default_factory=pd.DataFrame)
    missing_weeks: pd.DataFrame = field(default_factory=pd.DataFrame)
    clocks: pd.DataFrame = field(default_factory=pd.DataFrame)
    findings: dict[str, Any] = field(default_factory=dict)


def open_project(root: Path) -> Opened:
    """Open the workspace at `root`: settings checked, catalogue opened."""
    workspace = open_workspace(root)
    settings = read_settings(workspace.config)
    store = Store(settings.engine.database_url, workspace.root)
    return Opened(
        workspace,
        settings,
        store,
        build_note_reader(settings.taxonomy, read_own_weights(store, settings.taxonomy), settings.privacy.redaction),
    )


def load_workspace(opened: Opened, *, latest_at: datetime | None = None, report: Report) -> Loaded:
    """Load what is new below sources/; raises SourceError after loading the rest when files could not be read."""
    latest = latest_at or datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    with opened.note_reader.helped():
        loaded = load_sources(
            opened.workspace, opened.settings, opened.store, opened.note_reader, latest_at=latest, report=report
        )
        with writing_to(opened.workspace):
            recode_notes(opened.workspace, opened.store, opened.note_reader, report)
    if loaded.problems:
        listed = "\n".join(f"  - {problem}" for problem in loaded.problems)
        raise SourceError(f"{len(loaded.problems)} source files could not be loaded (the others were):\n{listed}")
    return loaded


def _merge(run: Run) -> None:
    settings = run.opened.settings
    cut_off_at = run.week.cut_off_at(settings.organisation.zone)
    merge_records(run.engine, settings.publishing, cut_off_at, run.opened.store.set_aside("object"))


def _reconcile(run: Run) -> None:
    run.sources = reconcile(run.engine, run.opened.settings, run.files, run.week)
    run.missing_weeks = find_missing_weeks(run.engine, run.opened.settings, run.week)
    run.clocks = compare_clocks(run.engine)


def _link(run: Run) -> None:
    identity = run.opened.settings.identity
    kept = KeptPairs.of(run.opened.workspace.data, run.identity_version, identity.threshold)
    link_persons(run.engine, identity, run.identity_model, run.reviews, kept)


def _cut(run: Run) -> None:
    cut_by_gap(run.engine, run.opened.settings)


def _classify(run: Run) -> None:
    classify_demand(run.engine, run.opened.settings)


def _cut_anew(run: Run) -> None:
    """By process, where that is set: what starts something new is told by its reason."""
    if run.opened.settings.services.cut == "process":
        cut_as_set(run.engine, run.opened.settings)


def _order(run: Run) -> None:
    build_events(run.engine, run.opened.settings, run.week)


def _measure(run: Run) -> None:
    workspace, settings, store = run.opened.place
    run.findings = measure_findings(
        run.engine,
        settings,
        run.week,
        run=about_run(workspace, settings, run.week, run.run_id, run.opened.note_reader.model_version),
        sources=run.sources,
        missing_weeks=run.missing_weeks,
        rejects=rejects(store, run.files),
        unmapped=unmapped(store, run.files),
        clocks=run.clocks,
        link_accuracy=estimate_accuracy(run.reviews),
        note_reviews=note_reviews(store, settings),
        published=store.published_measures(str(run.week)),
        requests=store.requests(),
        deliveries=deliveries(store, run.week),
        emerging=emerging_rows(run.engine, run.week),
        tested=read_tested(folder_of(settings.taxonomy.classifier)),
    )


Step = tuple[str, Callable[[Run], None], str]

STEPS: tuple[Step, ...] = (
    ("merge legs, retries and page hits", _merge, "contacts"),
    ("check that rows add up", _reconcile, "merges"),
    ("link persons", _link, "persons"),
    ("cut journeys", _cut, "journeys"),
    ("classify demand", _classify, "demand"),
    ("cut journeys anew", _cut_anew, "journeys"),
    ("order events", _order, "events"),
    ("count and measure", _measure, "journey_summary"),
)


def run_week(opened: Opened, week: Week, *, report: Report) -> bool:
    """Make and publish one week, then delete what retention no longer allows.

    False where the published week is already what this run would make.
    """
    with writing_to(opened.workspace):
        is_new = _publish(opened, week, report)
        now = datetime.now(UTC).replace(tzinfo=None)
        expired = expire(opened.workspace, opened.settings.privacy, opened.store, week, at=now)
    if expired.n_notes or expired.n_contacts:
        report(f"{week}: retention: {expired.n_notes:,} notes and {expired.n_contacts:,} rows deleted")
    return is_new


def _publish(opened: Opened, week: Week, report: Report) -> bool:
    workspace = opened.workspace
    files = _files_in_scope(opened.store, week)
    if files.empty:
        raise NothingToDo(_NO_CONTACTS.format(week))
    model, model_version = read_identity_model(opened.store)
    reviews = read_reviews(opened.store)
    run_id = _run_id(
        opened, files, week, f"{model_version} {reviews_version(opened.store)} {note_reviews_version(opened.store)}"
    )
    finish_swaps(workspace.site)
    published = read_findings(workspace.site, str(week))
    if published and published["run"]["run_id"] == run_id:
        # A run that was stopped after its pages may have left these behind.
        renew_site(workspace.site)
        record_run(opened.store, published)
        report(f"{week}: unchanged, already published")
        return False
    with _scanned(opened, files) as engine:
        run = Run(opened, engine, week, run_id, files, reviews, model, model_version)
        _take(run, STEPS)
    headline = publish_week(workspace.site, run.findings)
    record_run(opened.store, run.findings)
    report(f"{week}: published. {headline}")
    return True


@contextmanager
def ordered_events(opened: Opened, week: Week) -> Iterator[Engine]:
    """An engine with `events` and `journey_summary` as known at the end of `week`; nothing is published."""
    files = _files_in_scope(opened.store, week)
    if files.empty:
        raise NothingToDo(_NO_CONTACTS.format(week))
    model, model_version = read_identity_model(opened.store)
    with _scanned(opened, files) as engine:
        run = Run(opened, engine, week, "", files, read_reviews(opened.store), model, model_version)
        _take(run, STEPS[:-1])
        yield engine


@contextmanager
def _scanned(opened: Opened, files: pd.DataFrame) -> Iterator[Engine]:
    """An engine that knows what was stored from these files."""
    workspace = opened.workspace
    with open_engine(opened.settings.engine, spill_to=workspace.spill) as engine:
        keys = set(files["file_key"])
        for table in (RECORDS, NOTES, LABELS, IDENTITIES, PARTNER_KEYS):
            engine.scan(table, [workspace.data / part for part in opened.store.parts(table.name, keys)])
        translate_partners(engine, opened.settings)
        yield engine


def _take(run: Run, steps: Sequence[Step]) -> None:
    for name, step, table_name in steps:
        started = time.perf_counter()
        step(run)
        rows = run.engine.value(f"SELECT count(*) FROM {table_name}")
        _LOG.info("%s %s: %s rows, %.2f s", run.week, name, rows, time.perf_counter() - started)


def weeks_to_run(opened: Opened, *, week: Week | None = None, first: Week | None = None) -> list[Week]:
    """The weeks asked for: one, all from `first` on, or by default the newest complete week with data."""
    if week is not None:
        return [week]
    newest = _newest_complete_week(opened)
    return weeks_between(first, newest) if first is not None else [newest]


def _newest_complete_week(opened: Opened) -> Week:
    paths = opened.store.parts(RECORDS.name)
    if not paths:
        raise NothingToDo("nothing is loaded yet; put files below sources/ and run: journeys load")
    with Engine() as engine:
        engine.scan(RECORDS, [opened.workspace.data / path for path in paths])
        last = engine.value("SELECT max(local_at) FROM records")
    # A week without weekend work is complete all the same: the clock decides, not the last row.
    week = week_of(last.date())
    now = datetime.now(UTC).replace(tzinfo=None)
    return week if week.cut_off_at(opened.settings.organisation.zone) <= now else week.plus(-1)


def _files_in_scope(store: Store, week: Week) -> pd.DataFrame:
    """Files that say anything about this week or before: a past week does not change when newer files come."""
    return pd.DataFrame(store.files_until(str(week)))


def _run_id(opened: Opened, files: pd.DataFrame, week: Week, identity_version: str) -> str:
    model = f"{opened.note_reader.model_version} {identity_version}"
    left_out = [
        f"{row['field']} {row['token']}" for kind in ("erase", "object") for row in opened.store.set_aside(kind)
    ]
    parts = [__version__, str(week), model, figure_settings(opened.settings), *sorted(files["file_key"]), *left_out]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
