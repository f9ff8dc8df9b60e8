"""Families of small classes: switches, gauges, sequences, value objects."""

from autotrain.teacher.builtin.grammar.classes import Method, build_class
from autotrain.teacher.builtin.grammar.draw import Draw, show
from autotrain.teacher.builtin.grammar.program import Program
from autotrain.teacher.builtin.registry import family


@family(weight=1)
def class_switches(d: Draw) -> Program:
    """Named switches that are toggled and asked."""
    few = d.some(["lamp", "fan", "radio", "heater", "pump"], 3)

    def name() -> str:
        return show(d.pick(few))

    change = d.pick([
        Method("toggle(self, name: str) -> None", "if name in self._on:\n    self._on.remove(name)\nelse:\n    "
                                                  "self._on.add(name)",
               "Turns name on if it is off, and off if it is on", lambda: f"@.toggle({name()})"),
        Method("set(self, name: str, state: bool) -> None", "if state:\n    self._on.add(name)\nelse:\n    "
         "self._on.discard(name)",
               "Turns name on if state is True, otherwise off", lambda: f"@.set({name()}, "
                f"{d.pick(['True', 'True', 'False'])})"),
    ])  # fmt: skip
    extra = d.pick([
        Method("all_off(self) -> None", "self._on.clear()", "Turns everything off", lambda: "@.all_off()"),
        Method("turn_on(self, name: str) -> None", "self._on.add(name)", "Turns name on",
        lambda: f"@.turn_on({name()})"),
    ])  # fmt: skip
    asks = d.some([
        Method("is_on(self, name: str) -> bool", "return name in self._on",
        "Returns True if name is on, otherwise False",
               lambda: f"@.is_on({name()})", True),
        Method("active(self) -> list[str]", "return sorted(self._on)", "Returns a sorted list of everything that is on",
               lambda: "@.active()", True),
        Method("count_on(self) -> int", "return len(self._on)", "Returns how many are on", lambda: "@.count_on()",
        True),
    ], 2)  # fmt: skip
    return build_class(
        d,
        names=["Switches", "Panel", "Lights", "Devices", "PowerStrip"],
        start="",
        fields="self._on = set()",
        brief="At first everything is off; names are strings",
        methods=[change, extra, *asks],
        make=lambda: "",
    )


@family(weight=2)
def class_gauge(d: Draw) -> Program:
    """A level between bounds that remembers something about its changes."""
    high = d.number(8, 20)
    name = d.pick("change move shift adjust")
    memory, note, ask = d.pick([
        ("self._highest = start", "self._highest = max(self._highest, self._level)",
         Method("highest(self) -> int", "return self._highest", "Returns the highest level so far, the start included",
                lambda: "@.highest()", True)),
        ("self._changes = 0", "self._changes += 1",
         Method("changes(self) -> int", "return self._changes", f"Returns how often {name} was called",
         lambda: "@.changes()", True)),
        ("self._history = [start]", "self._history.append(self._level)",
         Method("history(self) -> list[int]", "return list(self._history)",
         "Returns the list of all levels, the start included",
                lambda: "@.history()", True)),
        ("self._empty = 0", "if self._level == 0:\n    self._empty += 1",
         Method("times_empty(self) -> int", "return self._empty", f"Returns how often the level was 0 after a call "
          f"of {name}",
                lambda: "@.times_empty()", True)),
    ])  # fmt: skip
    rule, said = d.pick([
        (f"self._level = max(0, min({high}, self._level + amount))",
         f"Adds amount (maybe negative) to the level and keeps it between 0 and {high}"),
        (f"if 0 <= self._level + amount <= {high}:\n    self._level += amount",
         f"Adds amount (maybe negative) to the level if the result is between 0 and {high}; otherwise the level stays"),
        ("self._level = max(0, self._level + amount)", "Adds amount (maybe negative) to the level, which never gets "
                                                       "below 0"),
        (f"self._level = (self._level + amount) % {high}", f"Adds amount to the level and takes the remainder when "
                                                           f"divided by {high}"),
    ])  # fmt: skip
    return build_class(
        d,
        names=["Gauge", "Level", "Thermostat", "Volume", "Reservoir", "Slider"],
        start="start: int",
        fields=f"self._level = start\n{memory}",
        brief="The constructor takes the level to start with, an integer",
        methods=[
            Method(
                f"{name}(self, amount: int) -> None", f"{rule}\n{note}", said, lambda: f"@.{name}({d.number(-8, 9)})"
            ),
            Method("level(self) -> int", "return self._level", "Returns the level", lambda: "@.level()", True),
            ask,
        ],
        make=lambda: str(d.number(0, 6)),
    )


