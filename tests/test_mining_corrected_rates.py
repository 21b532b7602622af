"""Shares of failure corrected by what people read, worked by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from mining.corrected_rates import correct_share


def _read(*rows: tuple[int, int, int, float]) -> pd.DataFrame:
    """Read notes from (people said, the model said, how many such notes, weight)."""
    return pd.DataFrame(
        [(truth, said, weight) for truth, said, times, weight in rows for _ in range(times)],
        columns=["is_failure", "is_said_failure", "weight"],
    )


PATTERNS = pd.DataFrame({"y": [1, 0], "n": [2, 1], "persons": [50, 100]})  # 50 of 200 notes


def test_each_read_note_weighs_as_many_as_it_stands_for() -> None:
    # people less model: 1 (weight 3), 0, -1, 0; mean (3 - 1) / 6, on 50 / 200
    found = correct_share(PATTERNS, _read((1, 0, 1, 3.0), (1, 1, 1, 1.0), (0, 1, 1, 1.0), (0, 0, 1, 1.0)))
    assert found.value == pytest.approx(0.25 + 1 / 3)
    assert found.check is None  # it finds 1/4 of failures and leaves 1/2 of the others alone: worse than chance


def test_rogan_and_gladens_check() -> None:
    # finds 80 of 100 failures, leaves 90 of 100 others alone: (0.25 + 0.9 - 1) / (0.8 + 0.9 - 1)
    found = correct_share(PATTERNS, _read((1, 1, 80, 1.0), (1, 0, 20, 1.0), (0, 0, 90, 1.0), (0, 1, 10, 1.0)))
    assert found.check == pytest.approx(0.15 / 0.7)


def test_the_interval_holds_both_errors() -> None:
    # 400 read: 30 failures missed, 10 seen in vain: mean 0.05; with one more either way, variance 42/402 - 0.0025 over 402;
    # 1,000 persons of one note, 300 of them failures: 0.21 / 1000. Together 0.0218 as standard error, times 1.96.
    patterns = pd.DataFrame({"y": [0, 1], "n": [1, 1], "persons": [700, 300]})
    found = correct_share(patterns, _read((1, 0, 30, 1.0), (0, 1, 10, 1.0), (1, 1, 100, 1.0), (0, 0, 260, 1.0)))
    assert found.value == pytest.approx(0.35)
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * 0.0216, abs=0.003)


def test_no_error_among_those_read_is_not_certainty() -> None:
    patterns = pd.DataFrame({"y": [0, 1], "n": [1, 1], "persons": [700_000, 300_000]})
    found = correct_share(patterns, _read((1, 1, 60, 1.0), (0, 0, 140, 1.0)))
    assert found.value == pytest.approx(0.3)
    assert 0.01 < found.high - 0.3 < 0.03  # three in 200, the rule of three, is 0.015
