"""Conditions on integers, strings and characters. Some add a parameter to the program."""

from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.pieces import Cond
from autotrain.teacher.builtin.grammar.words import MIXED, WORDS


def cond(d: Draw, of: str, params: bool = True) -> Cond:
    """A random condition on a value of type `of` ("int", "str" or "char"), sometimes a compound one."""
    make = {"int": int_cond, "char": char_cond}.get(of, str_cond)
    first = make(d, params)
    if d.chance(0.72) or first.loose:
        return first
    second = make(d, False)
    if second.loose or second.code == first.code or second.name == first.name:
        return first
    word = d.pick("and and or")
    if "$" not in first.code and not splits(f"{first.code} {word} {second.code}", of):
        return first
    return Cond(
        f"{first.code} {word} {second.code}", f"{first.are} {word} {second.are}", f"{first.name}_{word}_{second.name}"
    )


_POOLS: dict[str, tuple[object, ...]] = {
    "int": tuple(range(-9, 21)),
    "str": MIXED + WORDS[:24],
    "char": tuple("aeinorstbcdxyzAEINRST0123 .,-!_"),
}


def holds(code: str, of: str) -> list[bool]:
    """Where a condition over `@x` holds, over a pool of ordinary values of its type."""
    return [bool(value) for value in map(eval(f"lambda x: {code}".replace("@x", "x")), _POOLS[of])]


def splits(code: str, of: str) -> bool:
    """Whether a condition is neither nearly always nor nearly never true."""
    true = holds(code, of)
    return 3 <= sum(true) <= len(true) - 3


def int_cond(d: Draw, params: bool = True) -> Cond:
    """A random condition on an integer; with `params` it may add a parameter to the program."""
    if params and d.chance(0.18) and "limit" not in d.params:
        return _bound_cond(d, d.param("limit", "bound"))
    k, low = d.number(2, 9), d.number(-3, 6)
    high, r = low + d.number(3, 9), d.number(1, k - 1)
    a, b, c = sorted(d.some(range(0, 12), 3))
    return d.pick([
        Cond("@x % 2 == 0", "are even", "even", "even"),
        Cond("@x % 2 == 1", "are odd", "odd", "odd"),
        Cond("@x > 0", "are positive", "positive", "positive"),
        Cond("@x < 0", "are negative", "negative", "negative"),
        Cond("@x >= 0", "are not negative", "non_negative", "non-negative"),
        Cond("@x != 0", "are not zero", "nonzero", "non-zero"),
        Cond(f"@x % {k} == 0", f"are {d.pick(['divisible by', 'multiples of'])} {k}", "divisible"),
        Cond(f"@x % {k} != 0", f"are not divisible by {k}", "indivisible"),
        Cond(f"@x % {k} == {r}", f"leave remainder {r} when divided by {k}", "remainder"),
        Cond(f"@x > {k}", f"{d.pick(['are greater than', 'are above', 'exceed'])} {k}", "large"),
        Cond(f"@x < {k}", f"are {d.pick(['less than', 'smaller than', 'below'])} {k}", "small"),
        Cond(f"@x >= {k}", d.pick([f"are at least {k}", f"are {k} or more"]), "at_least"),
        Cond(f"@x <= {k}", d.pick([f"are at most {k}", f"are {k} or less"]), "at_most"),
        Cond(f"{low} <= @x <= {high}", f"are between {low} and {high} (both included)", "in_range"),
        Cond(f"{low} < @x < {high}", f"are greater than {low} but less than {high}", "inside"),
        Cond(f"@x < {low} or @x > {high}", f"are below {low} or above {high}", "outside"),
        Cond(f"abs(@x) > {k}", f"have an absolute value above {k}", "far"),
        Cond(f"abs(@x) <= {k}", f"have an absolute value of at most {k}", "near"),
        Cond(f"@x in ({a}, {b}, {c})", f"are equal to {a}, {b} or {c}", "listed"),
        Cond(f"@x not in ({a}, {b})", f"are neither {a} nor {b}", "unlisted"),
        Cond(f"@x * @x > {k * 4}", f"have a square greater than {k * 4}", "big_square"),
    ])  # fmt: skip


def _bound_cond(d: Draw, limit: str) -> Cond:
    return d.pick([
        Cond(f"@x > {limit}", f"are greater than {limit}", "above"),
        Cond(f"@x < {limit}", f"are less than {limit}", "below"),
        Cond(f"@x >= {limit}", f"are at least {limit}", "at_least"),
        Cond(f"@x <= {limit}", f"are at most {limit}", "at_most"),
        Cond(f"@x != {limit}", f"are not equal to {limit}", "other"),
    ])  # fmt: skip


