"""Every error a user can cause, as one small tree.

JourneysError                what went wrong, where, what is allowed, what to do
├── SettingsError            a settings file or key cannot be used (all problems at once)
├── SourceError              a source file cannot be read, or not as its settings say
├── StoreError               the catalogue or the workspace on disk cannot be used
│   └── CatalogueGone        the database does not answer: the same may work a minute later
├── ReconciliationError      rows do not add up: the run stops, nothing is published
├── CheckFailed              what was asked for was done, and what it was to be held to is not met
└── NothingToDo              the command is understood, but there is nothing it could work on

The command line turns them into one message on standard error and an exit code:
2 for all of them but `CheckFailed`, which is 1, and `NothingToDo`, which is 3.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Sequence
from pathlib import Path


class JourneysError(Exception):
    """A problem the user can mend; the message says how."""

    exit_code = 2


class SettingsError(JourneysError):
    """One or more settings cannot be used; `problems` holds one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        heading = "1 problem in the settings:" if len(problems) == 1 else f"{len(problems)} problems in the settings:"
        super().__init__("\n".join([heading, *(f"  - {problem}" for problem in problems)]))


class SourceError(JourneysError):
    """A source file is missing, unreadable, or not what its settings say."""


class StoreError(JourneysError):
    """The catalogue, the key or a folder of the workspace cannot be used."""


class CatalogueGone(StoreError):  # noqa: N818 - it may be back in a minute
    """The catalogue's database does not answer, or no longer."""


class ReconciliationError(JourneysError):
    """Rows read do not equal rows accounted for."""


class CheckFailed(JourneysError):  # noqa: N818 - it is an outcome, not a fault
    """The work was done, but its result is not good enough to be used."""

    exit_code = 1


def said_of(error: Exception) -> str:
    """What may be told of an error: our own words, or of any other its kind and place, for its words may hold what was read."""
    if isinstance(error, JourneysError):
        return str(error)
    if isinstance(error, OSError) and error.errno:
        return f"{os.strerror(error.errno)}; see that there is room on the disk and that this user may write there, and run again"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}; please report this"


class NothingToDo(JourneysError):  # noqa: N818 - it is an outcome, not a fault
    """There is nothing to load, run or publish."""

    exit_code = 3
