"""The file that figures are measured into: sections one after the other, a table, one JSON object with commit and versions."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

_LIBRARIES = ("duckdb", "pyarrow", "pandas", "spacy", "pm4py", "statsmodels")


def measure_sections(root: Path, name: str, sections: Mapping[str, Callable[[], dict[str, Any]]], only: str) -> int:
    """Run the sections (or one) and write build/<name>.json after each; 2 for a section nobody knows.

    Figures of other sections are kept when they were measured at the same commit.
    """
    if only and only not in sections:
        print(f"there is no section '{only}'; known: {', '.join(sections)}", file=sys.stderr)
        return 2
    path = root / "build" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    figures = _kept(path, root)
    for section, measure in sections.items():
        if only in {"", section}:
            print(f"{section} ...", flush=True)
            figures |= measure()
            _write(path, figures, root)
    for figure, value in sorted(figures.items()):
        if isinstance(value, int | float | str):
            print(f"{figure:<40} {value:>14,.3f}" if isinstance(value, float) else f"{figure:<40} {value:>14}")
    print(path)
    return 0


def _kept(path: Path, root: Path) -> dict[str, Any]:
    try:
        earlier: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return earlier if earlier.get("commit") == _commit(root) else {}


def _write(path: Path, figures: dict[str, Any], root: Path) -> None:
    figures["commit"] = _commit(root)
    figures["versions"] = {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}}
    path.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")


def _commit(root: Path) -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
