"""Draw and Problem: what a family of everyday tasks writes down, and the register of families.

    @family(level=0)
    def gross_price(d: Draw) -> Problem:
        \"\"\"A net price in cents with tax added.\"\"\"
        d.let(rate=d.pick([7, 19, 20]))
        d.names(net="net net_price amount")
        return d.problem(name="gross_price add_tax", params="$net: int", returns="int", ...)

Every text that a family hands to `problem` is a template: `$slot` or `${slot}s` stands for what
`let`, `names` or `scene` bound, `$name` for the name of the function, `$$` for a dollar sign;
"a/an $thing" becomes "a" or "an".
"""

import ast
import random
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.values import Unfit, show

T = TypeVar("T")
Texts = str | Sequence[str]

_SLOT = re.compile(r"\$(?:\{(\w+)\}|([A-Za-z_]\w*)|(\$))")
_ARTICLE = re.compile(r"\ba/an (?=`?(.))")
_ABSTRACT = re.compile(r"\b(Callable|Iterable|Iterator)\b")
_WHOLE = re.compile(r"^(?:async def|def|class) ", re.MULTILINE)


class Param(NamedTuple):
    """A parameter: its name, its type as source text and its default as source text ("" for none)."""

    name: str
    hint: str
    default: str


@dataclass
class Call:
    """An input to try: statements that prepare it, and an expression. `arguments` where it is one plain call."""

    expression: str
    setup: str = ""
    arguments: tuple[Any, ...] | None = None

    @property
    def plain(self) -> bool:
        return not self.setup


class Slip(NamedTuple):
    """A mistake that people make in this task: an edit of the first way, and what is wrong with it in words."""

    old: str
    new: str
    note: str


@dataclass
class Problem:
    """One concrete everyday task. All texts are final; sources are whole modules."""

    name: str
    params: tuple[Param, ...]
    returns: str
    ways: tuple[str, ...]
    bare_ways: tuple[str, ...]  # the same without type hints
    summary: str
    gives: tuple[str, ...]
    asks: tuple[str, ...]
    rules: tuple[str, ...]
    settings: tuple[str, ...]
    calls: tuple[Call, ...]
    raises: tuple[str, ...] = ()
    slips: tuple[Slip, ...] = ()
    clumsy: tuple[str, ...] = ()
    given: str = ""
    words: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    family: str = ""
    topic: str = ""
    level: int = 0
    is_class: bool = False
    rng: random.Random = field(default_factory=random.Random)

    def signature(self, hints: bool) -> str:
        """`name(a: int, b: str = "") -> int`, with or without the types."""
        parts = []
        for param in self.params:
            text = f"{param.name}: {param.hint}" if hints and param.hint else param.name
            if param.default:
                text += f" = {param.default}" if ":" in text else f"={param.default}"
            parts.append(text)
        returns = f" -> {self.returns}" if hints and self.returns and not self.is_class else ""
        return f"{self.name}({', '.join(parts)}){returns}"


