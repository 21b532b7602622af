"""`make validate`: estimators against simulated councils of known truth; a table, and build/validate.json.

Sections are functions that return figures; `ONLY=section` runs one of them and keeps the others' figures when they were
measured at the same commit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "validation"), str(ROOT / "tests" / "benchmarks")]

from figures_file import measure_sections  # noqa: E402 - the path above comes first
from validate_clustered import validate_clustered  # noqa: E402
from validate_comparison import validate_comparison  # noqa: E402
from validate_forecast import validate_forecast  # noqa: E402
from validate_hours import validate_hours  # noqa: E402
from validate_origin import validate_origin  # noqa: E402
from validate_resolution import validate_resolution  # noqa: E402
from validate_suppression import validate_suppression  # noqa: E402
from validate_xmr import validate_xmr  # noqa: E402

SECTIONS: dict[str, Callable[[], dict[str, Any]]] = {
    "clustered": validate_clustered,
    "comparison": validate_comparison,
    "forecast": validate_forecast,
    "hours": validate_hours,
    "origin": validate_origin,
    "resolution": validate_resolution,
    "suppression": validate_suppression,
    "xmr": validate_xmr,
}

if __name__ == "__main__":
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    raise SystemExit(measure_sections(ROOT, "validate", SECTIONS, only))
