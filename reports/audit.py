"""The last look at a week before it replaces anything: what must never be published, and what readers must be able to open.

In: the finished files of a week and its findings. Out: what is wrong, in words for the owner; nothing if the week may go out.
    privacy       nothing that has the shape of an e-mail address (but the organisation's own and its sources' owners'), a phone or an insurance number
    small numbers no count of persons that is above nothing and below the settings' smallest
    size          a page at most 200 kB, 60 kB packed; a week at most 5 MB
    whole         a page for every service, and findings that hold the week they say
Rows that do not add up stop a run before it comes here (`journeys.reconcile`).
"""

from __future__ import annotations

import gzip
import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from journeys.errors import CheckFailed
from journeys.privacy_scan import shapes_in
from reports.pages.source import service_path
from reports.words import value_of

MOST_PAGE_BYTES, MOST_PACKED_BYTES, MOST_WEEK_BYTES = 200_000, 60_000, 5_000_000
_TEXTS = (".html", ".csv", ".json")
_UNSEEN = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.S)
_LISTED = 10

Files = Mapping[str, str | bytes]


def audit_week(files: Files, findings: Mapping[str, Any]) -> None:
    """Raises CheckFailed with everything that is wrong; the week that was published before then stands."""
    problems = [*_private(files, findings), *_small(findings), *_sizes(files), *_missing(files, findings)]
    if problems:
        more = [f"and {len(problems) - _LISTED} more"] if len(problems) > _LISTED else []
        listed = "\n".join(f"  - {problem}" for problem in [*problems[:_LISTED], *more])
        raise CheckFailed(f"{findings['period']['week']} is not published, what was published before stands:\n{listed}")


def _private(files: Files, findings: Mapping[str, Any]) -> Iterator[str]:
    owners = [str(row.get("owner", "")) for row in findings.get("tables", {}).get("sources", {}).get("rows", ())]
    allowed = [str(findings["organisation"].get("contact", "")), *owners]
    for path, content in files.items():
        if isinstance(content, str) and path.endswith(_TEXTS):
            text = html.unescape(_UNSEEN.sub(" ", content)) if path.endswith(".html") else content
            for kind, n in sorted(shapes_in(text, allowed).items()):
                yield f"{path}: {n} x what looks like {kind}; see where it comes from with: journeys doctor --privacy"


def _small(findings: Mapping[str, Any]) -> Iterator[str]:
    fewest = findings.get("settings", {}).get("suppress_below", 10)
    tables = [("", findings.get("tables", {})), *((s["name"], s["tables"]) for s in findings.get("services", ()))]
    for owner, own in tables:
        for table_id, table in own.items():
            names = [field["name"] for field in table["fields"] if field["unit"] == "persons"]
            for name in names:
                values = [value_of(row.get(name)) for row in table["rows"]]
                if any(isinstance(value, int | float) and 0 < value < fewest for value in values):
                    yield f"table {table_id}{f' of {owner}' if owner else ''}: {name} counts fewer than {fewest} persons and is not hidden"


def _sizes(files: Files) -> Iterator[str]:
    contents = {path: content.encode() if isinstance(content, str) else content for path, content in files.items()}
    for path, content in contents.items():
        if not path.endswith(".html"):
            continue
        packed = len(gzip.compress(content, mtime=0))
        if len(content) > MOST_PAGE_BYTES or packed > MOST_PACKED_BYTES:
            yield f"{path} has {len(content):,} bytes ({packed:,} packed), where {MOST_PAGE_BYTES:,} ({MOST_PACKED_BYTES:,}) are allowed"
    total = sum(map(len, contents.values()))
    if total > MOST_WEEK_BYTES:
        yield f"the week has {total:,} bytes, where {MOST_WEEK_BYTES:,} are allowed"


def _missing(files: Files, findings: Mapping[str, Any]) -> Iterator[str]:
    for service in findings.get("services", ()):
        if service_path(str(service["service"])) not in files:
            yield f"the page of {service['name']} is missing"
    for name in ("index.html", "data.html", "findings.json"):
        if name not in files:
            yield f"{name} is missing"
