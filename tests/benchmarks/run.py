"""`make bench`: measure speed and accuracy side by side, print a table, write build/bench.json.

Sections are functions that return figures; ratios come with both sides' seconds. `ONLY=section` runs one of them and
keeps the others' figures when they were measured at the same commit.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
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
}
_LIBRARIES = ("duckdb", "pyarrow", "pandas", "spacy", "pm4py")


def main(only: str) -> int:
    """Run the sections and write the file; 2 for a section nobody knows."""
    if only and only not in SECTIONS:
        print(f"there is no section '{only}'; known: {', '.join(SECTIONS)}", file=sys.stderr)
        return 2
    path = ROOT / "build" / "bench.json"
    path.parent.mkdir(exist_ok=True)
    figures = _kept(path)
    for name, measure in SECTIONS.items():
        if only in {"", name}:
            print(f"{name} ...", flush=True)
            figures |= measure(ROOT / "build" / "bench")
            _write(path, figures)
    for name, value in sorted(figures.items()):
        if isinstance(value, int | float | str):
            print(f"{name:<34} {value:>14,.3f}" if isinstance(value, float) else f"{name:<34} {value:>14}")
    print(path)
    return 0


def _kept(path: Path) -> dict[str, Any]:
    try:
        earlier: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return earlier if earlier.get("commit") == _commit() else {}


def _write(path: Path, figures: dict[str, Any]) -> None:
    figures["commit"] = _commit()
    figures["versions"] = {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}}
    path.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
