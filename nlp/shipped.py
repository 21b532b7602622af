"""The model that comes with the project: what was learnt from the seed corpus, read once.

It lies beside the code and in the wheel, not in the repository: `make` makes it (`nlp.train_shipped`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from journeys.errors import StoreError
from nlp.pipeline import REASONS
from nlp.reasons import Weights

FOLDER = Path(__file__).parent / "model"


@cache
def read_shipped() -> Weights:
    """What the shipped model learnt; raises StoreError where it has not been made yet."""
    try:
        return Weights.load(FOLDER / REASONS)
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(
            f"the model of reasons for contact is not there or cannot be read ({type(error).__name__}); make it, which "
            "takes about a minute, with: journeys train --seed-corpus"
        ) from None
