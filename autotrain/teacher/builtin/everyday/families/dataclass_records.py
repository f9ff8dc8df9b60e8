"""Families of dataclasses: records with a little behaviour."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=4)
def record(d: Draw) -> Problem:
    """A dataclass with a computed property and a default."""
    d.scene(
        dict(cls="Item", text="name", one="price", two="count", prop="total", pool=pools.PRODUCTS, rel="`price` times `count`"),
        dict(cls="Shift", text="worker", one="hours", two="wage", prop="pay", pool=pools.PEOPLE, rel="`hours` times `wage`"),
        dict(cls="Room", text="label", one="width", two="length", prop="area", pool=pools.COLORS, rel="`width` times `length`"),
        dict(cls="Trip", text="city", one="nights", two="price", prop="cost", pool=pools.CITIES, rel="`nights` times `price`"),
    )  # fmt: skip
    d.let(default=d.number(1, 3))
    x, y = d.some(d["pool"], 2)
    d.let(x=x, y=y, a=d.number(2, 30), b=d.number(4, 40))
    return d.problem(
        name=d["cls"],
        params="$text: str, $one: int, $two: int = $default",
        ways=[
            """
            from dataclasses import dataclass


            @dataclass
            class $name:
                $text: str
                $one: int
                $two: int = $default

                @property
                def $prop(self) -> int:
                    return self.$one * self.$two
            """,
            """
            from dataclasses import dataclass


            @dataclass(order=False)
            class $name:
                $text: str
                $one: int
                $two: int = $default

                @property
                def $prop(self) -> int:
                    result = self.$one * self.$two
                    return result
            """,
        ],
        summary="Keep `$text`, `$one` and `$two`, with a property `$prop`.",
        asks=[
            "Make it a dataclass with the fields `$text` (a str), `$one` and `$two` (ints); `$two` is $default if it is "
            "not given. The property `$prop` is $rel.",
            "A dataclass for our list: the fields are `$text`, `$one` and `$two` in this order, `$two` with the default "
            "$default, and a read-only property `$prop` gives $rel.",
            "Use `dataclasses`. The fields: `$text`, `$one`, `$two` (default $default). It has a property `$prop`, which is "
            "$rel, and two objects with equal fields are equal.",
        ],
        calls=['$name("$x", $a, $b).$prop', '$name("$x", $a).$prop', '$name("$x", $a).$two', '$name("$y", $a, $b).$text',
               '$name("$x", 1, 2) == $name("$x", 1, 2)', '$name("$x", 1, 2) == $name("$y", 1, 2)',
               'x = $name("$x", $a, $b)\nx.$two = 3\nx.$prop', '$name("$y", 0, 5).$prop', 'repr($name("$x", $a, 1))'],
        slips=[("self.$one * self.$two", "self.$one + self.$two", "The two are added and not multiplied"),
               ("    @property\n", "", "Without the decorator it is a method and no value")],
    )  # fmt: skip
