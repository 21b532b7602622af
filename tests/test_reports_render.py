"""The pages of a week: budgets, self-containment, structure, what is said when data are missing."""

from __future__ import annotations

import gzip
import json
import posixpath
import re
from typing import Any

import pytest
from builders_findings import HIDDEN, findings, week_before
from page_reader import ReadPage

from reports.pages.journey import channel_strip
from reports.render import render_archive, render_week, week_line

MADE = render_week(findings(), previous_week="2026-W45", next_week=None)
SITE = {
    **{f"2026-W46/{path}": str(content) for path, content in MADE.items()},
    **{path: str(content) for path, content in render_archive([week_line(findings())], findings()).items()},
}
PAGES = sorted(path for path in SITE if path.endswith(".html"))
# links that leave the folder made here: another week, and the copy of the newest one
ELSEWHERE = ("2026-W45/", "latest/")


def _page(path: str) -> ReadPage:
    return ReadPage(SITE[path])


def test_a_week_has_its_pages_its_tables_and_its_findings() -> None:
    assert {path for path in MADE if path.endswith(".html")} == {
        "index.html",
        "board.html",
        "channels.html",
        "demand.html",
        "data.html",
        "needs.html",
        "journeys/benefits.html",
        "journeys/council-tax.html",
        "journeys/housing-repairs.html",
        "journeys/waste.html",
    }
    assert (
        MADE["findings.json"]
        == json.dumps(findings(), sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"
    )


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_small(path: str) -> None:
    raw = SITE[path].encode()
    assert len(raw) <= 200_000
    assert len(gzip.compress(raw)) <= 60_000


def test_a_week_is_small() -> None:
    assert sum(len(str(content).encode()) for content in MADE.values()) <= 5_000_000


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_nothing_from_outside_itself(path: str) -> None:
    page = _page(path)
    assert page.sources == []
    assert "url(" not in SITE[path] and "@import" not in SITE[path]
    assert not [href for href in page.hrefs if "://" in href or href.startswith("//")]
    assert "style" not in page.attributes, "the content security policy refuses style attributes"


@pytest.mark.parametrize("path", PAGES)
def test_ids_are_unique_and_drawings_are_named(path: str) -> None:
    page = _page(path)
    assert sorted(set(page.ids)) == sorted(page.ids)
    for drawing in page.drawings:
        names = str(drawing.get("aria-labelledby") or "").split()
        assert names and set(names) <= set(page.ids), drawing


@pytest.mark.parametrize("path", PAGES)
def test_every_figure_is_followed_by_its_table_and_a_csv_link(path: str) -> None:
    outline = _page(path).outline
    for at, mark in enumerate(outline):
        if mark == "figure":
            assert outline[at + 1 : at + 3] == ["table", "csv"]


@pytest.mark.parametrize("path", PAGES)
def test_every_link_leads_somewhere(path: str) -> None:
    for href in _page(path).hrefs:
        name, _, anchor = href.partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) if name else path
        if target.startswith(ELSEWHERE):
            continue
        assert target in SITE, href
        if anchor:
            assert anchor in _page(target).ids, href


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_whose_it_is_and_how_to_get_about(path: str) -> None:
    html = SITE[path]
    assert '<html lang="en-GB">' in html and "Borsetshire Council" in html
    assert 'href="#main">Skip to main content' in html
    assert 'aria-label="Breadcrumb"' in html
    assert "run 0123456789abcdef" in html.lower() and "fedcba9876543210" in html
    if path.startswith("2026"):
        assert "Week ending 15 November 2026. Data up to 16 November 2026, 00:00 (Europe/London)." in html
        assert "Previous week" in html and "Newest week" in html


@pytest.mark.parametrize("path", PAGES)
def test_pages_use_plain_words(path: str) -> None:
    words = re.sub(r"<(style|script)>.*?</\1>|<[^>]+>", " ", SITE[path], flags=re.DOTALL)
    for jargon in ("variant", "p-value", "directly-follows", "undefined", "None ", "nan "):
        assert not re.search(rf"\b{jargon}", words), jargon