def str_cond(d: Draw, params: bool = True) -> Cond:
    """A random condition on a string."""
    if params and d.chance(0.18) and "mark" not in d.params and "limit" not in d.params:
        return _given_cond(d)
    k = d.number(3, 6)
    a, b = d.some("aeinorst", 2)
    return d.pick([
        Cond(f"len(@x) > {k}", f"{d.pick(['have more than', 'are longer than'])} {k} characters", "long"),
        Cond(f"len(@x) < {k}", f"{d.pick(['have fewer than', 'are shorter than'])} {k} characters", "short"),
        Cond(f"len(@x) == {k}", f"have exactly {k} characters", "sized"),
        Cond(f"len(@x) >= {k}", f"have at least {k} characters", "longer"),
        Cond(f"len(@x) != {k}", f"do not have exactly {k} characters", "unsized"),
        Cond("len(@x) % 2 == 0", "have an even number of characters", "even_length"),
        Cond("len(@x) % 2 == 1", "have an odd number of characters", "odd_length"),
        Cond(f'@x.startswith("{a}")', f'start with "{a}"', "starting"),
        Cond(f'@x.endswith("{a}")', f'end with "{a}"', "ending"),
        Cond(f'not @x.endswith("{a}")', f'do not end with "{a}"', "not_ending"),
        Cond(f'not @x.startswith("{a}")', f'do not start with "{a}"', "not_starting"),
        Cond(f'"{a}" in @x', f'contain "{a}"', "containing"),
        Cond(f'"{a}" not in @x', f'do not contain "{a}"', "lacking"),
        Cond(f'@x.count("{a}") > 1', f'contain "{a}" more than once', "repeating"),
        Cond(f'"{a}" in @x and "{b}" in @x', f'contain both "{a}" and "{b}"', "both"),
        Cond(f'@x.startswith(("{a}", "{b}"))', f'start with "{a}" or "{b}"', "opening"),
        Cond(f'@x.endswith(("{a}", "{b}"))', f'end with "{a}" or "{b}"', "closing"),
        Cond(f'"{a}" in @x.lower()', f'contain the letter "{a}" in either case', "with_letter"),
        Cond("@x == @x.lower()", "contain no upper-case letter", "lower"),
        Cond("@x[:1] == @x[-1:]", "start and end with the same character", "closed"),
        Cond("@x.isalpha()", "consist of letters only", "alphabetic"),
        Cond("len(set(@x)) == len(@x)", "contain no character twice", "isogram"),
    ])  # fmt: skip


def _given_cond(d: Draw) -> Cond:
    if d.chance(0.5):
        mark = d.param("mark", "letter")
        return d.pick([
            Cond(f"@x.startswith({mark})", f"start with {mark}", "starting"),
            Cond(f"@x.endswith({mark})", f"end with {mark}", "ending"),
            Cond(f"{mark} in @x", f"contain {mark}", "containing"),
            Cond(f"{mark} not in @x", f"do not contain {mark}", "lacking"),
        ])  # fmt: skip
    limit = d.param("limit", "small")
    return d.pick([
        Cond(f"len(@x) > {limit}", f"have more than {limit} characters", "long"),
        Cond(f"len(@x) <= {limit}", f"have at most {limit} characters", "short"),
        Cond(f"len(@x) == {limit}", f"have exactly {limit} characters", "sized"),
    ])  # fmt: skip


def char_cond(d: Draw, params: bool = True) -> Cond:
    """A random condition on a single character."""
    if params and d.chance(0.2) and "mark" not in d.params:
        if d.chance(0.5):
            mark = d.param("mark", "letter")
            return Cond(f"@x != {mark}", f"are different from {mark}", "other")
        marks = d.param("mark", "letters")
        return d.pick([
            Cond(f"@x in {marks}", f"are contained in {marks}", "allowed"),
            Cond(f"@x not in {marks}", f"are not contained in {marks}", "not_banned"),
        ])  # fmt: skip
    letters = "".join(sorted(d.some("aeionrst", 3)))
    after = d.char("cdefmnp")
    return d.pick([
        Cond("@x.isdigit()", "are digits", "digits"),
        Cond("@x.isalpha()", "are letters", "letters"),
        Cond("@x.isupper()", "are upper-case letters", "capitals"),
        Cond("@x.islower()", "are lower-case letters", "lower"),
        Cond("not @x.isdigit()", "are not digits", "nondigits"),
        Cond("not @x.isspace()", "are not white space", "visible"),
        Cond("@x.isalnum()", "are letters or digits", "alnum"),
        Cond("not @x.isalnum()", "are neither letters nor digits", "symbols"),
        Cond("not @x.isalpha()", "are not letters", "nonletters"),
        Cond(f'@x in "{letters}"', f'are one of the characters of "{letters}"', "listed"),
        Cond(f'@x not in "{letters}"', f'are not among the characters of "{letters}"', "unlisted"),
        Cond(f'@x.lower() in "{letters}"', f'are one of the letters of "{letters}" in either case', "either"),
        Cond(f'"a" <= @x <= "{after}"', f'are between "a" and "{after}" (both included)', "early"),
        Cond(f'@x > "{after}"', f'come after "{after}" in character order', "after"),
    ])  # fmt: skip
