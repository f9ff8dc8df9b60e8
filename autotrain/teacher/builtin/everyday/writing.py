"""From a checked problem to tasks of writing code: algorithm, completion, refactor and document.

A maker takes a Checked problem and gives a Task, or raises Unfit where the problem does not suit it.
"""

import random
import re
from collections.abc import Iterator

from autotrain.tasks.notation import Task
from autotrain.teacher.builtin.everyday import phrasing
from autotrain.teacher.builtin.everyday.clumsy import make_clumsy
from autotrain.teacher.builtin.everyday.demands import find, statements
from autotrain.teacher.builtin.everyday.problem import Problem
from autotrain.teacher.builtin.everyday.strength import Checked
from autotrain.teacher.builtin.everyday.values import Unfit


def task_of(checked: Checked, kind: str, text: str = "", as_json: bool = False) -> Task:
    """A task of a problem, without sections."""
    problem = checked.problem
    return Task(problem.family, problem.topic, kind, problem.level, problem.name, as_json, text=text)


def algorithm(checked: Checked) -> Task:
    """The task in one of its phrasings; the answer is one of the ways."""
    problem, rng = checked.problem, checked.problem.rng
    hints = rng.random() < 0.5
    task = task_of(checked, "algorithm", phrasing.phrase(checked, rng, hints))
    if problem.given:
        task.sections["input"] = [problem.given.rstrip()]
    task.sections |= {"answer": [_way(checked, rng, hints)], "tests": ["\n".join(checked.test_lines())]}
    return task


def completion(checked: Checked) -> Task:
    """A signature with the task as its docstring; the answer is the whole function."""
    problem, rng = checked.problem, checked.problem.rng
    if problem.given:
        raise Unfit("a change of given code is not a completion")
    text = phrasing.docstring(problem, rng)
    at = phrasing.example_call(checked)
    if at is not None and rng.random() < 0.5:
        text += f"\n\n>>> {checked.compiled.calls[at].expression}\n{checked.outcomes[at].value!r}"
    task = task_of(checked, "completion", text)
    task.sections |= {"answer": [_way(checked, rng, rng.random() < 0.7)], "tests": ["\n".join(checked.test_lines())]}
    return task


def refactor(checked: Checked) -> Task:
    """Roundabout code with the same behaviour; the answer is idiomatic and meets one or two structural demands."""
    problem, rng = checked.problem, checked.problem.rng
    if problem.given:
        raise Unfit("the given code is to be changed in its behaviour")
    hints = rng.random() < 0.4
    ways = problem.ways if hints else problem.bare_ways
    better = rng.choice(ways)
    for source in _rough(problem, ways, better):
        demands = [demand for demand in find(source, better, problem.name) if _worth(demand.line, better)]
        if demands and checked.agrees(checked.compiled.run(source)):
            break
    else:
        raise Unfit("no roundabout code that a demand tells from the answer")
    chosen = demands[:1] if rng.random() < 0.6 else rng.sample(demands[:3], min(2, len(demands)))
    said = " and ".join(demand.said for demand in chosen)
    about = rng.choice([problem.summary, phrasing.specification(problem, rng), ""])
    text = rng.choice(_REFACTOR).replace("$n", problem.name).replace("$d", said).replace("$D", capital(said))
    task = task_of(checked, "refactor", f"{about} {text}".strip())
    task.sections |= {"input": [source.rstrip()], "answer": [better.rstrip()]}
    task.sections |= {"tests": ["\n".join(checked.test_lines())], "demand": ["\n".join(d.line for d in chosen)]}
    return task


def _rough(problem: Problem, ways: tuple[str, ...], better: str) -> Iterator[str]:
    """Roundabout sources to begin from: the family's own, longer ways, and rewritings of the better one."""
    rng = problem.rng
    size = statements(better, problem.name)
    written = [*problem.clumsy, *(way for way in ways if statements(way, problem.name) > size)]
    rng.shuffle(written)
    first = rng.random() < 0.3
    if not first:
        yield from written
    rewritten = make_clumsy(better, rng, rng.randint(2, 3)).replace("'", '"')
    yield _BLANK.sub("\n\n\n", _SPACED.sub(r"\1 = ", rewritten))
    if first:
        yield from written


