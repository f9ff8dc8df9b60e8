"""Task types whose answer is the program itself: implementation, completion, refactoring, documentation.

A maker returns the fields of a sample, or raises Unfit where the program does not suit it.
"""

from typing import Any

from autotrain.teacher.builtin.grammar.draw import Draw, Unfit, show
from autotrain.teacher.builtin.grammar.phrasing import description, rules_text, task_text
from autotrain.teacher.builtin.grammar.program import Case, Program
from autotrain.teacher.builtin.grammar.wording import sentence
from autotrain.teacher.builtin.making.bugs import find_bugs
from autotrain.teacher.builtin.making.checks import assert_code
from autotrain.teacher.builtin.making.clumsy import make_clumsy
from autotrain.teacher.builtin.making.execution import Outcome, load

Fields = dict[str, Any]


def fence(code: str) -> str:
    """Code as one fenced python block."""
    return f"```python\n{code.rstrip()}\n```"


def _answer(d: Draw, code: str, before: tuple[str, ...] = ()) -> str:
    lead = d.pick(before) if before and d.chance(0.12) else ""
    return f"{lead}\n\n{fence(code)}" if lead else fence(code)


def asserts(cases: list[Case]) -> Fields:
    return {"kind": "asserts", "code": assert_code(cases), "n": len(cases)}


def algorithm_implementation(d: Draw, program: Program, cases: list[Case]) -> Fields:
    """The task in words; the answer is the program."""
    if d.chance(0.12):
        return _changed_behaviour(d, program, cases)
    instruction, given = task_text(d, program, cases)
    return {
        "instruction": instruction,
        "input_text": given,
        "output": _answer(d, program.source()),
        "tests": asserts(cases),
    }


def _changed_behaviour(d: Draw, program: Program, cases: list[Case]) -> Fields:
    """Existing code that does something slightly else, and what it should do from now on."""
    old = next(iter(find_bugs(program, cases, d.rng, 1)), None)
    if old is None:
        raise Unfit("no other version of the program")
    instruction = d.pick([
        f"Change `{program.name}` so that it does this: {{about}}",
        f"The requirements have changed. `{program.name}` should now do the following: {{about}} Update the code.",
        f"Adapt the code below. New behaviour of `{program.name}`: {{about}}",
        f"Edit `{program.name}`: {{about}}",
    ])  # fmt: skip
    return {
        "instruction": instruction.replace("{about}", description(program, cases)),
        "input_text": fence(old.mutant.source) if d.chance(0.7) else old.mutant.source.rstrip(),
        "output": fence(program.source()),
        "tests": asserts(cases),
    }


def code_completion(d: Draw, program: Program, cases: list[Case]) -> Fields:
    """Signature and docstring (and sometimes the first lines of the body); the answer is the whole function."""
    if program.is_class:
        return _class_completion(d, program, cases)
    doc = docstring(d, program, cases)
    lines = program.body.split("\n")
    cut = 0
    if len(lines) > 3 and d.chance(0.35):
        cut = next((n for n in range(len(lines) - 2, 0, -1) if not lines[n].startswith(" ") and d.chance(0.6)), 1)
        if lines[cut].startswith((" ", "else", "elif", "except")):
            cut = 0
    given = program.source(docstring=doc, body="\n".join(lines[:cut]) if cut else "").rstrip()
    if cut:
        instruction = d.pick([
            "Complete the rest of this function.",
            "The function below is unfinished. Finish it and give the whole function.",
            "Continue this function; show it in full.",
            f"Finish the body of `{program.name}`.",
        ])  # fmt: skip
    else:
        given += d.pick(["", "", "\n    ...", "\n    pass", "\n    # TODO"])
        instruction = d.pick([
            "Complete the function.",
            "Complete this function so that it does what its docstring says.",
            f"Fill in the body of `{program.name}`.",
            "Implement the function below.",
            "Write the missing body. Give the whole function.",
            "Finish this Python function.",
            f"Complete `{program.name}` according to its docstring.",
        ])  # fmt: skip
    keep = "\n" not in doc and d.chance(0.5)
    if keep:
        answer = program.source(docstring=doc)
    else:
        answer = program.source()
        instruction += d.pick([" Leave out the docstring in your answer.", " The docstring need not be repeated."])
    if not program.hints:
        given = f"# {' '.join(_typed(program))}\n{given}" if d.chance(0.7) else given
    return {
        "instruction": instruction,
        "input_text": fence(given) if d.chance(0.5) else given,
        "output": fence(answer),
        "tests": asserts(cases),
    }


