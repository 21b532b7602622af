"""The model learnt from a council's own labels, as the catalogue keeps it."""

from __future__ import annotations

from journeys.errors import StoreError
from journeys.store import Store
from nlp.reasons import Weights

KIND = "reasons"


def read_own_weights(store: Store) -> Weights | None:
    """What was learnt from the council's own labels; None before. Raises StoreError for a model of another version."""
    kept = store.newest_model(KIND)
    if kept is None:
        return None
    try:
        return Weights.from_text(kept["content"])
    except (KeyError, ValueError, OSError):
        raise StoreError(
            "the model learnt from your own labels is of another version of journeys; make it again with: journeys train"
        ) from None
