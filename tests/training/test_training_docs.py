"""docs/training.md names, for each known trap of training, tests that are there."""

import re

from autotrain.config.settings import PROJECT_ROOT


def test_every_trap_names_tests_that_exist() -> None:
    text = (PROJECT_ROOT / "docs" / "training.md").read_text()
    table = text.split("| trap | held by |\n|---|---|\n")[1].split("\n\n")[0].splitlines()
    defined = set()
    for path in (PROJECT_ROOT / "tests").rglob("test_*.py"):
        defined |= set(re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE))
    assert len(table) == 11
    for row in table:
        named = re.findall(r"`(test_\w+)`", row.split(" | ")[1])
        assert named and set(named) <= defined, row