_SPACED = re.compile(r"(\w+: [\w\[\], |]+)=(?=[^=])")  # `count: int=1`, as an unparsed tree has it
_BLANK = re.compile(r"\n\n+(?=def |class |@)")  # two empty lines before what stands at the left
_REFACTOR = (
    "This works, but it is roundabout: $d. The results must stay the same.",
    "Tidy up `$n`: $d, without changing what it does.",
    "Refactor `$n`. $D; its behaviour stays as it is.",
    "Please simplify this code. $D. Every call must still give what it gives now.",
    "`$n` is correct but long-winded. $D and keep the behaviour.",
)


def _worth(demand: str, better: str) -> bool:
    """Whether a demand asks for a real change: one statement less is none."""
    return (
        not demand.startswith("at most") or "nesting" in demand or int(demand.split()[2]) <= 4 < better.count("(") + 4
    )


def document(checked: Checked) -> Task:
    """Code without a docstring; the answer is the docstring: a summary, the rules, and two examples."""
    problem, rng = checked.problem, checked.problem.rng
    shown = [at for at in checked.tests
             if checked.compiled.calls[at].plain and checked.outcomes[at].kind == "value"
             and checked.outcomes[at].value is not None and len(checked.line(at)) <= 100]  # fmt: skip
    if len(shown) < 2 or problem.is_class:
        raise Unfit("no two examples for a docstring")
    first, second = sorted(rng.sample(shown, 2))
    examples = "\n".join(f">>> {checked.compiled.calls[at].expression}\n{checked.outcomes[at].value!r}"
                         for at in (first, second))  # fmt: skip
    words = _words(problem)
    if "\\" in examples or not words:
        raise Unfit("examples with escapes, or a summary of which nothing can be asked")
    parts = [problem.summary, " ".join(problem.rules), examples]
    task = task_of(checked, "document", rng.choice(_DOCUMENT).replace("$n", problem.name))
    task.sections |= {"input": [(problem.ways if rng.random() < 0.5 else problem.bare_ways)[0].rstrip()]}
    task.sections |= {"doc": ["\n\n".join(part for part in parts if part)], "words": ["\n".join(words)]}
    return task


_DOCUMENT = (  # what the docstring must hold is said after it (tasks/written.py)
    "",
    "`$n` lacks a docstring.",
    "This function goes into our handbook.",
    "Nobody remembers what this is for.",
)
_PLAIN = frozenset(
    "the and for with that this from into each which what how many them they their there then than not are has have "
    "its one two all any given return returns give gives list dict value values name names number numbers text string "
    "of a an in to is or by as on at it be if".split()
)


def _words(problem: Problem) -> list[str]:
    """Lines of words of which a docstring must hold one each, and which the function's name does not give away."""
    name, summary, rules = problem.name.lower(), problem.summary.lower(), " ".join(problem.rules).lower()
    lines = [[word.strip().lower() for word in line.split("|")] for line in problem.words]
    texts = " ".join([problem.summary, *problem.gives]).lower()
    content = [word for word in dict.fromkeys(re.findall(r"[a-z]{4,}", re.sub(r"`[^`]*`", " ", texts)))
               if word not in _PLAIN]  # fmt: skip
    lines.append(content[:14])
    kept = [[word for word in line if word and word not in name and word not in rules] for line in lines]
    return [" | ".join(line) for line in kept if any(word in summary for word in line)]


def _way(checked: Checked, rng: random.Random, hints: bool) -> str:
    ways = checked.problem.ways if hints else checked.problem.bare_ways
    return (ways[0] if rng.random() < 0.6 else rng.choice(ways)).rstrip()


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