class Draw:
    """The random choices of one problem, all of them from the generator passed in."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._values: dict[str, Any] = {}
        self._named: set[str] = set()

    # -- choices -------------------------------------------------------------------------
    def pick(self, options: Sequence[T] | str) -> Any:
        """One of the options; a string stands for its space-separated words."""
        return self.rng.choice(options.split() if isinstance(options, str) else options)

    def some(self, options: Sequence[T] | str, count: int) -> list[Any]:
        """`count` different options; a string stands for its space-separated words."""
        return self.rng.sample(options.split() if isinstance(options, str) else list(options), count)

    def many(self, options: Sequence[T] | str, low: int, high: int) -> list[Any]:
        """`low` to `high` options, with repetitions."""
        return [self.pick(options) for _ in range(self.number(low, high))]

    def number(self, low: int, high: int, step: int = 1) -> int:
        return self.rng.randrange(low, high + 1, step)

    def numbers(self, low: int, high: int, at_least: int = 3, at_most: int = 6) -> list[int]:
        return [self.number(low, high) for _ in range(self.number(at_least, at_most))]

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def shuffled(self, items: Sequence[T]) -> list[T]:
        return self.rng.sample(list(items), len(items))

    # -- values of real domains -------------------------------------------------------------
    def person(self) -> str:
        return self.rng.choice(pools.PEOPLE)

    def people(self, count: int) -> list[str]:
        """Different first names."""
        return self.some(pools.PEOPLE, count)

    def date(self) -> str:
        """An ISO date."""
        return f"{self.number(2021, 2026)}-{self.number(1, 12):02}-{self.number(1, 28):02}"

    def clock(self) -> str:
        """A time of day such as "09:40"."""
        return f"{self.number(0, 23):02}:{self.number(0, 11) * 5:02}"

    def sentence(self, low: int = 2, high: int = 5) -> str:
        """A few everyday words in a row."""
        return " ".join(self.many(pools.WORDS, low, high))

    # -- slots -------------------------------------------------------------------------------
    def let(self, **values: Any) -> None:
        """Bind slots to values."""
        self._values.update(values)

    def names(self, **options: str) -> None:
        """Bind each slot to one of the space-separated words, no word twice."""
        for slot, words in options.items():
            free = [word for word in words.split() if word not in self._named]
            if not free:
                raise Unfit(f"no free name for ${slot}")
            self._values[slot] = self.rng.choice(free)
            self._named.add(self._values[slot])

    def scene(self, *scenes: dict[str, Any]) -> dict[str, Any]:
        """Bind the slots of one of several sets that belong together, and return that set."""
        chosen = self.rng.choice(scenes)
        self._values.update(chosen)
        return chosen

    def __getitem__(self, slot: str) -> Any:
        return self._values[slot]

    def fill(self, template: str) -> str:
        """The template with its slots filled. Raises KeyError for an unknown slot."""

        def value(match: re.Match[str]) -> str:
            return "\0" if match[3] else str(self._values[match[1] or match[2]])

        for _ in range(4):
            filled = _SLOT.sub(value, template)
            if filled == template:
                break
            template = filled
        template = _ARTICLE.sub(lambda match: "an " if match[1] in "aeio" else "a ", template)
        return template.replace("\0", "$")

    # -- the problem ---------------------------------------------------------------------------
    def problem(
        self,
        *,
        name: str,
        ways: Texts,
        summary: str,
        calls: Sequence[tuple[Any, ...] | str],
        params: str = "",
        returns: str = "",
        gives: Texts = (),
        asks: Texts = (),
        rules: Texts = (),
        settings: Texts = (),
        raises: str = "",
        slips: Sequence[tuple[str, str, str]] = (),
        clumsy: Texts = (),
        given: str = "",
        words: Texts = (),
        known: str = "",
    ) -> Problem:
        """The finished Problem.

        `name`: names to choose from. `params`: as in a def line. `ways`: bodies of the function, or whole
        sources that define `$name`; the first one is the reference; import lines at the top of a body go to
        the head of the module. `calls`: argument tuples, or scripts whose last line is an expression.
        `gives`: noun phrases that complete "returns ..." (or "whether ..."). `asks`: the task in whole
        sentences, without the name of the function. `rules`: further sentences, part of every phrasing.
        `settings`: sentences that may come before. `raises`: exceptions that an input may be answered with.
        `slips`: (old, new, what is wrong) edits of the first way. `clumsy`: roundabout but right bodies.
        `given`: code that the task changes. `words`: lines of alternatives ("price | cost") for the check of a
        docstring. `known`: constants that everybody knows, so that no text need mention them.
        """
        self._values["name"] = self.fill(self.rng.choice(name.split()))
        parsed = _parse_params(self.fill(params))
        whole = [self.fill(textwrap.dedent(way)).strip("\n") for way in _texts(ways)]
        problem = Problem(
            name=self._values["name"],
            params=parsed,
            returns=self.fill(returns),
            ways=(),
            bare_ways=(),
            summary=self.fill(summary),
            gives=self._all(gives),
            asks=self._all(asks),
            rules=self._all(rules),
            settings=self._all(settings),
            calls=(),
            raises=tuple(raises.split()),
            slips=tuple(Slip(*map(self.fill, slip)) for slip in slips),
            words=self._all(words),
            known=tuple(self.fill(known).split()),
            rng=self.rng,
        )
        problem.is_class = any(way.startswith(f"class {problem.name}") or f"\nclass {problem.name}" in way
                               for way in whole)  # fmt: skip
        problem.ways = tuple(_module(problem, way, True) for way in whole)
        problem.bare_ways = tuple(_module(problem, way, False) for way in whole)
        rough = [self.fill(textwrap.dedent(way)).strip("\n") for way in _texts(clumsy)]
        problem.clumsy = tuple(_module(problem, way, False) for way in rough)
        if given:
            problem.given = _module(problem, self.fill(textwrap.dedent(given)).strip("\n"), False)
        made = [self._call(problem, call) for call in calls]
        problem.calls = tuple({call.setup + call.expression: call for call in made}.values())
        return problem

    def _all(self, templates: Texts) -> tuple[str, ...]:
        filled = (" ".join(self.fill(text).split()) for text in _texts(templates))
        return tuple(text for text in filled if text)

    def _call(self, problem: Problem, call: tuple[Any, ...] | str) -> Call:
        if isinstance(call, tuple):
            return Call(f"{problem.name}({', '.join(map(show, call))})", "", call)
        script = self.fill(textwrap.dedent(call)).strip()
        nodes = ast.parse(script).body
        if not isinstance(nodes[-1], ast.Expr):
            raise ValueError(f"a call must end with an expression: {script}")
        pieces = [ast.get_source_segment(script, node) or "" for node in nodes]
        return Call(pieces[-1], "\n".join(pieces[:-1]))


def _texts(texts: Texts) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def _parse_params(params: str) -> tuple[Param, ...]:
    if not params:
        return ()
    function = ast.parse(f"def f({params}): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    defaults = [None] * (len(function.args.args) - len(function.args.defaults)) + list(function.args.defaults)
    return tuple(
        Param(node.arg, ast.unparse(node.annotation) if node.annotation else "", show_source(default))
        for node, default in zip(function.args.args, defaults, strict=True)
    )


def show_source(node: ast.expr | None) -> str:
    """A default's source, with double quotes."""
    return "" if node is None else show(ast.literal_eval(node))


