"""What `loop.sh` asks: begin or resume a run, a round's paths, end a run; and what people ask of a run.

    python -m autotrain.control begin --plan FILE [flags of loop.sh]
    python -m autotrain.control paths --round N --plan FILE
    python -m autotrain.control finish --code N

FILE gets NUL-separated NAME=VALUE pairs for bash to export. Exit code 10 of `begin`: the
flags asked a question (--status, --dry-run, ...), it is answered, nothing is to be run.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autotrain import cli, paths, preflight, runs, settings, state
from autotrain.errors import AutotrainError, UsageError
from autotrain.events import EventLog
from autotrain.jsonl import atomic_writer, dumps

ANSWERED = 10


def loop_parser() -> argparse.ArgumentParser:
    """The flags of `loop.sh`: every setting, and what to do with a run."""
    parser = cli.Parser(
        prog="loop.sh",
        description="Train a coding agent: generate, clean, test, train, evaluate and promote, round after round.",
        epilog="Exit codes: 0 done, 2 usage or settings, 3 input data, 4 teacher, 5 memory, 6 sandbox, 75 stopped, "
        "130 interrupted (both go on with --resume), 1 anything else.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--resume", nargs="?", const="", metavar="RUN_ID", help="go on with the newest run, or this one")
    what.add_argument("--dry-run", action="store_true", help="print the plan and each setting with its source")
    what.add_argument("--status", action="store_true", help="where the newest run stands")
    what.add_argument("--list", action="store_true", help="all runs")
    what.add_argument("--stop", action="store_true", help="ask the running loop to stop at its next safe point")
    parser.add_argument("--json", action="store_true", help="with --status or --list: JSON")
    parser.add_argument("--stage", choices=state.STAGES, help="begin each round at this stage")
    parser.add_argument("--stop-stage", choices=state.STAGES, help="end each round after this stage")
    parser.add_argument("--allow-changed", action="store_true", help="with --resume: accept changed settings")
    parser.add_argument("--plan", type=Path, help=argparse.SUPPRESS)
    settings.add_flags(parser)
    return parser


def begin(argv: Sequence[str]) -> int:
    """Settle the settings, check what a run needs, create or resume it, and write bash's plan."""
    arguments = loop_parser().parse_args(argv)
    names = [row.name for row in settings.fields()]
    flags = {name: getattr(arguments, name) for name in names}
    resolved = settings.resolve(flags)
    out_dir = settings.out_path(resolved.settings.out_dir)
    if arguments.status:
        return _status(paths.find_run(out_dir), arguments.json)
    if arguments.list:
        return _list(out_dir, arguments.json)
    if arguments.stop:
        return _stop(out_dir)

    run = None
    if arguments.resume is not None:
        run = paths.find_run(out_dir, arguments.resume or None)
        given = {name: getattr(resolved.settings, name) for name in names if _was_given(resolved, name)}
        if not arguments.allow_changed:
            runs.refuse_mixing(run, given)
        before = {name: settings.show_raw(value) for name, value in runs.settings_of(run).items() if name not in given}
        resolved = settings.resolve({**flags, **before})
    else:
        for note in resolved.substitutions:
            print(
                f"{note['setting']}: {note['to']} in place of {note['from']}, because {note['reason']}. "
                f"To change it: {note['override']}.",
                file=sys.stderr,
            )
    _check_stages(arguments, resolved.settings)
    preflight.check(resolved)
    if arguments.dry_run:
        print(preflight.plan(resolved))
        return ANSWERED
    pid = int(os.environ.get("HEIDI_LOOP_PID", os.getpid()))
    if run is None:
        run = runs.create(resolved, pid)
    else:
        runs.resume(run, pid)
    exports = {settings.variable(name): settings.show_raw(getattr(resolved.settings, name)) for name in names}
    exports |= {
        "RUN_ID": run.run_id,
        paths.RUN_DIR_VARIABLE: str(run.root),
        "BASE_REPORT": str(run.base_report()),
        "BASE_PREDS": str(run.base_predictions()),
        "FIXED_VAL": str(run.round_file("val", 1)),
        "FIXED_PROBE": str(run.round_file("probe", 1)),
        "FIRST_STAGE": arguments.stage or state.STAGES[0],
        "LAST_STAGE": arguments.stop_stage or state.STAGES[-1],
    }
    _write_pairs(arguments.plan, exports)
    print(f"run {run.run_id} in {run.root}", file=sys.stderr)
    return 0


