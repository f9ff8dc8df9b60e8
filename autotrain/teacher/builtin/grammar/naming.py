"""Function names that say what a function does, made from the words that say it."""

import re

_LEFT_OUT = frozenset(
    "a an the of in is are it its to that this these those and or for by with from on at as be if not no than then so "
    "which whose each every all any one ones them they there their otherwise true false return returns made new given "
    "what you get when where how whether following namely first other only also both same order right into counting "
    "counted itself does do has have more most least none case cases".split()
)
_SHORT: dict[str, str] = {
    "dictionary": "table", "characters": "chars", "positions": "positions", "difference": "diff",
    "largest": "largest", "alphabetically": "sorted", "remainder": "remainder",
}  # fmt: skip


def name_from(result: str) -> str:
    """ "sum_squares" for "the sum of the squares of `xs`"; "" where nothing telling is left."""
    text = re.sub(r"`[^`]*`|\"[^\"]*\"|\([^)]*\)", " ", result.split(";")[0].split(":")[0]).lower()
    lead = ""
    if text.startswith(("how many", "how often", "the number of")):
        lead = "count"
    elif text.startswith(("true if", "whether")):
        lead = "is"
    words = [str(_SHORT.get(word, word)) for word in re.findall(r"[a-z]{2,}", text)]
    words = [word for word in words if word not in _LEFT_OUT and word not in ("number", "many", "often")]
    unique = list(dict.fromkeys(words))[:3]
    if len(unique) < 2:
        return ""
    name = "_".join([*([lead] if lead else []), *unique])
    return name if len(name) <= 32 else "_".join(name.split("_")[:-1])
