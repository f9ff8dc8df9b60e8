"""What the loop itself costs: the time between stages, and its share of a run.

Runs the loop over tiny stages (the real bash, control, runner, state and events) and
compares the wall time with the time that the stages themselves took. The peer in the same
run is a bare bash script that calls the same stage programs one after the other.

    python tests/benchmarks/bench_loop.py [--rounds 3] [--stage-seconds 20]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from loop_support import STAGE_FILES, Loop, make_project


def bare_seconds(project: Path, folder: Path, rounds: int, environment: dict[str, str]) -> float:
    """The same stage programs from a plain bash script: what nobody can go below."""
    folder.mkdir()
    (folder / "best.json").touch()
    python = project / ".venv/bin/python"
    lines = ["set -e"]
    for number in range(1, rounds + 1):
        for stage in ("generate", "clean", "gate", "split", "train", "evaluate"):
            output = folder / f"{stage}_{number}"
            flag = f"--train {output} --val {output}.val" if stage == "split" else f"--output {output}"
            lines.append(f"{python} {project / STAGE_FILES[stage]} {flag} --round {number} >/dev/null 2>&1")
    started = time.monotonic()
    subprocess.run(["bash", "-c", "\n".join(lines)], env={**environment, "PYTHONPATH": str(project)}, check=True)
    return (time.monotonic() - started) / (6 * rounds)


def main() -> int:
    parser = argparse.ArgumentParser(description="The loop's own cost.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stage-seconds", type=float, default=20.0, help="a stage's length, for the share")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder) / "project")
        loop = Loop(project, Path(folder) / "out", ROUNDS=str(arguments.rounds), FAKE_ROW_S="0")
        started = time.monotonic()
        result = loop.run()
        wall = time.monotonic() - started
        assert result.returncode == 0, result.stderr
        entries = [entry for stages in loop.state()["stages"].values() for entry in stages.values()]
        inside = sum(entry["seconds"] for entry in entries)
        bare = bare_seconds(project, Path(folder) / "bare", arguments.rounds, loop.environment)
        started = time.monotonic()
        loop.run("--status")
        status = time.monotonic() - started
    count = len(entries)
    boundary = (wall - inside) / count
    print(
        json.dumps(
            {
                "stages": count,
                "wall_s": round(wall, 2),
                "boundary_s": round(boundary, 3),
                "stage_in_loop_s": round(inside / count, 3),
                "stage_in_bare_bash_s": round(bare, 3),
                "ratio_to_bare_bash": round((wall / count) / bare, 2),
                f"share_at_{arguments.stage_seconds:g}_s_stages": round(
                    boundary / (boundary + arguments.stage_seconds), 4
                ),
                "status_s": round(status, 3),
            },
            indent=2,
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
