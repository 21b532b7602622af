"""One page's view of the findings: its tables, its links, its CSV files.

`Source` knows where the page lies (`root` is "" or "../") and collects the CSV text of every table shown,
so that a table cannot be shown without its file being written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from reports.csv_files import rows_csv, table_csv
from reports.pages.model import Link
from reports.words import is_hidden, value_of

Findings = Mapping[str, Any]
Row = Mapping[str, Any]


def slug(name: str) -> str:
    """A name that is safe as a file name and an anchor."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"


def service_path(service: str) -> str:
    """The page of a service, from the week's folder."""
    return f"journeys/{slug(service)}.html"


class Source:
    """The findings of one week as one page reads them; `editions` are folders of what was published before a correction."""

    def __init__(
        self, findings: Findings, root: str = "", files: dict[str, str] | None = None, editions: tuple[str, ...] = ()
    ) -> None:
        self.findings = findings
        self.root = root
        self.files: dict[str, str] = {} if files is None else files
        self.editions = editions

    def at(self, root: str) -> Source:
        """The same findings and files, read from another folder."""
        return Source(self.findings, root, self.files, self.editions)

    def table(self, table_id: str) -> Mapping[str, Any] | None:
        """A table of the whole organisation, or None when it is absent or has no rows."""
        return usable(self.findings.get("tables", {}).get(table_id))

    def rows(self, table_id: str) -> Sequence[Row]:
        """The rows of such a table; none when it is absent."""
        table = self.table(table_id)
        return table["rows"] if table else ()

    def definition(self, definition: str | None) -> Link | None:
        """A link to a glossary entry, or None when there is no such entry."""
        entry = self.findings.get("definitions", {}).get(definition)
        if entry is None:
            return None
        return Link(entry["name"], f"{self.root}data.html#def-{slug(str(definition))}")

    def csv_of(self, name: str, table: Mapping[str, Any]) -> str:
        """Keep the table as data/<name>.csv; its address from this page."""
        return self._keep(name, table_csv(table))

    def csv_of_rows(self, name: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
        """Keep plain rows as data/<name>.csv; its address from this page."""
        return self._keep(name, rows_csv(header, rows))

    def _keep(self, name: str, content: str) -> str:
        path = f"data/{slug(name)}.csv"
        self.files[path] = content
        return f"{self.root}{path}"

    @property
    def period(self) -> Mapping[str, Any]:
        """Week, window and cut-off of the findings."""
        period: Mapping[str, Any] = self.findings["period"]
        return period

    @property
    def missing_sources(self) -> list[str]:
        """Sources that sent nothing this week."""
        return list(self.period.get("missing_sources", ()))

    def measures(self, scope: str) -> list[Mapping[str, Any]]:
        """The measures of one scope ("all", "service:…", "channel:…"), in the order of the findings."""
        return [measure for measure in self.findings.get("measures", ()) if measure["scope"] == scope]

    def measure(self, measure_id: str, scope: str) -> Mapping[str, Any] | None:
        """One measure, or None."""
        return next((m for m in self.measures(scope) if m["measure_id"] == measure_id), None)


def usable(table: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The table, unless it is absent or has no rows."""
    return table if table and table.get("rows") else None


def shown_number(cell: Any) -> float | None:
    """A cell's number, or None when it is hidden, absent or not a number."""
    value = value_of(cell)
    if is_hidden(cell) or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)
