"""`journeys export FILE`: the workspace's event log for other process mining tools, or a service's mined model.

An event log stays personal data whatever is left out of it: it is written only by this command, outside the folders of
the workspace that are published, stored or loaded, readable by its owner alone; and who made it, when and with what in
it stays on record. By default times are weeks and rare variants are left out; see `mining.log_export`.
"""

from __future__ import annotations

import difflib
import getpass
import gzip
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from journeys.errors import NothingToDo, SourceError, StoreError
from journeys.lock import writing_to
from journeys.periods import Week
from journeys.settings import Publishing, Settings
from journeys.workspace import Workspace, open_workspace
from mining.log_export import Chosen, Selected, select_export
from mining.log_files import ocel_pieces, xes_pieces
from mining.model_export import bpmn_pieces
from reports.opened import now, opened_to_write
from reports.pipeline import open_project, ordered_events, weeks_to_run

KIND = "export"
_XES, _OCEL = (".xes", ".xes.gz"), (".jsonocel", ".json", ".jsonocel.gz", ".json.gz")
_BPMN = (".bpmn",)


def export_log(root: Path, path: Path, week: Week | None, chosen: Chosen) -> list[str]:
    """Write the event log as known at the end of `week` (None: the newest complete one); what was written, in sentences.

    Raises StoreError for a place or a name that may not be, NothingToDo where no journey may be written.
    """
    workspace = open_workspace(root)
    check_place(workspace, path)
    opened = open_project(root)
    _check_service(opened.settings, chosen.service)
    if path.name.lower().endswith(_BPMN) and chosen.service is None:
        raise SourceError("a model is of one service: name it with --service")
    with writing_to(workspace):
        until = weeks_to_run(opened, week=week)[0]
        with ordered_events(opened, until) as engine:
            selected = select_export(engine, opened.settings.publishing, chosen)
            if not selected.n_journeys:
                raise NothingToDo(_nothing(selected, opened.settings.publishing))
            about = _about(until, chosen, opened.settings.publishing)
            if path.name.lower().endswith(_BPMN):
                pieces = bpmn_pieces(engine, opened.settings.service_name(str(chosen.service)))
            elif path.name.lower().endswith(_XES):
                pieces = xes_pieces(engine, about, has_exact_times=chosen.has_exact_times)
            else:
                pieces = ocel_pieces(engine, has_exact_times=chosen.has_exact_times)
            with _placed(path) as temporary:
                content_hash = _write(temporary, pieces, is_packed=path.name.lower().endswith(".gz"))
                # On record before it is in its place: a file that nobody knows of is worse than a line too many.
                said = f"{path.name} (SHA-256 {content_hash[:16]}) by {_account()}: {_counted(selected)}; {about}"
                request = {"kind": KIND, "made_at": now(), "n_records": selected.n_events, "said": said}
                opened.store.save_request(request)
    if path.name.lower().endswith(_BPMN):
        model = f"{path}: the process model of {opened.settings.service_name(str(chosen.service))}, found from {_counted(selected)}"
        return [model, _said(selected, chosen, opened.settings.publishing)[1]]
    return [
        f"{path}: {_counted(selected)}",
        *_said(selected, chosen, opened.settings.publishing),
        "it remains personal data: keep it as you keep contact records, pass it on only where you may, delete it when "
        "you are done; the export is on record (journeys export --list)",
    ]


def list_exports(root: Path) -> list[str]:
    """Every export made from this workspace, oldest first; raises NothingToDo where there is none."""
    with opened_to_write(root) as (_, _, store):
        made = [request for request in store.requests() if request["kind"] == KIND]
    if not made:
        raise NothingToDo("no event log has been exported from this workspace")
    return [f"{request['made_at']:%Y-%m-%d %H:%M:%S} UTC: {request['said']}" for request in made]


