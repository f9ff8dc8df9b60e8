#!/usr/bin/env python3
"""The menu: start, resume, stop, pause, continue, configure and watch a run; ask, export, report, doctor.

With arrow keys or numbers; every entry is also a flag. A loop that it starts goes on when
the menu or the terminal is closed.

    python scripts/menu.py
    python scripts/menu.py --configure ROUNDS=2 LR=3e-4 --out-dir ./autotrain
"""

import argparse
import os
import sys
from collections.abc import Sequence

import _bootstrap  # noqa: F401

from autotrain import cli
from autotrain.config import settings
from autotrain.errors import UsageError, say

FLAGS = {
    "start": "start a new run in the background",
    "resume": "go on with the newest run, in the background",
    "stop": "ask the running loop to stop at its next safe point",
    "pause": "ask the running loop to pause",
    "continue": "end a pause",
    "status": "where the newest run stands",
    "dashboard": "watch the newest run",
    "ask": "talk to the best adapter, the base model beside it",
    "export": "the best adapter as a merged model, in OUT_DIR/exported",
    "report": "write the newest run's report.html",
    "doctor": "what this machine has and lacks",
    "exit": "do nothing",
}


def make_parser() -> cli.Parser:
    parser = cli.Parser(description=(__doc__ or "").split("\n\n")[0])
    what = parser.add_mutually_exclusive_group()
    for name, meaning in FLAGS.items():
        what.add_argument(f"--{name}", dest="what", action="store_const", const=name, help=meaning)
    what.add_argument("--configure", nargs="+", metavar="NAME=VALUE", help="save settings in OUT_DIR/config.yaml")
    settings.add_flags(parser, ("out_dir",))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    arguments = make_parser().parse_args(argv)
    return cli.run_command("menu", lambda: _open(arguments))


def _open(arguments: argparse.Namespace) -> int:
    from autotrain.menu import actions

    out_dir = actions.out_dir_of(arguments.out_dir)
    if arguments.configure:
        from autotrain.menu import config_file

        changes = config_file.parse_pairs(arguments.configure)
        config_file.save(out_dir / "config.yaml", changes)
        saved = ", ".join(settings.variable(name) for name in changes)
        say(f"saved {saved} in {out_dir / 'config.yaml'}", answer=True)
        return 0
    from autotrain.menu import app

    if arguments.what:
        return app.do_flag(arguments.what, out_dir, lambda text: say(text, answer=True))
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "dumb") == "dumb":
        flags = " ".join(f"--{name}" for name in FLAGS) + " --configure"
        raise UsageError(f"The menu needs a terminal. Without one, give a flag: {flags}.")
    return app.Menu(out_dir).run()


if __name__ == "__main__":
    sys.exit(main())
