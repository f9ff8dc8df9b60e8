"""Maps between integers, strings and characters. Some add a parameter to the program."""

from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.pieces import Map


def step_map(d: Draw, of: str, params: bool = True) -> Map:
    """A random map from a value of type `of` to anything; mostly it keeps the type."""
    if of == "int":
        return int_map(d, params) if d.chance(0.88) else int_to_str(d)
    if of == "char":
        return char_map(d)
    return str_map(d) if d.chance(0.6) else str_to_int(d)


def int_map(d: Draw, params: bool = True) -> Map:
    """A random map from an integer to an integer."""
    if params and d.chance(0.15) and "factor" not in d.params:
        factor = d.param("factor", "small")
        return d.pick([
            Map(f"@x * {factor}", f"multiply @each by {factor}", "scaled"),
            Map(f"@x + {factor}", f"add {factor} to @each", "shifted"),
            Map(f"@x - {factor}", f"subtract {factor} from @each", "lowered"),
            Map(f"@x % {factor}", f"replace @each by its remainder when divided by {factor}", "remainders",
                f"remainders left when each of @them is divided by {factor}"),
        ])  # fmt: skip
    k, m = d.number(2, 9), d.number(2, 5)
    return d.pick([
        Map("@x * @x", "square @each", "squares", "squares of @them"),
        Map("@x**2", "square @each", "squares", "squares of @them"),
        Map("@x**3", "cube @each", "cubes", "cubes of @them"),
        Map("@x * 2", "double @each", "doubles", "doubles of @them"),
        Map(f"@x * {m}", f"multiply @each by {m}", "multiples"),
        Map("-@x", "negate @each", "negated", "negated values of @them"),
        Map("abs(@x)", "take the absolute value of @each", "magnitudes", "absolute values of @them"),
        Map(f"@x + {k}", f"add {k} to @each", "raised"),
        Map(f"@x - {k}", f"subtract {k} from @each", "lowered"),
        Map(f"@x // {m}", f"divide @each by {m}, rounding down", "quotients"),
        Map(f"@x % {k}", f"replace @each by its remainder when divided by {k}", "remainders",
            f"remainders left when each of @them is divided by {k}"),
        Map(f"min(@x, {k})", f"cap @each at {k} (larger values become {k})", "capped"),
        Map(f"max(@x, {m})", f"raise @each to at least {m} (smaller values become {m})", "floored"),
        Map(f"abs(@x - {k})", f"replace @each by its distance from {k}", "distances", f"distances of @them from {k}"),
        Map(f"{k * 2} - @x", f"subtract @each from {k * 2}", "complements"),
        Map(f"@x * @x + {m}", f"square @each and add {m}", "raised_squares"),
        Map(f"{m} * @x - {k}", f"multiply @each by {m} and subtract {k}", "scores"),
        Map(f"(@x + {k}) * {m}", f"add {k} to @each and multiply the sum by {m}", "scaled_sums"),
        Map(f"@x // {m} + {k}", f"divide @each by {m}, rounding down, and add {k}", "shares"),
        Map("@x * (@x + 1) // 2", "replace @each value n by n * (n + 1) // 2", "triangular"),
        Map(f"max(0, @x - {k})", f"subtract {k} from @each, but never go below 0", "reduced"),
        Map(f"@x if @x > {m} else 0", f"replace @each by 0 unless it is greater than {m}", "kept_or_zero"),
    ])  # fmt: skip


def str_map(d: Draw) -> Map:
    """A random map from a string to a string."""
    k = d.number(2, 4)
    a, new, mark = d.char("aeiost"), d.char("*_-x"), d.char("!?.;")
    return d.pick([
        Map("@x.upper()", "convert @each to upper case", "upper", "upper-case forms of @them", "str"),
        Map("@x.lower()", "convert @each to lower case", "lower", "lower-case forms of @them", "str"),
        Map("@x[::-1]", "reverse @each", "reversed", "reversed forms of @them", "str"),
        Map(f"@x[:{k}]", f"cut @each to its first {k} characters", "prefix", gives="str"),
        Map(f"@x[-{k}:]", f"keep only the last {k} characters of @each", "suffix", gives="str"),
        Map("@x[:1]", "take the first character of @each", "initials", "first characters of @them", "str"),
        Map("@x[-1:]", "take the last character of @each", "endings", "last characters of @them", "str"),
        Map("@x[1:]", "drop the first character of @each", "tails", gives="str"),
        Map("@x[:-1]", "drop the last character of @each", "heads", gives="str"),
        Map("@x[::2]", "keep every second character of @each, beginning with the first", "sparse", gives="str"),
        Map(f'@x.replace("{a}", "{new}")', f'replace every "{a}" in @each by "{new}"', "replaced", gives="str"),
        Map(f'@x.replace("{a}", "")', f'remove every "{a}" from @each', "cleaned", gives="str"),
        Map(f'@x + "{mark}"', f'append "{mark}" to @each', "marked", gives="str"),
        Map(f'"{new}" + @x', f'put "{new}" in front of @each', "prefixed", gives="str"),
        Map("@x * 2", "write @each twice in a row", "doubled", gives="str"),
        Map("@x.swapcase()", "swap upper and lower case in @each", "swapped", gives="str"),
        Map("@x[:1] + @x[-1:]", "join the first and the last character of @each", "ends", gives="str"),
    ])  # fmt: skip


def str_to_int(d: Draw) -> Map:
    """A random map from a string to an integer."""
    a = d.char("aeiost")
    return d.pick([
        Map("len(@x)", "take the length of @each", "lengths", "lengths of @them"),
        Map("len(@x)", "take the length of @each", "lengths", "lengths of @them"),
        Map(f'@x.count("{a}")', f'count the "{a}" in @each', "letter_counts"),
        Map(f'@x.find("{a}")', f'find the position of the first "{a}" in @each (-1 if there is none)', "positions"),
        Map("len(@x) ** 2", "take the square of the length of @each", "squared_lengths", "squared lengths of @them"),
        Map("len(set(@x))", "count the different characters of @each", "variety"),
        Map(f"len(@x) - {len(a) + 1}", f"take the length of @each minus {len(a) + 1}", "extra_lengths"),
    ])  # fmt: skip


def int_to_str(d: Draw) -> Map:
    """A random map from an integer to a string."""
    mark = d.pick(["#", "n", "x", "no. "])
    return d.pick([
        Map("str(@x)", "convert @each to a string", "strings", "decimal strings of @them", "str"),
        Map(f'f"{mark}{{@x}}"', f'turn @each into a string with "{mark}" in front', "marked", gives="str"),
        Map('f"<{@x}>"', "turn @each into a string in angle brackets", "bracketed", gives="str"),
        Map('str(@x) + "%"', 'turn @each into a string and append "%"', "percentages", gives="str"),
    ])  # fmt: skip


def char_map(d: Draw) -> Map:
    """A random map from one character to a string."""
    mark = d.char("-_*.+")
    return d.pick([
        Map("@x.upper()", "convert @each to upper case", "upper", "upper-case forms of @them", "char"),
        Map("@x.lower()", "convert @each to lower case", "lower", "lower-case forms of @them", "char"),
        Map("@x.swapcase()", "swap the case of @each", "swapped", gives="char"),
        Map("@x * 2", "write @each twice", "doubled", gives="char"),
        Map(f'@x + "{mark}"', f'append "{mark}" to @each', "marked", gives="char"),
        Map(f'"{mark}" + @x', f'put "{mark}" in front of @each', "led", gives="char"),
    ])  # fmt: skip
