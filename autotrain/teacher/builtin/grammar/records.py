"""Records: the topics that families of records are about, their rows, and conditions on one row."""

from typing import Any, NamedTuple

from autotrain.teacher.builtin.grammar.arguments import Kind
from autotrain.teacher.builtin.grammar.conds import int_cond, str_cond
from autotrain.teacher.builtin.grammar.draw import Draw, show
from autotrain.teacher.builtin.grammar.words import FRUIT, PEOPLE


class Topic(NamedTuple):
    """One kind of record: plural noun, the field that names it, its category field, its number fields."""

    noun: str
    name: str
    names: tuple[str, ...]
    category: str
    categories: tuple[str, ...]
    numbers: tuple[str, ...]


_TOPICS = (
    Topic("books", "title", ("Dune", "Emma", "Ulysses", "Ivanhoe", "Nana"), "shelf", ("A", "B", "C"), ("pages",
    "year")),
    Topic("trips", "city", ("Rome", "Oslo", "Lima", "Kyoto", "Bern"), "mode", ("train", "bus", "boat"), ("days", "km")),
    Topic("plants", "name", ("fern", "ivy", "moss", "rose", "palm"), "place", ("yard", "hall", "roof"), ("height",
    "age")),
    Topic("songs", "title", ("Blue", "Home", "Tide", "Echo", "Rust"), "genre", ("jazz", "folk", "rock"), ("seconds",
    "plays")),
    Topic("animals", "name", ("Rex", "Tom", "Bo", "Luna", "Max"), "species", ("dog", "cat", "owl"), ("weight", "age")),
    Topic("workers", "name", PEOPLE[:6], "team", ("red", "blue", "green"), ("hours", "level")),
    Topic("boxes", "label", ("x1", "x2", "y1", "y2", "z1"), "color", ("grey", "white", "black"), ("width", "weight")),
    Topic("games", "name", FRUIT[:5], "kind", ("board", "card", "video"), ("players", "minutes")),
    Topic("machines", "id", ("m1", "m2", "m3", "k4", "k5"), "hall", ("north", "south"), ("load", "errors")),
    Topic("recipes", "name", ("soup", "stew", "pie", "cake", "salad"), "course", ("main", "side", "sweet"),
          ("minutes", "servings")),
)  # fmt: skip


def make_rows(d: Draw, topic: Topic, position: int, few: bool = False) -> list[dict[str, Any]]:
    """Random records: none, one, or a few."""
    fields = topic.numbers[:1] if few else topic.numbers
    count = position if position < 2 else d.number(2, 3)
    return [
        {topic.name: d.pick(topic.names), topic.category: d.pick(topic.categories),
         **{field: d.number(0, 12) for field in fields}}
        for _ in range(count)
    ]  # fmt: skip


def records_of(d: Draw) -> tuple[Topic, str, Any]:
    """A topic, the parameter that holds its records, and inputs for it."""
    topic = d.pick(_TOPICS)
    fields = [topic.name, topic.category, topic.numbers[0]]
    noun = f"a list of dictionaries with the keys {', '.join(show(field) for field in fields)}"
    rows = d.param("rows", Kind("list[dict]", f"{topic.noun} rows records entries items", noun, lambda rng, _: []))
    return topic, rows, lambda position: (make_rows(d, topic, position, few=True),)


def row_cond(d: Draw, topic: Topic) -> tuple[str, str]:
    """A condition on a record `$row`: code and wording ("whose …")."""
    number, name = topic.numbers[0], topic.name
    kind = d.pick("number number category name")
    if kind == "number":
        one = int_cond(d, params=False)
        return one.tight(f'$row["{number}"]'), f'whose "{number}" {one.singular}'
    if kind == "category":
        value = d.pick(topic.categories)
        if d.chance(0.3):
            return f'$row["{topic.category}"] != "{value}"', f'whose "{topic.category}" is not "{value}"'
        return f'$row["{topic.category}"] == "{value}"', f'whose "{topic.category}" is "{value}"'
    one = str_cond(d, params=False)
    return one.tight(f'$row["{name}"]'), f'whose "{name}" {one.singular}'
