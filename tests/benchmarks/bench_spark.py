"""The weekly job on DuckDB and on Spark with two executors of their own: the same rows, and what each took.

A small council, so the seconds say what Spark costs where it is not needed: starting, planning and writing each table.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from two_engines import CLUSTER, TABLES, difference, is_same_value, make_small_council, mine, why_no_spark

from journeys.spark_session import stop_spark


def measure() -> dict[str, Any]:
    """Tables compared, whether all are equal, and the seconds of both; nothing where Spark cannot run here."""
    if why := why_no_spark():
        print(f"  left out: {why}")
        return {}
    folder = Path(tempfile.mkdtemp())
    try:
        opened = make_small_council(folder / "council")
        duck, spark = mine(opened, ""), mine(opened, CLUSTER)
        unlike = [said for table in TABLES if (said := difference(duck.engine, spark.engine, table))]
        findings, others = ({k: v for k, v in each.run.findings.items() if k != "run"} for each in (duck, spark))
        published = [findings["tables"], *(service["tables"] for service in findings["services"])]
        unlike += [f"findings.{part}" for part in findings if not is_same_value(findings[part], others[part])]
        for said in unlike:
            print(f"  differs: {said}")
        figures = {
            "mining_spark_equal": not unlike,
            "mining_spark_tables": len(TABLES) + sum(len(tables) for tables in published),
            "mining_spark_contacts": int(duck.engine.value("SELECT count(*) FROM contacts")),
            "mining_spark_s": spark.seconds,
            "mining_spark_duckdb_s": duck.seconds,
        }
        duck.engine.close()
        spark.engine.close()
        return figures
    finally:
        stop_spark()
        shutil.rmtree(folder)
