"""`make chaos`: faults and attacks, each survived or not; a table, and build/chaos.json.

Sections are functions that return figures; `ONLY=section` runs one of them and keeps the others' figures when they were
measured at the same commit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "benchmarks")]

from chaos.faults import measure_faults  # noqa: E402 - the path above comes first
from chaos.kills import measure_kills  # noqa: E402
from figures_file import measure_sections  # noqa: E402

SECTIONS: dict[str, Callable[[], dict[str, Any]]] = {
    "faults": measure_faults,
    "kills": measure_kills,
}

if __name__ == "__main__":
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    raise SystemExit(measure_sections(ROOT, "chaos", SECTIONS, only))
