#!/usr/bin/env python3
"""Stage `final`: the best adapter and the base model on the suites kept back, once.

python scripts/final.py # in a run (HEIDI_RUN_DIR)
"""

import argparse
import os
import sys
from typing import Any

import _bootstrap  # noqa: F401

from autotrain import cli
from autotrain.config import settings
from autotrain.evaluation import final


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    def server(model: str, url: str) -> Any:
        from autotrain.config.credentials import OF_YARDSTICK, for_address
        from autotrain.endpoint import Endpoint

        credentials = for_address(url, os.environ, settings.PROJECT_ROOT / ".env", wording=OF_YARDSTICK)
        told = {"credentials": credentials, "say": lambda text: context.say(f"final: {text}")}
        return Endpoint(url, model, context.settings, **told)

    return final.work(arguments, context, server)


if __name__ == "__main__":
    sys.exit(cli.main("final", final.make_parser(), work))
