"""Pages as they were last looked at and found good: their HTML, and how they print.

A change that is meant is looked at in a browser and written anew: JOURNEYS_GOLDEN=write .venv/bin/python -m pytest
tests/test_reports_golden.py
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders_findings import findings, week_before
from PIL import Image

from reports.publish import publish_week

GOLDEN = Path(__file__).parent / "golden"
IS_WRITING = os.environ.get("JOURNEYS_GOLDEN") == "write"
WEEK = "2026-W46"
KINDS = (
    "index.html", "accessibility.html", "how-we-use-your-data.html", "transparency.html", f"{WEEK}/index.html",
    f"{WEEK}/board.html", f"{WEEK}/channels.html", f"{WEEK}/data.html", f"{WEEK}/demand.html",
    f"{WEEK}/journeys/council-tax.html", f"{WEEK}/needs.html",
)  # fmt: skip
# Letters are drawn a little otherwise by another version of the browser: few blocks of 8 x 8 points may differ much.
_BLOCK, _MUCH, _FEW = 8, 40, 0.02


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages") / "site"
    publish_week(made, week_before(findings(), "2026-W45", "2026-11-02", "2026-11-08"))
    publish_week(made, findings())
    return made


def _name(page: str) -> str:
    return page.removeprefix(f"{WEEK}/").replace("/", "-").removesuffix(".html") + ("-week" if WEEK in page else "")


def test_each_kind_of_page_is_here(site: Path) -> None:
    made = {path.relative_to(site).as_posix() for folder in ("", WEEK) for path in (site / folder).glob("*.html")}
    assert made == {page for page in KINDS if "journeys/" not in page}


@pytest.mark.parametrize("page", KINDS)
def test_the_html_is_as_it_was(site: Path, page: str) -> None:
    html = re.sub(r"<(style|script)>.*?</\1>", "", (site / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    html = re.sub(r"'sha256-[^']*'", "", html)
    kept = GOLDEN / f"{_name(page)}.html"
    if IS_WRITING:
        kept.write_text(html, encoding="utf-8")
    assert html.splitlines() == kept.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("page", KINDS)
def test_it_prints_as_it_did_and_no_word_is_cut_off(browser: Any, site: Path, page: str, tmp_path: Path) -> None:
    if not shutil.which("pdftoppm"):
        pytest.skip("pdftoppm and pdftotext (poppler-utils) are not installed")
    opened = browser.new_page()
    opened.goto((site / page).as_uri())
    printed = tmp_path / "page.pdf"
    opened.pdf(path=str(printed), prefer_css_page_size=True)
    opened.close()
    boxes = _run("pdftotext", "-bbox", str(printed), "-")
    width, height = (float(found) for found in re.search(r'<page width="([\d.]+)" height="([\d.]+)"', boxes).groups())  # type: ignore[union-attr]
    words = re.findall(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>', boxes)
    assert len(words) > 50
    assert [w for *box, w in words if float(box[0]) < 0 or float(box[2]) > width or float(box[3]) > height] == []
    _run("pdftoppm", "-gray", "-png", "-r", "40", "-l", "1", str(printed), str(tmp_path / "first"))
    (drawn,) = tmp_path.glob("first*.png")
    kept = GOLDEN / f"{_name(page)}.png"
    if IS_WRITING:
        shutil.copyfile(drawn, kept)
    now, before = _blocks(drawn), _blocks(kept)
    assert now.shape == before.shape
    assert (np.abs(now - before) > _MUCH).mean() < _FEW


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603


def _blocks(path: Path) -> np.ndarray[Any, Any]:
    """Mean grey of each block of the picture."""
    grey = np.asarray(Image.open(path).convert("L"), dtype=float)
    high, wide = (size // _BLOCK for size in grey.shape)
    return grey[: high * _BLOCK, : wide * _BLOCK].reshape(high, _BLOCK, wide, _BLOCK).mean(axis=(1, 3))
