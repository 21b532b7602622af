"""Shared by all tests: where the real data lie, and what a machine may lack."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from postgres_server import postgres
from real_browser import browser

__all__ = ["browser", "postgres"]  # fixtures of every test that asks for them

# The same examples in every run, and a slow machine is no failure.
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

ROOT = Path(__file__).parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"
GOLD = ROOT.parent / "shared" / "gold"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file first, so that of two workers neither waits for the other at the end."""
    items.sort(key=lambda item: item.path.name != "test_journeys_engine_spark.py")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Where nothing may be skipped (JOURNEYS_NO_SKIPS, set by .ci/run) a skip is a failure."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("JOURNEYS_NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and here nothing may be: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real public logs, which lie beside the project and are never copied into it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder ../shared/data with the public test logs is not here")
    return SHARED_DATA
