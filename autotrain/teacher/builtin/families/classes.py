"""Families of small classes with state: totals, counters, collections, tables, switches, gauges, sequences."""

from autotrain.teacher.builtin.grammar.classes import Method, build_class
from autotrain.teacher.builtin.grammar.conds import int_cond, str_cond
from autotrain.teacher.builtin.grammar.draw import Draw, show
from autotrain.teacher.builtin.grammar.program import Program
from autotrain.teacher.builtin.grammar.words import FRUIT, WORDS
from autotrain.teacher.builtin.registry import family


@family(weight=2)
def class_running_total(d: Draw) -> Program:
    """A class that takes in numbers under a rule and reports on them."""
    one, k = int_cond(d, params=False), d.number(2, 9)
    add, other = d.pick([("add", "value"), ("record", "number"), ("push_value", "n"), ("feed", "amount")])
    rule, said = d.pick([
        (f"if {one.on(other)}:\n    self._values.append({other})",
         f"Stores {other} if it {one.singular}; otherwise does nothing"),
        (f"self._values.append({other})", f"Stores {other}"),
        (f"self._values.append(min({other}, {k * 2}))", f"Stores {other}, but {k * 2} if it is greater than that"),
        (f"if {other} not in self._values:\n    self._values.append({other})",
         f"Stores {other} unless it is stored already"),
        (f"self._values.append({other} * {k} if {one.on(other)} else {other})",
         f"Stores {other}, multiplied by {k} if it {one.singular}"),
    ])  # fmt: skip
    asks = d.some([
        Method("total(self) -> int", "return sum(self._values)", "Returns the sum of the stored numbers",
        lambda: "@.total()", True),
        Method("count(self) -> int", "return len(self._values)", "Returns how many numbers are stored",
        lambda: "@.count()", True),
        Method("largest(self) -> int", "return max(self._values, default=0)",
        "Returns the largest stored number, 0 without any",
               lambda: "@.largest()", True),
        Method("spread(self) -> int", "if not self._values:\n    return 0\nreturn max(self._values) - "
                                      "min(self._values)",
               "Returns the largest minus the smallest stored number, 0 without any", lambda: "@.spread()", True),
        Method("last(self) -> int", "return self._values[-1] if self._values else 0",
               "Returns the number that was stored last, 0 without any", lambda: "@.last()", True),
        Method("above(self, limit: int) -> list[int]", "return [value for value in self._values if value > limit]",
               "Returns the list of the stored numbers greater than limit, in order",
               lambda: f"@.above({d.number(0, 8)})", True),
    ], d.number(1, 2))  # fmt: skip
    changes = [Method(f"{add}(self, {other}: int) -> None", rule, said, lambda: f"@.{add}({d.number(-6, 20)})")]
    if d.chance(0.4):
        changes.append(
            Method("clear(self) -> None", "self._values = []", "Forgets all stored numbers", lambda: "@.clear()")
        )
    return build_class(
        d,
        names=["Collector", "Recorder", "Totals", "Samples", "Notebook", "Meter"],
        start="",
        fields="self._values = []",
        brief="It starts without any numbers",
        methods=[*changes, *asks],
        make=lambda: "",
    )


@family(weight=2)
def class_counter(d: Draw) -> Program:
    """A counter with limits, steps and rules for what lies beyond."""
    top, step = d.number(4, 9), d.number(1, 3)
    limit = d.chance(0.5)
    bound = "self._limit" if limit else str(top)
    said_bound = "limit" if limit else str(top)
    up, said = d.pick([
        (f"self._value = min(self._value + {step}, {bound})", f"Raises the value by {step}, but never above "
         f"{said_bound}"),
        (f"self._value += {step}\nif self._value > {bound}:\n    self._value = 0",
         f"Raises the value by {step}; if it is then greater than {said_bound}, it becomes 0"),
        (f"if self._value + {step} <= {bound}:\n    self._value += {step}",
         f"Raises the value by {step} unless it would then be greater than {said_bound}"),
    ])  # fmt: skip
    names = d.pick([("up", "down"), ("increase", "decrease"), ("step", "back"), ("enter", "leave")])
    methods = [
        Method(f"{names[0]}(self) -> None", up, said, lambda: f"@.{names[0]}()"),
        Method(f"{names[1]}(self) -> None", "self._value = max(0, self._value - 1)",
        "Lowers the value by 1, but never below 0",
               lambda: f"@.{names[1]}()"),
        Method("value(self) -> int", "return self._value", "Returns the value", lambda: "@.value()", True),
    ]  # fmt: skip
    if d.chance(0.5):
        methods.append(Method("is_full(self) -> bool", f"return self._value >= {bound}",
                              f"Returns True if the value is at least {said_bound}, otherwise False",
                              lambda: "@.is_full()", True))  # fmt: skip
    if d.chance(0.3):
        methods.append(Method("reset(self) -> None", "self._value = 0", "Sets the value to 0", lambda: "@.reset()"))
    return build_class(
        d,
        names=["Counter", "Gate", "StepCounter", "Dial", "Tally", "Clicker"],
        start="limit: int" if limit else "",
        fields="self._limit = limit\nself._value = 0" if limit else "self._value = 0",
        brief="The constructor takes an integer limit; the value starts at 0"
        if limit
        else "It holds a value that starts at 0",
        methods=methods,
        make=lambda: str(d.number(2, 5)) if limit else "",
    )


