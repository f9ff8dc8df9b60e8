"""Families of loops with state: totals that stop, reset or are limited, searches, walks, counters."""

from autotrain.teacher.builtin.grammar.conds import cond, int_cond
from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.pieces import put
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.rules import plain_map, spoken
from autotrain.teacher.builtin.registry import family


@family(weight=3)
def total_until(d: Draw) -> Program:
    """Add up numbers until a condition stops it."""
    xs = d.param("xs", d.pick(["ints", "counts"]))
    one = int_cond(d, params=False)
    bar = d.param("bound", "natural") if d.chance(0.5) else str(d.number(10, 30))
    stop, said = d.pick([
        (f"if {one.on('$item')}:\n        break\n    $total += $item",
         f"stop before the first one that {one.singular}"),
        (f"$total += $item\n    if {one.on('$item')}:\n        break", f"stop right after the first one that "
         f"{one.singular}"),
        (f"if $total + $item > {bar}:\n        break\n    $total += $item",
         f"stop before the total would exceed {bar}"),
        (f"$total += $item\n    if $total > {bar}:\n        break", f"stop as soon as the total exceeds {bar}"),
        (f"if $total + $item > {bar}:\n        continue\n    $total += $item",
         f"skip every number with which the total would exceed {bar}"),
        (f"if {one.on('$item')}:\n        continue\n    $total += $item\n    if $total >= {bar}:\n        return {bar}",
         f"skip numbers if one {one.singular}, and return {bar} at once when the total reaches {bar} or more"),
    ])  # fmt: skip
    if bar not in stop and bar.startswith("$"):
        d.params.pop("bound")
    said = said.replace("skip numbers if one", "skip each number that")
    return build(
        d,
        names=["sum_until", "total_until", "collect_until", "limited_sum", "add_up", "partial_sum"],
        returns="int",
        body=f"$total = 0\nfor $item in {xs}:\n    {stop}\nreturn $total",
        result=f"the sum of the numbers in {xs}, added one by one from the start",
        rules=[said[0].upper() + said[1:]],
    )


@family(weight=3)
def count_until(d: Draw) -> Program:
    """Count or locate how far a running total gets."""
    xs = d.param("xs", "counts")
    bar = d.param("bound", "natural") if d.chance(0.6) else str(d.number(10, 40))
    give, miss, said = d.pick([
        ("$index", "-1", f"the position (from 0) of the number in {xs} with which the running total first exceeds "
                         f"{bar}"),
        ("$index + 1", "None", f"how many numbers from the start of {xs} it takes for their sum to exceed {bar}"),
        ("$total", "0", f"the first running total of {xs} that exceeds {bar}"),
        ("$item", "None", f"the number in {xs} with which the running total first exceeds {bar}"),
    ])  # fmt: skip
    comparison, word = d.pick([(">", "exceeds"), (">=", "reaches or exceeds")])
    said = said.replace("exceeds", word).replace(
        "to exceed", "to exceed" if word == "exceeds" else "to reach or exceed"
    )
    return build(
        d,
        names=["steps_to_exceed", "first_over", "reach_limit", "when_over", "break_point"],
        returns="int | None" if miss == "None" else "int",
        body=f"""
        $total = 0
        for $index, $item in enumerate({xs}):
            $total += $item
            if $total {comparison} {bar}:
                return {give}
        return {miss}
        """
        if "$index" in give
        else f"""
        $total = 0
        for $item in {xs}:
            $total += $item
            if $total {comparison} {bar}:
                return {give}
        return {miss}
        """,
        result=said,
        rules=[f"If that never happens, return {miss}."],
        difficulty="medium",
    )


@family(weight=3)
def first_match(d: Draw) -> Program:
    """The first or last element that fulfils a condition, or something derived from it."""
    of = d.pick(["int", "int", "str"])
    xs = d.param("xs", "ints" if of == "int" else "words")
    one, noun = cond(d, of), "number" if of == "int" else "string"
    change = plain_map(d, of)
    miss = d.pick(["None", "-1", "0"] if of == "int" else ["None", '""', '"none"'])
    last = d.chance(0.35)
    walk = f"for $item in reversed({xs})" if last else f"for $item in {xs}"
    hint = ("int" if of == "int" else "str") + (" | None" if miss == "None" else "")
    style = d.pick(["plain", "changed", "position"])
    which = "last" if last else "first"
    if style == "position":
        miss = d.pick(["-1", "None", f"len({xs})"])
        hint = "int | None" if miss == "None" else "int"
        said = f"the position (from 0) of the {which} {noun} in {xs} that {one.singular}"
        if last:
            body = f"""
            for $index in range(len({xs}) - 1, -1, -1):
                if {one.on(f"{xs}[$index]")}:
                    return $index
            return {miss}
            """
        else:
            body = f"""
            for $index, $item in enumerate({xs}):
                if {one.on("$item")}:
                    return $index
            return {miss}
            """
        fallback = f"the length of {xs}" if "len" in miss else miss
    else:
        value = "$item" if style == "plain" else put(change.code, "$item")
        said = f"the {which} {noun} in {xs} that {one.singular}"
        if style == "changed":
            said = f"what you get when you take the {which} {noun} in {xs} that {one.singular} and {spoken(change)}"
        body = f"{walk}:\n    if {one.on('$item')}:\n        return {value}\nreturn {miss}"
        fallback = miss
    return build(
        d,
        names=["first_matching", "find_one", "search", "pick_match", f"{which}_match", "find_element"],
        returns=hint,
        body=body,
        result=said,
        rules=[f"If there is none, return {fallback}."],
    )


