"""The identity model in use, as the catalogue keeps it."""

from __future__ import annotations

import json
from typing import Any

from journeys.store import Store

KIND = "identity"


def read_identity_model(store: Store) -> tuple[dict[str, Any] | None, str]:
    """The model trained last and its version; None and "none" before any was trained."""
    kept = store.newest_model(KIND)
    return (json.loads(kept["content"]), str(kept["version"])) if kept else (None, "none")
