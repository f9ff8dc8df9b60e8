"""Families of logs: lines with a level, counts, first errors."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


def _lines(d: Draw, count: int) -> list[str]:
    return [f"{d.pick(pools.LEVELS)} {d.sentence(2, 3)}" for _ in range(count)]


@family(level=1)
def lines_of_level(d: Draw) -> Problem:
    """The messages of one level, or all others."""
    level = d.pick(pools.LEVELS)
    d.let(level=level)
    d.names(lines="lines log entries log_lines")
    w = d.sentence(2, 3)
    return d.problem(
        name="$fn".replace("$fn", d.pick([f"only_{level.lower()}", f"{level.lower()}_lines", f"filter_{level.lower()}"])),
        params="$lines: list[str]",
        returns="list[str]",
        ways=[
            'return [line for line in $lines if line.startswith("$level ")]',
            'return [line for line in $lines if line.split(" ")[0] == "$level" and " " in line]',
            'result = []\nfor line in $lines:\n    if line.startswith("$level "):\n        result.append(line)\nreturn result',
        ],
        summary='Keep the log lines that begin with "$level" and a blank.',
        gives='the list of those of `$lines` that begin with "$level" and a blank',
        asks=[
            'Log lines look like "$level disk is nearly full". Keep the ones that begin with "$level" and a blank.',
            'I only want to see the $level lines of the log: those that start with "$level", followed by a blank.',
        ],
        settings=["The log is long and nobody reads all of it."],
        calls=[([],), ([f"{level} {w}"],), ([f"DONE {level} {w}"],), (_lines(d, 4),), (_lines(d, 5),),
               ([f"{level}: {w}", f"{level} {w}"],), ([f"{level} a", f"{level}S b", f"x {level} c", f"{level} d"],)],
        slips=[('line.startswith("$level ")', '"$level " in line', "Lines that hold the word in the middle are kept too"),
               ('"$level "', '"$level"', "Lines whose first word is only longer are kept too")],
        words=["begin | start | level", "lines | keep"],
    )  # fmt: skip


@family(level=2)
def count_levels(d: Draw) -> Problem:
    """How many lines each level has."""
    d.names(lines="lines log entries")
    d.let(place=d.pick(["first", "last"]))
    first = d["place"] == "first"
    d.let(at=0 if first else -1)

    def line() -> str:
        words = d.sentence(1, 2)
        return f"{d.pick(pools.LEVELS)} {words}" if first else f"{words} {d.pick(pools.LEVELS)}"

    return d.problem(
        name="count_levels levels_in level_counts",
        params="$lines: list[str]",
        returns="dict[str, int]",
        ways=[
            """
            counts = {}
            for line in $lines:
                level = line.split()[$at]
                counts[level] = counts.get(level, 0) + 1
            return counts
            """,
            """
            from collections import Counter

            return dict(Counter(line.split()[$at] for line in $lines))
            """,
        ],
        summary="Count how often each level stands in a log; the level is the $place word of a line.",
        gives="a dict from each level to its number of lines in `$lines`; the level is the $place word of a line",
        asks=[
            "The $place word of every line is its level. Count the lines of each level and return a dict.",
            "How noisy is the log? For each level, which is the $place word of a line, count its lines in `$lines` and "
            "return the counts as a dict.",
        ],
        calls=[([],), ([line()],), ([line() for _ in range(3)],), ([line() for _ in range(5)],),
               (["ERROR a ERROR", "INFO b INFO", "ERROR c ERROR"],), ([line()] * 2,), ([line() for _ in range(4)],)],
        slips=[(".get(level, 0) + 1", ".get(level, 1)", "The count is not raised when a level comes again"),
               ("[$at]", "[0]" if not first else "[-1]", "It takes the word at the other end of the line")],
        clumsy="""
        counts = {}
        for line in $lines:
            level = line.split()[$at]
            if level in counts:
                counts[level] = counts[level] + 1
            else:
                counts[level] = 1
        return counts
        """,
        words=["count | how often | number", "level"],
    )  # fmt: skip


@family(level=4)
def parse_entry(d: Draw) -> Problem:
    """A log line taken apart with a regular expression."""
    d.names(line="line entry text")
    d.let(error=d.pick(["None", "ValueError"]))
    none = d["error"] == "None"
    d.let(bad="return None" if none else 'raise ValueError("not a log line")')
    d.let(said="returns None" if none else "raises ValueError")
    w, v = d.sentence(2, 3), d.sentence(1, 2)
    time = d.clock()
    return d.problem(
        name="parse_line parse_entry read_log_line split_entry",
        params="$line: str",
        returns="tuple[str, str, str] | None" if none else "tuple[str, str, str]",
        ways=[
            r"""
            import re

            match = re.fullmatch(r"(\d\d:\d\d) \[(\w+)\] (.+)", $line)
            if match is None:
                $bad
            return match.groups()
            """,
            r"""
            import re

            pattern = re.compile(r"(?P<time>\d{2}:\d{2}) \[(?P<level>\w+)\] (?P<text>.+)")
            match = pattern.fullmatch($line)
            if not match:
                $bad
            return match["time"], match["level"], match["text"]
            """,
        ],
        summary='Take a line like "09:40 [INFO] started" apart into time, level and message.',
        gives='the tuple of time, level and message of a line like "09:40 [INFO] started"',
        asks=[
            'Take `$line` apart, for example "09:40 [INFO] started" into ("09:40", "INFO", "started").',
            'Our logs have lines such as "09:40 [INFO] started": two digits, a colon, two digits, the level in square '
            "brackets, and the message, with single blanks between them. Return the three parts as a tuple.",
        ],
        rules=["For a line of any other form it $said."],
        raises="" if none else "ValueError",
        calls=[("09:40 [INFO] started",), ("",), (f"{time} [ERROR] {w}",), (f"{time} ERROR {w}",), (f"{time} [INFO] ",),
               (f"9:40 [INFO] {v}",), (f"{time} [{d.pick(pools.LEVELS)}] {v} [{w}]",), (f"x{time} [INFO] {w}",)],
        slips=[("fullmatch", "search", "A line that only contains an entry is taken too"),
               ("match.groups()", "match.group(0)", "The whole line comes back and not its parts")],
        words=["parts | apart | split | parse", "time | level | message"],
    )  # fmt: skip
