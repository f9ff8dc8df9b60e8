"""From a program to the words of its task: many styles, one meaning.

Every text is made of the same facts: the signature, what is returned (or the steps that
lead there), the rules, and, where it helps, examples taken from the checks.
"""

from autotrain.teacher.builtin.grammar.draw import Draw, show
from autotrain.teacher.builtin.grammar.program import Case, Program, Raised
from autotrain.teacher.builtin.grammar.wording import join_and, lower_first, sentence

_OPENERS = (
    "Write a Python function `{call}` that {returns}.",
    "Implement `{call}`: it {returns}.",
    "Implement the function `{call}`. It {returns}.",
    "Please write `{call}`, a Python function that {returns}.",
    "Create a function named `{name}` that takes {arguments} and {returns}.",
    "I need a Python function `{call}` that {returns}.",
    "Define `{call}` so that it {returns}.",
    "How do I write a Python function `{call}` that {returns}?",
    "Could you write a function `{call}` which {returns}?",
    "python function {call} that {returns}",
    "Our code base needs a helper `{call}` that {returns}. Please add it.",
    "Add a function `{call}`. Given {arguments}, it {returns}.",
    "Given {arguments}, write `{call}` so that it {returns}.",
    "Task: code `{call}`, which {returns}.",
)
_STEP_OPENERS = (
    "Write a Python function `{call}` that does the following:",
    "Implement `{call}`. Steps:",
    "Write `{call}`. It works like this:",
    "Please code the function `{call}` according to these steps:",
    "I need `{call}` in Python. What it has to do:",
    "Turn this recipe into a Python function `{call}`:",
    "Implement the following procedure as `{call}`.",
)
_STORIES = (
    "As a {role}, I want a function `{call}` so that I can {goal}. It {returns}.",
    "{Role} here: for {goal_noun} we need `{call}`. It {returns}.",
    "Ticket: add `{call}`\n\nWe want to {goal}. The function {returns}.",
    "Feature request from a {role}: `{call}`. It {returns}.",
)
_ROLES = "data analyst|teacher|shop owner|sports coach|librarian|lab assistant|web developer|game designer|accountant"
_GOALS = (
    ("clean up my data", "cleaning up our data"),
    ("build the weekly report", "the weekly report"),
    ("check my figures quickly", "checking figures"),
    ("prepare the import", "the import step"),
    ("keep the dashboard simple", "the dashboard"),
    ("stop doing this by hand", "a script that replaces manual work"),
)


def returns_clause(program: Program) -> str:
    """ "returns the sum of …"."""
    return f"{program.verb} {program.result}"


def verb_of(program: Program) -> str:
    """The imperative of its verb: "Return", "Yield"."""
    return program.verb.removesuffix("s").capitalize()


def arguments_phrase(program: Program) -> str:
    """ "`xs`, a list of integers, and `k`, a positive integer" (commas only where they help)."""
    parts = [f"{param.kind.noun} `{param.name}`" for param in program.params]
    return join_and(parts) if parts else "nothing"


def types_sentence(program: Program) -> str:
    """What each parameter is; "" for a program without parameters."""
    parts = [
        f"`{param.name}` {'takes' if param.name[0] == '*' else 'is'} {param.kind.noun}"
        for param in program.params
        if param.kind.noun
    ]
    return sentence(join_and(parts)) if parts else ""


def rules_text(program: Program, cases: list[Case]) -> list[str]:
    """The rules, and what empty input gives where a check covers it and no rule tells."""
    rules = [sentence(rule) for rule in program.rules]
    told = any(word in rule for rule in rules for word in ("mpty", "none", "no values", "no numbers", "fewer than"))
    if not told:
        for case in cases:
            if case.empty and case.arguments:
                rules.append(empty_rule(program, case))
                break
    return rules


def empty_rule(program: Program, case: Case) -> str:
    """ "For an empty `xs` the result is 0."."""
    for param, value in zip(program.params, case.arguments, strict=False):
        if isinstance(value, (list, dict, str, tuple, set)) and not value:
            others = [
                f"`{other.name}` = {show(given)}"
                for other, given in zip(program.params, case.arguments, strict=False)
                if other is not param
            ]
            if others and case.value not in (0, [], "", {}, None, False, ()):
                given = join_and(others)
                return f"For example, with an empty `{param.name}` and {given} the result is {show(case.value)}."
            return f"If `{param.name}` is empty, the result is {show(case.value)}."
    return ""


def numbered(d: Draw, steps: tuple[str, ...]) -> str:
    """Steps as a list in one of several layouts."""
    style = d.pick("number number dash prose prose")
    if style == "number":
        return "\n".join(f"{number}. {step}." for number, step in enumerate(steps, start=1))
    if style == "dash":
        return "\n".join(f"- {step}." for step in steps)
    words = [sentence(steps[0])]
    for number, step in enumerate(steps[1:], start=1):
        last = number == len(steps) - 1
        lead = d.pick(["Finally, ", "At the end, ", "Then "]) if last else d.pick(["Then ", "Next, ", "After that, "])
        words.append(sentence(f"{lead}{lower_first(step)}"))
    return " ".join(words)


