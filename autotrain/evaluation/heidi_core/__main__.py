"""Prints what heidi-core holds, and the hashes to pin, as one JSON object.

python -m autotrain.evaluation.heidi_core
"""

import json
from collections import Counter

from autotrain.evaluation.heidi_core import PARTS, build, rows_sha256

if __name__ == "__main__":
    summary = {}
    for part in PARTS:
        rows = build(part)
        summary[part] = {
            "tasks": len(rows),
            "families": len({row["metadata"]["family"] for row in rows}),
            **{
                field: dict(sorted(Counter(row["metadata"][field] for row in rows).items()))
                for field in ("task_type", "difficulty", "response_format")
            },
            "sha256": rows_sha256(rows),
        }
    print(json.dumps(summary, indent=2))