def _was_given(resolved: settings.Resolved, name: str) -> bool:
    source = resolved.sources[name]
    return source == "environment" or source == ".env" or source.startswith("flag ")


def _check_stages(arguments: argparse.Namespace, chosen: settings.Settings) -> None:
    first, last = arguments.stage, arguments.stop_stage
    if first and last and state.STAGES.index(first) > state.STAGES.index(last):
        raise UsageError(f"--stage {first} comes after --stop-stage {last}.")


def round_paths(argv: Sequence[str]) -> int:
    """The files of one round, for bash."""
    parser = cli.Parser(prog="control paths")
    parser.add_argument("--round", type=cli.positive, required=True)
    parser.add_argument("--plan", type=Path, required=True)
    arguments = parser.parse_args(argv)
    run = _current_run()
    number = arguments.round
    pairs = {kind.upper(): str(run.round_file(kind, number)) for kind in paths.ROUND_FILES}
    pairs |= {
        "ADAPTER": str(run.adapter(number)),
        "REPORT": str(run.report(number)),
        "PREDS": str(run.predictions(number)),
        "FOCUS_FILE": str(run.focus(number)),
        "GATE_REJECTS": str(run.gate_rejects(number)),
        "BEST": str(run.best),
    }
    _write_pairs(arguments.plan, pairs)
    return 0


def finish(argv: Sequence[str]) -> int:
    """Record how the loop ended, from its exit code, and say it in one line."""
    parser = cli.Parser(prog="control finish")
    parser.add_argument("--code", type=int, required=True)
    code = parser.parse_args(argv).code
    run = _current_run()
    paths.link_newest(run)
    if code == 0:
        runs.finish(run, "completed")
        print(preflight.verdict(run), file=sys.stderr)
    elif code in (75, 130):
        runs.finish(run, "stopped")
        print(f"Stopped. Go on with: ./scripts/loop.sh --resume {run.run_id}", file=sys.stderr)
    else:
        message = state.load(run)["error"] or f"a stage ended with exit code {code}"
        runs.finish(run, "failed", message)
        print(f"Go on after mending it: ./scripts/loop.sh --resume {run.run_id}", file=sys.stderr)
        print(message, file=sys.stderr)  # the failing stage's own words come last
    return 0


def _current_run() -> paths.RunPaths:
    run = paths.run_from_environment()
    if run is None:
        raise UsageError(f"{paths.RUN_DIR_VARIABLE} is not set: loop.sh sets it.")
    return run


def _status(run: paths.RunPaths, as_json: bool) -> int:
    now = state.load(run)
    if as_json:
        print(dumps(now).decode())
        return ANSWERED
    where = f", round {now['current_round']} {now['current_stage']}" if now["current_stage"] else ""
    print(f"run {run.run_id}: {now['status']}{where}")
    print("  " + ", ".join(f"{name} {count}" for name, count in now["counters"].items()))
    if now["error"]:
        print(f"  {now['error']}")
    if now["best"]:
        print(f"  best: {now['best'].get('adapter') or 'the base model'}")
    return ANSWERED


def _list(out_dir: Path, as_json: bool) -> int:
    rows = [{"run_id": run.run_id, "status": state.load(run)["status"]} for run in paths.runs(out_dir)]
    print(
        dumps(rows).decode() if as_json else "\n".join(f"{row['run_id']}  {row['status']}" for row in rows) or "no runs"
    )
    return ANSWERED


def _stop(out_dir: Path) -> int:
    current = runs.owner(out_dir)
    if current is None:
        raise UsageError(f"No loop is running on {out_dir}.")
    run = paths.find_run(out_dir, current["run_id"])

    def change(now: state.State) -> None:
        now["stop_requested"] = True
        if now["status"] in ("running", "paused"):
            state.move(now, "stopping")

    state.update(run, change)
    EventLog(run.events, run.run_id).emit("stop_requested", "by a person")
    print(f"run {run.run_id} stops at its next safe point; go on with ./scripts/loop.sh --resume {run.run_id}")
    return ANSWERED


def _write_pairs(path: Path | None, pairs: Mapping[str, Any]) -> None:
    if path is None:
        raise UsageError("--plan FILE is needed.")
    with atomic_writer(path) as stream:
        for name, value in pairs.items():
            stream.write(f"{name}={value}".encode() + b"\0")


COMMANDS = {"begin": begin, "paths": round_paths, "finish": finish}


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] not in COMMANDS:
        print(f"control: one of {', '.join(COMMANDS)} is needed.", file=sys.stderr)
        return UsageError.exit_code
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except AutotrainError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
