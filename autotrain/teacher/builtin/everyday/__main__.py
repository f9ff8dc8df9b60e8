"""The curriculum's command: `check` families, `show` tasks of a family, `list` what there is, `speed`.

python -m autotrain.teacher.builtin.everyday check money
"""

import argparse
import random
import sys
import time
from itertools import islice

from autotrain.tasks.notation import task_as_text
from autotrain.teacher.builtin.everyday import checking, families, stream
from autotrain.teacher.builtin.everyday.making import MAKERS
from autotrain.teacher.builtin.everyday.problem import FAMILIES


def make_parser() -> argparse.ArgumentParser:
    """The command's options."""
    parser = argparse.ArgumentParser(prog="python -m autotrain.teacher.builtin.everyday", description=__doc__)
    parser.add_argument("action", choices=("check", "show", "list", "speed"))
    parser.add_argument("names", nargs="*", help="families (topic.name) or topics; none means all")
    parser.add_argument("--draws", type=int, default=30, help="problems of each family (check), tasks (show)")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command; 1 where a family has faults."""
    args = make_parser().parse_args(argv)
    families.load()
    chosen = [name for name, family in FAMILIES.items()
              if not args.names or name in args.names or family.topic in args.names]  # fmt: skip
    if not chosen:
        print(f"no family or topic is called {' '.join(args.names)}", file=sys.stderr)
        return 2
    if args.action == "check":
        return _check(chosen, args.draws)
    if args.action == "show":
        _show(chosen, args.draws, args.seed)
    elif args.action == "list":
        for name in chosen:
            print(f"{name:40} level {FAMILIES[name].level}{' exam' if stream.is_exam(name) else '     '} "
                  f"{FAMILIES[name].idea}")  # fmt: skip
    else:
        start = time.perf_counter()
        count = len(list(islice(stream.tasks(args.seed, 1), 500)))
        print(f"{count / (time.perf_counter() - start):.0f} tasks a second")
    return 0


def _check(names: list[str], draws: int) -> int:
    findings = [checking.check(name, draws) for name in names]
    for found in findings:
        print(checking.report(found))
    faults = sum(sum(found.faults.values()) for found in findings)
    survivors = sum(sum(found.survivors.values()) for found in findings)
    mutants = sum(found.mutants for found in findings)
    print(f"{len(findings)} families in {len({FAMILIES[name].topic for name in names})} topics, {faults} faults, "
          f"{survivors} of {mutants} mutants survive ({100 * survivors / max(1, mutants):.1f} %)")  # fmt: skip
    return 1 if faults else 0


def _show(names: list[str], draws: int, seed: int) -> None:
    shown = 0
    rng = random.Random(seed)
    while shown < draws:
        task = stream.attempt(rng.choice(names), rng.choice(list(MAKERS)), random.Random(rng.getrandbits(64)))
        if task is not None:
            print(task_as_text(task))
            shown += 1


if __name__ == "__main__":
    sys.exit(main())