def check_place(workspace: Workspace, path: Path) -> None:
    """Raise StoreError where an event log must not lie, its name says no format, or a file is there already."""
    if not path.name.lower().endswith((*_XES, *_OCEL, *_BPMN)):
        raise StoreError(
            f"{path}: the name says the format: .xes or .xes.gz (XES, for Disco, Apromore, Celonis, pm4py), "
            ".jsonocel, .json or either with .gz (OCEL 2.0), .bpmn (the process model of one service, for modelling tools)"
        )
    place = path.resolve()
    for folder in (workspace.site, workspace.root / "site-public", workspace.data, workspace.sources, workspace.config):
        if place.is_relative_to(folder.resolve()):
            raise StoreError(
                f"{path}: an event log is personal data and may not lie below {folder.name}/, which is published, "
                "backed up or loaded; name a place outside of it"
            )
    if path.exists():
        raise StoreError(f"{path}: there is a file already; name a new one, or delete it first")
    if not place.parent.is_dir():
        raise StoreError(f"{path}: there is no folder {path.parent}; make it first")


def _check_service(settings: Settings, service: str | None) -> None:
    known = sorted(settings.services.services)
    if service is not None and service not in known:
        close = difflib.get_close_matches(service, known, n=1, cutoff=0.5)
        named = f"did you mean '{close[0]}'?" if close else f"use one of: {', '.join(known)}"
        raise SourceError(f"--service: config/services.toml names no service '{service}'; {named}")


@contextmanager
def _placed(path: Path) -> Iterator[Path]:
    """A new file that only its owner may read, put in its place when all went well; nothing is left of one that failed."""
    temporary = path.with_name(path.name + ".part")
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise StoreError(
            f"{temporary}: left by an export that was stopped, or still being written; delete it"
        ) from None
    except OSError as error:
        raise StoreError(f"{path}: the file cannot be written ({error.strerror}); name another place") from None
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: the file could not be written ({error.strerror}); nothing is left of it") from None
    finally:
        temporary.unlink(missing_ok=True)


def _write(path: Path, pieces: Iterator[str], *, is_packed: bool) -> str:
    """Write the pieces; returns the SHA-256 of the file, by which a copy can be known again."""
    with path.open("wb") as raw:
        # Neither name nor time in what is packed: the same log gives the same bytes.
        file = gzip.GzipFile("", "wb", fileobj=raw, mtime=0) if is_packed else raw
        for piece in pieces:
            file.write(piece.encode())
        if file is not raw:
            file.close()
    with path.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()


def _account() -> str:
    """The name of the account the command runs under."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "an account without a name"


def _counted(selected: Selected) -> str:
    return f"{selected.n_events:,} events of {selected.n_journeys:,} journeys in {selected.n_variants:,} different sequences"


def _about(until: Week, chosen: Chosen, publishing: Publishing) -> str:
    """What was asked for, for the record and for whoever opens the file."""
    begun = f"journeys begun from {chosen.first} to {until}" if chosen.first else f"journeys up to {until}"
    of = f" about {chosen.service}" if chosen.service else ""
    times = "exact times" if chosen.has_exact_times else "times moved to Mondays, seconds only keep the order"
    kept = "all" if chosen.has_all_variants else f"only those of at least {publishing.suppress_below} persons"
    return f"{begun}{of}; {times}; sequences: {kept}; personal data"


def _said(selected: Selected, chosen: Chosen, publishing: Publishing) -> list[str]:
    """What each choice means for the people in the log, and for who reads it."""
    times = (
        "times are exact: whoever knows when a person got in touch can find their journey"
        if chosen.has_exact_times
        else "times are the Monday of each event's week; seconds after midnight only keep the order, so waits shorter than "
        "weeks cannot be read from it"
    )
    if chosen.has_all_variants:
        rare = "every sequence is in it, also those of one person alone: whoever knows some steps can read the others"
    else:
        rare = (
            f"left out: {selected.n_journeys_left_out:,} journeys whose sequence of steps and channels fewer than "
            f"{publishing.suppress_below} persons took ({selected.n_variants_left_out:,} sequences), so counts made from "
            "this file are lower than those on the pages"
        )
    return [times, rare]


def _nothing(selected: Selected, publishing: Publishing) -> str:
    if not selected.n_journeys_left_out:
        return "no journey is as asked for: look at --service, --from and --week"
    return (
        f"nothing is written: each of the {selected.n_variants_left_out:,} sequences of steps and channels was taken by fewer "
        f"than {publishing.suppress_below} persons (suppress_below in config/publishing.toml); ask for a longer time or "
        "more services"
    )
