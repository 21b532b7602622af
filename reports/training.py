"""`journeys train --identity`: learn, once, how likely it is that two records alike in some ways are one person.

Learnt from everything loaded, without labels; kept in the catalogue with its version and a hash of what it was learnt
from, and used unchanged by every run until somebody trains again.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from journeys.engine import Engine
from journeys.errors import NothingToDo, SettingsError
from journeys.identity.models import KIND
from journeys.identity.training import train
from journeys.lock import writing_to
from journeys.schema import IDENTITIES
from journeys.settings import Settings
from journeys.settings_files import read_settings
from journeys.store import Store
from journeys.workspace import Workspace, open_workspace


def train_identity(root: Path) -> str:
    """Train and keep the model; what was learnt, in a sentence. Raises StoreError where too few records agree."""
    workspace = open_workspace(root)
    settings = read_settings(workspace.config)
    store = Store(settings.engine.database_url, workspace.root)
    try:
        with writing_to(workspace):
            return train_from(workspace, settings, store)
    finally:
        store.close()


def train_from(workspace: Workspace, settings: Settings, store: Store) -> str:
    """The same for an open workspace whose lock is held."""
    if not settings.identity.compares():
        raise SettingsError(
            ['config/identity.toml: tiers: "probabilistic" is not among them, so there is nothing to train']
        )
    paths = store.parts(IDENTITIES.name)
    if not paths:
        raise NothingToDo("no loaded source maps a name, a date of birth or a postcode; there is nothing to learn from")
    limits = settings.engine
    with Engine(memory_limit=limits.memory_limit, threads=limits.threads, spill_to=workspace.spill) as engine:
        engine.scan(IDENTITIES, [workspace.data / path for path in paths])
        n_records = engine.save(
            "identity_training", "SELECT record_id AS contact_id, * EXCLUDE (record_id) FROM identities"
        )
        model = train(engine, "identity_training")
    files = sorted(row["file_key"] for row in store.loaded_files())
    trained_on = hashlib.sha256("\n".join(files).encode()).hexdigest()[:16]
    version = store.save_model(KIND, json.dumps(model, sort_keys=True), trained_on)
    return f"learnt from {n_records:,} records of {len(files):,} files: model {version}, used from the next run on"
