"""Code stored notes again when taxonomy or model has changed, so that history is told in one set of words.

In: `notes` and `labels` parts. Only notes that are still kept can be read again; labels of others stay as they were, with
the version they were made by. One part at a time is written anew and named in the catalogue, so a run that is stopped goes
on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from journeys.load_file import labels_table
from journeys.parts import next_path
from journeys.schema import LABELS, NOTES
from journeys.store import Store
from journeys.workspace import Workspace


class Labeller(Protocol):
    """Labels redacted notes; `model_version` changes with anything that can change a label."""

    @property
    def model_version(self) -> str: ...

    def label(self, redacted_notes: Sequence[str]) -> Sequence[Any]:
        """One label a note, in order."""
        ...


def recode_notes(workspace: Workspace, store: Store, labeller: Labeller, report: Callable[[str], None]) -> int:
    """Give stored notes the labels of the version in use; returns how many were labelled anew."""
    n_recoded = 0
    for path, kept, notes in _outdated(workspace, store, labeller.model_version):
        labels = labels_table(notes["record_id"], labeller.label(notes["note"]), labeller.model_version)
        stay = kept.filter(pc.invert(pc.is_in(kept["record_id"], value_set=labels["record_id"].combine_chunks())))
        new_path = next_path(path)
        temporary = workspace.data / f"{new_path}.tmp"
        pq.write_table(pa.concat_tables([stay, labels]).sort_by("record_id"), temporary, compression="zstd")
        temporary.replace(workspace.data / new_path)
        store.replace_part(path, new_path)
        (workspace.data / path).unlink(missing_ok=True)
        n_recoded += len(notes["note"])
    if n_recoded:
        report(f"{n_recoded:,} stored notes coded anew: the taxonomy or the model has changed")
    return n_recoded


def preview_changes(workspace: Workspace, store: Store, labeller: Labeller, most: int) -> tuple[pd.DataFrame, int]:
    """What coding anew would change: before, after and n_notes by pair of types; and how many notes were looked at.

    Newest weeks first, at least `most` notes where so many are stored.
    """
    changes: list[pd.DataFrame] = []
    n_read = 0
    for _, kept, notes in _outdated(workspace, store, labeller.model_version, newest_first=True):
        said = dict(zip(kept["record_id"].to_pylist(), kept["demand_type"].to_pylist(), strict=True))
        after = [label.demand_type for label in labeller.label(notes["note"])]
        before = [said.get(record_id, "") for record_id in notes["record_id"]]
        changes.append(pd.DataFrame({"before": before, "after": after}))
        n_read += len(after)
        if n_read >= most:
            break
    if not changes:
        return pd.DataFrame({"before": [], "after": [], "n_notes": []}), 0
    moved = pd.concat(changes).query("before != after").groupby(["before", "after"]).size()
    counted = moved.reset_index(name="n_notes").sort_values(
        ["n_notes", "before", "after"], ascending=[False, True, True]
    )
    return counted, n_read


def _outdated(
    workspace: Workspace, store: Store, version: str, *, newest_first: bool = False
) -> Iterator[tuple[str, pa.Table, dict[str, list[str]]]]:
    """Parts of labels with others' versions whose notes are kept: path, labels, and their notes (record_id, note)."""
    notes_of = {(part["file_key"], part["week"]): part["path"] for part in store.part_rows((NOTES.name,))}
    parts = sorted(store.part_rows((LABELS.name,)), key=lambda part: (part["week"], part["path"]), reverse=newest_first)
    for part in parts:
        notes_path = notes_of.get((part["file_key"], part["week"]))
        versions = pq.read_table(workspace.data / part["path"], columns=["model_version"])["model_version"]
        if notes_path is None or pc.unique(versions).to_pylist() == [version]:
            continue
        kept = pq.read_table(workspace.data / part["path"])
        old = kept.filter(pc.not_equal(kept["model_version"], version))["record_id"].combine_chunks()
        notes = pq.read_table(workspace.data / notes_path)
        notes = notes.filter(pc.is_in(notes["record_id"], value_set=old))
        if notes.num_rows:
            yield part["path"], kept, {name: notes[name].to_pylist() for name in ("record_id", "note")}
