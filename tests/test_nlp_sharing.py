"""Two processes read notes as one does, whatever becomes of the second."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from journeys.settings_files import read_shipped_taxonomy
from nlp.helper import Gone, Helper, Setup
from nlp.label import NoteReader, build_note_reader
from nlp.seed import read_seed_notes
from nlp.sharing import Sharing
from nlp.shipped import read_shipped

ROOT = Path(__file__).parent.parent
NOTES = [note.plain for note in read_seed_notes()[::5]]
PAIRS = [[(note, ("Jane Example",)) for note in NOTES[at : at + 50]] for at in range(0, len(NOTES), 50)]


@pytest.fixture(scope="module")
def reader() -> NoteReader:
    return build_note_reader(read_shipped_taxonomy())


@pytest.fixture(scope="module")
def setup() -> Setup:
    return Setup(read_shipped_taxonomy(), read_shipped("words"), "fast")


@pytest.fixture
def sharing(reader: NoteReader, setup: Setup) -> Iterator[Sharing]:
    shared = Sharing(reader, setup, worth_help=0)
    yield shared
    shared.close()


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end, "this never came about"
        time.sleep(0.02)


def test_two_processes_give_what_one_gives_in_order(reader: NoteReader, sharing: Sharing) -> None:
    alone = [reader.work("redact", chunk) for chunk in PAIRS]
    labels = [reader.work("label", chunk) for chunk in alone]

    def is_helped() -> bool:
        assert sharing.work("redact", PAIRS) == alone
        assert sharing.work("label", alone) == labels
        return sharing.n_helped > 2

    _until(is_helped)


def test_what_the_second_process_leaves_when_it_is_killed_the_first_one_does(
    reader: NoteReader, sharing: Sharing
) -> None:
    alone = [reader.work("redact", chunk) for chunk in PAIRS]
    _until(lambda: sharing.work("redact", PAIRS) == alone and sharing.n_helped > 0)
    assert sharing.helper_id is not None
    os.kill(sharing.helper_id, signal.SIGTERM)
    assert [sharing.work("redact", PAIRS) for _ in range(3)] == [alone] * 3
    assert sharing.helper_id is None


def test_work_that_cannot_be_done_ends_the_second_process_without_a_word(
    setup: Setup, capfd: pytest.CaptureFixture[str]
) -> None:
    helper = Helper(setup)
    _until(lambda: helper.is_ready)
    with pytest.raises(Gone) as raised:
        helper.work("redact", [("Jane Example rang", 5)])
    helper.close()
    assert str(raised.value) == "" and raised.value.__cause__ is None
    assert capfd.readouterr() == ("", "")


def test_the_second_process_ends_when_the_first_one_is_killed(tmp_path: Path) -> None:
    program = """
import time
from journeys.settings_files import read_shipped_taxonomy
from nlp.helper import Helper, Setup
from nlp.shipped import read_shipped
helper = Helper(Setup(read_shipped_taxonomy(), read_shipped("words"), "fast"))
end = time.monotonic() + 60
while not helper.is_ready and time.monotonic() < end: time.sleep(0.02)
print(helper.helper_id if helper.is_ready else "", flush=True)
time.sleep(60)
"""
    first = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert first.stdout is not None
    second = int(first.stdout.readline())
    first.kill()
    first.wait()
    _until(lambda: not _is_running(second))


def _is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
        state = Path(f"/proc/{process_id}/stat")
        # One that nobody has waited for yet is listed still, and has ended.
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