@pytest.mark.parametrize("path", PAGES)
def test_no_page_speaks_of_taking_in_person_service_away(path: str) -> None:
    words = re.sub(r"<(style|script)>.*?</\1>|<[^>]+>", " ", SITE[path], flags=re.DOTALL)
    beside = r"\b(close|closing|closure|reduc\w+|shift\w*|migrat\w+)\b"
    place = r"(in.person|face to face|counter)"
    assert not re.search(rf"{beside}[^.]{{0,60}}{place}|{place}[^.]{{0,60}}{beside}", words, re.IGNORECASE)


def test_routes_stand_side_by_side_without_a_cause_or_a_ranking() -> None:
    words = SITE["2026-W46/channels.html"]
    assert "Started online and started in person, as counted and like for like" in words
    assert "As counted it points the other way: the two serve a different mix of needs" in words
    assert "Not compared: too few have a counterpart in the other route" in words
    assert "5 points (3 to 7)" in words and "-6 points (-9 to -3)" in words
    assert "associated with the route, not caused by it" in words
    assert "Who depends on in-person service" in words and "[c]" in words


def test_the_same_findings_give_the_same_bytes() -> None:
    again = render_week(json.loads(json.dumps(findings())), previous_week="2026-W45", next_week=None)
    assert again == MADE


def test_hidden_numbers_print_as_hidden_and_link_to_why() -> None:
    html = SITE["2026-W46/journeys/council-tax.html"]
    assert ">[c]<" in html
    assert 'href="../data.html#hidden-numbers"' in html
    moves = str(MADE["data/council-tax-moves.csv"]).splitlines()
    assert moves[-1].startswith("s-0000000c,s-0000000d,") and "[c],[c],[c],[c]" in moves[-1]


def test_a_missing_feed_is_said_and_is_never_a_fall() -> None:
    built = findings()
    built["period"]["missing_sources"] = ["counter"]
    for measure in built["measures"]:
        if measure["measure_id"] == "contacts":
            measure.update(value=3, signal="concern", is_headline=True)
    pages = render_week(built, previous_week=None, next_week=None)
    summary = str(pages["index.html"])
    assert "No data from counter this week." in summary
    changed = summary[summary.index('id="what-changed"') : summary.index('id="key-measures"')]
    assert "Contacts" not in changed
    assert "Previous week" not in summary


def test_a_week_cut_short_gives_no_verdict() -> None:
    built = findings()
    built["period"]["is_partial"] = True
    pages = render_week(built, previous_week=None, next_week=None)
    assert "This week is not complete, so no measure is judged." in str(pages["index.html"])


def test_sections_without_data_are_left_out() -> None:
    built: dict[str, Any] = findings()
    built["tables"] = {}
    built["pain_points"] = []
    for service in built["services"]:
        service["tables"] = {}
    pages = render_week(built, previous_week=None, next_week=None)
    html = str(pages["journeys/waste.html"])
    assert "Process map" not in html and "Common paths" not in html
    assert "Hours and days" not in str(pages["channels.html"])


def test_a_map_without_numbers_to_show_is_not_drawn() -> None:
    built = findings()
    for row in built["services"][0]["tables"]["steps"]["rows"]:
        row["n_journeys"] = HIDDEN
    pages = render_week(built, previous_week=None, next_week=None)
    assert "map-journeys" not in str(pages["journeys/council-tax.html"])


def test_the_archive_names_the_newest_week_first_and_the_feed_has_no_clock() -> None:
    earlier = week_before(findings(), "2026-W45", "2026-11-02", "2026-11-08")
    made = render_archive([week_line(earlier), week_line(findings())], findings())
    archive, feed = str(made["index.html"]), str(made["feed.xml"])
    assert archive.index("2026-W46/index.html") < archive.index("2026-W45/index.html")
    assert feed.startswith('<?xml version="1.0"')
    assert feed.count("<updated>2026-11-16T00:00:00+00:00</updated>") == 2  # the feed, and its newest entry


