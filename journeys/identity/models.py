"""The identity model in use, as the catalogue keeps it."""

from __future__ import annotations

import json
from typing import Any

from journeys.errors import StoreError
from journeys.store import Store

KIND = "identity"


def read_identity_model(store: Store) -> tuple[dict[str, Any] | None, str]:
    """The model trained last and its version; None and "none" before any was trained.

    Raises StoreError for one of an earlier version.
    """
    kept = store.newest_model(KIND)
    if kept is None:
        return None, "none"
    model = json.loads(kept["content"])
    if "frequencies" not in model:
        raise StoreError("the identity model is of an earlier version of journeys; run: journeys train --identity")
    return model, str(kept["version"])
