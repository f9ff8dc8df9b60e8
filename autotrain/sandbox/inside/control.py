"""Which of the candidate's exceptions would mean something to the tests' own control flow.

A StopIteration ends `map`, `zip` and `all` around a call; SystemExit, KeyboardInterrupt and
GeneratorExit end what catches no BaseException; an AssertionError looks like the tests' own.
From the candidate each of them is an error like any other, unless the tests name it.
"""

_SENDS = ("send", "throw")


def becomes_runtime_error(kind: type[BaseException], operation: str, name: str, mentioned: set[str]) -> bool:
    """Whether an exception of this class, raised while doing that, must not reach the tests as it is.

    `mentioned` are the words of the tests: who names an exception expects it.
    """
    if issubclass(kind, StopIteration):
        if operation == "operate" and name == "next":
            return False
        return not (operation == "method" and name in _SENDS and "StopIteration" in mentioned)
    if issubclass(kind, GeneratorExit):
        return True  # means the end of a generator to that generator alone
    if issubclass(kind, Exception) and not issubclass(kind, (StopAsyncIteration, AssertionError)):
        return False
    own = {ancestor.__name__ for ancestor in kind.__mro__} - {"object", "Exception"}
    return not own & mentioned
