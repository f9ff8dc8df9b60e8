#!/usr/bin/env python3
"""Talk to what was trained: one question, or a conversation where none is given.

python scripts/ask.py "write a function that counts the words of a text"
python scripts/ask.py --base                                    # a conversation, the base model beside
python scripts/ask.py --endpoint http://localhost:8000/v1 "explain @src/words.py"
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import _bootstrap  # noqa: F401

from autotrain import cli
from autotrain.config import settings

SETTINGS = "out_dir base_model base_revision quantization_bits cpu_compute_dtype max_new_tokens thinking".split()
SETTINGS += "teacher_timeout_s sandbox sandbox_packages cache_dir".split()


def make_parser() -> cli.Parser:
    parser = cli.Parser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("text", nargs="*", help="the question; @path puts a file into it; none: a conversation")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--adapter", type=Path, metavar="DIR", help="this adapter in place of the best one")
    who.add_argument("--endpoint", metavar="URL", help="a server that speaks the protocol of OpenAI")
    parser.add_argument("--model", metavar="NAME", help="with --endpoint: which of its models; default: the only one")
    parser.add_argument("--base", action="store_true", help="the base model beside it; alone where no adapter is there")
    settings.add_flags(parser, SETTINGS)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    arguments = make_parser().parse_args(argv)
    return cli.run_command("ask", lambda: _ask(arguments))


def _ask(arguments: argparse.Namespace) -> int:
    from autotrain.ask import voices
    from autotrain.ask.app import App
    from autotrain.ask.screen import Screen
    from autotrain.config import precedence

    resolved = precedence.resolve({name: getattr(arguments, name) for name in SETTINGS})
    out_dir = settings.out_path(resolved.settings.out_dir)
    screen = Screen()
    who = voices.Who(arguments.adapter, arguments.endpoint, arguments.model, arguments.base)
    found, chosen = voices.find(who, resolved, out_dir, screen.say)
    app = App(found, chosen, out_dir, screen, base=arguments.base)
    if arguments.text:
        app.once(" ".join(arguments.text))
    else:
        app.converse()
    return 0


if __name__ == "__main__":
    sys.exit(main())
