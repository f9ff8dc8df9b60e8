"""llama.cpp's server as the package `xllamacpp` carries it, with the flags of `llama-server`.

servers.py starts it where there is no `llama-server`:

    python -m autotrain.endpoint.llama_cpp --model model.gguf --port 8080
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from autotrain.errors import say


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--model", required=True, metavar="F")
    parser.add_argument("--alias", default="model")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--ctx-size", type=int, default=8192, help="tokens of all slots together")
    parser.add_argument("--parallel", type=int, default=2, help="slots: answers at once")
    parser.add_argument("--jinja", action="store_true", help="always: the model's own chat template")
    chosen = parser.parse_args(argv)

    import xllamacpp  # pyright: ignore[reportMissingImports]

    parameters = xllamacpp.CommonParams()
    parameters.model.path = chosen.model
    parameters.model_alias = {chosen.alias}
    parameters.hostnames, parameters.port = [chosen.host], chosen.port
    parameters.n_ctx, parameters.n_parallel = chosen.ctx_size, chosen.parallel
    parameters.use_jinja = True
    threads = len(os.sched_getaffinity(0))
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(parameters)
    say(f"serving {chosen.model} at {server.listening_address}")
    signal.pause()  # until it is ended
    return 0


if __name__ == "__main__":
    sys.exit(main())
