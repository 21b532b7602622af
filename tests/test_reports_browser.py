"""The pages in a real browser: nothing overflows, nothing is fetched, no accessibility rule is broken."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from builders_findings import findings, hostile_findings, week_before
from builders_workspace import make_workspace

from reports.cli import main
from reports.publish import publish_week

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1280, 390)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages") / "site"
    publish_week(made, week_before(findings(), "2026-W45", "2026-11-02", "2026-11-08"))
    publish_week(made, findings())
    return made


def _pages(site: Path) -> list[Path]:
    one_week = [
        *sorted((site / "2026-W46").glob("*.html")),
        site / "2026-W46" / "journeys" / "council-tax.html",
    ]
    return [*sorted(site.glob("*.html")), *sorted((site.parent / "site-public").glob("*.html")), *one_week]


def _overflow(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_overflows_fetches_or_breaks_its_own_policy(browser: Any, site: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    requested: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in _pages(site):
        page.goto(path.as_uri())
        assert _overflow(page) <= 0, path.name
        # style and script run only if the policy's hashes match them
        assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px", path.name
    assert [url for url in requested if not url.startswith("file://")] == []
    assert complaints == []
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_names_do_not_widen_the_page(browser: Any, tmp_path: Path, width: int) -> None:
    publish_week(tmp_path / "site", hostile_findings())
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    for path in sorted((tmp_path / "site" / "2026-W46").rglob("*.html")):
        page.goto(path.as_uri())
        assert _overflow(page) <= 0, path.name
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_accessibility_rule_is_broken(browser: Any, site: Path, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    # axe is put into the page as a script, which the page's own policy would refuse
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    page = context.new_page()
    for path in _pages(site):
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        found = axe.run(page, options={"runOnly": RULES}).response
        broken = [(rule["id"], node["html"][:120]) for rule in found["violations"] for node in rule["nodes"]]
        assert broken == [], path.name
        assert len(found["passes"]) > 20, "axe looked at the page"
    context.close()


def test_the_team_board_is_one_page_of_a4(browser: Any, site: Path, tmp_path: Path) -> None:
    pdfinfo = shutil.which("pdfinfo")
    if not pdfinfo:
        pytest.skip("pdfinfo (poppler-utils) is not installed")
    printed = tmp_path / "board.pdf"
    workspace = make_workspace(tmp_path / "w")
    shutil.copytree(site, workspace.site, dirs_exist_ok=True)
    assert main(["pdf", "--workspace", str(tmp_path / "w"), "--out", str(printed)]) == 0
    told = subprocess.run([pdfinfo, str(printed)], capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert "Pages:           1\n" in told
    assert "(A4)" in told
    assert "Tagged:          yes" in told
    assert main(["pdf", "--workspace", str(tmp_path / "w"), "--week", "2026-W40"]) == 3


def test_everything_is_there_without_scripts_and_the_map_has_two_views(browser: Any, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto((site / "2026-W46" / "journeys" / "council-tax.html").as_uri())
    views = [page.locator("#f-process-map .view-1"), page.locator("#f-process-map .view-2")]
    assert [view.is_visible() for view in views] == [True, False]
    page.get_by_label("Median days", exact=True).check()
    assert [view.is_visible() for view in views] == [False, True]
    for label, faded in (("Failure demand", "k"), ("Main path", "o")):
        page.get_by_label(label, exact=True).check()
        assert [view.is_visible() for view in views] == [True, False]
        opacity = "(kind) => getComputedStyle(document.querySelector(`.view-1 g.${kind}`)).opacity"
        assert page.evaluate(opacity, faded) == "0.1"
        assert page.evaluate("(kinds) => [...document.querySelectorAll(`.view-1 g:not(.${kinds})`)].length", faded) > 0
    page.get_by_label("Median days", exact=True).check()
    page.emulate_media(media="print")
    assert [view.is_visible() for view in views] == [True, True], "both views print"
    assert page.locator("details table").first.is_visible(), "folded tables print"
    context.close()


def test_a_heading_sorts_its_table(browser: Any, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / "2026-W46" / "journeys" / "council-tax.html").as_uri())
    table = page.locator("#t-council-tax-steps")
    table.get_by_role("button", name="Journeys").click()
    assert table.locator("tbody tr").first.locator("td").nth(1).inner_text() == "1,840"
    table.get_by_role("button", name="Journeys").click()
    assert table.locator("tbody tr").first.locator("td").nth(1).inner_text() == "[c]"
    page.close()


@pytest.mark.parametrize(
    "name", ["index.html", "channels.html", "demand.html", "data.html", "journeys/council-tax.html"]
)
def test_all_of_a_page_is_reached_by_keyboard_alone(browser: Any, site: Path, name: str) -> None:
    """Tab goes through links, folds, views, filters and headings that sort, in reading order, each in sight and marked."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((site / "2026-W46" / name).as_uri())
    wanted = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, summary, input, [tabindex='0']")]
            .filter((e) => e.checkVisibility() && !(e.type === "radio" && !e.checked) && e.tabIndex >= 0)
            .map((e, place) => { e.dataset.place = place; return place; })"""
    )
    reached, unmarked = [], []
    for _ in wanted:
        page.keyboard.press("Tab")
        place, is_marked, is_seen = page.evaluate(
            """() => {
                const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
                const label = e.labels && e.labels[0] ? getComputedStyle(e.labels[0]) : style;
                const marked = [style, label].some((s) => s.outlineStyle !== "none" || s.boxShadow !== "none");
                return [Number(e.dataset.place), marked, box.bottom > 0 && box.top < innerHeight && box.right > 0];
            }"""
        )
        reached.append(place)
        if not (is_marked and is_seen):
            unmarked.append(place)
    assert reached == wanted
    assert unmarked == []
    page.close()


def test_keys_skip_to_the_content_change_the_view_and_sort(browser: Any, site: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((site / "2026-W46" / "journeys" / "council-tax.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.get_by_label("Journeys", exact=True).focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#f-process-map .view-2").is_visible()
    page.locator("#t-council-tax-steps").get_by_role("button", name="Journeys").focus()
    page.keyboard.press("Enter")
    assert page.locator("#t-council-tax-steps tbody tr").first.locator("td").nth(1).inner_text() == "1,840"
    page.close()
