"""What `loop.sh` asks: begin or resume a run, a round's paths, end a run; and what people ask of a run.

    python -m autotrain.loop.control begin --plan FILE [flags of loop.sh]
    python -m autotrain.loop.control paths --round N --plan FILE
    python -m autotrain.loop.control finish --code N

FILE gets NUL-separated NAME=VALUE pairs for bash to export. Exit code 10 of `begin`: the
flags asked a question (--status, --dry-run, ...), it is answered, nothing is to be run. Exit
code 11 of `paths`: PATIENCE is at its end, and no further round is run.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autotrain import cli
from autotrain.config import precedence, settings
from autotrain.errors import AutotrainError, Interrupted, Stopped, UsageError
from autotrain.jsonl import atomic_writer, dumps
from autotrain.loop import ending, preflight, requests
from autotrain.run import commands, ownership, paths, rounds, runs, stages, state

ANSWERED = 10
NO_MORE_ROUNDS = 11
LOOP_VARIABLE = "HEIDI_LOOP_PID"
_ENDED_BY_SIGNAL = (129, 143)  # a runner that was asked to stop before it could listen


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
    what.add_argument("--pause", action="store_true", help="ask the running loop to pause")
    what.add_argument("--continue", action="store_true", help="end a pause")
    parser.add_argument("--json", action="store_true", help="with --status or --list: JSON")
    parser.add_argument(
        "--stage", choices=stages.NAMES, help="begin each round at this stage (`calibrate` comes once, before them)"
    )
    parser.add_argument(
        "--stop-stage",
        choices=stages.NAMES,
        help="end each round after this stage (`final` comes once, after the rounds)",
    )
    parser.add_argument("--allow-changed", action="store_true", help="with --resume: accept changed settings")
    parser.add_argument("--plan", type=Path, help=argparse.SUPPRESS)
    settings.add_flags(parser)
    return parser


def begin(argv: Sequence[str]) -> int:
    """Settle the settings, check what a run needs, create or resume it, and write bash's plan."""
    try:
        arguments = loop_parser().parse_args(argv)
    except SystemExit as leave:  # --help is a question too
        return ANSWERED if not leave.code else int(leave.code)
    if arguments.json and not (arguments.status or arguments.list):
        raise UsageError("--json goes with --status or --list.")
    names = [row.name for row in settings.fields()]
    flags = {name: getattr(arguments, name) for name in names}
    resolved = precedence.resolve(flags)
    out_dir = settings.out_path(resolved.settings.out_dir)
    if arguments.status:
        now = requests.status(paths.find_run(out_dir))
        return _answer(now, lambda now: requests.status_text(now, out_dir), arguments.json)
    if arguments.list:
        return _answer(requests.list_runs(out_dir), requests.list_text, arguments.json)
    for name in ("stop", "pause", "continue"):
        if getattr(arguments, name):
            print(requests.ASK[name](out_dir))
            return ANSWERED

    for said in precedence.near_misses(os.environ):
        cli.tell(f"warning: {said}")
    runs.check_writable(out_dir)
    ownership.wait_for_last_stage(out_dir, cli.tell)
    run = None
    if arguments.resume is not None:
        run = paths.find_run(out_dir, arguments.resume or None)
        given = {name: getattr(resolved.settings, name) for name in names if _was_given(resolved, name)}
        if given.get("quantization_bits") == "auto":
            del given["quantization_bits"]  # it was settled when the run began
        if not arguments.allow_changed:
            runs.refuse_mixing(run, given)
        before = {name: settings.show_raw(value) for name, value in runs.settings_of(run).items() if name not in given}
        resolved = precedence.resolve({**flags, **before})
    _check_stages(arguments, resolved.settings)
    kept_out = preflight.suites_kept_out(resolved.settings)
    if run is None:
        resolved = preflight.settle_bits(resolved)
        for note in resolved.substitutions:
            cli.tell(
                f"{note['setting']}: {note['to']} in place of {note['from']}, because {note['reason']}. "
                f"To change it: {note['override']}."
            )
    prediction = preflight.check(resolved)
    if arguments.dry_run:
        print(cli.for_terminal(preflight.plan(resolved, prediction), sys.stdout))
        return ANSWERED
    pid = int(os.environ.get(LOOP_VARIABLE, os.getpid()))
    if run is None:
        run, said = runs.create(resolved, pid, prediction.as_json())
    else:
        said = runs.resume(run, pid)
    if said:
        cli.tell(said)
    exports = {settings.variable(name): settings.show_raw(getattr(resolved.settings, name)) for name in names}
    exports |= {
        "RUN_ID": run.run_id,
        paths.RUN_DIR_VARIABLE: str(run.root),
        "BASE_REPORT": str(run.base_report()),
        "BASE_PREDS": str(run.base_predictions()),
        "EXAM": str(run.kept_back("exam")),
        "SELECTION": str(run.kept_back("selection")),
        "FIXED_PROBE": str(run.round_file("probe", 1)),
        "KEPT_OUT": ",".join(kept_out),
        "CALIBRATION": str(run.calibration),
        "FINAL": str(run.final),
        "STAGES": " ".join(stages.NAMES),
        "FIRST_STAGE": arguments.stage or stages.NAMES[0],
        "LAST_STAGE": arguments.stop_stage or stages.NAMES[-1],
    }
    _write_pairs(arguments.plan, exports)
    cli.tell(f"run {run.run_id} in {run.root}: {preflight.takes(resolved.settings)}.")
    return 0


