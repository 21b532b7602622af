"""`make bench`: measure speed and accuracy side by side, print a table, write build/bench.json.

Sections are functions that return figures; ratios come with both sides' seconds. `ONLY=section` runs one of them and
keeps the others' figures when they were measured at the same commit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "benchmarks")]

from bench_cut import measure_cut  # noqa: E402
from bench_identity import measure_identity, measure_increment, measure_million  # noqa: E402
from bench_identity_demo import measure_demo_links  # noqa: E402
from bench_kills import measure_kills  # noqa: E402 - the path above comes first
from bench_load import measure_load  # noqa: E402
from bench_malformed import measure_malformed  # noqa: E402
from bench_mining import measure_mining  # noqa: E402
from bench_nlp import measure_nlp  # noqa: E402
from bench_partner import measure_partner  # noqa: E402
from bench_spark import measure as measure_spark  # noqa: E402
from figures_file import measure_sections  # noqa: E402

SHARED = ROOT.parent / "shared" / "data"


def _measure_identity(folder: Path) -> dict[str, Any]:
    figures: dict[str, Any] = measure_demo_links(folder) | measure_partner(folder)
    if SHARED.is_dir():
        figures |= measure_identity(SHARED)
    else:
        print("  the public test sets in ../shared/data are not here, and are left out")
    return figures | measure_million() | measure_increment(folder / "identity")


SECTIONS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "load": measure_load,
    "kills": measure_kills,
    "malformed": measure_malformed,
    "identity": _measure_identity,
    "cut": measure_cut,
    "mining": measure_mining,
    "nlp": lambda folder: measure_nlp(folder, SHARED),
    "spark": lambda folder: measure_spark(),
}


if __name__ == "__main__":
    folder = ROOT / "build" / "bench"
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    raise SystemExit(
        measure_sections(ROOT, "bench", {name: partial(measure, folder) for name, measure in SECTIONS.items()}, only)
    )
