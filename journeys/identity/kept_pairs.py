"""Pairs scored in earlier runs, kept so that a week costs what the week brings.

In: `identity_contacts` (tokens of one record per contact, with its week), and the file of the last run. Out: the table
`pairs_known`, and the week from which on pairs must be scored again: that of the earliest record that is new, changed or
gone. A pair depends on its two records and on what came up to the later one's week (`journeys.identity.candidates`), so
pairs whose records are both older are the same as if all were scored anew; a test compares the two. The file holds
contact ids and weights, lies in a restricted folder, is written under a temporary name and renamed, and is deleted with
every erasure.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from journeys.engine import Engine, quoted_path

_FOLDER = "pairs"
_FORMAT = "1"
_NEVER = "9999-W99"


@dataclass(frozen=True, slots=True)
class KeptPairs:
    """Where the pairs of one model and threshold are kept, below data/."""

    folder: Path
    version: str

    @classmethod
    def of(cls, data: Path, model_version: str, threshold: float) -> KeptPairs:
        """The place below `data`; pairs of another model or threshold are another version, and left unused."""
        return cls(data / _FOLDER, f"{_FORMAT}-{model_version}-{threshold}")

    @property
    def pairs_file(self) -> Path:
        """Pairs: id_l, id_r, match_weight, match_probability, n_round."""
        return self.folder / "pairs.parquet"

    @property
    def rows_file(self) -> Path:
        """Records the pairs were found among: contact_id, week, digest, version."""
        return self.folder / "records.parquet"


def drop_kept_pairs(data: Path) -> None:
    """Delete all kept pairs: the next run scores everything."""
    for path in (data / _FOLDER).glob("*"):
        path.unlink()


@contextmanager
def keeping(engine: Engine, kept: KeptPairs | None) -> Iterator[tuple[str, str | None]]:
    """The week to score from and the table of known pairs; what was scored inside is kept for the next run."""
    if kept is None:
        yield "", None
        return
    engine.save(
        "records_now",
        f"SELECT contact_id, week, hash(t) AS digest, '{kept.version}' AS version FROM identity_contacts t",
    )
    since = _since(engine, kept)
    yield since, "pairs_known" if since else None
    if since != _NEVER:
        _save(engine, kept)


def _since(engine: Engine, kept: KeptPairs) -> str:
    """Week of the earliest difference to the kept records, up to the newest week of now; empty where none are kept."""
    if not (kept.pairs_file.exists() and kept.rows_file.exists()):
        return ""
    engine.save("records_kept", f"SELECT * FROM read_parquet('{quoted_path(kept.rows_file)}')")
    if engine.value("SELECT any_value(version) FROM records_kept") != kept.version:
        return ""
    engine.save("pairs_known", f"SELECT * FROM read_parquet('{quoted_path(kept.pairs_file)}')")
    earliest = engine.value(
        """
        SELECT min(week) FROM (
            (SELECT * FROM records_now EXCEPT SELECT * FROM records_kept)
            UNION ALL
            (SELECT * FROM records_kept WHERE week <= (SELECT max(week) FROM records_now) EXCEPT SELECT * FROM records_now))"""
    )
    return str(earliest or _NEVER)


def _save(engine: Engine, kept: KeptPairs) -> None:
    kept.folder.mkdir(mode=0o700, exist_ok=True)
    pairs = """
        SELECT l.contact_id AS id_l, r.contact_id AS id_r, match_weight, match_probability, n_round FROM identity_scored
        JOIN identity_rows l ON l.row_id = row_l JOIN identity_rows r ON r.row_id = row_r ORDER BY id_l, id_r"""
    # The records are named last: pairs without them count as none.
    kept.rows_file.unlink(missing_ok=True)
    for sql, path in ((pairs, kept.pairs_file), ("SELECT * FROM records_now ORDER BY contact_id", kept.rows_file)):
        temporary = path.with_name(path.name + ".tmp")
        engine.write(sql, temporary)
        temporary.chmod(0o600)
        temporary.replace(path)
