"""Chunks of notes shared between this process and a second one, once there have been enough of them.

Both take the next chunk when they are done with one, so neither waits for the other; results come in the order of the
chunks, and are the same whoever did the work. Where the second process ends, this one does what it left.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from typing import Any

from nlp.helper import Gone, Helper, Kind, Setup, Worker

# Redactions and labels, those of some 20,000 notes: reading so many takes as long as starting the second process.
_WORTH_HELP = 40_000
_FEWEST_CORES = 2


class Sharing:
    """Help for one worker; `close` it in the end."""

    def __init__(self, worker: Worker, setup: Setup, worth_help: int = _WORTH_HELP) -> None:
        self._worker, self._setup, self._worth_help = worker, setup, worth_help
        self._helper: Helper | None = None
        # Cues alone are quick, and the other process would take weights that it is not given for the shipped ones.
        is_taught = setup.weights is not None
        self._may_start = is_taught and bool(sys.executable) and (os.cpu_count() or 1) >= _FEWEST_CORES
        self._n_items = 0
        self.n_helped = 0  # chunks that the second process did

    @property
    def helper_id(self) -> int | None:
        """Of the second process; None while there is none."""
        return self._helper.helper_id if self._helper is not None else None

    def work(self, kind: Kind, chunks: Sequence[Sequence[Any]]) -> list[list[Any]]:
        """The results of each chunk, in order."""
        self._n_items += sum(map(len, chunks))
        if self._may_start and self._n_items > self._worth_help:
            self._may_start = False
            with suppress(OSError):  # no room for a second process: this one does without
                self._helper = Helper(self._setup)
        results: dict[int, list[Any]] = {}
        waiting = deque(range(len(chunks)))
        other: Thread | None = None
        try:
            while waiting:
                if other is None and self._helper is not None and self._helper.is_ready:
                    other = Thread(target=self._take, args=[kind, chunks, waiting, results], name="notes-shared")
                    other.start()
                _take_next(self._worker, kind, chunks, waiting, results)
        finally:
            waiting.clear()
            if other is not None:
                other.join()
        # What the second process left behind when it ended.
        left = deque(at for at in range(len(chunks)) if at not in results)
        while left:
            _take_next(self._worker, kind, chunks, left, results)
        return [results[at] for at in range(len(chunks))]

    def close(self) -> None:
        """End the second process, if there is one."""
        self._may_start = False
        if self._helper is not None:
            self._helper.close()
            self._helper = None

    def _take(
        self, kind: Kind, chunks: Sequence[Sequence[Any]], waiting: deque[int], results: dict[int, list[Any]]
    ) -> None:
        helper = self._helper
        try:
            while helper is not None and waiting:
                self.n_helped += _take_next(helper, kind, chunks, waiting, results)
        except Gone:
            self.close()


def _take_next(
    worker: Worker, kind: Kind, chunks: Sequence[Sequence[Any]], waiting: deque[int], results: dict[int, list[Any]]
) -> bool:
    """Do the next chunk that waits; False where the other was quicker."""
    try:
        at = waiting.popleft()
    except IndexError:
        return False
    results[at] = worker.work(kind, chunks[at])
    return True