def _module(problem: Problem, way: str, hints: bool) -> str:
    """A whole module from a body (or from a whole source, as it is)."""
    if _WHOLE.search(way):
        return way + "\n"
    lines = way.split("\n")
    count = 0
    while count < len(lines) and (not lines[count] or lines[count].startswith(("import ", "from "))):
        count += 1
    head = "\n".join(lines[:count]).strip("\n")
    abstract = sorted(set(_ABSTRACT.findall(problem.signature(hints))))
    if abstract:
        head = f"from collections.abc import {', '.join(abstract)}\n{head}".strip("\n")
    body = textwrap.indent("\n".join(lines[count:]), "    ")
    return (f"{head}\n\n\n" if head else "") + f"def {problem.signature(hints)}:\n{body}\n"


Maker = Callable[[Draw], Problem]


class Family(NamedTuple):
    """A registered family: its name (topic.function), topic, level, one-line idea and maker."""

    name: str
    topic: str
    level: int
    idea: str
    make: Maker


FAMILIES: dict[str, Family] = {}


def family(level: int) -> Callable[[Maker], Maker]:
    """Register the decorated function; its module's name is the topic, its docstring the idea."""
    if not 0 <= level <= 4:
        raise ValueError(f"level {level} is not 0 to 4")

    def register(maker: Maker) -> Maker:
        topic = maker.__module__.rpartition(".")[2]
        name = f"{topic}.{maker.__name__}"
        if name in FAMILIES:
            raise ValueError(f"the family {name} exists twice")
        FAMILIES[name] = Family(name, topic, level, (maker.__doc__ or "").strip().splitlines()[0], maker)
        return maker

    return register


def draw_problem(name: str, rng: random.Random) -> Problem:
    """One problem of the named family. Raises Unfit where this draw gives none."""
    chosen = FAMILIES[name]
    problem = chosen.make(Draw(rng))
    problem.family, problem.topic, problem.level = chosen.name, chosen.topic, chosen.level
    return problem
