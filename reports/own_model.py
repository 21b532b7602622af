"""The model learnt from a council's own labels, as the catalogue keeps it: one for each classifier it has tried."""

from __future__ import annotations

from journeys.errors import StoreError
from journeys.store import Store
from journeys.taxonomy import Taxonomy
from nlp.pipeline import Learnt
from nlp.reasons import Weights
from nlp.reduce import ReduceWeights


def kind_of(taxonomy: Taxonomy) -> str:
    """Kind of the catalogue's models for the classifier the taxonomy names."""
    return "reasons" if taxonomy.classifier == "words" else f"reasons_{taxonomy.classifier}"


def read_own_weights(store: Store, taxonomy: Taxonomy) -> Learnt | None:
    """What was learnt from the council's own labels; None before. Raises StoreError for a model of another version."""
    kept = store.newest_model(kind_of(taxonomy))
    if kept is None:
        return None
    kind = ReduceWeights if taxonomy.classifier == "reduce" else Weights
    try:
        return kind.from_text(kept["content"])
    except (KeyError, ValueError, OSError):
        raise StoreError(
            "the model learnt from your own labels is of another version of journeys; make it again with: journeys train"
        ) from None
