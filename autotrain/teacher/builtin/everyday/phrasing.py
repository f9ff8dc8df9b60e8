"""Saying a task: one problem in many phrasings, terse to chatty, with and without types, examples and setting.

Every phrasing holds the whole task: what is given back (or what is asked), and all rules.
"""

import random

from autotrain.teacher.builtin.everyday.problem import Problem
from autotrain.teacher.builtin.everyday.strength import Checked
from autotrain.teacher.builtin.everyday.values import Unfit, show

# With a noun phrase ("the price with tax") or "whether ...": $s is the signature, $g the phrase, $G capitalised.
_GIVES = (
    "`$s`: $g.",
    "`$s` returns $g.",
    "Write `$s`. It returns $g.",
    "Write a function `$s` that returns $g.",
    "Write a Python function `$s` which returns $g.",
    "Implement `$s`. The result is $g.",
    "I need a function `$s` that gives me $g.",
    "Please write `$s`; it should return $g.",
)
# With the task in whole sentences ($a).
_ASKS = (
    "`$s`: $a",
    "$a Write it as `$s`.",
    "Write `$s`. $a",
    "Write a function `$s`. $a",
    "$a The function is `$s`.",
    "Implement `$s`: $a",
)
_CLASSES = ("Write a class `$s`. $a", "`$s`: $a", "Implement the class `$s`. $a", "$a Call the class `$n`.",
            "Please write a class `$n`. $a")  # fmt: skip
_EXAMPLES = (
    "For example, `$c` returns `$v`.",
    "Example: `$c` gives `$v`.",
    "So `$c` is `$v`.",
    "E.g. `$c` → `$v`.",
    "\n\nExample:\n\n>>> $c\n$r",
)


def bare(problem: Problem, signature: str) -> list[str]:
    """The task in all its frames, with rules and without setting, example or choice of types."""
    texts = []
    if problem.is_class:
        frames = [(frame, ask) for frame in _CLASSES for ask in problem.asks]
    else:
        frames = [(frame, ask) for frame in _ASKS for ask in problem.asks]
        frames += [(frame, gives) for frame in _GIVES for gives in problem.gives]
    for frame, core in frames:
        texts.append(_filled(problem, frame, core, signature))
    return texts


def _filled(problem: Problem, frame: str, core: str, signature: str) -> str:
    """The frame around the task; the rules follow what they belong to."""
    ruled = " ".join([core, *problem.rules])
    noun = " ".join([core.rstrip(".") + frame.partition("$g")[2], *problem.rules])
    text = frame.partition("$g")[0] + noun if "$g" in frame else frame.replace("$a", ruled)
    return text.replace("$n", problem.name).replace("$s", signature)


def phrase(checked: Checked, rng: random.Random, hints: bool) -> str:
    """One phrasing of an algorithm task, drawn."""
    problem = checked.problem
    text = _frame(problem, rng, problem.signature(hints))
    if problem.settings and rng.random() < 0.4:
        text = f"{rng.choice(problem.settings)} {text}"
    return text + (example(checked, rng) if rng.random() < 0.4 else "")


def _frame(problem: Problem, rng: random.Random, signature: str) -> str:
    by_noun = bool(problem.gives) and not problem.is_class and (not problem.asks or rng.random() < 0.45)
    core = rng.choice(problem.gives if by_noun else problem.asks)
    frame = rng.choice(_GIVES if by_noun else _CLASSES if problem.is_class else _ASKS)
    return _filled(problem, frame, core, signature)


def specification(problem: Problem, rng: random.Random) -> str:
    """What the code should do, for tasks that show code: no order to write it."""
    if problem.gives and rng.random() < 0.6:
        text = f"`{problem.name}` {rng.choice(['returns', 'should return', 'gives back'])} {rng.choice(problem.gives)}."
    elif problem.asks:
        text = f"`{problem.signature(False)}`: {rng.choice(problem.asks)}"
    else:
        text = problem.summary
    return " ".join([text, *problem.rules])


def docstring(problem: Problem, rng: random.Random) -> str:
    """The task as a docstring: a summary, then what else must be known."""
    if problem.is_class:
        raise Unfit("a class is not completed from one docstring")
    rest = " ".join(problem.rules)
    return f"{problem.summary}\n\n{rest}" if rest else problem.summary


def example_call(checked: Checked) -> int | None:
    """The position of the test that shows most in least space, or None where none is one plain call."""
    plain = [at for at in checked.tests
             if checked.compiled.calls[at].plain and checked.outcomes[at].kind == "value"
             and len(checked.line(at)) <= 110]  # fmt: skip
    telling = [at for at in plain if _tells(checked, at)] or plain
    return min(telling, key=lambda at: len(checked.line(at)), default=None)


def _tells(checked: Checked, at: int) -> bool:
    value, arguments = checked.outcomes[at].value, checked.compiled.calls[at].arguments or ()
    return bool(value) and all(value != argument for argument in arguments)


def example(checked: Checked, rng: random.Random) -> str:
    """ " For example, `f(2)` returns `3`.", or "" where no call is fit to show."""
    at = example_call(checked)
    if at is None:
        return ""
    call, value = checked.compiled.calls[at].expression, checked.outcomes[at].value
    form = rng.choice(_EXAMPLES)
    text = form.replace("$c", call).replace("$v", show(value)).replace("$r", repr(value))
    return text if text.startswith("\n") else f" {text}"
