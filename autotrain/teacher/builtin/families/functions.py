"""Families of functions as such: defaults, *args, **kwargs, closures, generators, recursion, functions as tables."""

from typing import Any

from autotrain.teacher.builtin.grammar.arguments import Kind
from autotrain.teacher.builtin.grammar.conds import int_cond
from autotrain.teacher.builtin.grammar.draw import Draw, show
from autotrain.teacher.builtin.grammar.program import Program, build, with_calls
from autotrain.teacher.builtin.grammar.words import PEOPLE, WORDS
from autotrain.teacher.builtin.registry import family


@family(weight=3)
def default_arguments(d: Draw) -> Program:
    """A function with optional arguments, called with and without them."""
    flavour = d.pick("repeat join scale clip")
    if flavour == "repeat":
        text, times = d.param("word", "word"), d.param("times", Kind("int", "times count n", "a non-negative integer",
        _zero),
                                                       str(d.number(2, 3)))  # fmt: skip
        sep = d.param("sep", Kind("str", "sep separator glue", "a string", _zero), show(d.pick(["-", " ", "", "/"])))
        body, said, hint = (
            f"return {sep}.join([{text}] * {times})",
            f"{text} repeated {times} times, joined by {sep}",
            "str",
        )
        calls = [("{f}({w})",), ("{f}({w}, {n})",), ('{f}({w}, {n}, "{s}")',), ('{f}({w}, {second}="{s}")',)]
        second = "sep"
    elif flavour == "join":
        xs = d.param("words", "words")
        sep = d.param("sep", Kind("str", "sep separator glue", "a string", _zero), show(d.pick([", ", " ", "+"])))
        last = d.param("last", Kind("str", "end tail final", "a string", _zero), show(d.pick(["", ".", "!"])))
        body, said, hint = (
            f"return {sep}.join({xs}) + {last}",
            f"the strings in {xs} joined by {sep}, followed by {last}",
            "str",
        )
        calls = [("{f}({l})",), ('{f}({l}, "{s}")',), ('{f}({l}, "{s}", "?")',), ('{f}({l}, {second}="{s}")',)]
        second = "last"
    elif flavour == "scale":
        xs = d.param("xs", "ints")
        factor = d.param("factor", Kind("int", "factor scale weight", "an integer", _zero), str(d.number(2, 4)))
        shift = d.param("shift", Kind("int", "shift offset bonus", "an integer", _zero), str(d.number(0, 3)))
        body = f"return [$item * {factor} + {shift} for $item in {xs}]"
        said, hint = (
            f"a list with each number in {xs} multiplied by {factor} and then increased by {shift}",
            "list[int]",
        )
        calls = [("{f}({x})",), ("{f}({x}, {n})",), ("{f}({x}, {n}, {m})",), ("{f}({x}, {second}={m})",)]
        second = "shift"
    else:
        xs = d.param("xs", "ints")
        low = d.param("low", Kind("int", "low lower floor", "an integer", _zero), str(d.number(-2, 1)))
        high = d.param("high", Kind("int", "high upper ceiling", "an integer", _zero), str(d.number(5, 10)))
        keep = d.chance(0.5)
        body = f"return [$item for $item in {xs} if {low} <= $item <= {high}]" if keep else \
            f"return [max({low}, min($item, {high})) for $item in {xs}]"  # fmt: skip
        said = f"the numbers in {xs} that lie between {low} and {high} (both included)" if keep else \
            f"a list with each number in {xs} limited to at least {low} and at most {high}"  # fmt: skip
        hint = "list[int]"
        calls = [("{f}({x})",), ("{f}({x}, {m})",), ("{f}({x}, {m}, {k})",), ("{f}({x}, {second}={k})",)]
        second = "high"
    program = build(d, names=["with_defaults", "make_text", "apply_defaults", "compose", "produce", "render"],
    returns=hint,
                    body=body, result=said, rules=[_defaults(d)])  # fmt: skip
    second_name = d.code(f"${second}")
    expressions = []
    for position in range(14):
        values = {
            "f": program.name, "w": show(d.pick(WORDS)), "n": d.number(0, 4), "m": d.number(-3, 4), "k": d.number(5,
            15),
            "s": d.char("+-_ ."), "l": show([d.pick(WORDS) for _ in range(position % 4)]), "p": show(d.pick(PEOPLE)),
            "x": show([d.number(-6, 15) for _ in range(position % 5)]), "second": second_name,
        }  # fmt: skip
        expressions.append(calls[position % len(calls)][0].format(**values))
    return with_calls(program, expressions)