def example_lines(d: Draw, cases: list[Case]) -> str:
    """One or two examples, in one of several layouts."""
    short = [
        case for case in cases if not case.setup and not isinstance(case.value, Raised) and len(case.assertion()) < 130
    ]
    telling = [case for case in short if case.value not in (None, [], "", {}, ()) and not case.empty]
    chosen = (telling or short)[: d.number(1, 2)]
    style = d.pick("arrow arrow prompt assert sentence")
    if style == "arrow":
        head = "Example:" if len(chosen) == 1 else "Examples:"
        return "\n".join([head, *(f"{case.expression} -> {show(case.value)}" for case in chosen)]) if chosen else ""
    if style == "prompt":
        return "\n".join(f">>> {case.expression}\n{show(case.value)}" for case in chosen if case.value is not None)
    if style == "assert":
        return "\n".join(case.idiomatic() for case in chosen)
    return " ".join(f"For example, `{case.expression}` gives `{show(case.value)}`." for case in chosen)


def call_text(d: Draw, program: Program) -> str:
    """The signature as the text shows it: with hints where the program has them."""
    return program.signature(hints=program.hints)


def description(program: Program, cases: list[Case]) -> str:
    """What the program does, in one paragraph, without its name: "Return …. If …"."""
    if program.is_class:
        return " ".join(map(sentence, program.class_brief))
    if program.result:
        head = sentence(f"{verb_of(program)} {program.result}")
    else:
        head = " ".join(sentence(step) for step in program.steps)
    return " ".join([head, *rules_text(program, cases)])


def task_text(d: Draw, program: Program, cases: list[Case]) -> tuple[str, str]:
    """The instruction and the input of a task that asks for the program from words alone."""
    if program.is_class:
        return _class_text(d, program, cases)
    facts = {
        "call": call_text(d, program),
        "name": program.name,
        "arguments": arguments_phrase(program),
    }
    rules = rules_text(program, cases)
    examples = example_lines(d, cases) if d.chance(0.4) else ""
    told = program.hints and not any(
        "dict]" in param.kind.hint or "tuple[" in param.kind.hint for param in program.params
    )
    types = "" if told or d.chance(0.15) else types_sentence(program)
    style = d.pick("plain plain plain plain story sheet docstring input")
    if program.steps:
        body = numbered(d, program.steps)
        opener = d.pick(_STEP_OPENERS).format(**facts)
        if "\n" in body:
            text = "\n".join([opener, body, *([" ".join([types, *rules]).strip()] if types or rules else [])])
        else:
            text = " ".join(part for part in (opener, body, types, *rules) if part)
        return (text, examples) if d.chance(0.3) else (_joined(text, examples), "")
    facts["returns"] = returns_clause(program)
    if style == "sheet":
        lines = [f"Function: `{facts['call']}`", f"{program.verb.capitalize()}: {program.result}"]
        if types:
            lines.insert(1, f"Input: {lower_first(types)}")
        lines += [f"Rule: {rule}" for rule in rules]
        return d.pick(
            ["Implement this specification.", "Write the Python function described here.", "Code this."]
        ), _joined("\n".join(lines), examples)
    if style == "story":
        role = d.pick(_ROLES.split("|"))
        goal, goal_noun = d.pick(_GOALS)
        opener = d.pick(_STORIES).format(role=role, Role=role.capitalize(), goal=goal, goal_noun=goal_noun, **facts)
    else:
        opener = d.pick(_OPENERS).format(**facts)
        types = "" if facts["arguments"] in opener else types
    text = " ".join(part for part in (opener, types, *rules) if part)
    if style == "docstring":
        about = [sentence(f"{verb_of(program)} {program.result}"), types, *rules]
        given = f"{facts['call']}\n\n{' '.join(part for part in about if part)}"
        return "Implement the function from its description.", _joined(given, examples)
    return (text, examples) if style == "input" else (_joined(text, examples), "")


def _class_text(d: Draw, program: Program, cases: list[Case]) -> tuple[str, str]:
    opener = d.pick([
        "Write a Python class `{name}`.",
        "Implement the class `{name}`.",
        "Please write a small class named `{name}`.",
        "I need a class `{name}` in Python.",
    ]).format(name=program.name)  # fmt: skip
    if d.chance(0.5):
        return _joined(opener, "\n".join(f"- {sentence(line)}" for line in program.class_brief)), ""
    return " ".join([opener, *map(sentence, program.class_brief)]), ""


def _joined(*parts: str) -> str:
    return "\n\n".join(part.strip() for part in parts if part.strip())
