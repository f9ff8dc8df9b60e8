'''The curriculum: everyday programming tasks, drawn from families, checked by running, in eight kinds.

A family is one decorated function of a `Draw` that returns a `Problem`; its module is its topic
(families/money.py holds the topic money), found without any list. One draw is one concrete task.
From a problem the makers write an algorithm, a completion, a fix, a refactoring, a review, tests, a
documentation and an explanation; expected values come from running the first way, tests are chosen
so that they kill its mutants and take its branches.

    from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family
    from autotrain.teacher.builtin.everyday import pools

    @family(level=1)
    def low_stock(d: Draw) -> Problem:
        """The articles of which too few are left."""
        d.scene(
            dict(thing="article", stock="stock", goods=pools.PRODUCTS),
            dict(thing="ingredient", stock="pantry", goods=pools.FOODS),
        )
        d.names(limit="limit minimum at_least")
        goods = d["goods"]

        def shelf(size: int) -> dict[str, int]:
            return {thing: d.number(0, 9) for thing in d.some(goods, size)}

        return d.problem(
            name="low_$stock running_low to_reorder",
            params="$stock: dict[str, int], $limit: int",
            returns="list[str]",
            ways=[
                "return [$thing for $thing, count in $stock.items() if count < $limit]",
                """
                result = []
                for $thing, count in $stock.items():
                    if count < $limit:
                        result.append($thing)
                return result
                """,
            ],
            summary="List the ${thing}s of which fewer than the limit are left.",
            gives="the list of the ${thing}s in `$stock` of which there are fewer than `$limit`",
            asks=[
                "List every $thing with a count below `$limit`, in the order of the dict `$stock`.",
                "`$stock` maps each $thing to how many are left. Which ones are running low, "
                "with fewer than `$limit`? Return their names as a list.",
            ],
            rules=["Keep the order of the dict."],
            settings=["We check the $stock every Monday."],
            calls=[
                ({}, 3),
                ({goods[0]: 3, goods[1]: 2}, 3),  # one exactly at the limit
                ({goods[2]: 0}, 1),
                (shelf(4), d.number(3, 6)),
                (shelf(5), d.number(2, 7)),
                (shelf(3), 9),
            ],
            slips=[("< $limit", "<= $limit", "What stands exactly at the limit is listed too")],
            words=["few | below | less | low | under", "limit | minimum"],
        )

How to write one (20 to 35 lines):

* **Levels** (`level=`): 0 one operator, builtin, method or format; 1 one comprehension or condition; 2 a loop, a
  dictionary, a string built up; 3 seven to twenty lines with several rules; 4 standard library, exceptions,
  generators, decorators, several functions, classes with behaviour.
* **Slots**: `d.let(rate=19)` binds a value, `d.names(net="net price")` one of several words (no word twice), `d.scene(
  dict(...), dict(...))` one of several sets that belong together. `$slot` and `${slot}s` fill in all texts, code and
  call scripts; `$name` is the name that was drawn; `$$` is a dollar sign, "a/an $thing" picks
  the article. `d["slot"]` reads one in Python.
* **Values**: d.pick, d.some(options, k), d.many(options, low, high), d.number(low, high), d.numbers(...), d.person(),
  d.people(k), d.date(), d.clock(), d.sentence(); pools.* has words of domains. Random only through `d`.
* **Ways**: two or three bodies that do exactly the same; idiomatic, double quotes, lines up to 100; the first is the
  reference. Import lines at the top of a body move to the head of the module. For classes or several functions write
  the whole source ("class $name: ..."); then `params` are those of the signature that the text shows.
* **Texts**: `gives` completes "returns ...", ("whether ..." for a truth value); `asks` (at least two, better three,
  one of them chatty) are whole sentences without the function's name; parameters stand in backticks. With the frames
  they must come to six phrasings. Whatever the tests check and a reader cannot guess stands in *every* one of `gives`,
  `asks` and `summary`, or once in `rules`, which are part of every phrasing: rounding, order, ties, upper and lower
  case, empty input, constants, what is returned for "not found", exceptions. Say it as people say it; a condition
  only where the task is about one; no arbitrary predicates.
* **Variety**: names, nouns, constants, and small variants that make sense (first or last, most or least): at least five
  different problems in thirty draws, better twenty.
* **Calls**: eight or more inputs: edge cases first (empty, one, ties, exactly at a boundary), then drawn ones. A tuple
  is the arguments; a string is a script whose last statement is the expression to compare
  ("cart = $name(); cart.add(3); cart.total()"). Results are builtin values; floats with at most four decimals. For
  functions that change an argument use a script: "items = [3, 1]; $name(items); items". `raises="ValueError"` names the
  exceptions that an input may be answered with (say so in `rules`). No files, no clock, no random.
* **Slips**: one to three mistakes that people make here, as (old, new, what is wrong) edits of the first way.
* `clumsy`: a roundabout body or two that does the same (for refactorings). `given`: code that the task changes or
  extends; the asks then say what to change, and the given code must fail the tests.

Check it, and read what comes out:

    python -m autotrain.teacher.builtin.everyday check money
    python -m autotrain.teacher.builtin.everyday show money --draws 10
'''

from autotrain.teacher.builtin.everyday.stream import is_exam, tasks, variant

__all__ = ["is_exam", "tasks", "variant"]
