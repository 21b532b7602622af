"""A folder put in the place of another: in one step where the system can exchange two names, else by two renames.

Linux exchanges two names at once (renameat2), so that a reader never finds neither. Elsewhere, and on disks that cannot,
there is a moment between two renames; `reports.publish.finish_swaps` puts back what was stopped in it.
"""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path

_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux
_PAUSES_S = (0.1, 0.5, 1.0)


def put_folder(staged: Path, target: Path, old: Path) -> None:
    """`staged` becomes `target`; what was there becomes `old`, on the same disk."""
    if not target.exists():
        _rename(staged, target)
    elif _exchanged(staged, target):
        _rename(staged, old)
    else:
        _rename(target, old)
        _rename(staged, target)


def _exchanged(one: Path, other: Path) -> bool:
    try:
        rename = ctypes.CDLL(None).renameat2
    except (AttributeError, OSError, TypeError):  # another system, or a library without it
        return False
    return int(rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE)) == 0


def _rename(source: Path, target: Path) -> None:
    """Windows refuses while a reader has a file of the folder open: they are given a moment to close it."""
    for pause in _PAUSES_S:
        try:
            source.replace(target)
            return
        except PermissionError:
            time.sleep(pause)
    source.replace(target)