@family(weight=3)
def stop_marker(d: Draw) -> Program:
    """Process elements up to a stop marker, skipping some."""
    of = d.pick(["int", "str"])
    xs = d.param("xs", "ints" if of == "int" else "words")
    marker = str(d.number(0, 2)) if of == "int" else d.pick(['"stop"', '"end"', '""', '"quit"'])
    one = cond(d, of, params=False)
    noun = "numbers" if of == "int" else "strings"
    start, update, finish, said, hint = d.pick([
        ("$result = []", "$result.append($item)", "$result", f"a list of the {noun}", f"list[{of}]"),
        ("$count = 0", "$count += 1", "$count", f"how many {noun} there are", "int"),
        *([("$total = 0", "$total += $item", "$total", "the sum of the numbers", "int")] if of == "int" else
          [("$total = 0", "$total += len($item)", "$total", "the total length of the strings", "int")]),
    ])  # fmt: skip
    skip = d.chance(0.6)
    lines = [start, f"for $item in {xs}:", f"    if $item == {marker}:", "        break"]
    if skip:
        lines += [f"    if {one.on('$item')}:", "        continue"]
    lines += [f"    {update}", f"return {finish}"]
    tail = f", leaving out those that {one.are}" if skip else ""

    def inputs(position: int) -> tuple[list[object]]:
        pool: list[object] = list(d.params["xs"].kind.sample(d.rng, position if position < 2 else 9))
        if position > 1 and d.chance(0.75):
            pool.insert(d.number(0, len(pool)), int(marker) if of == "int" else marker.strip('"'))
        return (pool,)

    return build(
        d,
        names=["until_marker", "read_until", "take_before", "process_until_stop", "before_marker"],
        returns=hint,
        body="\n".join(lines),
        result=f"{said} in {xs} before the first {marker} (or all of them if {marker} does not occur){tail}",
        inputs=inputs,
    )


@family(weight=3)
def resetting_total(d: Draw) -> Program:
    """A running total that is reset, halved or limited by a rule; its final or largest value."""
    xs = d.param("xs", "ints")
    one = int_cond(d, params=False)
    k = d.number(5, 15)
    rule, said = d.pick([
        (f"if {one.on('$item')}:\n        $total = 0\n    else:\n        $total += $item",
         f"a number that {one.singular} sets the total back to 0, every other number is added"),
        ("$total += $item\n    if $total < 0:\n        $total = 0",
         "each number is added, and a total below 0 becomes 0 at once"),
        (f"$total = min($total + $item, {k})", f"each number is added, but the total never gets above {k}"),
        (f"$total = max(0, min($total + $item, {k * 2}))",
         f"each number is added, and after each one the total is kept between 0 and {k * 2}"),
        (f"$total += $item\n    if $total > {k}:\n        $total -= {k}",
         f"each number is added, and whenever the total is then above {k}, {k} is subtracted from it once"),
        (f"if {one.on('$item')}:\n        $total -= $item\n    else:\n        $total += $item",
         f"a number that {one.singular} is subtracted, every other number is added"),
        (f"if {one.on('$item')}:\n        $total *= 2\n    else:\n        $total += $item",
         f"a number that {one.singular} doubles the total, every other number is added"),
        (f"$total += $item\n    if {one.on('$total')}:\n        $total += 1",
         f"each number is added, and if the total then {one.singular}, it grows by 1"),
    ])  # fmt: skip
    # The largest value of a total that falls back to 0 is a well-known task of its own.
    give = d.pick(["final", "final", "trace"] if "= 0" in rule or "max(0" in rule else ["final", "largest", "trace"])
    start = d.pick([0, 0, 10])
    if give == "final":
        body = f"$total = {start}\nfor $item in {xs}:\n    {rule}\nreturn $total"
        text, hint = "the final total", "int"
    elif give == "largest":
        body = f"$total = {start}\n$best = {start}\nfor $item in {xs}:\n    {rule}\n"
        body += "    $best = max($best, $total)\nreturn $best"
        text, hint = f"the largest value that the total ever has (the start value {start} included)", "int"
    else:
        body = f"$total = {start}\n$result = []\nfor $item in {xs}:\n    {rule}\n"
        body += "    $result.append($total)\nreturn $result"
        text, hint = "the list of the totals after each number", "list[int]"
    return build(
        d,
        names=["run_total", "track_level", "simulate_total", "fold_level", "level_after", "running_value"],
        returns=hint,
        body=body,
        result=text,
        rules=[f"The total starts at {start}. For the numbers in {xs}, in order: {said}."],
        difficulty="medium",
    )