def _class_completion(d: Draw, program: Program, cases: list[Case]) -> Fields:
    instruction = d.pick([
        "Complete the methods of this class.",
        f"Fill in the methods of `{program.name}`. Leave out the docstrings in your answer.",
        "Implement this class; the docstrings say what the methods do. Do not repeat them.",
    ])  # fmt: skip
    note = sentence(program.class_brief[0])
    return {
        "instruction": f"{instruction} {note}",
        "input_text": fence(program.skeleton) if d.chance(0.6) else program.skeleton.rstrip(),
        "output": fence(program.source()),
        "tests": asserts(cases),
    }


def _typed(program: Program) -> list[str]:
    return [f"{param.name}: {param.kind.noun}." for param in program.params]


def docstring(d: Draw, program: Program, cases: list[Case]) -> str:
    """The program's docstring: one line where the description is short, else wrapped lines."""
    text = description(program, cases).replace("`", "")
    if len(text) > 95:
        text = _wrapped(text)
    if d.chance(0.3):
        example = next((case for case in cases if case.plain and len(case.expression) < 60), None)
        if example:
            text = f"{text}\n\n>>> {example.expression}\n{show(example.value)}"
    return text.replace("\\", "\\\\")


def _headline(program: Program) -> str:
    words = program.name.replace("_", " ")
    return f"{words[0].upper()}{words[1:]}."


def _wrapped(text: str, width: int = 88) -> str:
    lines, current = [], ""
    for word in text.split():
        if current and len(current) + len(word) > width:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}".strip()
    return "\n".join([*lines, current])


def refactoring(d: Draw, program: Program, cases: list[Case]) -> Fields:
    """Clumsy but right code; the answer is the program."""
    source = program.source()
    start = program.source(body=program.other) if program.other and d.chance(0.6) else source
    clumsy = make_clumsy(start, d.rng, d.number(1, 3) if start is source else d.number(0, 2))
    if clumsy == source or len(clumsy) > 900 or len(clumsy) < len(source):
        raise Unfit("nothing to make clumsy")
    loaded = load(clumsy)
    if loaded is None or any(loaded.run(case) != Outcome("value", case.value) for case in program.candidates_sound):
        raise Unfit("the clumsy version is not equivalent")
    instruction = d.pick([
        "Refactor this function. Keep its behaviour.",
        f"Simplify `{program.name}` without changing what it returns.",
        "This code works but is hard to read. Rewrite it in idiomatic Python.",
        "Clean up the following code; the name and the results must stay the same.",
        "Make this function shorter and clearer. It must keep returning the same values.",
        "Code review says: too long-winded. Please tidy this function up.",
        f"Rewrite `{program.name}` in a more Pythonic way.",
    ])  # fmt: skip
    return {
        "instruction": instruction,
        "input_text": fence(clumsy) if d.chance(0.7) else clumsy.rstrip(),
        "output": fence(source),
        "tests": asserts(cases),
    }


def documentation(d: Draw, program: Program, cases: list[Case]) -> Fields:
    """A function without a docstring; the answer is the same function with one."""
    text = description(program, cases).replace("`", "")
    style = d.pick("line line sections example")
    instruction = d.pick([
        "Add a docstring to this function.",
        f"Document `{program.name}` with a docstring. Do not change the code.",
        "Write a docstring for the function below and give the whole function.",
        "This function lacks documentation. Add a docstring that says what it returns.",
        "Please add a helpful docstring.",
    ])  # fmt: skip
    doc = _wrapped(text) if len(text) > 95 else text
    if style == "sections" and program.result:
        rows = "\n".join(f"    {param.name}: {sentence(param.kind.noun)}" for param in program.params)
        rules = " ".join([sentence(program.result), *rules_text(program, cases)]).replace("`", "")
        result = _wrapped(rules, 80).replace("\n", "\n    ")
        doc = f"{_headline(program)}\n\nArgs:\n{rows}\n\nReturns:\n    {result}"
        instruction += d.pick([" Use Args and Returns sections.", " Describe the arguments and the return value."])
    elif style == "example":
        example = next((case for case in cases if case.plain and len(case.expression) < 70), None)
        if example:
            doc = f"{doc}\n\n>>> {example.expression}\n{show(example.value)}"
            instruction += d.pick([" Include a usage example.", " Put one doctest example into it."])
    return {
        "instruction": instruction,
        "input_text": fence(program.source()) if d.chance(0.7) else program.source().rstrip(),
        "output": fence(program.source(docstring=doc.replace("\\", "\\\\"))),
        "tests": asserts(cases),
    }
