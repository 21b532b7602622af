"""Write one week to the site: staged beside it, renamed into place, then the archive and `latest` renewed.

What fails the audit (`reports.audit`) is not published. Publishing the same figures again changes nothing. Other figures for a
published week are a correction: the earlier edition is kept beside it as `<week>-edition-<run id>`, so that what people were told
can always be read again, and the corrected pages say so and lead there. See `reports.swap` for how a folder replaces another.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from journeys.errors import NothingToDo, StoreError
from reports.audit import audit_week
from reports.public import render_public
from reports.render import WeekLine, canonical_json, render_archive, render_week, week_line
from reports.swap import put_folder

_LOG = logging.getLogger(__name__)

_OLD = "-old"

Files = Mapping[str, str | bytes]


def publish_week(site: Path, findings: dict[str, Any]) -> str:
    """Publish one week below `site`; returns its headline."""
    week = str(findings["period"]["week"])
    try:
        return _publish(site, week, findings)
    except OSError as error:
        raise StoreError(
            f"{site}: {week} could not be published ({error.strerror or type(error).__name__}: "
            f"{Path(error.filename).name if error.filename else 'a file'}); see that there is room, that this user may write there "
            "and that nobody has its files open, and run again. What was published before stands"
        ) from None


def _publish(site: Path, week: str, findings: dict[str, Any]) -> str:
    finish_swaps(site)
    standing = read_findings(site, week)
    if standing is None or canonical_json(standing) != canonical_json(findings):
        replaced = f"{week}-edition-{standing['run']['run_id']}" if standing is not None else ""
        pages = _pages(site, findings, replaced)
        audit_week(pages, findings)
        if replaced:
            _keep_edition(site, week, replaced)
        _put(site, week, pages)
        _LOG.info("%s: %d files written", week, len(pages))
    renew_site(site)
    return week_line(findings).headline


def read_findings(site: Path, week: str) -> dict[str, Any] | None:
    """The findings a published week was made from, or None when it is not published."""
    path = site / week / "findings.json"
    if not path.is_file():
        return None
    findings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return findings


def published_weeks(site: Path) -> list[str]:
    """The weeks below `site`, oldest first."""
    return sorted(path.parent.name for path in site.glob("[0-9]*-W[0-9][0-9]/findings.json"))


def render_again(site: Path) -> list[str]:
    """Make the pages of every published week anew from its own findings; the weeks, oldest first.

    Raises NothingToDo when no week is published.
    """
    finish_swaps(site)
    weeks = published_weeks(site)
    if not weeks:
        raise NothingToDo(f"{site}: no week is published; publish one first with: journeys run")
    for week in weeks:
        findings = read_findings(site, week) or {}
        _put(site, week, _pages(site, findings))
    renew_site(site)
    return weeks


def _keep_edition(site: Path, week: str, name: str) -> None:
    """Copy a week's folder before it is corrected; it stands at the same depth, so that its links hold."""
    held = {p.relative_to(site / week).as_posix(): p.read_bytes() for p in (site / week).rglob("*") if p.is_file()}
    _put(site, name, held)
    _LOG.info("%s is corrected; its edition is kept as %s", week, name)


def _pages(site: Path, findings: dict[str, Any], replaced: str = "") -> Files:
    """All files of a week, with what the site knows of its neighbours; `replaced` is the edition that is about to be kept."""
    week = str(findings["period"]["week"])
    earlier = [name for name in published_weeks(site) if name < week]
    # An edition made of the very figures that are now published again is no earlier one.
    same = f"{week}-edition-{findings['run']['run_id']}"
    editions = {path.name for path in site.glob(f"{week}-edition-*")} | ({replaced} if replaced else set())
    return render_week(
        findings,
        previous_week=earlier[-1] if earlier else None,
        next_week=None,
        editions=sorted(editions - {same}),
    )


def renew_site(site: Path) -> None:
    """Write the archive, the feed, `latest` and the public folder from the weeks that are published."""
    weeks = published_weeks(site)
    newest = read_findings(site, weeks[-1]) or {}
    for path, content in render_archive([_line(site, week) for week in weeks], newest).items():
        _write(_staging(site) / path, content)
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (_staging(site) / path).replace(site / path)
    _put(site, f"../{site.name}-public", render_public(newest))
    folder = site / weeks[-1]
    content_by_path = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    _put(site, "latest", content_by_path)
    shutil.rmtree(_staging(site))


def _line(site: Path, week: str) -> WeekLine:
    """The week's own line, from its small file, so that a new week costs no more after years of weeks."""
    path = site / week / "week.json"
    if path.is_file():
        return WeekLine(**json.loads(path.read_text(encoding="utf-8")))
    return week_line(read_findings(site, week) or {})


def _staging(site: Path) -> Path:
    """Beside the site, on the same disk, so that a rename is one step."""
    return site.parent / f".{site.name}-staging"


def finish_swaps(site: Path) -> None:
    """Put back what a run that was stopped between its two renames had moved away."""
    for old in sorted(_staging(site).glob(f"*{_OLD}")):
        name = old.name.removesuffix(_OLD)
        target = site.parent / name if name == f"{site.name}-public" else site / name
        if not target.exists():
            old.replace(target)


def _put(site: Path, name: str, content_by_path: Files) -> None:
    """Write a whole folder, then swap it into place; `name` is its path from the site."""
    target = site / name
    staged, old = _staging(site) / target.name, _staging(site) / f"{target.name}{_OLD}"
    for leftover in (staged, old):
        shutil.rmtree(leftover, ignore_errors=True)
    for path, content in content_by_path.items():
        _write(staged / path, content)
    site.mkdir(parents=True, exist_ok=True)
    put_folder(staged, target, old)


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
