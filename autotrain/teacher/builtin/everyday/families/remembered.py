"""Families of caches: values that are kept so that they need not be worked out again."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=1)
def get_or_make(d: Draw) -> Problem:
    """A value from a dict, or worked out and put there."""
    d.scene(
        dict(c="cache", f="compute", k="key"),
        dict(c="known", f="look_up", k="word"),
        dict(c="prices", f="ask", k="product"),
        dict(c="sizes", f="measure", k="name"),
        dict(c="seen", f="load", k="page"),
    )
    w = d.some(pools.WORDS, 3)
    d.let(a=w[0], b=w[1], e=w[2])
    return d.problem(
        name="cached get_cached get_or_$f",
        params="$c: dict, $k: str, $f",
        returns="object",
        ways=[
            "if $k not in $c:\n    $c[$k] = $f($k)\nreturn $c[$k]",
            "if $k in $c:\n    return $c[$k]\nvalue = $f($k)\n$c[$k] = value\nreturn value",
            "try:\n    return $c[$k]\nexcept KeyError:\n    $c[$k] = $f($k)\n    return $c[$k]",
        ],
        summary="Return a value from a dict; what is missing is worked out by the given function and kept there.",
        gives="the value of `$k` in the dict `$c`; what is missing is first worked out with `$f($k)` and kept in the dict",
        asks=[
            "Return the value of `$k` in the dict `$c`. If it is not there, call `$f($k)`, keep the result in `$c` and return it.",
            "The function `$f` is slow, so the dict `$c` keeps what it has returned. Get the value for `$k`, and call `$f($k)` only if it is not in `$c` yet; then keep it.",
        ],
        calls=[
            'c = {}; $name(c, "$a", len)',
            'c = {}; $name(c, "$a", len); c',
            'c = {"$a": 0}; $name(c, "$a", len)',
            'c = {"$a": 99}; $name(c, "$a", len); c',
            'c = {"$b": 1}; $name(c, "$a", str.upper); c',
            'c = {}; $name(c, "$a", len); $name(c, "$a", str.upper)',
            'c = {"$e": ""}; $name(c, "$e", str.upper)',
            'asked = []; c = {}; $name(c, "$b", asked.append); $name(c, "$b", asked.append); asked',
            'c = {}; $name(c, "$b", str.title); $name(c, "$e", str.title); c',
        ],
        slips=[
            ("if $k not in $c:", "if not $c.get($k):", "A kept value of 0 is worked out again"),
            ("$c[$k] = $f($k)\n", "return $f($k)\n", "Nothing is kept"),
        ],
    )


@family(level=4)
def counting_memo(d: Draw) -> Problem:
    """A decorator that keeps results, or counts calls."""
    kind = d.pick(["keeps", "counts", "last", "list"])
    d.names(f="function func")
    attr = {"keeps": "cache", "counts": "calls", "last": "last", "list": "results"}[kind]
    attr = d.pick(
        {"cache": "cache known", "calls": "calls count", "last": "last latest", "results": "results history"}[attr]
    )
    d.let(attr=attr)
    n, m = d.number(3, 9), d.number(10, 19)
    d.let(n=n, m=m)
    if kind == "keeps":
        body = ["if args not in wrapper.$attr:", "    wrapper.$attr[args] = $f(*args)", "return wrapper.$attr[args]"]
        other = [
            "if args in wrapper.$attr:",
            "    return wrapper.$attr[args]",
            "value = wrapper.$attr[args] = $f(*args)",
            "return value",
        ]
        start, said = (
            "{}",
            "keeps the result for all arguments and does not call it a second time for the same ones; the dict `$attr` of the new function maps the tuple of arguments to the result",
        )
        calls = [
            "g = $name(abs); g(-$n)",
            "g = $name(abs); g(-$n); g.$attr",
            "g = $name(abs); g(-$n); g(-$n); g(2); g.$attr",
            "asked = []; g = $name(asked.append); g($n); g($n); asked",
            "asked = []; g = $name(asked.append); g($n); g($m); asked",
            "$name(max).$attr",
            "g = $name(max); g($n, $m)",
            "g = $name(max); g($n, $m); g($m, $n); g.$attr",
            "g = $name(pow); g(2, $n); g(2, $n)",
        ]
        slips = [("wrapper.$attr[args] = $f(*args)", "return $f(*args)", "Nothing is kept, so it is called every time")]
        fn = "remember memoize keep_results"
    elif kind == "counts":
        body = ["wrapper.$attr += 1", "return $f(*args)"]
        other = ["wrapper.$attr = wrapper.$attr + 1", "value = $f(*args)", "return value"]
        start, said = (
            "0",
            "works the same and counts its calls in the attribute `$attr` of the new function, which begins at 0",
        )
        calls = [
            "g = $name(abs); g(-$n)",
            "$name(abs).$attr",
            "g = $name(abs); g(1); g.$attr",
            "g = $name(max); g($n, $m); g(2, 1); g.$attr",
            "g = $name(max); g($n, $m)",
            "g = $name(len); [g('ab'), g('c'), g('')]",
            "g = $name(len); [g(w) for w in ['a'] * $n]; g.$attr",
            "g = $name(abs); h = $name(len); g(1); h.$attr",
        ]
        slips = [
            ("wrapper.$attr += 1", "wrapper.$attr = 1", "It never gets beyond 1"),
            ("return $f(*args)", "$f(*args)", "The result is lost"),
        ]
        fn = "count_calls counted with_count"
    elif kind == "last":
        body = ["wrapper.$attr = $f(*args)", "return wrapper.$attr"]
        other = ["value = $f(*args)", "wrapper.$attr = value", "return value"]
        start, said = (
            "None",
            "works the same and keeps its latest result in the attribute `$attr` of the new function, which begins as None",
        )
        calls = [
            "g = $name(abs); g(-$n)",
            "$name(abs).$attr",
            "g = $name(abs); g(-$n); g.$attr",
            "g = $name(max); g($n, $m); g(2, 1); g.$attr",
            "g = $name(max); g($n, $m)",
            "g = $name(len); g('abc'); g(''); g.$attr",
            "g = $name(str); g($m); g.$attr",
            "g = $name(abs); h = $name(len); g(1); h.$attr",
        ]
        slips = [("wrapper.$attr = $f(*args)", "wrapper.$attr = args", "It keeps the arguments and not the result")]
        fn = "keep_last with_last remember_last"
    else:
        body = ["value = $f(*args)", "wrapper.$attr.append(value)", "return value"]
        other = ["wrapper.$attr += [$f(*args)]", "return wrapper.$attr[-1]"]
        start, said = "[]", "works the same and appends every result to the list `$attr` of the new function"
        calls = [
            "g = $name(abs); g(-$n)",
            "$name(abs).$attr",
            "g = $name(abs); g(-$n); g.$attr",
            "g = $name(max); g($n, $m); g(2, 1); g.$attr",
            "g = $name(max); g($n, $m)",
            "g = $name(len); g('abc'); g(''); g.$attr",
            "g = $name(str); g($m); g($m); g.$attr",
            "g = $name(abs); h = $name(len); g(1); h.$attr",
        ]
        slips = [
            ("wrapper.$attr.append(value)", "wrapper.$attr = [value]", "Only the latest result is kept"),
            ("return value", "return wrapper.$attr", "The whole list is returned"),
        ]
        fn = "keep_all record recorded"

    def source(lines: list[str]) -> str:
        inner = "\n".join(f"        {line}" for line in lines)
        return f"from functools import wraps\n\n\ndef $name($f):\n    @wraps($f)\n    def wrapper(*args):\n{inner}\n\n    wrapper.$attr = {start}\n    return wrapper"

    d.let(said=said)
    return d.problem(
        name=fn,
        params="$f",
        ways=[source(body), source(other)],
        summary="Decorate a function so that it $said.",
        gives="a decorated form of `$f` that $said",
        asks=[
            "Write it as a decorator: the decorated function $said.",
            "As a decorator for slow functions or for tests: it takes `$f`, any function with positional arguments, and returns one that $said.",
        ],
        calls=calls,
        slips=slips,
    )


@family(level=4)
def small_cache(d: Draw) -> Problem:
    """A class that keeps the latest few entries."""
    d.scene(
        dict(cls="Cache SmallCache", put="put", get="get", what="entries"),
        dict(cls="Recent RecentFiles", put="add", get="find", what="files"),
        dict(cls="Memory ShortMemory", put="store", get="recall", what="facts"),
    )
    used = d.chance(0.5)
    d.let(missing=d.pick(["None", "-1"]), size=d.pick("size limit capacity"))
    w = d.some(pools.WORDS, 3)
    d.let(a=w[0], b=w[1], e=w[2])
    first = """
    from collections import OrderedDict


    class $name:
        def __init__(self, $size):
            self.$size = $size
            self._kept = OrderedDict()

        def $put(self, key, value):
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > self.$size:
                self._kept.popitem(last=False)

        def $get(self, key):
            if key not in self._kept:
                return $missing
            self._kept.move_to_end(key)
            return self._kept[key]
    """
    if not used:
        first = first.replace("            self._kept.move_to_end(key)\n            return", "            return")
    get_lines = [
        "        if key in self.kept:",
        "            value = self.kept.pop(key)" if used else "            value = self.kept[key]",
    ]
    if used:
        get_lines.append("            self.kept[key] = value")
    get_lines += ["            return value", "        return $missing"]
    second = (
        "class $name:\n    def __init__(self, $size: int) -> None:\n        self.$size = $size\n        self.kept = {}\n\n"
        "    def $put(self, key, value) -> None:\n        self.kept.pop(key, None)\n        self.kept[key] = value\n"
        "        if len(self.kept) > self.$size:\n            oldest = next(iter(self.kept))\n            del self.kept[oldest]\n\n"
        "    def $get(self, key):\n" + "\n".join(get_lines)
    )
    d.let(
        rule="Putting or getting an entry counts as using it."
        if used
        else "Putting an entry again makes it the newest one; getting it does not."
    )
    d.let(oldest="that was not used for the longest time" if used else "that was put first")
    return d.problem(
        name=d["cls"],
        params="$size: int",
        ways=[first, second],
        summary="Keep at most a given number of $what.",
        asks=[
            "It keeps at most `$size` $what. `$put(key, value)` puts one in, `$get(key)` returns its value, or $missing if it is not there. If there are too many, the one $oldest is thrown out.",
            "I need a cache for `$size` $what: `$put(key, value)` keeps a value, `$get(key)` gives it back or returns $missing. As soon as there is one too many, drop the one $oldest.",
        ],
        rules=["$rule"],
        calls=[
            '$name(2).$get("$a")',
            'c = $name(2); c.$put("$a", 1); c.$get("$a")',
            'c = $name(1); c.$put("$a", 1); c.$put("$b", 2); c.$get("$a")',
            'c = $name(1); c.$put("$a", 1); c.$put("$b", 2); c.$get("$b")',
            'c = $name(2); c.$put("$a", 1); c.$put("$b", 2); c.$get("$a"); c.$put("$e", 3); [c.$get("$a"), c.$get("$b"), c.$get("$e")]',
            'c = $name(2); c.$put("$a", 1); c.$put("$a", 5); c.$get("$a")',
            'c = $name(2); c.$put("$a", 1); c.$put("$b", 2); c.$put("$a", 3); c.$put("$e", 4); [c.$get("$a"), c.$get("$b")]',
            'c = $name(3); c.$put("$a", 1); c.$put("$b", 2); c.$put("$e", 4); [c.$get("$a"), c.$get("$b")]',
        ],
        slips=[
            ("> self.$size", ">= self.$size", "One too few is kept"),
            ("popitem(last=False)", "popitem()", "The newest one is thrown out"),
        ],
    )
