"""A council's own labels: learn from seed and own notes together, and say whether that is better on own notes left out.

Own notes weigh more than the seed's: they are few, and they are what the model will read. Each own note is judged by a
model that has not seen it; what the model in use says of the same notes is compared with that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from journeys.taxonomy import URGENT, Taxonomy
from nlp.lessons import Lesson, lessons_of
from nlp.pipeline import Learnt, build_pipeline
from nlp.scores import Share, mean_f1, right_share
from nlp.seed import read_seed_notes
from nlp.train import train_weights
from nlp.words import read_lower

OWN_WEIGHT = 3.0


@dataclass(frozen=True, slots=True)
class OwnNote:
    """One of the council's own notes, redacted, and what people say it is."""

    record_id: str
    text: str
    demand_type: str
    service: str


@dataclass(frozen=True, slots=True)
class OwnModel:
    """What was learnt, and how it and the model in use did on the same own notes, left out of what each learnt from."""

    weights: Learnt
    said: dict[str, str]
    right: Share
    right_before: Share
    mean_f1: float
    mean_f1_before: float

    @property
    def is_worse(self) -> bool:
        """Whether fewer own notes would get their right type than with the model in use."""
        return (self.right.value or 0.0) < (self.right_before.value or 0.0)


def train_own(
    taxonomy: Taxonomy, notes: Sequence[OwnNote], said_before: Mapping[str, str], report: Callable[[str], None]
) -> OwnModel:
    """Learn; `said_before` holds what the model in use says of each note, by record."""
    own = [
        Lesson(read_lower(note.text), note.demand_type, note.service, f"own-{note.record_id}", OWN_WEIGHT)
        for note in notes
    ]
    seed = lessons_of(read_seed_notes())
    trained = train_weights(build_pipeline(taxonomy), [*seed, *own], taxonomy.precedence, report)
    types = trained.weights.types
    margins = trained.held_out[len(seed) :].copy()
    margins[:, types.index(URGENT)] += trained.weights.settings["urgent_bonus"]
    said = [types[place] for place in margins.argmax(axis=1)]
    truth, before = [note.demand_type for note in notes], [said_before[note.record_id] for note in notes]
    return OwnModel(
        weights=trained.weights,
        said={note.record_id: slug for note, slug in zip(notes, said, strict=True)},
        right=right_share(truth, said),
        right_before=right_share(truth, before),
        mean_f1=mean_f1(truth, said),
        mean_f1_before=mean_f1(truth, before),
    )
