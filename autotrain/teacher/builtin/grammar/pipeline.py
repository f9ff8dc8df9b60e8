"""Pipelines: a source, some filters and maps, and a fold, in code and in words.

`pipeline(d, source)` draws the stages, realises them (as one comprehension, as named
steps, or as a loop), words the task (as one noun phrase or as a list of steps) and gives
the other realisation as `other`, which refactoring tasks start from.
"""

import re
from typing import Any, NamedTuple

from autotrain.teacher.builtin.grammar.conds import cond
from autotrain.teacher.builtin.grammar.draw import Draw, Unfit
from autotrain.teacher.builtin.grammar.folds import Fold, int_fold, str_fold
from autotrain.teacher.builtin.grammar.maps import step_map
from autotrain.teacher.builtin.grammar.pieces import Cond, Map, opposite, put, unwrap
from autotrain.teacher.builtin.grammar.program import Program, build


class Source(NamedTuple):
    """What flows: loop headers, the value's code and type, and its noun ("numbers", " in `xs`")."""

    loops: tuple[str, ...]
    value: str
    of: str
    noun: str
    where: str
    extra: tuple[Cond, ...] = ()  # conditions on something beside the value, worded for the noun
    setup: str = ""
    inputs: Any = None
    force: bool = False  # the first stage must be one of `extra`
    rules: tuple[str, ...] = ()


class Stage(NamedTuple):
    """One stage: a filter (`keep`) or a map (`apply`)."""

    keep: Cond | None = None
    apply: Map | None = None


def draw_stages(d: Draw, source: Source) -> tuple[list[Stage], str]:
    """One to four stages, and the type that leaves the last one."""
    shape = d.pick(["f", "f", "m", "fm", "fm", "fm", "mf", "mf", "ff", "fmf", "mm", "fmm", "mfm", "ffm"])
    if source.force and not shape.startswith("f"):
        shape = f"f{shape}"
    stages: list[Stage] = []
    of = source.of
    used: set[str] = set()
    for letter in shape:
        for _ in range(5):
            before = dict(d.params)
            if letter == "f":
                piece: Cond | Map = cond(d, of)
                if not stages and source.extra and (source.force or d.chance(0.5)):
                    d.params = before
                    piece = d.pick(list(source.extra))
            else:
                piece = step_map(d, of)
            if piece.name not in used:
                break
            d.params = before
        else:
            continue
        used.add(piece.name)
        if isinstance(piece, Cond):
            stages.append(Stage(keep=piece))
        else:
            stages.append(Stage(apply=piece))
            of = piece.gives
    return stages, of


def pipeline(d: Draw, source: Source, *, returns: str = "", difficulty: str = "") -> Program:
    """A program that sends the source through random stages into a random fold."""
    stages, of = draw_stages(d, source)
    if not stages:
        raise Unfit("no stages")
    fold = int_fold(d) if of == "int" else str_fold(d, single=of == "char")
    maps = sum(1 for stage in stages if stage.apply)
    texts = _wording(d, source, stages, fold)
    loop = _loop(d, source, stages, fold)
    folded = _comprehension(source, stages, fold)
    staged = _staged(d, source, stages, fold) if len(stages) > 1 and d.chance(0.35) else ""
    clean = staged or folded or loop
    if clean is folded and folded and d.chance(0.2):
        clean = loop
    other = loop if clean is not loop else ""
    setup = f"{source.setup}\n" if source.setup else ""
    names = [name.replace("$", "") for name in _names(d, stages, fold, source)]
    level = difficulty or ("easy" if len(stages) < 2 else "medium" if len(stages) < 4 and maps < 3 else "hard")
    return build(
        d,
        names=names,
        returns=returns or fold.returns,
        body=setup + clean,
        other=setup + other if other else "",
        difficulty=level,
        inputs=source.inputs,
        **texts,
    )


