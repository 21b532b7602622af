"""`journeys train --seed-corpus`: learn the shipped model from the seed corpus, and test it on writers left out.

Writes nlp/model, a spaCy pipeline of a few megabytes, and with it tested.json: how the model did on notes of writers it
had not seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from journeys.taxonomy import URGENT, Taxonomy
from nlp.calibration import calibration
from nlp.lessons import lessons_of
from nlp.names import read_name_model
from nlp.pipeline import build_pipeline, teach
from nlp.scores import mean_f1, right_share, score_class
from nlp.seed import SeedNote, read_seed_notes
from nlp.shipped import FOLDER, TESTED, folder_of, read_shipped
from nlp.train import Trained, train_weights
from nlp.train_names import train_names, try_names


def train_shipped(taxonomy: Taxonomy, report: Callable[[str], None]) -> dict[str, Any]:
    """Learn from the seed corpus and save the pipeline and its test figures; returns the figures."""
    notes, folder = read_seed_notes(), folder_of(taxonomy.classifier)
    report("learning what names look like")
    names = try_names(notes)
    train_names(notes).save(FOLDER)
    read_name_model.cache_clear()
    language = build_pipeline(taxonomy)
    trained = train_weights(language, lessons_of(notes), taxonomy.precedence, report)
    teach(language, trained.weights)
    language.to_disk(folder)
    tested = _tested(notes, trained, taxonomy) | {"names": asdict(names)}
    (folder / TESTED).write_text(json.dumps(tested, indent=1) + "\n", encoding="utf-8")
    read_shipped.cache_clear()
    return tested


def _tested(notes: Sequence[SeedNote], trained: Trained, taxonomy: Taxonomy) -> dict[str, Any]:
    """Figures on notes of writers left out, before cues of an edited taxonomy."""
    types = trained.weights.types
    margins = trained.held_out.copy()
    margins[:, types.index(URGENT)] += trained.weights.settings["urgent_bonus"]
    truth = [note.types[0] for note in notes]
    said = [types[place] for place in margins.argmax(axis=1)]
    demands, demands_said = ([taxonomy.demand_of(slug) for slug in slugs] for slugs in (truth, said))
    urgent = score_class(URGENT, truth, said)
    powers = np.exp((margins - margins.max(axis=1, keepdims=True)) * trained.weights.settings["temperature"])
    scores = (powers.max(axis=1) / powers.sum(axis=1)).tolist()
    error, bins = calibration(scores, [there == answer for there, answer in zip(truth, said, strict=True)])
    return {
        "types": [asdict(score_class(slug, truth, said)) for slug in types],
        "calibration_error": error,
        "calibration": [asdict(one) for one in bins],
        "n_notes": len(notes),
        "n_writers": len({note.writer for note in notes}),
        "type_mean_f1": mean_f1(truth, said),
        "type_right": right_share(truth, said).value,
        "demand_mean_f1": mean_f1(demands, demands_said),
        "failure_f1": score_class("failure", demands, demands_said).f1,
        "urgent_precision": urgent.precision.value,
        "urgent_recall": urgent.recall.value,
        "model_version": trained.weights.version,
    }
