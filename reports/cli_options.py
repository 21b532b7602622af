"""What each command of `journeys` takes: its arguments and their help, and nothing heavier than argparse."""

from __future__ import annotations

import argparse
from pathlib import Path


def shared_options(workspace: Path | str, is_verbose: bool | str) -> argparse.ArgumentParser:
    """Options of every command, with these defaults."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--workspace", type=Path, default=workspace, metavar="DIR", help="workspace (default: this folder)"
    )
    shared.add_argument("--verbose", action="store_true", default=is_verbose, help="say what each step does")
    return shared


def describe_init(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="DIR", help="folder to make")


def describe_demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="DIR", help="folder to make; an earlier demo there is replaced")
    command.add_argument("--weeks", type=int, default=26, metavar="N", help="weeks of contacts (default 26)")
    command.add_argument("--seed", type=int, default=1, metavar="S", help="another seed, another council (default 1)")


def describe_map(command: argparse.ArgumentParser) -> None:
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("file", type=Path, nargs="?", metavar="FILE", help="an export: print a first source block for it")
    what.add_argument(
        "--values",
        action="store_true",
        help="write the queue, form and wrap-up names not yet mapped to config/values.csv",
    )


def no_more(_command: argparse.ArgumentParser) -> None:
    """Commands that take the workspace alone."""


def describe_check(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--gaps",
        action="store_true",
        help="instead: propose each service's gap from the waits between the contacts loaded",
    )


def describe_run(command: argparse.ArgumentParser) -> None:
    which = command.add_mutually_exclusive_group()
    which.add_argument(
        "--week", metavar="WEEK", help="one ISO week, such as 2026-W46 (default: the newest complete one)"
    )
    which.add_argument(
        "--from", dest="first", metavar="WEEK", help="every week from this one to the newest complete one"
    )


def describe_schedule(command: argparse.ArgumentParser) -> None:
    command.add_argument("--once", action="store_true", help="do what is due now and stop (for cron and timers)")


def describe_pdf(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--week", metavar="WEEK", help="one ISO week, such as 2026-W46 (default: the newest published)"
    )
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="file to write (default: journeys-WEEK.pdf in this folder)"
    )


def describe_serve(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen at (default 127.0.0.1: this machine); any other needs --trusted-header",
    )
    command.add_argument("--port", type=int, default=8080, metavar="N", help="port to listen at (default 8080)")
    command.add_argument(
        "--trusted-header",
        metavar="NAME",
        help="answer only requests with this header, in which your single sign-on names the user (X-Remote-User); "
        "your proxy must remove it from what comes from outside",
    )
    command.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name the pages are asked for by, beside localhost; may be given again",
    )


def describe_object(command: argparse.ArgumentParser) -> None:
    command.add_argument("--withdraw", action="store_true", help="use the person's contacts again from the next run on")


def describe_file(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE.zip", help="the backup")


def describe_doctor(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--privacy", action="store_true", help="search everything written for identifiers of the source files"
    )


def describe_train(command: argparse.ArgumentParser) -> None:
    what = command.add_mutually_exclusive_group()
    what.add_argument(
        "--identity", action="store_true", help="how alike two records of one person are, from what is loaded"
    )
    command.description = (
        "Without an option: learn why people make contact from your own answers (journeys review import) together with "
        "the notes that come with journeys, and use it unless it is worse on your notes."
    )
    what.add_argument(
        "--seed-corpus",
        action="store_true",
        help="why people make contact, from the notes that come with journeys: the shipped model, made again",
    )
    command.add_argument(
        "--classifier",
        choices=("words", "reduce"),
        help="with --seed-corpus: which classifier learns, as config/demand.toml names it (default: words)",
    )


def describe_tokens(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="an export to turn into tokens for a partner"
    )
    command.add_argument("--source", metavar="NAME", help="the source block that describes the file")
    command.add_argument("--key", type=Path, metavar="KEY", help="the key shared with the partner")
    command.add_argument("--out", type=Path, metavar="OUT.parquet", help="file to write")
    command.add_argument("--make-key", type=Path, metavar="KEY", help="write a new key to share, and do nothing else")


def describe_review(command: argparse.ArgumentParser) -> None:
    # Options may stand before or after the action: one that is not given there must not undo the one before.
    shared = [shared_options(argparse.SUPPRESS, argparse.SUPPRESS)]
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    export = actions.add_parser("export", parents=shared, help="write notes to read, or pairs to judge")
    export.add_argument(
        "--out", type=Path, metavar="FILE", help="a new .csv or .xlsx (default: review-... in the workspace)"
    )
    export.add_argument(
        "--within",
        type=float,
        default=6.9,
        metavar="POINTS",
        help="notes: how exact a share over all notes is to become, plus or minus (default 6.9 points: 202 notes)",
    )
    export.add_argument("--pairs", type=int, default=200, metavar="N", help="with --identity: pairs (default 200)")
    answers = actions.add_parser("import", parents=shared, help="use the answers from the next run on")
    what = answers.add_mutually_exclusive_group(required=True)
    what.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the exported file with answers")
    what.add_argument("--undo", action="store_true", help="take back the newest answers instead")
    for action in (export, answers):
        action.add_argument(
            "--identity",
            action="store_true",
            help="not why notes were written, but whether two contacts are one person's",
        )


def describe_export(command: argparse.ArgumentParser) -> None:
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.description = _EXPORT
    command.epilog = _EXPORT_EXAMPLES
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "file",
        type=Path,
        nargs="?",
        metavar="FILE",
        help="a new .xes, .xes.gz, .jsonocel, .json (also with .gz) or .bpmn",
    )
    what.add_argument(
        "--list", action="store_true", help="print every export made so far: when, by whom, what was in it"
    )
    command.add_argument(
        "--week", metavar="WEEK", help="as known at the end of this week (default: newest complete one)"
    )
    command.add_argument("--from", dest="first", metavar="WEEK", help="only journeys that began in this week or later")
    command.add_argument("--service", metavar="NAME", help="only journeys about this service of config/services.toml")
    command.add_argument(
        "--exact-times",
        action="store_true",
        help="times to the second: whoever knows when a person got in touch can find their journey",
    )
    command.add_argument(
        "--all-variants",
        action="store_true",
        help="also sequences that few persons took: whoever knows some of a person's steps can read the others",
    )


_EXPORT = """\
Write the event log of journeys for another process mining tool, and put that on record.

