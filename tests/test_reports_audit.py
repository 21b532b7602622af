"""What is never published, however it came into the findings; the week before then stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders_findings import findings, hostile_findings, week_before

from journeys.errors import CheckFailed
from reports.audit import MOST_PAGE_BYTES, audit_week
from reports.publish import publish_week, read_findings
from reports.render import render_week


def _an_address(made: dict[str, Any]) -> None:
    made["services"][0]["tables"]["steps"]["rows"][0]["name"] = "Writes to pat.doe@example.net"


def _a_phone(made: dict[str, Any]) -> None:
    made["pain_points"][0]["title"] = "Calls 07700 900123"


def _few_persons(made: dict[str, Any]) -> None:
    table = made["tables"]["origins"]
    table["rows"][0]["n_persons"] = 4


def _a_page_without_end(made: dict[str, Any]) -> None:
    rows = made["tables"]["restated"]["rows"]
    rows += [{**rows[0], "name": f"Failure demand: service {n}"} for n in range(MOST_PAGE_BYTES // 60)]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_an_address, "1 x what looks like email"),
        (_a_phone, "1 x what looks like phone"),
        (_few_persons, "table origins: n_persons counts fewer than 10 persons"),
        (_a_page_without_end, "data.html has"),
    ],
)
def test_what_must_not_go_out_does_not_and_the_week_before_stands(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], None], says: str
) -> None:
    site = tmp_path / "site"
    publish_week(site, week_before(findings(), "2026-W45", "2026-11-02", "2026-11-08"))
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    made = findings()
    spoil(made)
    with pytest.raises(CheckFailed) as failed:
        publish_week(site, made)
    assert says in str(failed.value)
    assert "pat.doe" not in str(failed.value) and "900123" not in str(failed.value)
    assert read_findings(site, "2026-W46") is None
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == before


def test_a_week_with_a_page_missing_is_not_whole() -> None:
    files = render_week(findings(), previous_week=None, next_week=None)
    audit_week(files, findings())
    less = {path: content for path, content in files.items() if path not in ("index.html", "journeys/waste.html")}
    with pytest.raises(CheckFailed, match="the page of Bins and recycling is missing") as failed:
        audit_week(less, findings())
    assert "index.html is missing" in str(failed.value)


def test_names_that_only_look_bad_go_out() -> None:
    audit_week(render_week(hostile_findings(), previous_week=None, next_week=None), hostile_findings())
