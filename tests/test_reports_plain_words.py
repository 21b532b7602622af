"""Sentences of the pages are plain: measured by Flesch and Kincaid's grade, and free of words of the trade."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from statistics import median

import pytest
from builders_findings import findings

from reports.render import render_archive, render_week, week_line

pyphen = pytest.importorskip("pyphen", reason="pyphen is not installed")
SYLLABLES = pyphen.Pyphen(lang="en_GB")
WEEK = render_week(findings(), previous_week="2026-W45", next_week=None)
PAGES = {
    path: str(page)
    for path, page in {**WEEK, **render_archive([week_line(findings())], findings())}.items()
    if path.endswith(".html")
}
FEWEST_WORDS = 5  # shorter ones are labels


def _sentences(page: str) -> Iterator[str]:
    for block in re.findall(r"<(?:p|li)\b[^>]*>(.*?)</(?:p|li)>", page, re.S):
        text = " ".join(html.unescape(re.sub(r"<[^>]+>", "", block)).split())
        yield from (part for part in re.split(r"(?<=[.!?])\s+(?=[A-Z])", text) if part.endswith("."))


def _words(sentence: str) -> list[str]:
    return re.findall(r"[A-Za-z][A-Za-z'’-]*", sentence)


def _grade(sentence: str) -> float:
    """School years of reading that a sentence asks for (J. Kincaid and others, 1975)."""
    words = _words(sentence)
    n_syllables = sum(len(SYLLABLES.positions(word)) + 1 for word in words)
    return 0.39 * len(words) + 11.8 * n_syllables / len(words) - 15.59


def test_the_grade_is_that_of_the_published_formula() -> None:
    """Six words of seven syllables: 0.39 x 6 + 11.8 x 7 / 6 - 15.59."""
    assert _grade("The cat sat on the carpet.") == pytest.approx(0.39 * 6 + 11.8 * 7 / 6 - 15.59)


def test_half_the_sentences_ask_for_eight_years_of_school_at_most_and_none_for_more_than_ten() -> None:
    grades = {
        sentence: _grade(sentence)
        for page in PAGES.values()
        for sentence in _sentences(page)
        if len(_words(sentence)) >= FEWEST_WORDS and "@" not in sentence  # an address is no word of ours
    }
    assert len(grades) > 100
    assert median(grades.values()) <= 8
    assert {sentence: round(grade, 1) for sentence, grade in grades.items() if grade > 10} == {}


@pytest.mark.parametrize("path", sorted(path for path in PAGES if path not in ("data.html", "transparency.html")))
def test_pages_for_designers_and_managers_have_no_words_of_the_trade(path: str) -> None:
    text = html.unescape(re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", PAGES[path], flags=re.S)).lower()
    trade = (
        "edge",
        "edges",
        "variant",
        "variants",
        "p-value",
        "node",
        "nodes",
        "bootstrap",
        "directly-follows",
        "regression",
        "confidence interval",
        "kaplan-meier",
        "benjamini",
    )
    assert [word for word in trade if re.search(rf"\b{word}\b", text)] == []