An event log remains personal data. It is written by this command only, never below site/, readable by you alone.
Unless you say otherwise, times become the Monday of their week (seconds after midnight only keep the order), and only
sequences of steps and channels that at least suppress_below persons took (config/publishing.toml) are in it. There is
no person, case or contact token in it: journeys are numbered anew. Each event has its activity, channel and position,
each journey its service.

  .xes, .xes.gz      XES (IEEE 1849): pm4py, Disco, Apromore, Celonis
  .jsonocel, .json   OCEL 2.0 with journeys and services as objects: pm4py, Celonis
  .bpmn              the process model of one service (--service), to look at or to draw the designed journey from
"""
_EXPORT_EXAMPLES = """\
Examples:
  journeys export bins.xes.gz --service waste --from 2026-W34 --workspace my-council
  journeys export log.jsonocel --workspace my-council
  journeys export bins.bpmn --service waste --workspace my-council
  journeys export --list --workspace my-council

In Python:  pm4py.read_xes("bins.xes.gz"), pm4py.read_ocel2("log.jsonocel")

Exit codes: 0 written, 2 a place, name or setting that may not be, 3 no journey may be written, or none was exported yet.
"""


def describe_evaluate(command: argparse.ArgumentParser) -> None:
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "file",
        type=Path,
        nargs="?",
        metavar="FILE.jsonl",
        help='labelled notes: {"text", "primary", "all", "channel", "writer"} a line',
    )
    what.add_argument(
        "--drift", action="store_true", help="instead: do the newest notes loaded still look like those before?"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
