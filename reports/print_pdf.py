"""The team board as a tagged PDF, printed by a browser that is installed: for where HTML is downloaded rather than shown.

In: a page of a published week. Out: the bytes of a PDF. The browser is Chromium, Chrome or Edge; it is given one local file, an empty
profile and no network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from journeys.errors import NothingToDo, SettingsError
from reports.publish import published_weeks

_BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "chrome", "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)  # fmt: skip
_PATIENCE_S = 60


def print_board(site: Path, week: str | None) -> tuple[str, bytes]:
    """The week (the newest, where none is given) and its board as a PDF.

    Raises NothingToDo where the week is not published, SettingsError without a browser.
    """
    weeks = published_weeks(site)
    if not weeks or (week and week not in weeks):
        raise NothingToDo(f"{week or 'no week'} is published here; publish it with: journeys run")
    chosen = week or weeks[-1]
    return chosen, print_page(site / chosen / "board.html")


def print_page(page: Path) -> bytes:
    """A page as the browser prints it."""
    browser = find_browser()
    with tempfile.TemporaryDirectory() as folder:
        printed = Path(folder) / "page.pdf"
        command = [
            browser, "--headless", "--disable-gpu", "--disable-background-networking", "--no-first-run",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder}", "--no-pdf-header-footer",
            f"--print-to-pdf={printed}", page.resolve().as_uri(),
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(
                1, "--no-sandbox"
            )  # as root it starts in no other way; the page is our own and has no network
        try:
            subprocess.run(command, capture_output=True, timeout=_PATIENCE_S, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise SettingsError([f"{browser} took more than {_PATIENCE_S} s to print {page.name}; try again"]) from None
        if not printed.exists():
            raise SettingsError([f"{browser} could not print {page.name}; open the page and print it by hand"])
        return printed.read_bytes()


def find_browser() -> str:
    """Path of a browser that prints; raises SettingsError without one."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        raise SettingsError(["a PDF is printed by Chromium, Chrome or Edge, and none was found; install one of them"])
    return found
