"""`journeys train --seed-corpus`: why people make contact, learnt from the notes that come with the project."""

from __future__ import annotations

from collections.abc import Callable

from journeys.settings_files import read_shipped_taxonomy
from nlp.train_shipped import train_shipped


def train_seed_corpus(report: Callable[[str], None]) -> str:
    """Make the shipped model; how it did on writers it had not seen, in a sentence."""
    tested = train_shipped(read_shipped_taxonomy(), report)
    return (
        f"model {tested['model_version']} learnt from {tested['n_notes']:,} notes. On writers left out: type "
        f"{tested['type_mean_f1']:.2f} (mean F1), demand {tested['demand_mean_f1']:.2f}, failure {tested['failure_f1']:.2f}; "
        f"urgent: {tested['urgent_recall']:.2f} found, {tested['urgent_precision']:.2f} of those said"
    )
