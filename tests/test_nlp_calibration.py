"""Calibration, coverage and corrected shares, worked by hand."""

from __future__ import annotations

import pytest

from nlp.calibration import calibration, corrected_share, precision_at, right_when_covering


def test_calibration_error_is_the_mean_distance_weighed_by_notes() -> None:
    # Three notes at 0.9 of which two are right, one at 0.3 that is wrong: (3 x |0.9 - 2/3| + 1 x |0.3 - 0|) / 4 = 0.25.
    error, bins = calibration([0.9, 0.9, 0.9, 0.3], [True, True, False, False])
    assert error == 0.25
    assert [(one.low, one.right.n, one.right.value) for one in bins] == [(0.3, 1, 0.0), (0.9, 3, 0.6667)]
    assert calibration([], []) == (None, [])
    assert calibration([1.0], [True])[1][0].low == 0.9  # full confidence belongs to the last bin


def test_the_surest_notes_are_kept_first() -> None:
    covered = right_when_covering([0.2, 0.9, 0.8, 0.7, 0.95], [False, True, True, False, True])
    assert [(one.coverage, one.right.n, one.right.value) for one in covered] == [
        (1.0, 5, 0.6), (0.9, 4, 0.75), (0.8, 4, 0.75), (0.7, 4, 0.75), (0.5, 2, 1.0)
    ]  # fmt: skip
    assert covered[-1].from_score == 0.9


def test_precision_at_other_shares_follows_from_recall_and_false_alarms() -> None:
    # Recall 3/4, false alarms 1/4: at 30% failure 0.75 x 0.3 / (0.75 x 0.3 + 0.25 x 0.7) = 0.5625.
    truth, said = [True] * 4 + [False] * 4, [True, True, True, False, True, False, False, False]
    assert precision_at(truth, said) == {"0.15": 0.3462, "0.30": 0.5625, "0.45": 0.7105}
    assert precision_at([True], [True]) == {"0.15": None, "0.30": None, "0.45": None}


def test_a_share_is_corrected_by_the_errors_of_the_other_half() -> None:
    # Each half: 10 failures of which 8 are found, 10 others of which 1 is called failure: 0.45 said, 0.5 true.
    truth = [True] * 20 + [False] * 20
    said = [True] * 16 + [False] * 4 + [True] * 2 + [False] * 18
    assert corrected_share(truth, said) == pytest.approx(0.5)
    assert corrected_share([True, True], [True, False]) is None