def _names(d: Draw, stages: list[Stage], fold: Fold, source: Source) -> list[str]:
    noun = source.noun.split()[-1]
    words = [piece.name for stage in stages if (piece := stage.keep or stage.apply)]
    generic = d.pick("process compute collect summarize evaluate handle reduce transform digest select derive run")
    return [
        "_".join([fold.name, *words[:2]]),
        "_".join([fold.name, "of", *words[:1], noun]),
        "_".join([*words[:2], fold.name]),
        f"{generic}_{noun}",
        f"{generic}_{d.pick('values data items input batch entries')}",
        f"{fold.name}_{d.pick('of_selection for_report in_data after_filter of_matches')}",
    ]


# -- words ----------------------------------------------------------------------------------
def _wording(d: Draw, source: Source, stages: list[Stage], fold: Fold) -> dict[str, Any]:
    rules = [*source.rules, *([fold.empty] if fold.empty else [])]
    phrase = _noun_phrase(stages, source)
    if phrase and d.chance(0.55):
        return {"result": fold.result.replace("@them", phrase), "rules": rules}
    return {"steps": _step_sentences(d, source, stages, fold), "rules": rules}


def _noun_phrase(stages: list[Stage], source: Source) -> str:
    """ "the squares of the even numbers in `xs`", or "" where that would be hard to read."""
    keeps, maps = [], []
    for stage in stages:
        if stage.keep:
            if maps:
                return ""
            keeps.append(stage.keep)
        elif stage.apply:
            maps.append(stage.apply)
    if len(maps) > 1 or sum(keep.loose for keep in keeps) > 1:
        return ""
    adjectives = [keep.adjective for keep in keeps if keep.adjective][:1]
    clauses = [keep.are for keep in keeps if not keep.adjective or keep.adjective not in adjectives]
    article = "those" if maps and clauses else "the"
    phrase = " ".join([article, *adjectives, source.noun]) + source.where
    if clauses:
        phrase += f" {' and '.join(map(relative, clauses))}"
    for piece in maps:
        phrase = f"the {piece.of.replace('@them', phrase)}"
    return phrase


def relative(are: str) -> str:
    """ "that are even"; "whose key is …" for "have a key that is …"."""
    owned = re.match(r"have a (key|value|name|number) that (.*)", are)
    return f"whose {owned.group(1)} {owned.group(2)}" if owned else f"that {are}"


def _step_sentences(d: Draw, source: Source, stages: list[Stage], fold: Fold) -> list[str]:
    noun, steps = source.noun, []
    first = f"the {noun}{source.where}"
    for number, stage in enumerate(stages):
        if stage.keep:
            things = first if number == 0 else d.pick(["the results", "those"]) if stages[number - 1].apply else "those"
            if number and stages[number - 1].apply:
                things = "the results"
            if d.chance(0.85) or stage.keep.loose or "neither" in stage.keep.are or "have a" in stage.keep.are:
                steps.append(f"{d.pick(['keep', 'take', 'select'])} only {things} {relative(stage.keep.are)}")
            else:
                steps.append(f"{d.pick(['drop', 'ignore', 'leave out', 'skip'])} {things} that {stage.keep.negated}")
        elif stage.apply:
            each = f"each of {first}" if number == 0 else d.pick(["each of them", "each remaining one", "each one"])
            if number and stages[number - 1].apply:
                each = d.pick(["each result", "each of the results"])
            steps.append(stage.apply.do.replace("@each", each))
    steps.append(fold.do)
    return [f"{step[0].upper()}{step[1:]}" for step in steps]


# -- code -----------------------------------------------------------------------------------
_NAME = re.compile(r"^\$\w+$")


def _parts(stages: list[Stage], value: str) -> tuple[list[str], str] | None:
    """All conditions and the final value over the one loop variable, or None where a filter needs a mapped value."""
    checks, mapped = [], False
    for stage in stages:
        if stage.keep:
            if mapped:
                return None
            code = stage.keep.tight(value)
            checks.append(code)
        elif stage.apply:
            mapped = True
            if stage.apply.code.count("@x") > 1 and not _NAME.match(value):
                return None
            value = put(stage.apply.code, value)
    return checks, value


