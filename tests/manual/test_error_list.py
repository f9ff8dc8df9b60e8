"""docs/troubleshooting.md lists every message: none that is raised is missing, each has a cause and a cure."""

import ast
import re

import pytest

from autotrain import errors
from autotrain.config.settings import PROJECT_ROOT
from autotrain.manual import error_groups, error_list
from autotrain.manual.error_list import CODES, Message, group_of, messages

PASSED_ON = {"autotrain/menu/app.py": "the menu's own lines, which say how a run stands"}
PAGE = (PROJECT_ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")


def test_every_line_that_raises_an_error_of_ours_is_in_the_list() -> None:
    """Counted a second way, by plain text: what the list cannot read must not go unnoticed."""
    listed = {message.path for message in messages()}
    pattern = re.compile(r"\braise (" + "|".join(CODES) + r")\(")
    raising = {
        str(path.relative_to(PROJECT_ROOT))
        for folder in ("autotrain", "scripts", ".local/ml/scripts")
        for path in (PROJECT_ROOT / folder).rglob("*.py")
        if pattern.search(path.read_text(encoding="utf-8")) and "/runs/" not in str(path)
    }
    assert len(raising) > 40
    assert raising - listed == set(PASSED_ON)
    assert "where the newest run stands" in PAGE


def test_the_page_has_every_message_with_its_exit_code() -> None:
    for message in messages():
        assert f"{error_list._cell(message.text)} | {message.code} |" in PAGE, message


def test_the_page_has_nothing_that_the_program_cannot_say() -> None:
    known = {f"| {error_list._cell(message.text)} | {message.code} |" for message in messages()}
    rows = re.findall(r"^\| `.*\| \d+ \|$", PAGE.split("## Every message")[1], re.M)
    assert len(rows) > 120 and set(rows) <= known


def test_every_group_is_used_and_says_why_and_what_to_do() -> None:
    used = {group_of(message).title for message in messages()}
    assert used == {group.title for group in error_groups.GROUPS}
    assert all(len(group.cause) > 20 and len(group.cure) > 20 for group in error_groups.GROUPS)
    assert len(used) == len(error_groups.GROUPS)


def test_a_message_from_a_new_place_is_an_error_that_says_where_to_put_it() -> None:
    with pytest.raises(KeyError, match="error_groups.py has no place for messages of elsewhere/new.py"):
        group_of(Message("x is wrong.", 2, "elsewhere/new.py"))


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('UsageError("plain")', ["plain"]),
        (
            'DataError(f"{path}, line {number}: {row[0]!r} in {len(rows)}.")',
            ["<path>, line <number>: <row> in <rows>."],
        ),
        ('UsageError("one" if x else f"two {y}")', ["one", "two <y>"]),
        ('DataError("a " + "b")', ["a b"]),
    ],
)
def test_a_message_is_read_with_names_in_place_of_values(source: str, texts: list[str]) -> None:
    call = ast.parse(source).body[0].value  # type: ignore[attr-defined]
    assert error_list._texts(call.args[0]) == texts


def test_every_error_class_is_looked_for() -> None:
    assert {kind.__name__ for kind in errors.AutotrainError.__subclasses__()} <= CODES.keys()
