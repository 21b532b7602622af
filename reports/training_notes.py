"""`journeys train`: why people make contact, learnt from the seed corpus, and with it from a council's own labels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from journeys.errors import CheckFailed, NothingToDo
from journeys.note_reviews import note_reviews_version, read_note_reviews, read_note_tests, save_note_tests
from journeys.schema import LABELS, NOTES, RECORDS
from journeys.settings import Settings
from journeys.settings_files import read_shipped_taxonomy
from journeys.store import Store
from journeys.workspace import Workspace
from nlp.shipped import read_shipped
from nlp.train_own import OwnNote, train_own
from nlp.train_shipped import train_shipped
from reports.opened import open_engine, opened_to_write
from reports.own_model import kind_of

_FEWEST_OWN = 50


def train_seed_corpus(classifier: str, report: Callable[[str], None]) -> str:
    """Make the model that comes with journeys; how it did on writers it had not seen, in a sentence."""
    taxonomy = read_shipped_taxonomy().model_copy(update={"classifier": classifier})
    tested = train_shipped(taxonomy, report)
    return (
        f"model {tested['model_version']} learnt from {tested['n_notes']:,} notes. On writers left out: type "
        f"{tested['type_mean_f1']:.2f} (mean F1), demand {tested['demand_mean_f1']:.2f}, failure {tested['failure_f1']:.2f}; "
        f"urgent: {tested['urgent_recall']:.2f} found, {tested['urgent_precision']:.2f} of those said. Names found: "
        f"{tested['names']['found_share']:.1%} of {tested['names']['n_names']:,}, other words lost {tested['names']['lost_share']:.1%}"
    )


def train_notes(root: Path, report: Callable[[str], None]) -> str:
    """Learn from seed and own labels, and use it unless it is worse; what was learnt, in sentences.

    Raises CheckFailed where the model in use is better on own notes, NothingToDo with too few or no new labels.
    """
    with opened_to_write(root) as (workspace, settings, store):
        return train_own_from(workspace, settings, store, report)


def train_own_from(workspace: Workspace, settings: Settings, store: Store, report: Callable[[str], None]) -> str:
    """The same for a workspace that is open and locked."""
    learnt_from = f"{note_reviews_version(store)} {settings.taxonomy.wording_hash} {read_shipped(settings.taxonomy.classifier).version}"
    trained_on = hashlib.sha256(learnt_from.encode()).hexdigest()[:16]
    kept = store.newest_model(kind_of(settings.taxonomy))
    if kept is not None and kept["trained_on"] == trained_on:
        raise NothingToDo("there are no answers that the model in use has not learnt from")
    rows = _own_notes(workspace, settings, store)
    if len(rows) < _FEWEST_OWN:
        raise NothingToDo(
            f"{len(rows)} of your own notes have an answer and are still kept; {_FEWEST_OWN} are needed. Draw some with: "
            "journeys review export"
        )
    tested = read_note_tests(store, str(kept["version"])) if kept else {}
    before = {str(row.record_id): tested.get(str(row.record_id), str(row.said)) for row in rows.itertuples()}
    notes = [OwnNote(str(row.record_id), str(row.note), str(row.answer), str(row.service)) for row in rows.itertuples()]
    own = train_own(settings.taxonomy, notes, before, report)
    compared = (
        f"on {len(notes):,} own notes left out it gets {own.right.value:.1%} of types right (mean F1 {own.mean_f1:.2f}), "
        f"the model in use {own.right_before.value:.1%} ({own.mean_f1_before:.2f})"
    )
    if own.is_worse:
        raise CheckFailed(f"the new model is worse and is not used: {compared}")
    version = store.save_model(kind_of(settings.taxonomy), own.weights.as_text(), trained_on)
    save_note_tests(store, version, own.said)
    return f"model {own.weights.version} is used from now on: {compared}; the next load or run codes stored notes anew"


def _own_notes(workspace: Workspace, settings: Settings, store: Store) -> pd.DataFrame:
    """Answered notes that are still kept: record_id, note, answer, service, and what the model in use says."""
    reviews = read_note_reviews(store)
    known = reviews[reviews["answer"].isin(list(settings.taxonomy.by_slug))]
    with open_engine(workspace, settings) as engine:
        for table in (RECORDS, NOTES, LABELS):
            engine.scan(table, [workspace.data / part for part in store.parts(table.name)])
        engine.load_frame("answers", known[["record_id", "answer"]].astype("str"))
        return engine.run(
            """
            SELECT record_id, n.note, a.answer, coalesce(r.service, '') AS service, l.demand_type AS said
            FROM answers a JOIN notes n USING (record_id) JOIN labels l USING (record_id) JOIN records r USING (record_id)
            ORDER BY record_id"""
        )
