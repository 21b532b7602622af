"""The models that come with the project, or are made with its notes: what was learnt from the seed corpus, read once.

They lie beside the code, not in the repository: `make` makes the default one, which is in the wheel too
(`nlp.train_shipped`).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from journeys.errors import StoreError
from nlp.pipeline import REASONS, Learnt
from nlp.reasons import Weights
from nlp.reduce import ReduceWeights

FOLDER = Path(__file__).parent / "model"
TESTED = "tested.json"


def folder_of(classifier: str) -> Path:
    """Where the pipeline with this classifier lies once it is made."""
    return FOLDER if classifier == "words" else FOLDER / classifier


@cache
def read_shipped(classifier: str = "words") -> Learnt:
    """What the classifier learnt; raises StoreError where it has not been made yet."""
    folder = folder_of(classifier) / REASONS
    try:
        return ReduceWeights.load(folder) if classifier == "reduce" else Weights.load(folder)
    except (OSError, ValueError, KeyError) as error:
        command, minutes = "journeys train --seed-corpus", "a minute"
        if classifier != "words":
            command, minutes = f"{command} --classifier {classifier}", "ten minutes"
        raise StoreError(
            f"the model of reasons for contact is not there or cannot be read ({type(error).__name__}); make it, which "
            f"takes about {minutes}, with: {command}"
        ) from None


def read_tested(folder: Path) -> dict[str, Any]:
    """How the model in this folder did on writers it had not seen; empty where it was never tested."""
    try:
        tested: dict[str, Any] = json.loads((folder / TESTED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return tested
