"""What a run says of itself and of what it read: settings, versions, answers of people, mails, rows refused and values not mapped.

All of it comes from the catalogue and from what was published before; none of it from the contacts.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from typing import Any

import pandas as pd

from journeys import __version__
from journeys.mapping import REASONS
from journeys.note_reviews import read_note_reviews, read_note_tests
from journeys.outbox import DEAD, SENT, WAITING, history
from journeys.periods import Week
from journeys.settings import Settings
from journeys.store import Store
from journeys.workspace import Workspace
from reports.own_model import kind_of
from reports.publish import published_weeks, read_findings
from reports.render import week_line

_LIBRARIES = ("duckdb", "pandas", "pm4py", "spacy", "networkx")


def figure_settings(settings: Settings) -> str:
    """All settings that can change a figure or a page: not who gets the report, and when."""
    return json.dumps(settings.model_dump(mode="json", exclude={"schedules", "delivery"}), sort_keys=True)


def about_run(workspace: Workspace, settings: Settings, week: Week, run_id: str, model_version: str) -> dict[str, Any]:
    """The `run` part of findings."""
    return {
        "run_id": run_id,
        "settings_hash": hashlib.sha256(figure_settings(settings).encode()).hexdigest()[:16],
        "model_version": model_version,
        "versions": {"journeys": __version__, **{name: version(name) for name in _LIBRARIES}},
        **_before(workspace, week),
    }


def _before(workspace: Workspace, week: Week) -> dict[str, Any]:
    """What made the week published before this one, so that readers see what changed beside the figures."""
    earlier = [name for name in published_weeks(workspace.site) if name < str(week)]
    found = read_findings(workspace.site, earlier[-1]) if earlier else None
    if found is None:
        return {}
    kept = {name: found["run"][name] for name in ("settings_hash", "model_version", "versions")}
    return {"before": {"week": earlier[-1], **kept}}


def note_reviews(store: Store, settings: Settings) -> pd.DataFrame:
    """Answers on notes, with what the model in use said of each while it was left out."""
    reviews = read_note_reviews(store)
    model = store.newest_model(kind_of(settings.taxonomy))
    tested = read_note_tests(store, str(model["version"])) if model else {}
    return reviews.assign(left_out=reviews["record_id"].map(tested))


def deliveries(store: Store, week: Week) -> pd.DataFrame:
    """Mails of earlier weeks by state, newest week first."""
    counts: dict[str, dict[str, int]] = {}
    for row in history(store):
        if row["week"] < str(week):
            counts.setdefault(row["week"], dict.fromkeys((SENT, WAITING, DEAD), 0))[row["state"]] = int(row["n"])
    rows = [
        {"week": name, "n_sent": n[SENT], "n_waiting": n[WAITING], "n_given_up": n[DEAD]} for name, n in counts.items()
    ]
    return pd.DataFrame(rows[::-1], columns=["week", "n_sent", "n_waiting", "n_given_up"])


def rejects(store: Store, files: pd.DataFrame) -> pd.DataFrame:
    """Rows refused of these files, by source, reason and column."""
    frame = pd.DataFrame(store.reject_counts(set(files["file_key"])), columns=["source", "reason", "column", "n_rows"])
    return frame.assign(reason=[REASONS.get(reason, reason) for reason in frame["reason"]])


def unmapped(store: Store, files: pd.DataFrame) -> pd.DataFrame:
    """Values no map names, with their rows and what share of all rows of their source that is."""
    rows = store.unmapped_counts(set(files["file_key"]))
    n_read = files.groupby("source")["n_rows"].sum().to_dict()
    shares = [f"{100 * row['n_rows'] / max(n_read[row['source']], 1):.1f}%" for row in rows]
    return pd.DataFrame(rows, columns=["source", "field", "value", "n_rows"]).assign(share_of_rows=shares)


def record_run(store: Store, findings: dict[str, Any]) -> None:
    """Keep what a published week said of its measures; a run that is on record already replaces itself."""
    about = findings["run"]
    row = {
        "run_id": about["run_id"],
        "week": findings["period"]["week"],
        "settings_hash": about["settings_hash"],
        "headline": week_line(findings).headline,
    }
    kept = ("scope", "measure_id", "week", "value", "n")
    store.save_run(row, [{name: measure[name] for name in kept} for measure in findings["measures"]])
