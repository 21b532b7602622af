"""What each command of `journeys` does: it calls one function of the package and prints what that says.

Nothing heavy is imported before it is needed. In: what was typed, parsed. Out: the exit code.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from journeys.errors import SettingsError
from journeys.periods import Week, read_week


def do_init(given: argparse.Namespace) -> int:
    from journeys.workspace import create_workspace

    workspace = create_workspace(given.folder)
    print(f"made {workspace.root}")
    print(f"next: put exports below {workspace.sources}, describe them in {workspace.config / 'sources.toml'},")
    print(f"then: journeys check --workspace {workspace.root}")
    return 0


def do_demo(given: argparse.Namespace) -> int:
    from reports.demo import make_demo

    index = make_demo(given.folder, weeks=given.weeks, seed=given.seed, report=_say)
    print(index)
    return 0


def do_map(given: argparse.Namespace) -> int:
    from reports.mapping import map_file, map_values

    print(map_values(given.workspace)[0] if given.values else map_file(given.file, given.workspace))
    return 0


def do_check(given: argparse.Namespace) -> int:
    if given.gaps:
        from reports.gaps import propose_for

        print("\n".join(propose_for(given.workspace)))
        return 0
    from reports.checking import check_workspace

    lines, is_good = check_workspace(given.workspace)
    print("\n".join(lines))
    return 0 if is_good else 2


def do_load(given: argparse.Namespace) -> int:
    from reports.pipeline import load_workspace, open_project

    loaded = load_workspace(open_project(given.workspace), report=_say)
    print(
        f"{loaded.n_files:,} files loaded: {loaded.n_rows:,} rows, {loaded.n_stored:,} stored, "
        f"{loaded.n_rejects:,} rejected; {loaded.n_skipped:,} files were known already"
    )
    return 0 if loaded.n_files or loaded.n_skipped else 3


def do_run(given: argparse.Namespace) -> int:
    from reports.pipeline import load_workspace, open_project, run_week, weeks_to_run

    week, first = _week(given.week), _week(given.first)
    opened = open_project(given.workspace)
    load_workspace(opened, report=_say)
    for each in weeks_to_run(opened, week=week, first=first):
        run_week(opened, each, report=_say)
    print(opened.workspace.site / "index.html")
    return 0


def do_report(given: argparse.Namespace) -> int:
    from journeys.workspace import open_workspace
    from reports.publish import render_again

    workspace = open_workspace(given.workspace)
    for week in render_again(workspace.site):
        _say(f"{week}: pages rendered again from its findings")
    print(workspace.site / "index.html")
    return 0


def do_schedule(given: argparse.Namespace) -> int:
    from reports.schedule import run_due_once, serve_schedule

    return run_due_once(given.workspace, report=_say) if given.once else serve_schedule(given.workspace, report=_say)


def do_deliver(given: argparse.Namespace) -> int:
    from reports.deliver import deliver_now
    from reports.opened import opened_to_write

    with opened_to_write(given.workspace) as opened:
        return deliver_now(opened, _say)


def do_pdf(given: argparse.Namespace) -> int:
    from journeys.workspace import open_workspace
    from reports.print_pdf import print_board

    asked = _week(given.week)
    week, printed = print_board(open_workspace(given.workspace).site, str(asked) if asked else None)
    out = given.out or Path(f"journeys-{week}.pdf")
    out.write_bytes(printed)
    print(out)
    return 0


def do_serve(given: argparse.Namespace) -> int:
    from reports.serve import serve_site

    return serve_site(
        given.workspace,
        host=given.host,
        port=given.port,
        trusted_header=given.trusted_header,
        hosts=given.allow_host,
        report=_say,
    )


def do_access(given: argparse.Namespace) -> int:
    from reports.requests import answer_access

    for line in answer_access(given.workspace, sys.stdin):
        print(line)
    return 0


def do_object(given: argparse.Namespace) -> int:
    from reports.requests import answer_objection

    print("\n".join(answer_objection(given.workspace, sys.stdin, is_withdrawn=given.withdraw)))
    return 0


def do_erase(given: argparse.Namespace) -> int:
    from reports.requests import answer_erasure

    print("\n".join(answer_erasure(given.workspace, sys.stdin)))
    return 0


def do_backup(given: argparse.Namespace) -> int:
    from reports.requests import back_up

    print(back_up(given.workspace, given.file))
    return 0


def do_restore(given: argparse.Namespace) -> int:
    from reports.requests import restore

    print("\n".join(restore(given.workspace, given.file)))
    return 0


def do_rotate_key(given: argparse.Namespace) -> int:
    from reports.requests import begin_new_key

    print("\n".join(begin_new_key(given.workspace)))
    return 0


def do_doctor(given: argparse.Namespace) -> int:
    from reports.doctor import examine, examine_privacy

    lines, is_good = examine_privacy(given.workspace, report=_say) if given.privacy else examine(given.workspace)
    print("\n".join(lines))
    return 0 if is_good else 1


def do_dpia(given: argparse.Namespace) -> int:
    from journeys.settings_files import read_settings
    from journeys.workspace import open_workspace
    from reports.dpia import write_assessment

    print(write_assessment(read_settings(open_workspace(given.workspace).config)))
    return 0


def do_train(given: argparse.Namespace) -> int:
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


def do_tokens(given: argparse.Namespace) -> int:
    from reports.partner_tokens import make_shared_key, make_tokens

    if given.make_key:
        print(make_shared_key(given.make_key))
        return 0
    if missing := [name for name in ("file", "source", "key", "out") if getattr(given, name) is None]:
        named = ", ".join(name if name == "file" else f"--{name}" for name in missing)
        raise SettingsError([f"{named} is needed: journeys tokens FILE --source NAME --key KEY --out OUT.parquet"])
    print(make_tokens(given.workspace, given.file, given.source, given.key, given.out))
    return 0


def do_review(given: argparse.Namespace) -> int:
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


def do_export(given: argparse.Namespace) -> int:
    from mining.log_export import Chosen
    from reports.exporting import export_log, list_exports

    if given.list:
        print("\n".join(list_exports(given.workspace)))
        return 0
    chosen = Chosen(_week(given.first), given.service, given.exact_times, given.all_variants)
    print("\n".join(export_log(given.workspace, given.file, _week(given.week), chosen)))
    return 0


def do_evaluate(given: argparse.Namespace) -> int:
    if given.drift:
        from reports.drift import find_drift

        lines, is_steady = find_drift(given.workspace)
        print("\n".join(lines))
        return 0 if is_steady else 1
    from reports.notes import evaluate_file

    print(evaluate_file(given.file, given.workspace, as_json=given.json))
    return 0


def do_redact(_given: argparse.Namespace) -> int:
    from reports.notes import redact_stream

    for line in redact_stream(sys.stdin):
        print(line, flush=True)
    return 0


def do_classify(given: argparse.Namespace) -> int:
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
