#!/usr/bin/env python3
"""Stage `final`: the best adapter and the base model on the suites kept back, once.

python scripts/final.py # in a run (HEIDI_RUN_DIR)
"""

import argparse
import sys
from typing import Any

import _bootstrap  # noqa: F401

from autotrain import cli
from autotrain.evaluation import final


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    def server(model: str, url: str) -> Any:
        from autotrain.endpoint import Endpoint

        return Endpoint(url, model, context.settings, say=lambda text: context.say(f"final: {text}"))

    return final.work(arguments, context, server)


if __name__ == "__main__":
    sys.exit(cli.main("final", final.make_parser(), work))
