"""Families of context managers: entering, leaving, putting things back."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=4)
def temporary(d: Draw) -> Problem:
    """A setting that holds within a with block only."""
    d.names(c="settings config options state", k="key name field")
    a, b = d.some("color debug lang theme level speed".split(), 2)
    d.let(a=a, b=b, n=d.number(2, 9), m=d.number(11, 60))
    return d.problem(
        name="temporary override temporarily changed",
        params="$c: dict, $k: str, value",
        ways=[
            """
            from contextlib import contextmanager


            @contextmanager
            def $name($c, $k, value):
                before = dict($c)
                $c[$k] = value
                try:
                    yield $c
                finally:
                    $c.clear()
                    $c.update(before)
            """,
            """
            class $name:
                def __init__(self, $c, $k, value):
                    self.$c = $c
                    self.$k = $k
                    self.value = value

                def __enter__(self):
                    self.before = self.$c.copy()
                    self.$c[self.$k] = self.value
                    return self.$c

                def __exit__(self, *error):
                    self.$c.clear()
                    self.$c.update(self.before)
            """,
        ],
        summary="Set one entry of the dict `$c` within a with block.",
        asks=[
            "Write a context manager: within the with block `$c[$k]` is `value`; afterwards the dict is as it was before.",
            "For a test I want to change one entry of the dict `$c` for a while: inside `with` the key `$k` has the new "
            "`value`, and after the block everything in the dict is as it was, even if a new key was added.",
        ],
        rules=["The block gets the dict itself (`with ... as`), and what it was is put back after an exception too."],
        raises="KeyError",
        calls=['s = {"$a": 1}\nwith $name(s, "$a", $n):\n    seen = dict(s)\nseen',
               's = {"$a": 1}\nwith $name(s, "$a", $n):\n    pass\ns',
               's = {"$a": $m}\nwith $name(s, "$b", $n) as inner:\n    seen = dict(inner)\nseen',
               's = {"$a": $m}\nwith $name(s, "$b", $n):\n    pass\ns',
               's = {"$b": 5}\ntry:\n    with $name(s, "$b", $n):\n        raise ValueError\nexcept ValueError:\n    pass\ns',
               's = {}\nwith $name(s, "$a", 1) as inner:\n    same = inner is s\nsame'],
        slips=[("before = dict($c)", "before = $c", "It remembers the dict itself and not a copy, so nothing is put back"),
               ("yield $c", "yield before", "The block gets the old entries")],
    )  # fmt: skip
