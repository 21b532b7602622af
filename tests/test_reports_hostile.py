"""Names that attack: nothing in a council's data can become markup, break a page or run in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest
from builders_findings import hostile_findings
from jinja2 import UndefinedError
from page_reader import ReadPage

from reports.csv_files import rows_csv
from reports.render import _environment, render_archive, render_week, week_line

MADE = render_week(hostile_findings(), previous_week=None, next_week=None)
PAGES = {path: str(content) for path, content in MADE.items() if path.endswith(".html")}
PAGES |= {
    f"../{path}": str(content) for path, content in render_archive([week_line(hostile_findings())], hostile_findings()).items()
    if path.endswith(".html")
}  # fmt: skip


@pytest.mark.parametrize("path", sorted(PAGES))
def test_hostile_names_are_text(path: str) -> None:
    html = PAGES[path]
    assert html.count("<script>") == 1 and "<script>alert" not in html
    assert "<b>Sons</b>" not in html and "O&#39;Brien &amp; &lt;b&gt;Sons" in html
    page = ReadPage(html)  # every tag is closed by its own end tag
    assert len(page.ids) == len(set(page.ids))
    assert not [name for name in page.attributes if name.startswith("on")]


def test_a_right_to_left_name_cannot_turn_the_rest_of_the_line() -> None:
    html = PAGES["journeys/benefits.html"]
    assert "<bdi>\u202eאבג 🦊" in html


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1"])
def test_a_spreadsheet_runs_no_cell(text: str) -> None:
    written = rows_csv(["name", "count", "words"], [[text, -2, 'a, "quoted" b']])
    _, row = csv.reader(io.StringIO(written, newline=""))
    assert row == [f"'{text}", "-2", 'a, "quoted" b']


def test_formulas_in_findings_are_neutralised_in_the_files() -> None:
    assert "'=HYPERLINK(" in str(MADE["data/council-tax-moves.csv"])
    assert "'+cmd|" in str(MADE["data/council-tax-reasons.csv"])
    assert "'@SUM(1+1)" in str(MADE["data/unmapped.csv"])


def test_templates_escape_and_refuse_what_they_do_not_know() -> None:
    environment = _environment()
    assert environment.from_string("{{ name }}").render(name="<i>") == "&lt;i&gt;"
    with pytest.raises(UndefinedError):
        environment.from_string("{{ name }}").render()
