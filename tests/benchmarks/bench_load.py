"""Loading against the least that could be done: DuckDB copying the same CSV to Parquet, which keeps everything raw.

A file of 8 columns without notes, once without an identifier column mapped and once with one of a million distinct
values. Each side is run by turns in processes of its own, and the ratio is of the medians. Memory is the load's
peak on 10 million rows.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

ROWS, MANY_ROWS, DISTINCT = 5_000_000, 10_000_000, 1_000_000
_TURNS = 3
_HERE = Path(__file__).parent

SOURCES = """
[[source]]
name = "calls"
kind = "contact"
files = "calls.csv"
format = "csv"
purpose = "bench"
lawful_basis = "bench"
owner = "bench"

[source.columns]
source_record_id = "Contact ID"
started_at = {{ column = "Started", format = "%Y-%m-%d %H:%M:%S" }}
channel = {{ column = "Channel", map = {{ "Phone" = "phone", "Web form" = "web_form", "Counter" = "face_to_face", "E-mail" = "email" }} }}
service = {{ column = "Queue", map = {{ "CTAX" = "council_tax", "BEN" = "benefits", "WASTE" = "waste", "REPAIRS" = "housing_repairs", "PARKING" = "parking", "PLANNING" = "planning" }} }}
wait_s = {{ column = "Waited", unit = "seconds" }}
handle_s = {{ column = "Handled", unit = "seconds" }}
outcome = "Outcome"
{identifier}
"""


def measure_load(folder: Path) -> dict[str, Any]:
    """`load_vs_duckdb_copy`, `load_ids_vs_duckdb_copy` (ratios of seconds) and `load_10m_peak_mb`."""
    shutil.rmtree(folder / "load", ignore_errors=True)
    plain = _workspace(folder / "load" / "plain", ROWS, "")
    with_ids = _workspace(folder / "load" / "ids", ROWS, 'account = "Account"')
    seconds: dict[str, list[float]] = {"duckdb": [], "plain": [], "ids": []}
    for _ in range(_TURNS):
        seconds["duckdb"].append(_copy(plain / "sources" / "calls.csv", folder / "load" / "copy.parquet"))
        seconds["plain"].append(_load(plain)[0])
        seconds["ids"].append(_load(with_ids)[0])
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    many = _workspace(folder / "load" / "many", MANY_ROWS, 'account = "Account"')
    _, peak_mb = _load(many)
    shutil.rmtree(folder / "load")
    return {
        "load_rows": ROWS, "load_seconds": medians["plain"], "load_ids_seconds": medians["ids"],
        "load_duckdb_copy_seconds": medians["duckdb"], "load_seconds_each": seconds,
        "load_vs_duckdb_copy": medians["plain"] / medians["duckdb"],
        "load_ids_vs_duckdb_copy": medians["ids"] / medians["duckdb"],
        "load_10m_peak_mb": peak_mb,
    }  # fmt: skip


def _workspace(root: Path, n_rows: int, identifier: str) -> Path:
    from journeys.workspace import create_workspace

    workspace = create_workspace(root)
    (workspace.config / "sources.toml").write_text(SOURCES.format(identifier=identifier))
    duckdb.sql(
        f"""
        COPY (SELECT 'C' || lpad(i::varchar, 9, '0') AS "Contact ID",
                     strftime(TIMESTAMP '2025-11-10' + to_seconds((i * 31536000 // {n_rows})::bigint), '%Y-%m-%d %H:%M:%S')
                         AS "Started",
                     ['Phone', 'Web form', 'Counter', 'E-mail'][1 + (hash(i) % 4)::int] AS "Channel",
                     ['CTAX', 'BEN', 'WASTE', 'REPAIRS', 'PARKING', 'PLANNING'][1 + (hash(i + 1) % 6)::int] AS "Queue",
                     hash(i + 2) % 600 AS "Waited", hash(i + 3) % 1200 AS "Handled",
                     ['Answered', 'Abandoned'][1 + (hash(i + 4) % 5 = 0)::int] AS "Outcome",
                     'AC' || lpad((hash(i + 5) % {DISTINCT})::varchar, 8, '0') AS "Account"
              FROM range({n_rows}) t(i)) TO '{workspace.sources / "calls.csv"}' (HEADER)"""
    )
    return root


def _copy(source: Path, target: Path) -> float:
    """Seconds DuckDB alone needs to write the same rows as Parquet, on two threads."""
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.execute("SET enable_progress_bar = false")
    started = time.perf_counter()
    connection.execute(f"COPY (SELECT * FROM read_csv('{source}')) TO '{target}' (COMPRESSION zstd)")
    return time.perf_counter() - started


def _load(root: Path) -> tuple[float, float]:
    """Seconds and peak memory (MB) of one load into an empty store, in a process of its own, imports left out."""
    shutil.rmtree(root / "data")
    (root / "data").mkdir()
    ran = subprocess.run(
        [sys.executable, _HERE / "load_once.py", root],
        capture_output=True,
        text=True,
        check=True,
        cwd=_HERE.parent.parent,
    )
    seconds, peak_mb = ran.stdout.split()[-2:]
    return float(seconds), float(peak_mb)
