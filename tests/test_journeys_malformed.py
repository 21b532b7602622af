"""Bad input gets a clear error and nothing is lost: every file of the corpus, through `check` and `load`."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from malformed import NAME, Case, cases, end_of

CASES = cases()


def test_the_corpus_is_large_and_every_case_has_its_own_name() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) >= 80


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_ends_in_a_clear_error_rejects_or_a_clean_load(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ending = end_of(case, tmp_path / "w")
    assert ending.faults == ()
    assert ending.outcome == case.expects
    assert NAME.split()[1] not in caplog.text