def _comprehension(source: Source, stages: list[Stage], fold: Fold) -> str:
    parts = _parts(stages, source.value)
    if parts is None or value_too_deep(parts[1]):
        return ""
    checks, value = parts
    loop = " ".join(source.loops)
    if checks:
        loop += f" if {unwrap(checks[0]) if len(checks) == 1 else ' and '.join(checks)}"
    gen = f"{value} {loop}"
    if fold.name == "count" and checks:
        return f"return sum(1 {loop})"
    if not fold.expr:
        return ""
    line = "return " + (
        fold.expr.replace("@gen", gen)
        .replace("@seq_iter", f"({gen})")
        .replace("@seq", f"({gen})" if "," in fold.expr else gen)
        .replace("@v_expr", value)
        .replace("@loop", loop)
    )
    return line if len(line) < 110 else ""


def value_too_deep(code: str) -> bool:
    """Whether an expression nests so deep that named steps read better."""
    return code.count("(") > 3 or len(code) > 44


def _loop(d: Draw, source: Source, stages: list[Stage], fold: Fold) -> str:
    guard_style = d.chance(0.3)
    lines, depth = [*fold.start.split("\n")] if fold.start else [], 0
    for header in source.loops:
        lines.append("    " * depth + f"{header}:")
        depth += 1
    value, fresh = source.value, 0
    pending: list[str] = []

    def flush() -> None:
        nonlocal depth
        if not pending:
            return
        joined = " and ".join(pending)
        if len(pending) == 1:
            joined = unwrap(joined)
        if guard_style and len(pending) == 1:
            lines.append("    " * depth + f"if {opposite(joined)}:")
            lines.append("    " * depth + "    continue")
        else:
            lines.append("    " * depth + f"if {joined}:")
            depth += 1
        pending.clear()

    if not _NAME.match(value) and len(stages) > 1:
        lines.append("    " * depth + f"$value = {value}")
        value = "$value"
    for number, stage in enumerate(stages):
        if stage.keep:
            code = stage.keep.tight(value)
            pending.append(code)
        elif stage.apply:
            flush()
            code = put(stage.apply.code, value)
            later = number < len(stages) - 1
            twice = fold.update.count("@v") + fold.guard.count("@v") > 1 or "* @v" in fold.update
            twice = twice or 'f"' in fold.update
            if later or (twice and not code.isidentifier()):
                fresh += 1
                name = ["$number", "$made", "$current", "$other"][fresh % 4]
                lines.append("    " * depth + f"{name} = {code}")
                value = name
            else:
                value = code
    flush()
    if fold.guard:
        lines.append("    " * depth + f"if {fold.guard.replace('@v', value)}:")
        depth += 1
    lines += ["    " * depth + line.replace("@v", value) for line in fold.update.split("\n")]
    lines.append(fold.finish)
    return "\n".join(lines)


def _staged(d: Draw, source: Source, stages: list[Stage], fold: Fold) -> str:
    """Each stage as a list of its own, with a name."""
    lines: list[str] = []
    loops, value = " ".join(source.loops), source.value
    for stage in stages:
        name = ["$kept", "$made", "$parts", "$rest"][len(lines) % 4]
        if stage.keep:
            lines.append(f"{name} = [{value} {loops} if {stage.keep.on(value)}]")
        elif stage.apply:
            lines.append(f"{name} = [{put(stage.apply.code, value)} {loops}]")
        loops, value = f"for $item in {name}", "$item"
    last = lines[-1].split(" = ")[0]
    if fold.name == "count":
        return "\n".join([*lines, f"return len({last})"])
    if not fold.expr or any(len(line) > 90 for line in lines):
        return ""
    final = fold.expr.replace("@gen", last).replace("@seq_iter", f"iter({last})").replace("@seq", last)
    for old, new in ((f"[{last}][::-1]", f"{last}[::-1]"), (f"[{last}]", last), (f"{{{last}}}", f"set({last})")):
        final = final.replace(old, new)
    final = final.replace("@v_expr", "$item").replace("@loop", f"for $item in {last}")
    return "\n".join([*lines, f"return {final}"])
