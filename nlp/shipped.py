"""The model that comes with the project: what was learnt from the seed corpus, read once.

It lies beside the code and in the wheel, not in the repository: `make` makes it (`nlp.train_shipped`).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from journeys.errors import StoreError
from nlp.pipeline import REASONS
from nlp.reasons import Weights

FOLDER = Path(__file__).parent / "model"
TESTED = "tested.json"


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


def read_tested(folder: Path = FOLDER) -> dict[str, Any]:
    """How the shipped model did on writers it had not seen; empty where it was never tested."""
    try:
        tested: dict[str, Any] = json.loads((folder / TESTED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return tested