@family(weight=1)
def class_sequence(d: Draw) -> Program:
    """An object that hands out values one after the other."""
    k, m = d.number(2, 5), d.number(2, 4)
    rule, said = d.pick([
        (f"self._value += {k}", f"Returns the current value and then raises it by {k}"),
        (f"self._value *= {m}", f"Returns the current value and then multiplies it by {m}"),
        (f"self._value = -self._value - {k}", f"Returns the current value and then replaces it by its negative minus "
                                              f"{k}"),
        (f"self._value += {k} if self._value % 2 == 0 else 1",
         f"Returns the current value and then raises it by {k} if it is even, otherwise by 1"),
    ])  # fmt: skip
    methods = [
        Method("advance(self) -> int", f"value = self._value\n{rule}\nreturn value", said, lambda: "@.advance()"),
        Method("take(self, count: int) -> list[int]", "return [self.advance() for _ in range(count)]",
               "Returns a list of the next count values", lambda: f"@.take({d.number(1, 4)})", True),
        Method("peek(self) -> int", "return self._value", "Returns the current value without changing it",
        lambda: "@.peek()", True),
    ]  # fmt: skip
    if d.chance(0.4):
        methods.append(
            Method(
                "restart(self) -> None",
                "self._value = self._start",
                "Goes back to the start value",
                lambda: "@.restart()",
            )
        )
    return build_class(
        d,
        names=["Sequence", "NumberSource", "Ticker", "Series", "Dispenser"],
        start="start: int",
        fields="self._start = start\nself._value = start" if len(methods) > 3 else "self._value = start",
        brief="The constructor takes the first value, an integer",
        methods=methods,
        make=lambda: str(d.number(-2, 7)),
    )


@family(weight=1)
def class_value(d: Draw) -> Program:
    """A value object with two numbers that gives new objects and compares."""
    a, b = d.pick([("x", "y"), ("width", "height"), ("low", "high"), ("amount", "rate"), ("left", "right")])
    k = d.number(2, 4)
    name = d.pick(["Pair", "Size", "Span", "Offset", "Entry"])
    asks = d.some([
        Method(f"scaled(self, factor: int) -> \"{name}\"", f"return {name}(self.{a} * factor, self.{b} * factor)",
               f"Returns a new {name} with both numbers multiplied by factor",
               lambda: f"@.scaled({d.number(2, 4)}).as_tuple()", True),
        Method(f"plus(self, other: \"{name}\") -> \"{name}\"", f"return {name}(self.{a} + other.{a}, self.{b} + "
         f"other.{b})",
               f"Returns a new {name} with the sums of the numbers of both objects",
               lambda: f"@.plus({name}({d.number(-3, 6)}, {d.number(-3, 6)})).as_tuple()", True),
        Method(f"swapped(self) -> \"{name}\"", f"return {name}(self.{b}, self.{a})",
        f"Returns a new {name} with both numbers exchanged",
               lambda: "@.swapped().as_tuple()", True),
        Method("larger(self) -> int", f"return max(self.{a}, self.{b})", "Returns the larger one of both numbers",
        lambda: "@.larger()", True),
        Method("weighted(self) -> int", f"return {k} * self.{a} + self.{b}", f"Returns {k} times {a} plus {b}",
        lambda: "@.weighted()", True),
        Method("__eq__(self, other: object) -> bool",
               f"return isinstance(other, {name}) and self.as_tuple() == other.as_tuple()",
               f"Two {name} objects are equal if both numbers agree", lambda: f"(@ == {name}({d.number(0, 3)}, "
                f"{d.number(0, 3)}))", True),
        Method("__repr__(self) -> str", f'return f"{name}({{self.{a}}}, {{self.{b}}})"',
        f"Makes repr() give {name}({a}, {b}) with the numbers",
               lambda: "repr(@)", True),
    ], 2)  # fmt: skip
    tell = Method("as_tuple(self) -> tuple[int, int]", f"return self.{a}, self.{b}", f"Returns the tuple ({a}, {b})",
                  lambda: "@.as_tuple()", True)  # fmt: skip
    reset = Method("grow(self, amount: int) -> None", f"self.{a} += amount\nself.{b} += amount",
    "Adds amount to both numbers in place",
                   lambda: f"@.grow({d.number(1, 4)})")  # fmt: skip
    return build_class(
        d,
        names=[name],
        start=f"{a}: int, {b}: int",
        fields=f"self.{a} = {a}\nself.{b} = {b}",
        brief=f"The constructor takes two integers, {a} and {b}",
        methods=[tell, reset, *asks],
        make=lambda: f"{d.number(0, 3)}, {d.number(0, 3)}",
    )
