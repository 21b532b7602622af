"""Small workspaces for tests: settings and source files written from a few lines, the real thing below them."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pandas as pd

from journeys.engine import Engine
from journeys.load import Loaded, load_sources
from journeys.merge import merge_records
from journeys.schema import LABELS, NOTES, RECORDS
from journeys.workspace import Workspace, create_workspace
from nlp.label import NoteReader
from reports.pipeline import Opened, open_project

LATEST = dt.datetime(2026, 11, 24)
CUT_OFF = dt.datetime(2026, 11, 23)

SERVICES = '[services.waste]\nname = "Bins"\ngap = "14 days"\n\n[[stages]]\nname = "Ask"\n'
CALLS = """
[[source]]
name = "calls"
kind = "contact"
files = "calls*.csv*"
format = "csv"
unknown_persons = ["Withheld"]
purpose = "to see where people's journeys fail"
lawful_basis = "public task"
owner = "Telephony manager"

[source.columns]
source_record_id = "id"
group_id = { column = "call", namespace = "call" }
started_at = { column = "at", format = "%d/%m/%Y %H:%M" }
channel = { value = "phone" }
service = { column = "queue", map = { "BINS" = "waste" }, default = "general" }
is_answered = { column = "end", map = { "yes" = "true", "no" = "false" } }
is_abandoned = { column = "end", map = { "yes" = "false", "no" = "true" } }
phone = "phone"
account = "account"
case_ref = "case"
name = "name"
note = "note"
"""
HEADER = "id,call,at,queue,end,phone,account,case,name,note"


def make_workspace(root: Path, sources: str = CALLS, **files: str | bytes) -> Workspace:
    """A workspace at `root` with these sources; `files` are written below sources/ (calls_csv -> calls.csv)."""
    workspace = create_workspace(root)
    (workspace.config / "sources.toml").write_text(sources, encoding="utf-8")
    (workspace.config / "services.toml").write_text(SERVICES, encoding="utf-8")
    for name in ("needs.toml", "designed.toml", "changes.toml"):
        (workspace.config / name).unlink()  # they are about services that this workspace has not
    for name, content in files.items():
        put_source(workspace, name.replace("_", ".", 1) if "_" in name else name, content)
    return workspace


def put_source(workspace: Workspace, name: str, content: str | bytes) -> Path:
    """Write one source file."""
    path = workspace.sources / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def calls(*rows: str) -> str:
    """A calls.csv: id,call,at,queue,end,phone,account,case,name,note; short rows are filled up."""
    n_columns = HEADER.count(",")
    return "\n".join([HEADER, *(row + "," * (n_columns - row.count(",")) for row in rows)]) + "\n"


def load(opened: Opened, note_reader: NoteReader | None = None) -> Loaded:
    """Load everything new, as of 24 November 2026."""
    reader = note_reader or opened.note_reader
    return load_sources(
        opened.workspace, opened.settings, opened.store, reader, latest_at=LATEST, report=lambda line: None
    )


def scan(engine: Engine, opened: Opened) -> None:
    """Name the stored records, notes and labels in the engine."""
    for table in (RECORDS, NOTES, LABELS):
        engine.scan(table, [opened.workspace.data / part for part in opened.store.parts(table.name)])


def merged(engine: Engine, opened: Opened, cut_off_at: dt.datetime = CUT_OFF) -> pd.DataFrame:
    """Scan and merge; the contacts in order of time."""
    scan(engine, opened)
    merge_records(engine, opened.settings.publishing, cut_off_at)
    return engine.run("SELECT * FROM contacts ORDER BY started_at, contact_id")


def copy_settings(source: Path, workspace_root: Path) -> Workspace:
    """A workspace whose settings are exactly the files of `source`."""
    workspace = create_workspace(workspace_root)
    shutil.rmtree(workspace.config)
    shutil.copytree(source, workspace.config)
    return workspace


__all__ = ["Path", "calls", "copy_settings", "load", "make_workspace", "merged", "open_project", "put_source", "scan"]
