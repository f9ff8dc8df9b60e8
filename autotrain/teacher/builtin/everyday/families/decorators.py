"""Families of decorators and wrapped functions: counting, remembering, retrying."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=4)
def counted(d: Draw) -> Problem:
    """A decorator that counts the calls of a function."""
    d.names(attr="calls count times_called uses", f="function func wrapped")
    d.let(a=d.number(2, 9), b=d.number(11, 40))
    return d.problem(
        name="counted count_calls with_counter",
        params="$f",
        ways=[
            """
            from functools import wraps


            def $name($f):
                @wraps($f)
                def wrapper(*args, **kwargs):
                    wrapper.$attr += 1
                    return $f(*args, **kwargs)

                wrapper.$attr = 0
                return wrapper
            """,
            """
            import functools


            def $name($f):
                @functools.wraps($f)
                def inner(*args, **kwargs):
                    inner.$attr = inner.$attr + 1
                    result = $f(*args, **kwargs)
                    return result

                inner.$attr = 0
                return inner
            """,
        ],
        summary="Decorate a function so that its attribute `$attr` tells how often it was called.",
        asks=[
            "Write it as a decorator: the decorated function does what it did before, and its attribute `$attr` says how "
            "often it was called so far.",
            "I want to know how often a function is used. Decorated with this, the function works as before (all "
            "arguments and the result are passed on), and its attribute `$attr` counts the calls.",
        ],
        rules=["The counter begins with 0, and the function keeps its `__name__`."],
        calls=["f = $name(len); f.$attr", 'f = $name(len); f("abcd")', 'f = $name(len); f("a"); f("b"); f.$attr',
               "f = $name(max); f($a, $b)", "f = $name(sorted); f([$b, $a], reverse=True)", "$name(len).__name__",
               "f = $name(max); f(1, 2); g = $name(min); g.$attr", "f = $name(min); [f($a, 5) for _ in range(3)]; f.$attr"],
        slips=[("return $f(*args, **kwargs)", "$f(*args, **kwargs)", "The result of the function is lost"),
               ("wrapper.$attr = 0", "wrapper.$attr = 1", "The counter begins with 1"),
               ("    @wraps($f)\n", "", "The function loses its name")],
        words=["call | how often | count"],
    )  # fmt: skip


@family(level=4)
def retry(d: Draw) -> Problem:
    """A function called again while it fails."""
    error = d.pick("ValueError OSError TimeoutError ConnectionError".split())
    d.let(error=error)
    d.names(f="action task request job", n="attempts tries limit")
    job = f'def job():\n    if left:\n        left.pop()\n        raise {error}\n    return "done"\n'
    return d.problem(
        name="retry call_with_retries try_again",
        params="$f, $n: int",
        ways=[
            """
            for attempt in range($n):
                try:
                    return $f()
                except $error:
                    if attempt == $n - 1:
                        raise
            """,
            """
            while True:
                try:
                    return $f()
                except $error:
                    $n -= 1
                    if $n <= 0:
                        raise
            """,
        ],
        summary="Call `$f()` up to `$n` times until it does not raise $error, and return its result.",
        asks=[
            "Call `$f()` and return its result. If it raises $error, try again, up to `$n` calls in all.",
            "Our server is not always there. Call `$f()` again when it raises $error, but at most `$n` times in all, and "
            "return what it gives.",
        ],
        rules=["If the last attempt fails too, its $error is raised; other exceptions are not caught.", "`$n` is at least 1."],
        raises=error,
        calls=[f"left = {[1] * fails}\n{job}$name(job, {tries})" for fails, tries in
               ((0, 3), (1, 2), (2, 2), (1, 1), (3, 4), (2, 1), (4, d.number(2, 6)))] +
              [f"left = {[1] * 5}\n{job}try:\n    $name(job, {tries})\nexcept {error}:\n    pass\nlen(left)"
               for tries in (2, 3, 5)],
        slips=[("if attempt == $n - 1:\n                raise", "pass", "After the last attempt the exception is swallowed")],
        words=["again | retry | up to | times"],
    )  # fmt: skip
