"""Families of recipes: amounts for more people, shopping lists."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=1)
def scaled(d: Draw) -> Problem:
    """All values of a dict multiplied."""
    d.scene(
        dict(xs="recipe", one="ingredient", n="times factor", pool=pools.FOODS, do="scale", what="amount"),
        dict(xs="order", one="article", n="times factor", pool=pools.PRODUCTS, do="multiply", what="number"),
        dict(xs="prices", one="product", n="rate factor", pool=pools.PRODUCTS, do="convert", what="price"),
        dict(xs="doses", one="plant", n="litres factor", pool=["fern", "rose", "ivy", "mint", "basil"], do="scale",
             what="dose"),
    )  # fmt: skip
    d.names(k=d["n"])
    pool = d.some(d["pool"], 4)

    def some(count: int) -> dict[str, int]:
        return {name: d.number(1, 40) for name in pool[:count]}

    return d.problem(
        name="${do}_$xs scaled $do multiplied",
        params="$xs: dict[str, int], $k: int",
        returns="dict[str, int]",
        ways=[
            "return {$one: $what * $k for $one, $what in $xs.items()}",
            "result = {}\nfor $one, $what in $xs.items():\n    result[$one] = $what * $k\nreturn result",
        ],
        summary="Return the $xs with every $what multiplied by a number.",
        gives="a new dict with every $what in `$xs` multiplied by `$k`",
        asks=[
            "`$xs` maps each $one to its $what. Multiply every $what by `$k` and return the result as a new dict.",
            "I have the dict `$xs` ($one to $what) and need all of it times `$k`. Leave the old dict alone.",
        ],
        calls=[({}, 2), (some(1), 3), (some(3), 2), (some(2), 0), (some(4), 1), (some(3), d.number(2, 9)),
               (some(2), d.number(2, 5))],
        slips=[("$what * $k", "$what + $k", "The number is added and not multiplied"),
               ("$what * $k", "$what", "Nothing is multiplied")],
        words=["multipl | times", "every | each | all"],
    )  # fmt: skip


@family(level=3)
def shopping_list(d: Draw) -> Problem:
    """What must be bought for several recipes, given what is at home."""
    d.scene(
        dict(plans="recipes", have="pantry", pool=pools.FOODS, buy="buy"),
        dict(plans="projects", have="workshop", pool=pools.TOOLS, buy="get"),
        dict(plans="orders", have="stock", pool=pools.PRODUCTS, buy="reorder"),
    )
    a, b, c = d.some(d["pool"], 3)
    return d.problem(
        name="shopping_list to_$buy missing_for",
        params="$plans: list[dict[str, int]], $have: dict[str, int]",
        returns="dict[str, int]",
        ways=[
            """
            needed = {}
            for plan in $plans:
                for name, amount in plan.items():
                    needed[name] = needed.get(name, 0) + amount
            missing = {}
            for name, amount in needed.items():
                left = amount - $have.get(name, 0)
                if left > 0:
                    missing[name] = left
            return missing
            """,
            """
            from collections import Counter

            needed = Counter()
            for plan in $plans:
                needed.update(plan)
            return {
                name: amount - $have.get(name, 0)
                for name, amount in needed.items()
                if amount > $have.get(name, 0)
            }
            """,
        ],
        summary="Return what is missing for all $plans together, as a dict of amounts.",
        gives="a dict of what is missing: for each name the amount that all `$plans` together need and `$have` does not "
        "hold",
        asks=[
            "Each of the `$plans` is a dict from name to amount. Add them up, take off what the dict `$have` holds, and "
            "return what is still missing.",
            "What do we have to $buy? Together the `$plans` (dicts of amounts) need certain things, and some are in "
            "`$have` already. Return a dict with the missing amounts.",
        ],
        rules=["What there is enough of is left out.", "Names come in the order in which they are first needed."],
        calls=[([], {}), ([{a: 2}], {}), ([{a: 2}], {a: 2}), ([{a: 2}, {a: 3, b: 1}], {a: 1}), ([{b: 4, c: 1}], {b: 9}),
               ([{c: 5}, {b: 2}, {c: 1}], {c: 2, a: 7}), ([{a: d.number(3, 9), b: d.number(1, 5)}], {a: 1, b: 2}),
               ([{b: 1}, {b: 1}], {b: 1})],
        slips=[("needed.get(name, 0) + amount", "amount", "Only the last of the $plans counts for a name"),
               ("left > 0", "left >= 0", "What there is exactly enough of is listed with 0"),
               ("left > 0", "left != 0", "What there is more than enough of is listed with a negative amount")],
        words=["missing | buy | still | need", "amount"],
    )  # fmt: skip