@family(weight=2)
def class_collection(d: Draw) -> Program:
    """A collection of strings with a rule for what it takes."""
    one = str_cond(d, params=False)
    rule, said = d.pick([
        ("if item not in self._items:\n    self._items.append(item)",
         "Adds item at the end unless it is already there"),
        (f"if {one.on('item')}:\n    self._items.append(item)", f"Adds item at the end if it {one.singular}"),
        ("self._items.insert(0, item)", "Adds item at the front"),
        ("if item in self._items:\n    self._items.remove(item)\nself._items.append(item)",
         "Adds item at the end; if it was there already, it is moved to the end"),
        ("self._items.append(item.lower())", "Adds item in lower case at the end"),
    ])  # fmt: skip
    few = d.some(WORDS + FRUIT, 4)

    def word() -> str:
        return show(d.pick(few))

    asks = d.some([
        Method("items(self) -> list[str]", "return list(self._items)", "Returns a list of the items in order",
        lambda: "@.items()", True),
        Method("__len__(self) -> int", "return len(self._items)", "Makes len() give the number of items",
        lambda: "len(@)", True),
        Method("__contains__(self, item: str) -> bool", "return item in self._items",
               "Makes the operator `in` tell whether item is there", lambda: f"({word()} in @)", True),
        Method("joined(self) -> str", 'return ", ".join(self._items)', 'Returns the items as one string, joined by '
         '", "',
               lambda: "@.joined()", True),
        Method("position(self, item: str) -> int", "return self._items.index(item) if item in self._items else -1",
               "Returns the position of item (from 0), or -1 if it is not there", lambda: f"@.position({word()})",
               True),
        Method("longest(self) -> str", 'return max(self._items, key=len, default="")',
               "Returns the longest item (the first of equally long ones), an empty string without items",
               lambda: "@.longest()", True),
    ], 2)  # fmt: skip
    changes = [Method("add(self, item: str) -> None", rule, said, lambda: f"@.add({word()})")]
    if d.chance(0.5):
        changes.append(Method("remove(self, item: str) -> None", "if item in self._items:\n    "
         "self._items.remove(item)",
                              "Removes the first occurrence of item; does nothing if it is not there",
                              lambda: f"@.remove({word()})"))  # fmt: skip
    return build_class(
        d,
        names=["Collection", "Shelf", "Basket", "NameList", "Bag", "Catalog"],
        start="",
        fields="self._items = []",
        brief="It starts empty and holds strings",
        methods=[*changes, *asks],
        make=lambda: "",
    )


@family(weight=2)
def class_table(d: Draw) -> Program:
    """A table from names to numbers with a rule for repeated names."""
    rule, said = d.pick([
        ("self._table[name] = self._table.get(name, 0) + amount", "Adds amount to the number of name (0 if it is new)"),
        ("self._table[name] = max(amount, self._table.get(name, amount))",
         "Keeps the largest amount ever given for name"),
        ("self._table.setdefault(name, amount)", "Stores amount for name unless name has a number already"),
        ("if amount > 0:\n    self._table[name] = amount\nelse:\n    self._table.pop(name, None)",
         "Stores amount for name if it is positive; otherwise removes name if it is there"),
    ])  # fmt: skip
    few, k = d.some(FRUIT, 3), d.number(2, 6)

    def name() -> str:
        return show(d.pick(few))

    asks = d.some([
        Method("get(self, name: str) -> int", "return self._table.get(name, 0)",
        "Returns the number of name, 0 if there is none",
               lambda: f"@.get({name()})", True),
        Method("names(self) -> list[str]", "return sorted(self._table)", "Returns a sorted list of the names",
        lambda: "@.names()", True),
        Method("total(self) -> int", "return sum(self._table.values())", "Returns the sum of all numbers",
        lambda: "@.total()", True),
        Method("best(self) -> str", "return max(self._table, key=self._table.get) if self._table else \"\"",
               "Returns the name with the largest number (the first stored of several), an empty string without names",
               lambda: "@.best()", True),
        Method("above(self, limit: int) -> list[str]",
               "return sorted(name for name, amount in self._table.items() if amount > limit)",
               "Returns a sorted list of the names whose number is greater than limit", lambda: f"@.above({k})", True),
    ], 2)  # fmt: skip
    return build_class(
        d,
        names=["Table", "Amounts", "Registry", "Stats", "Sums", "Index"],
        start="",
        fields="self._table = {}",
        brief="It starts empty and maps names to integers",
        methods=[Method("record(self, name: str, amount: int) -> None", rule, said,
                        lambda: f"@.record({name()}, {d.number(-2, 9)})"), *asks],
        make=lambda: "",
    )  # fmt: skip
