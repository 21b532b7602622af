"""Every file of the malformed corpus, loaded for real: how many, and how many ended as they must."""

from __future__ import annotations

import shutil
from pathlib import Path

from malformed import run_corpus


def measure_malformed(folder: Path) -> dict[str, int]:
    """`malformed_files`, and `malformed_clean`: a clear error, rejects or a clean load, and nothing left or let out."""
    place = folder / "malformed"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    n_files, n_clean = run_corpus(place)
    shutil.rmtree(place)
    return {"malformed_files": n_files, "malformed_clean": n_clean}