def _zero(rng: Any, position: int) -> int:
    return 0


def _defaults(d: Draw) -> str:
    given = [
        f"`{param.name}` is optional, its default is {param.default}" for param in d.params.values() if param.default
    ]
    return "; ".join(given)


@family(weight=2)
def any_number_of_arguments(d: Draw) -> Program:
    """A function that takes any number of positional arguments."""
    one = int_cond(d, params=False)
    k = d.number(2, 5)
    name = d.pick("numbers values args items")
    body, said, hint = d.pick([
        (f"return sum({name})", "the sum of its arguments (0 without any)", "int"),
        (f"return sum(1 for $item in {name} if {one.on('$item')})", f"how many of its arguments {one.are}", "int"),
        (f"return max({name}, default={k})", f"the largest of its arguments ({k} without any)", "int"),
        (f"return [$item * {k} for $item in {name}]", f"a list of its arguments, each multiplied by {k}", "list[int]"),
        (f"return sorted({name})[:{k}]", f"a sorted list of the {k} smallest of its arguments (all of them if there "
                                         f"are fewer)",
         "list[int]"),
        (f"return len({name}), sum({name})", "a tuple with the number and the sum of its arguments", "tuple[int, int]"),
        (f"return [$item for $item in {name} if {one.on('$item')}]", f"a list of those of its arguments that "
         f"{one.are}, in order",
         "list[int]"),
        (f"return {name}[0] - sum({name}[1:]) if {name} else 0",
         "the first argument minus the sum of all the others (0 without any)", "int"),
        (f"return all($a < $b for $a, $b in zip({name}, {name}[1:]))",
         "True if each argument is greater than the one before it, otherwise False (True with fewer than two)", "bool"),
    ])  # fmt: skip
    d.param("numbers", Kind("int", f"*{name}", "any number of integers", _zero))
    program = build(d, names=["of_all", "from_arguments", "combine_all", "total_of", "pick_from"], returns=hint,
    body=body, result=said,
                    rules=["It takes any number of integers as separate arguments"])  # fmt: skip
    calls = [", ".join(str(d.number(-6, 15)) for _ in range(count)) for count in (0, 1, 2, 2, 3, 3, 3, 4, 4, 5)]
    return with_calls(program, [f"{program.name}({call})" for call in calls])


@family(weight=1)
def keyword_arguments(d: Draw) -> Program:
    """A function that takes any keyword arguments."""
    one = int_cond(d, params=False)
    sep = d.pick(["=", ": ", "->"])
    name = d.pick("options fields settings kwargs")
    body, said, hint = d.pick([
        (f'return ", ".join(f"{{$key}}{sep}{{$value}}" for $key, $value in sorted({name}.items()))',
         f'a string with name{sep}value for each argument, sorted by name and joined by ", "', "str"),
        (f"return sorted($key for $key, $value in {name}.items() if {one.on('$value')})",
         f"the sorted list of the names of the arguments whose value {one.singular}", "list[str]"),
        (f"return sum({name}.values())", "the sum of the values of its arguments", "int"),
        (f"return {{$key.upper(): $value for $key, $value in {name}.items()}}",
         "a dictionary from the names of its arguments, in upper case, to their values", "dict[str, int]"),
        (f"return max({name}, key={name}.get) if {name} else None",
         "the name of the argument with the largest value (the first one if several share it; None without arguments)",
         "str | None"),
    ])  # fmt: skip
    d.param("options", Kind("int", f"**{name}", "any keyword arguments with integer values", _zero))
    program = build(d, names=["describe_options", "use_keywords", "read_settings", "collect_options"], returns=hint,
    body=body,
                    result=said, rules=["It takes any keyword arguments; their values are integers"])  # fmt: skip
    pool = ["width", "height", "depth", "speed", "size", "age"]
    calls = [
        ", ".join(f"{key}={d.number(-3, 12)}" for key in d.some(pool, count)) for count in (0, 1, 1, 2, 2, 3, 3, 3)
    ]
    return with_calls(program, [f"{program.name}({call})" for call in calls])
