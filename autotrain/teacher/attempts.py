"""What the attempts at one task give: the answer that is kept, and what a repaired one teaches besides.

A repair was made by a teacher that saw its failed answer and the failure. It becomes one of three samples, drawn by
the slot: the plain answer, a conversation in which only the repair is learned, or a bug to be fixed. Pure: rows in,
rows out.

    kept = clearest(passing) ; row = as_sample(kept, draft, rng) ; pair = pair_of(kept, attempts)
"""

import ast
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autotrain.jsonl import Row
from autotrain.tasks import conversations, prompts, python, samples
from autotrain.tasks.kinds import code_of
from autotrain.tasks.shapes import Metadata, Sample
from autotrain.tasks.written import FIX
from autotrain.teacher import accept, briefs
from autotrain.teacher.output import task_key
from autotrain.teacher.protocol import Answer

LONG_LINE = 100  # characters; code with longer ones is less clear
PLAIN, CONVERSATION, BUG_FIX = "plain", "conversation", "bug fix"


@dataclass(frozen=True)
class Attempt:
    """One answer to a task: the row with it, what is wrong with it, and the failed one that it repairs."""

    row: Sample
    answer: Answer
    problem: str | None
    repairs: "Attempt | None" = None

    @property
    def text(self) -> str:
        """The answer as it would stand in a sample; as it was said where it has no such form."""
        return self.row["output"] or self.answer.said


def clearest(passing: Sequence[Attempt]) -> Attempt:
    """The shortest of the clearest answers, the first of equals."""
    return min(passing, key=lambda one: (_unclear(one.row), len(one.row["output"])))


def _unclear(row: Sample) -> int:
    """How many places of an answer's code are hard to read; 0 for an answer without code."""
    code = code_of(row, row["output"]) if row["metadata"]["response_format"] != "text" else None
    try:
        tree = ast.parse(code or "")
    except python.UNREADABLE:
        return 0
    crammed = 0
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            lines = [one.lineno for one in body if isinstance(one, ast.stmt)]
            crammed += len(lines) - len(set(lines))
        crammed += isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda)
        inner = list(ast.iter_child_nodes(node)) if isinstance(node, ast.IfExp) else []
        crammed += any(isinstance(one, ast.IfExp) for one in inner)
        crammed += isinstance(node, (ast.ListComp, ast.GeneratorExp)) and len(node.generators) > 2
    return crammed + sum(len(line) > LONG_LINE for line in (code or "").splitlines())


def as_sample(kept: Attempt, rng: random.Random) -> Sample:
    """The sample of the kept attempt; of a repair one of the forms that it allows."""
    failed = kept.repairs
    if failed is None:
        return kept.row
    forms = {PLAIN: kept.row, CONVERSATION: conversation(kept.row, failed)}
    bug = bug_fix(kept.row, failed)
    if bug is not None:
        forms[BUG_FIX] = bug
    form = rng.choice(list(forms))
    row = forms[form]
    # The task stays the same one, whatever the form: none comes twice.
    metadata: Metadata = {**row["metadata"], "repair": form, "same_task": task_key(kept.row)}
    row["metadata"] = metadata
    return row


def conversation(row: Sample, failed: Attempt) -> Sample:
    """The task, the failed answer (not learned), its failure, and the repair."""
    turns: list[dict[str, Any]] = [
        *prompts.messages(row),
        {"role": "assistant", "content": failed.text, "weight": 0},
        {"role": "user", "content": briefs.failure_told(failed.problem or "")},
        {"role": "assistant", "content": row["output"]},
    ]
    instruction, input_text, output = conversations.short_form(turns)
    name = samples.sample_id(instruction, input_text, output)
    return {**row, "id": name, "instruction": instruction, "input": input_text, "output": output, "messages": turns}


def bug_fix(row: Sample, failed: Attempt) -> Sample | None:
    """The failed code as a bug to be fixed, with its failure; None where it makes no such task."""
    problem = failed.problem or ""
    code, name = code_of(failed.row, failed.row["output"]), row.get("entry_point")
    tests = row.get("tests") or {}
    judged_by_asserts = tests.get("kind", "asserts") == "asserts" and "demand" not in tests
    if row["metadata"]["response_format"] != "code" or not judged_by_asserts or not problem.startswith("own tests: "):
        return None
    if code is None or name not in python.defined_names(code):
        return None
    shown = "\n".join(f"# {line}" for line in problem.partition(": ")[2].splitlines()[:3])
    instruction = row["instruction"] if FIX in row["instruction"] else f"{row['instruction']}\n\n{FIX}"
    input_text = f"{code.strip()}\n\n# This fails:\n{shown}"
    bug: Sample = {
        **row,
        "id": samples.sample_id(instruction, input_text, row["output"]),
        "instruction": instruction,
        "input": input_text,
        "metadata": {**row["metadata"], "task_type": "bug_fixing"},
    }
    return bug if accept.static_problem(bug) is None else None


def pair_of(kept: Attempt, attempts: Sequence[Attempt]) -> Row | None:
    """The task with the kept answer and a failed one, as preference training takes them; None where none failed."""
    failed = kept.repairs or next((one for one in attempts if one.problem and not one.answer.problem), None)
    if failed is None or not failed.text.strip():
        return None
    return {
        "prompt": prompts.messages(kept.row),
        "chosen": [{"role": "assistant", "content": kept.row["output"]}],
        "rejected": [{"role": "assistant", "content": failed.text}],
        "why": failed.problem,
    }
