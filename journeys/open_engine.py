"""Open the engine that the settings name: DuckDB inside this process, or Apache Spark.

In: the settings of config/engine.toml. Out: an `Engine`, to be used as a context manager.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from journeys.engine import Engine
from journeys.settings import EngineSettings


def open_engine(settings: EngineSettings, *, spill_to: Path | None = None) -> Engine:
    """The engine of the weekly run; raises SettingsError saying what is missing where it cannot be opened."""
    limits = {"memory_limit": settings.memory_limit, "threads": settings.threads, "spill_to": spill_to}
    if not settings.url:
        return Engine(memory_limit=settings.memory_limit, threads=settings.threads, spill_to=spill_to)
    # PySpark is an extra, and is loaded only where it is used.
    opened: Engine = import_module("journeys.engine_spark").SparkEngine(settings.url, **limits)
    return opened