def _was_given(resolved: precedence.Resolved, name: str) -> bool:
    source = resolved.sources[name]
    return source == "environment" or source == ".env" or source.startswith("flag ")


def _check_stages(arguments: argparse.Namespace, chosen: settings.Settings) -> None:
    first, last = arguments.stage, arguments.stop_stage
    if first and last and stages.NAMES.index(first) > stages.NAMES.index(last):
        raise UsageError(f"--stage {first} comes after --stop-stage {last}.")


def round_paths(argv: Sequence[str]) -> int:
    """The files of one round, for bash."""
    parser = cli.Parser(prog="control paths")
    parser.add_argument("--round", type=cli.positive, required=True)
    parser.add_argument("--plan", type=Path, required=True)
    arguments = parser.parse_args(argv)
    run = _current_run()
    number = arguments.round
    if rounds.out_of_patience(run, number, int(os.environ.get("PATIENCE", "0"))):
        reason = state.load(run)["evaluation"]["early_stop"]["reason"]
        cli.tell(f"No round {number}: {reason}.")
        return NO_MORE_ROUNDS
    decisions = rounds.decisions_before(run, number)
    champion, leader = rounds.champion(decisions), rounds.leader(decisions)
    pairs = {kind.upper(): str(run.round_file(kind, number)) for kind in paths.ROUND_FILES}
    pairs |= {
        "ADAPTER": str(run.adapter(number)),
        "REPORT": str(run.report(number)),
        "PREDS": str(run.predictions(number)),
        "FOCUS_FILE": str(run.focus(number)),
        "GATE_REJECTS": str(run.gate_rejects(number)),
        "BEST": str(run.best),
        "CHAMPION": str(run.adapter(champion) / "final") if champion else "",
        "LEADER": str(run.adapter(leader) / "final") if leader else "",
    }
    _write_pairs(arguments.plan, pairs)
    return 0


def _write_report(run: paths.RunPaths) -> None:
    # A page that cannot be drawn takes nothing from a run that is complete.
    try:
        from autotrain.report.write import write_report

        write_report(run)
    except (AutotrainError, OSError, ImportError) as error:
        cli.tell(f"warning: report.html was not written: {error}")


def finish(argv: Sequence[str]) -> int:
    """Record how the loop ended, from its exit code, and say it in one line."""
    parser = cli.Parser(prog="control finish")
    parser.add_argument("--code", type=int, required=True)
    code = parser.parse_args(argv).code
    run = _current_run()
    loop_pid = int(os.environ.get(LOOP_VARIABLE, "0"))
    go_on = commands.loop("--resume", run.run_id, out_dir=run.out_dir)
    if code == 0:
        paths.link_newest(run)
        runs.finish(run, "completed", loop_pid)
        _write_report(run)
        cli.tell(ending.text(run))
        _tell_on_end(run)
        return 0
    if code in (Stopped.exit_code, Interrupted.exit_code, *_ENDED_BY_SIGNAL):
        code = code if code == Interrupted.exit_code else Stopped.exit_code
        _finish_anyway(run, "stopped", loop_pid, None)
        _tell_on_end(run)
        cli.tell(f"Stopped. Go on with: {go_on}")
        return code
    message = state.load(run)["error"]
    if code > 128:
        message, code = f"error: the runner of a stage was ended by signal {code - 128}.", 1
    _finish_anyway(run, "failed", loop_pid, message or f"a stage ended with exit code {code}")
    _tell_on_end(run)
    if message:  # else it could not be recorded, and was said last already
        cli.tell(f"Go on after mending it: {go_on}")
        cli.tell(message)  # the failing stage's own words come last
    return code


def _tell_on_end(run: paths.RunPaths) -> None:
    problem = ending.tell_on_end(run, os.environ.get("ON_END", ""))
    if problem:
        cli.tell(f"warning: {problem}")


def _finish_anyway(run: paths.RunPaths, status: str, pid: int, message: str | None) -> None:
    # On a full disk the end cannot be written; --resume finds out by itself that the loop is gone.
    try:
        runs.finish(run, status, pid, message)
    except OSError as error:
        cli.tell(f"warning: how the run ended could not be written: {error.filename}: {error.strerror}")


def _current_run() -> paths.RunPaths:
    run = paths.run_from_environment()
    if run is None:
        raise UsageError(f"{paths.RUN_DIR_VARIABLE} is not set: loop.sh sets it.")
    return run


def _answer(value: Any, as_text: Callable[[Any], str], as_json: bool) -> int:
    print(dumps(value).decode() if as_json else cli.for_terminal(as_text(value), sys.stdout))
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
        cli.tell(f"control: one of {', '.join(COMMANDS)} is needed.")
        return UsageError.exit_code
    return cli.run_command("", lambda: COMMANDS[arguments[0]](arguments[1:]), unread=ANSWERED)


if __name__ == "__main__":
    sys.exit(main())
