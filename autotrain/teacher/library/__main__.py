"""Proves the library and prints what it holds: python -m autotrain.teacher.library"""

import json
import sys
from collections import Counter

from autotrain.errors import AutotrainError
from autotrain.sandbox import Sandbox
from autotrain.tasks.grading import jobs_for, judge
from autotrain.tasks.written import build_row
from autotrain.teacher import library


def main() -> int:
    """0 where every task's own answer passes in the sandbox, 3 where one does not, which is named."""
    try:
        tasks = library.tasks()
        rows = [build_row(task, teacher_model=library.NAME) for task in tasks]
    except AutotrainError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    failed = 0
    with Sandbox(workers=2) as sandbox:
        jobs = [jobs_for(row, row["output"]) for row in rows]
        verdicts = sandbox.check_many(job for group in jobs for job in group)
        for task, row, group in zip(tasks, rows, jobs, strict=True):
            grade = judge(row, row["output"], [next(verdicts) for _ in group])
            if not grade.passed or (grade.weak and task.kind != "review"):
                failed += 1
                print(
                    f"{task.where}: {task.name}: {grade.reason or 'its tests can only be run weakly'}", file=sys.stderr
                )
    counts = {
        "tasks": len(tasks),
        "families": len({task.family for task in tasks}),
        "topics": len({task.second for task in tasks}),
        "levels": dict(sorted(Counter(str(task.level) for task in tasks).items())),
        "kinds": dict(sorted(Counter(task.kind for task in tasks).items())),
        "failed": failed,
    }
    print(json.dumps(counts))
    return 3 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
