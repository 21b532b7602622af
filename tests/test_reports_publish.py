"""Publishing: whole weeks or nothing, never changed afterwards, the same bytes every time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from builders_findings import findings, week_before

from journeys.errors import NothingToDo, StoreError
from reports import swap
from reports.publish import publish_week, read_findings, render_again

EARLIER = week_before(findings(), "2026-W45", "2026-11-02", "2026-11-08")


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_weeks_make_a_site(tmp_path: Path) -> None:
    site = tmp_path / "site"
    publish_week(site, EARLIER)
    headline = publish_week(site, findings())
    assert headline.startswith("Median days was 9.4 days, above its usual range")
    assert sorted(path.name for path in site.iterdir()) == [
        "2026-W45",
        "2026-W46",
        "accessibility.html",
        "data",
        "feed.xml",
        "how-we-use-your-data.html",
        "index.html",
        "latest",
        "transparency.html",
    ]
    assert _files(site / "latest") == _files(site / "2026-W46")
    assert 'href="../2026-W45/index.html"' in (site / "2026-W46" / "index.html").read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site", "site-public"], (
        "nothing is left beside the site"
    )
    assert read_findings(site, "2026-W46") == findings()
    assert read_findings(site, "2026-W44") is None


def test_the_public_folder_holds_the_pages_of_trust_and_nothing_of_a_service(tmp_path: Path) -> None:
    publish_week(tmp_path / "site", findings())
    public = tmp_path / "site-public"
    held = _files(public)
    assert sorted(held) == [
        "accessibility.html", "data/label-types.csv", "data/labels.csv", "how-we-use-your-data.html", "index.html", "transparency.html",
    ]  # fmt: skip
    services = [service["name"] for service in findings()["services"]]
    assert services
    for name, content in held.items():
        text = content.decode()
        assert not [service for service in services if f">{service}<" in text], name
        links = re.findall(r'href="([^"#]+)', text)
        assert [link for link in links if link not in held] == [], f"{name} leads nowhere else"
    (public / "left.html").write_text("made by hand")
    publish_week(tmp_path / "site", EARLIER)
    assert _files(public) == held


def test_an_older_week_published_late_does_not_become_the_newest(tmp_path: Path) -> None:
    publish_week(tmp_path / "site", findings())
    publish_week(tmp_path / "site", EARLIER)
    assert _files(tmp_path / "site" / "latest") == _files(tmp_path / "site" / "2026-W46")


def test_publishing_or_rendering_again_changes_no_byte(tmp_path: Path) -> None:
    site = tmp_path / "site"
    publish_week(site, EARLIER)
    publish_week(site, findings())
    before = _files(site)
    publish_week(site, findings())
    assert _files(site) == before
    assert render_again(site) == ["2026-W45", "2026-W46"]
    assert _files(site) == before


def test_a_published_week_is_not_overwritten(tmp_path: Path) -> None:
    site = tmp_path / "site"
    publish_week(site, findings())
    before = _files(site)
    changed = findings(seed=47)
    publish_week(site, changed)
    assert read_findings(site, "2026-W46") == changed
    edition = f"2026-W46-edition-{findings()['run']['run_id']}/"
    after = _files(site)
    kept = {path.removeprefix(edition): content for path, content in after.items() if path.startswith(edition)}
    assert kept == {
        path.removeprefix("2026-W46/"): content for path, content in before.items() if path.startswith("2026-W46/")
    }


def test_a_corrected_week_says_so_and_leads_to_what_it_replaces(tmp_path: Path) -> None:
    site = tmp_path / "site"
    first, second = findings(), findings(seed=47)
    second["run"] = {**second["run"], "run_id": "fedcba9876543210"}
    publish_week(site, first)
    note = "These figures replace an earlier edition of this week"
    assert note not in (site / "2026-W46" / "index.html").read_text()
    publish_week(site, second)
    edition = f"2026-W46-edition-{first['run']['run_id']}"
    for page, way in (("index.html", "../"), ("journeys/council-tax.html", "../../")):
        text = (site / "2026-W46" / page).read_text()
        assert note in text
        assert f'href="{way}{edition}/index.html"' in text
    for link in ("../index.html", "../latest/index.html"):  # from the edition's own folder these still lead somewhere
        assert f'href="{link}"' in (site / edition / "index.html").read_text()
        assert (site / edition / link).resolve().is_file()
    publish_week(site, first)  # back to what was told first: it is no edition of its own past
    assert f"{edition}/index.html" not in (site / "2026-W46" / "index.html").read_text()
    assert "2026-W46-edition-fedcba9876543210/index.html" in (site / "2026-W46" / "index.html").read_text()


def test_the_archive_reads_no_more_than_the_newest_weeks_findings(tmp_path: Path) -> None:
    site = tmp_path / "site"
    publish_week(site, EARLIER)
    (site / "2026-W45" / "findings.json").write_text("{}")  # would not do for a line in the archive
    publish_week(site, findings())
    assert "2026-W45/index.html" in (site / "index.html").read_text()


def test_what_an_interrupted_run_left_behind_does_no_harm(tmp_path: Path) -> None:
    left = tmp_path / ".site-staging" / "2026-W46"
    left.mkdir(parents=True)
    (left / "half.html").write_text("half")
    publish_week(tmp_path / "site", findings())
    assert not (tmp_path / "site" / "2026-W46" / "half.html").exists()


def test_rendering_again_needs_a_week(tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match="no week is published"):
        render_again(tmp_path / "site")


def test_a_swap_that_was_stopped_halfway_is_put_back(tmp_path: Path) -> None:
    site = tmp_path / "site"
    publish_week(site, findings())
    before = _bytes(site)
    staging = tmp_path / ".site-staging"
    for name, place in (("2026-W46", site), ("latest", site), ("site-public", tmp_path)):
        staging.mkdir(exist_ok=True)
        (place / name).replace(staging / f"{name}-old")  # moved away, and then the power went
    publish_week(site, findings())
    assert _bytes(site) == before
    assert (tmp_path / "site-public" / "index.html").exists() and not staging.exists()


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_folder_takes_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_exchange: bool
) -> None:
    if not can_exchange:
        monkeypatch.setattr(swap, "_exchanged", lambda one, other: False)
    for name in ("staged", "target"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page").write_text(name)
    swap.put_folder(tmp_path / "staged", tmp_path / "target", tmp_path / "old")
    assert (tmp_path / "target" / "page").read_text() == "staged"
    assert (tmp_path / "old" / "page").read_text() == "target"
    assert not (tmp_path / "staged").exists()


def test_a_site_that_cannot_be_written_is_said_and_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    publish_week(site, EARLIER)
    before = _bytes(site)

    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreError, match="2026-W46 could not be published .No space left on device"):
        publish_week(site, findings())
    assert _bytes(site) == before


def _bytes(site: Path) -> dict[str, bytes]:
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}
