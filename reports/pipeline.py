"""The weekly job, from stored contacts to published pages, as one tuple of steps in data order.

Load comes first and on its own (`load_workspace`): it is the only step that sees raw rows. Each later step reads
named tables and writes named tables in the engine; rows and seconds are logged. A week whose inputs, settings and
code have not changed is not made again: its run id is already on its findings.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
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
from journeys.mapping import REASONS
from journeys.merge import merge_records
from journeys.note_reviews import note_reviews_version, read_note_reviews, read_note_tests
from journeys.open_engine import open_engine
from journeys.outbox import DEAD, SENT, WAITING, history
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
from reports.own_model import kind_of, read_own_weights
from reports.publish import publish_week, published_weeks, read_findings, renew_site
from reports.render import week_line

_LOG = logging.getLogger(__name__)
_LIBRARIES = ("duckdb", "pandas", "pm4py", "spacy", "networkx")

_NO_CONTACTS = "{}: no contacts are loaded up to this week; load source files first"

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """A workspace with its settings read and its catalogue open."""

    workspace: Workspace
    settings: Settings
    store: Store
    note_reader: NoteReader


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
    run.findings = measure_findings(
        run.engine,
        run.opened.settings,
        run.week,
        run=_about_run(run),
        sources=run.sources,
        missing_weeks=run.missing_weeks,
        rejects=_rejects(run),
        unmapped=_unmapped(run),
        clocks=run.clocks,
        link_accuracy=estimate_accuracy(run.reviews),
        note_reviews=_note_reviews(run.opened),
        published=run.opened.store.published_measures(str(run.week)),
        requests=run.opened.store.requests(),
        deliveries=_deliveries(run),
        emerging=emerging_rows(run.engine, run.week),
        tested=read_tested(folder_of(run.opened.settings.taxonomy.classifier)),
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
    published = read_findings(workspace.site, str(week))
    if published and published["run"]["run_id"] == run_id:
        # A run that was stopped after its pages may have left these behind.
        renew_site(workspace.site)
        _record(opened, published)
        report(f"{week}: unchanged, already published")
        return False
    with _scanned(opened, files) as engine:
        run = Run(opened, engine, week, run_id, files, reviews, model, model_version)
        _take(run, STEPS)
    headline = publish_week(workspace.site, run.findings)
    _record(opened, run.findings)
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
    parts = [__version__, str(week), model, _figure_settings(opened.settings), *sorted(files["file_key"]), *left_out]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _figure_settings(settings: Settings) -> str:
    """All settings that can change a figure or a page: not who gets the report, and when."""
    return json.dumps(settings.model_dump(mode="json", exclude={"schedules", "delivery"}), sort_keys=True)


def _about_run(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "settings_hash": hashlib.sha256(_figure_settings(run.opened.settings).encode()).hexdigest()[:16],
        "model_version": run.opened.note_reader.model_version,
        "versions": {"journeys": __version__, **{name: version(name) for name in _LIBRARIES}},
        **_before(run),
    }


def _before(run: Run) -> dict[str, Any]:
    """What made the week published before this one, so that readers see what changed beside the figures."""
    site = run.opened.workspace.site
    earlier = [week for week in published_weeks(site) if week < str(run.week)]
    found = read_findings(site, earlier[-1]) if earlier else None
    if found is None:
        return {}
    kept = {name: found["run"][name] for name in ("settings_hash", "model_version", "versions")}
    return {"before": {"week": earlier[-1], **kept}}


def _note_reviews(opened: Opened) -> pd.DataFrame:
    """Answers on notes, with what the model in use said of each while it was left out."""
    store = opened.store
    reviews = read_note_reviews(store)
    model = store.newest_model(kind_of(opened.settings.taxonomy))
    tested = read_note_tests(store, str(model["version"])) if model else {}
    return reviews.assign(left_out=reviews["record_id"].map(tested))


def _deliveries(run: Run) -> pd.DataFrame:
    """Mails of earlier weeks by state, newest week first."""
    counts: dict[str, dict[str, int]] = {}
    for row in history(run.opened.store):
        if row["week"] < str(run.week):
            counts.setdefault(row["week"], dict.fromkeys((SENT, WAITING, DEAD), 0))[row["state"]] = int(row["n"])
    rows = [
        {"week": week, "n_sent": n[SENT], "n_waiting": n[WAITING], "n_given_up": n[DEAD]} for week, n in counts.items()
    ]
    return pd.DataFrame(rows[::-1], columns=["week", "n_sent", "n_waiting", "n_given_up"])


def _rejects(run: Run) -> pd.DataFrame:
    rows = run.opened.store.reject_counts(set(run.files["file_key"]))
    frame = pd.DataFrame(rows, columns=["source", "reason", "column", "n_rows"])
    return frame.assign(reason=[REASONS.get(reason, reason) for reason in frame["reason"]])


def _unmapped(run: Run) -> pd.DataFrame:
    """Values no map names, with their rows and what share of all rows of their source that is."""
    rows = run.opened.store.unmapped_counts(set(run.files["file_key"]))
    n_read = run.files.groupby("source")["n_rows"].sum().to_dict()
    shares = [f"{100 * row['n_rows'] / max(n_read[row['source']], 1):.1f}%" for row in rows]
    return pd.DataFrame(rows, columns=["source", "field", "value", "n_rows"]).assign(share_of_rows=shares)


def _record(opened: Opened, findings: dict[str, Any]) -> None:
    """Keep what a published week said of its measures; a run that is on record already replaces itself."""
    about = findings["run"]
    row = {
        "run_id": about["run_id"],
        "week": findings["period"]["week"],
        "settings_hash": about["settings_hash"],
        "headline": week_line(findings).headline,
    }
    opened.store.save_run(row, _measure_rows(findings))


def _measure_rows(findings: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "scope": measure["scope"], "measure_id": measure["measure_id"], "week": measure["week"],
            "value": measure["value"], "n": measure["n"],
        }
        for measure in findings["measures"]
    ]  # fmt: skip
