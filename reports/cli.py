"""The command `journeys`: parses, calls one function, prints. What it calls is in `reports.commands`.

Exit codes: 0 done; 1 finished, but a check the caller asked for failed; 2 bad input or settings; 3 nothing to do.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from journeys import __version__
from journeys.errors import JourneysError, said_of
from reports import commands
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
    describe_serve,
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
    except OSError as error:
        print(f"journeys {given.command}: {said_of(error)}", file=sys.stderr)
        return 2
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


_COMMANDS = (
    ("demo", commands.do_demo, "Make a fictional council, run everything, print the page to open", describe_demo),
    ("init", commands.do_init, "Make a workspace with commented settings and a new key", describe_init),
    (
        "map",
        commands.do_map,
        "Look at an export and write a first source block; or list the names not yet mapped",
        describe_map,
    ),
    (
        "check",
        commands.do_check,
        "Look at settings and source files without loading: every problem at once",
        describe_check,
    ),
    ("load", commands.do_load, "Load new source files: identifiers become tokens, notes are redacted", no_more),
    ("run", commands.do_run, "Load, mine and publish", describe_run),
    ("report", commands.do_report, "Render the published weeks again from their findings", no_more),
    (
        "schedule",
        commands.do_schedule,
        "Publish every week without anyone, as config/schedules.toml says",
        describe_schedule,
    ),
    (
        "deliver",
        commands.do_deliver,
        "Send the mails of published reports that still wait, and say what became of each",
        no_more,
    ),
    ("pdf", commands.do_pdf, "Print a week's team board as a tagged PDF, with Chromium, Chrome or Edge", describe_pdf),
    (
        "serve",
        commands.do_serve,
        "Serve the published pages over HTTP, read-only, to this machine or to a proxy",
        describe_serve,
    ),
    ("tokens", commands.do_tokens, "Turn an export into tokens for a partner, under a shared key", describe_tokens),
    ("train", commands.do_train, "Learn who is one person across channels, or why people make contact", describe_train),
    (
        "review",
        commands.do_review,
        "Have people read notes, or judge which contacts are one person's, and use their word",
        describe_review,
    ),
    (
        "doctor",
        commands.do_doctor,
        "Is the workspace in order, and did anything personal get out of sources/?",
        describe_doctor,
    ),
    (
        "dpia",
        commands.do_dpia,
        "Print a data protection impact assessment, filled in from the settings (Markdown)",
        no_more,
    ),
    (
        "access",
        commands.do_access,
        "Print what is held about a person (identifiers on standard input, one a line)",
        no_more,
    ),
    (
        "object",
        commands.do_object,
        "Leave a person's contacts out of every figure (identifiers on standard input)",
        describe_object,
    ),
    ("erase", commands.do_erase, "Erase a person and keep them erased (identifiers on standard input)", no_more),
    ("backup", commands.do_backup, "Write what is stored and published into one zip", describe_file),
    (
        "restore",
        commands.do_restore,
        "Replace what is stored by a backup, then erase again who was erased since",
        describe_file,
    ),
    ("rotate-key", commands.do_rotate_key, "Begin a new key: what is stored cannot be joined to what comes", no_more),
    (
        "export",
        commands.do_export,
        "Write the event log for another process mining tool, and put that on record",
        describe_export,
    ),
    ("evaluate", commands.do_evaluate, "Measure redaction and classification on labelled notes", describe_evaluate),
    ("redact", commands.do_redact, "Redact notes, one a line, from standard input to standard output", no_more),
    (
        "classify",
        commands.do_classify,
        "Say why people made contact, JSON lines from standard input to output",
        no_more,
    ),
)

if __name__ == "__main__":
    sys.exit(main())
