"""The mined model of one service as a BPMN file, from the journeys that may be exported.

In: `export_journeys`, `export_events` (see `mining.log_export`). Out: the text of the file, in one piece, as the writers
of `mining.log_files` give theirs. The model is the one that `mining.models` chooses for these journeys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from journeys.engine import Engine
from mining.bpmn import as_bpmn
from mining.dialect import STEP_MARK
from mining.models import discover_model


def bpmn_pieces(engine: Engine, name: str) -> Iterator[str]:
    """The model of the exported journeys; `name` is that of the process. Nothing where there is no journey."""
    rows = engine.run(
        f"""
        WITH whole AS (
            SELECT number, string_agg(activity, '{STEP_MARK}' ORDER BY position) AS steps
            FROM export_events GROUP BY number)
        SELECT steps, count(*) AS n_journeys FROM whole GROUP BY steps ORDER BY n_journeys DESC, steps"""
    )
    variants = Counter(
        {tuple(str(steps).split(STEP_MARK)): int(n) for steps, n in zip(rows["steps"], rows["n_journeys"], strict=True)}
    )
    model = discover_model(variants)
    if model is not None:
        yield as_bpmn(model.nodes, name)
