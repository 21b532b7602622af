"""The command `journeys`: parses, calls one function, prints. Nothing heavy is imported before it is needed.

Exit codes: 0 done; 1 finished, but a check the caller asked for failed; 2 bad input or settings; 3 nothing to do.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from journeys import __version__
from journeys.errors import JourneysError, SettingsError
from journeys.periods import Week, read_week
from reports.cli_options import (
    describe_check,
    describe_demo,
    describe_doctor,
    describe_evaluate,
    describe_export,
    describe_file,
    describe_init,
    describe_map,
    describe_object,
    describe_pdf,
    describe_review,
    describe_run,
    describe_schedule,
    describe_tokens,
    describe_train,
    no_more,
    shared_options,
)

_DESCRIPTION = """\
Find where people's journeys through a council's services fail, from the contact logs it already holds.

A first look:           journeys demo build/demo
Your own workspace:     journeys init my-council
                        edit my-council/config/sources.toml, put exports below my-council/sources/
                        journeys check --workspace my-council
                        journeys load  --workspace my-council
                        journeys run   --workspace my-council
"""
_EXIT_CODES = "Exit codes: 0 done, 1 a check you asked for failed, 2 bad input or settings, 3 nothing to do."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO if given.verbose else logging.ERROR, format="%(levelname)s %(message)s")
    try:
        return int(given.command_function(given))
    except JourneysError as error:
        print(f"journeys {given.command}: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        print("\nstopped; nothing half-done was kept, run the command again to go on", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="journeys",
        description=_DESCRIPTION,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"journeys {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shared = shared_options(Path(), False)
    for name, function, help_text, describe in _COMMANDS:
        command = commands.add_parser(name, parents=[shared], help=help_text, description=f"{help_text}.")
        command.set_defaults(command_function=function)
        describe(command)
    return parser


def _init(given: argparse.Namespace) -> int:
    from journeys.workspace import create_workspace

    workspace = create_workspace(given.folder)
    print(f"made {workspace.root}")
    print(f"next: put exports below {workspace.sources}, describe them in {workspace.config / 'sources.toml'},")
    print(f"then: journeys check --workspace {workspace.root}")
    return 0


def _demo(given: argparse.Namespace) -> int:
    from reports.demo import make_demo

    index = make_demo(given.folder, weeks=given.weeks, seed=given.seed, report=_say)
    print(index)
    return 0


def _map(given: argparse.Namespace) -> int:
    from reports.mapping import map_file, map_values

    print(map_values(given.workspace)[0] if given.values else map_file(given.file, given.workspace))
    return 0


def _check(given: argparse.Namespace) -> int:
    if given.gaps:
        from reports.gaps import propose_for

        print("\n".join(propose_for(given.workspace)))
        return 0
    from reports.checking import check_workspace

    lines, is_good = check_workspace(given.workspace)
    print("\n".join(lines))
    return 0 if is_good else 2


def _load(given: argparse.Namespace) -> int:
    from reports.pipeline import load_workspace, open_project

    loaded = load_workspace(open_project(given.workspace), report=_say)
    print(
        f"{loaded.n_files:,} files loaded: {loaded.n_rows:,} rows, {loaded.n_stored:,} stored, "
        f"{loaded.n_rejects:,} rejected; {loaded.n_skipped:,} files were known already"
    )
    return 0 if loaded.n_files or loaded.n_skipped else 3


def _run(given: argparse.Namespace) -> int:
    from reports.pipeline import load_workspace, open_project, run_week, weeks_to_run

    week, first = _week(given.week), _week(given.first)
    opened = open_project(given.workspace)
    load_workspace(opened, report=_say)
    for each in weeks_to_run(opened, week=week, first=first):
        run_week(opened, each, report=_say)
    print(opened.workspace.site / "index.html")
    return 0


def _report(given: argparse.Namespace) -> int:
    from journeys.workspace import open_workspace
    from reports.publish import render_again

    workspace = open_workspace(given.workspace)
    for week in render_again(workspace.site):
        _say(f"{week}: pages rendered again from its findings")
    print(workspace.site / "index.html")
    return 0


def _schedule(given: argparse.Namespace) -> int:
    from reports.schedule import run_due_once, serve_schedule

    return run_due_once(given.workspace, report=_say) if given.once else serve_schedule(given.workspace, report=_say)


def _deliver(given: argparse.Namespace) -> int:
    from reports.deliver import deliver_now
    from reports.opened import opened_to_write

    with opened_to_write(given.workspace) as opened:
        return deliver_now(opened, _say)


def _pdf(given: argparse.Namespace) -> int:
    from journeys.workspace import open_workspace
    from reports.print_pdf import print_board

    asked = _week(given.week)
    week, printed = print_board(open_workspace(given.workspace).site, str(asked) if asked else None)
    out = given.out or Path(f"journeys-{week}.pdf")
    out.write_bytes(printed)
    print(out)
    return 0


def _access(given: argparse.Namespace) -> int:
    from reports.requests import answer_access

    for line in answer_access(given.workspace, sys.stdin):
        print(line)
    return 0


def _object(given: argparse.Namespace) -> int:
    from reports.requests import answer_objection

    print("\n".join(answer_objection(given.workspace, sys.stdin, is_withdrawn=given.withdraw)))
    return 0


def _erase(given: argparse.Namespace) -> int:
    from reports.requests import answer_erasure

    print("\n".join(answer_erasure(given.workspace, sys.stdin)))
    return 0


def _backup(given: argparse.Namespace) -> int:
    from reports.requests import back_up

    print(back_up(given.workspace, given.file))
    return 0


def _restore(given: argparse.Namespace) -> int:
    from reports.requests import restore

    print("\n".join(restore(given.workspace, given.file)))
    return 0


def _rotate_key(given: argparse.Namespace) -> int:
    from reports.requests import begin_new_key

    print("\n".join(begin_new_key(given.workspace)))
    return 0


def _doctor(given: argparse.Namespace) -> int:
    from reports.doctor import examine, examine_privacy

    lines, is_good = examine_privacy(given.workspace, report=_say) if given.privacy else examine(given.workspace)
    print("\n".join(lines))
    return 0 if is_good else 1


def _dpia(given: argparse.Namespace) -> int:
    from journeys.settings_files import read_settings
    from journeys.workspace import open_workspace
    from reports.dpia import write_assessment

    print(write_assessment(read_settings(open_workspace(given.workspace).config)))
    return 0


def _train(given: argparse.Namespace) -> int:
    if given.classifier and not given.seed_corpus:
        raise SettingsError(
            ["--classifier goes with --seed-corpus; your own labels teach what config/demand.toml names"]
        )
    if given.seed_corpus:
        from reports.training_notes import train_seed_corpus

        print(train_seed_corpus(given.classifier or "words", _say))
    elif given.identity:
        from reports.training import train_identity

        print(train_identity(given.workspace))
    else:
        from reports.training_notes import train_notes

        print(train_notes(given.workspace, _say))
    return 0


def _tokens(given: argparse.Namespace) -> int:
    from reports.partner_tokens import make_shared_key, make_tokens

    if given.make_key:
        print(make_shared_key(given.make_key))
        return 0
    if missing := [name for name in ("file", "source", "key", "out") if getattr(given, name) is None]:
        named = ", ".join(name if name == "file" else f"--{name}" for name in missing)
        raise SettingsError([f"{named} is needed: journeys tokens FILE --source NAME --key KEY --out OUT.parquet"])
    print(make_tokens(given.workspace, given.file, given.source, given.key, given.out))
    return 0


def _review(given: argparse.Namespace) -> int:
    if given.identity:
        from reports.reviewing import export_identity, import_identity, undo_identity

        if given.action == "export":
            lines = export_identity(given.workspace, given.out, given.pairs)
        else:
            lines = undo_identity(given.workspace) if given.undo else import_identity(given.workspace, given.file)
    else:
        from reports.reviewing_notes import export_notes, import_notes, undo_notes

        if given.action == "export":
            lines = export_notes(given.workspace, given.out, given.within)
        else:
            lines = undo_notes(given.workspace) if given.undo else import_notes(given.workspace, given.file)
    print("\n".join(lines))
    return 0


def _export(given: argparse.Namespace) -> int:
    from mining.log_export import Chosen
    from reports.exporting import export_log, list_exports

    if given.list:
        print("\n".join(list_exports(given.workspace)))
        return 0
    chosen = Chosen(_week(given.first), given.service, given.exact_times, given.all_variants)
    print("\n".join(export_log(given.workspace, given.file, _week(given.week), chosen)))
    return 0


def _evaluate(given: argparse.Namespace) -> int:
    if given.drift:
        from reports.drift import find_drift

        lines, is_steady = find_drift(given.workspace)
        print("\n".join(lines))
        return 0 if is_steady else 1
    from reports.notes import evaluate_file

    print(evaluate_file(given.file, given.workspace, as_json=given.json))
    return 0


def _redact(_given: argparse.Namespace) -> int:
    from reports.notes import redact_stream

    for line in redact_stream(sys.stdin):
        print(line, flush=True)
    return 0


def _classify(given: argparse.Namespace) -> int:
    from reports.notes import classify_stream

    for line in classify_stream(sys.stdin, given.workspace):
        print(line, flush=True)
    return 0


def _week(text: str | None) -> Week | None:
    if text is None:
        return None
    try:
        return read_week(text)
    except ValueError as error:
        raise SettingsError([str(error)]) from None


def _say(line: str) -> None:
    print(line, flush=True)


_COMMANDS = (
    ("demo", _demo, "Make a fictional council, run everything, print the page to open", describe_demo),
    ("init", _init, "Make a workspace with commented settings and a new key", describe_init),
    ("map", _map, "Look at an export and write a first source block; or list the names not yet mapped", describe_map),
    ("check", _check, "Look at settings and source files without loading: every problem at once", describe_check),
    ("load", _load, "Load new source files: identifiers become tokens, notes are redacted", no_more),
    ("run", _run, "Load, mine and publish", describe_run),
    ("report", _report, "Render the published weeks again from their findings", no_more),
    (
        "schedule",
        _schedule,
        "Publish every week without anyone, as config/schedules.toml says",
        describe_schedule,
    ),
    ("deliver", _deliver, "Send the mails of published reports that still wait, and say what became of each", no_more),
    ("pdf", _pdf, "Print a week's team board as a tagged PDF, with Chromium, Chrome or Edge", describe_pdf),
    ("tokens", _tokens, "Turn an export into tokens for a partner, under a shared key", describe_tokens),
    ("train", _train, "Learn who is one person across channels, or why people make contact", describe_train),
    (
        "review",
        _review,
        "Have people read notes, or judge which contacts are one person's, and use their word",
        describe_review,
    ),
    ("doctor", _doctor, "Is the workspace in order, and did anything personal get out of sources/?", describe_doctor),
    ("dpia", _dpia, "Print a data protection impact assessment, filled in from the settings (Markdown)", no_more),
    ("access", _access, "Print what is held about a person (identifiers on standard input, one a line)", no_more),
    (
        "object",
        _object,
        "Leave a person's contacts out of every figure (identifiers on standard input)",
        describe_object,
    ),
    ("erase", _erase, "Erase a person and keep them erased (identifiers on standard input)", no_more),
    ("backup", _backup, "Write what is stored and published into one zip", describe_file),
    ("restore", _restore, "Replace what is stored by a backup, then erase again who was erased since", describe_file),
    ("rotate-key", _rotate_key, "Begin a new key: what is stored cannot be joined to what comes", no_more),
    ("export", _export, "Write the event log for another process mining tool, and put that on record", describe_export),
    ("evaluate", _evaluate, "Measure redaction and classification on labelled notes", describe_evaluate),
    ("redact", _redact, "Redact notes, one a line, from standard input to standard output", no_more),
    (
        "classify",
        _classify,
        "Say why people made contact, JSON lines from standard input to output",
        no_more,
    ),
)

if __name__ == "__main__":
    sys.exit(main())