def test_a_strip_has_one_chip_for_each_stay_in_a_channel() -> None:
    chips = channel_strip(["phone", "back_office", "back_office", "phone"], {"phone": "Phone"})
    assert [chip.text for chip in chips] == ["Phone", "back office, 2 steps", "Phone"]


def test_the_notice_says_what_is_refused_how_long_things_are_kept_and_on_what_ground() -> None:
    told = findings()
    source = told["tables"]["sources"]["rows"][0]["source"]
    told["settings"] |= {
        "refused_uses": ["detecting fraud", "collecting debts"], "lawful_basis": [f"{source}: public task"],
        "keep_notes": "all", "retain_notes_days": 91, "retain_contacts_months": 25,
    }  # fmt: skip
    page = str(render_archive([week_line(told)], told)["how-we-use-your-data.html"])
    for words in ("What it is never used for", "Detecting fraud.", "Collecting debts.", "91 days", "25 months"):
        assert words in page
    assert "Legal ground: public task." in page


def test_a_journey_page_says_whether_the_journey_changed() -> None:
    """Beyond chance with the moves that did; else that it is no more than chance, and no moves."""
    changed, same = MADE["journeys/council-tax.html"], MADE["journeys/waste.html"]
    assert (
        "about 11 in 100 moves (9 to 12 in 100) are not those that people took in the 13 weeks to 16 August 2026"
        in changed
    )
    assert "-16% (-20 to -13)" in changed and "Moves that changed most" in changed
    assert "No more than chance: as counted, 4 in 100 moves differ" in same and "up to 6 in 100 would" in same
    assert "Moves that changed most" not in same
    assert "In 1 of the weeks compared a source sent too few rows" in changed and "too few rows" not in same


def test_needs_have_a_page_and_a_link_only_where_there_are_some() -> None:
    page = str(MADE["needs.html"])
    assert "212 such journeys started in the period. In the median, people told 2 services, and half were done" in page
    assert "Begins with: Change of circumstances. Counted from 2 services on. It is over after 21 days" in page
    assert "No such journey started in the period." in page
    assert 'href="needs.html"' in str(MADE["index.html"])
    assert 'href="../needs.html"' in str(MADE["journeys/waste.html"])
    without = {key: value for key, value in findings().items() if key != "needs"}
    pages = render_week(without, previous_week=None, next_week=None)
    assert "needs.html" not in pages
    assert "needs.html" not in str(pages["index.html"])


def test_a_card_says_between_which_places_it_may_lie_and_weeks_published_before_do_without() -> None:
    shown = str(MADE["index.html"])
    assert "1 of all (could be 1 to 2)" in shown and "6.2 (half of them: 2.0 to 11.0 days)" in shown
    before = findings()
    for point in before["pain_points"]:
        for key in ("rank_low", "rank_high", "p25_days_lost", "p75_days_lost", "change"):
            del point[key]
    summary = str(render_week(before, previous_week=None, next_week=None)["index.html"])
    assert "could be" not in summary and "half of them" not in summary


def test_the_data_page_says_what_changed_since_the_week_before() -> None:
    made = findings()
    same = {name: made["run"][name] for name in ("settings_hash", "model_version", "versions")}
    made["run"]["before"] = {"week": "2026-W45", **same}
    page = str(render_week(made, previous_week="2026-W45", next_week=None)["data.html"])
    assert "Nothing here has changed since the week ending 8 November 2026." in page
    made["run"]["before"] |= {"model_version": "rules-0", "versions": {"journeys": "0.1.0", "duckdb": "1.9"}}
    page = str(render_week(made, previous_week="2026-W45", next_week=None)["data.html"])
    assert "Changed since the week ending 8 November 2026: model of reasons and duckdb." in page
