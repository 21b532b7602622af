"""Word lists beside the code (nlp/*.txt): words separated by blanks, comments after #, everything in lower case."""

from __future__ import annotations

from pathlib import Path


def read_list(file_name: str) -> frozenset[str]:
    """Words of one list."""
    lines = (Path(__file__).parent / file_name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines for word in line.partition("#")[0].lower().split())
