"""The taxonomy holds no impossible cell and no concept twice; libraries and seeds of the user's own."""

import json
import re
from collections import Counter
from dataclasses import replace

import pytest
from fake_openai import Faults, serving
from teacher_support import NO_CHECKS, run_core

from autotrain.config import precedence
from autotrain.errors import UsageError
from autotrain.sandbox import Job, Sandbox
from autotrain.tasks import samples
from autotrain.tasks.types import TYPES
from autotrain.teacher import briefs, taxonomy
from autotrain.teacher.plan import Plan
from autotrain.teacher.seeds import Copies, read_seeds

MINE = '''\
def overdue(loans, today, grace=3):
    """Loans that are late, the oldest first."""
    late = []
    for loan in loans:
        days = today - loan["due"]
        if days > grace and not loan["returned"]:
            late.append((days, loan["title"]))
    late.sort(reverse=True)
    return [title for _, title in late]
'''


def test_there_are_more_than_600_concepts_and_none_comes_twice():
    texts = [re.sub(r"\W+", " ", concept.text.lower()).strip() for concept in taxonomy.concepts()]
    words = Counter(frozenset(text.split()) - {"a", "an", "the", "of", "and", "in"} for text in texts)
    assert len(texts) > 600 and not [words for words, count in words.items() if count > 1]


def test_no_cell_is_impossible():
    for concept in taxonomy.concepts():
        assert concept.family and concept.settings and set(concept.settings) <= set(taxonomy.SETTINGS), concept
        assert concept.types and concept.types <= set(TYPES), concept
        assert concept.levels and concept.levels <= set(samples.DIFFICULTIES), concept


def test_the_taxonomy_reaches_every_type_level_and_setting():
    cells = taxonomy.concepts()
    assert all(sum(cell.fits(kind, level) for cell in cells) > 100 for kind in TYPES for level in samples.DIFFICULTIES)
    assert {setting for cell in cells for setting in cell.settings} == set(taxonomy.SETTINGS)


def test_a_plan_asks_only_for_cells_that_fit_and_for_each_concept_once():
    plan, known = Plan(seed=5, round_number=1), {cell.text: cell for cell in taxonomy.concepts()}
    drawn = [plan.blueprint(slot) for slot in range(len(known))]
    for one in drawn:
        cell = known[one.concept]
        assert cell.fits(one.task_type, one.difficulty) and one.setting in cell.settings, one
    assert {one.concept for one in drawn} == set(known)
    assert {one.concept for one in map(plan.blueprint, range(len(known), len(known) + 50))} <= set(known)


def test_types_and_levels_keep_their_shares_in_a_whole_cycle():
    plan, size = Plan(seed=5, round_number=1), len(taxonomy.concepts())
    drawn = [plan.blueprint(slot) for slot in range(size)]
    whole = sum(share for _, _, share in taxonomy.TYPES)
    kinds = Counter((one.task_type, one.response_format) for one in drawn)
    for kind, form, share in taxonomy.TYPES:
        assert abs(kinds[kind, form] / size - share / whole) < 0.02
    assert all(abs(count / size - 1 / 3) < 0.05 for count in Counter(one.difficulty for one in drawn).values())


def test_allowed_libraries_are_told_to_the_teacher_and_open_in_the_sandbox():
    settings = precedence.resolve({"teacher_libraries": "numpy, rich", "sandbox_packages": "rich"}).settings
    assert settings.libraries == ["numpy", "rich"] and settings.packages == ["rich", "numpy"]
    plain, plan = Plan(seed=1, round_number=1), Plan(seed=1, round_number=1, libraries=settings.libraries)
    prompt = briefs.task_messages(plan.blueprint(0))[1]["content"]
    assert "standard library: numpy, rich." in prompt and plan.name != plain.name
    assert "beside the standard library:" not in briefs.task_messages(plain.blueprint(0))[1]["content"]
    with Sandbox(packages=settings.packages) as sandbox:
        assert sandbox.check(
            Job("import numpy\ndef f(): return int(numpy.sum([1, 2]))\n", "assert f() == 3", "f")
        ).passed


def test_a_library_that_is_not_there_is_one_sentence():
    with pytest.raises(UsageError, match="TEACHER_LIBRARIES.*no-such-thing"), Sandbox(packages=["no-such-thing"]):
        pass


# Seeds


def test_seeds_are_functions_of_a_handy_size_without_secrets(tmp_path):
    key = "AKIA" + "Q3EGRIHSOVX4TNML"
    (tmp_path / "a.py").write_text(MINE + "\n\ndef tiny():\n    return 1\n")
    (tmp_path / "b.py").write_text(MINE.replace("overdue", "connect").replace("late = []", f'key = "{key}"'))
    (tmp_path / "c.py").write_text("def broken(:\n")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "d.py").write_text(MINE.replace("overdue", "hidden"))
    (tmp_path / "e.py").symlink_to(tmp_path / "a.py")
    assert read_seeds(str(tmp_path)) == [MINE.rstrip("\n")]
    assert read_seeds("") == []


@pytest.mark.parametrize("make", [False, True])
def test_a_folder_without_seeds_is_one_sentence(tmp_path, make):
    folder = tmp_path / "seeds"
    if make:
        folder.mkdir()
    with pytest.raises(UsageError, match="TEACHER_SEEDS"):
        read_seeds(str(folder))


def test_a_seed_suggests_a_task_and_is_part_of_the_plan():
    plan = Plan(seed=1, round_number=1, seeds=[MINE])
    prompt = briefs.task_messages(plan.blueprint(0))[1]["content"]
    assert MINE in prompt and "copy nothing" in prompt and "Concept:" not in prompt
    assert plan.name != Plan(seed=1, round_number=1).name


def test_what_is_copied_from_a_seed_is_found_under_other_names_and_the_rest_is_not():
    copied = Copies([MINE])
    renamed = MINE.replace("loan", "rental").replace("late", "slow").replace("overdue", "behind")
    other = (
        "def totals(sales):\n    sums = {}\n    for sale in sales:\n        sums.setdefault(sale.shop, 0)\n"
        "        sums[sale.shop] += sale.price * sale.count\n    return dict(sorted(sums.items()))\n"
    )
    row = {"instruction": "Do it.", "input": "", "entry_point": "f", "metadata": {"task_type": "refactoring"}}
    row["metadata"]["response_format"] = "code"
    assert str(copied.problem({**row, "output": f"```python\n{renamed}```"})).startswith("seed copy: ")
    assert copied.problem({**row, "output": f"```python\n{other}```"}) is None
    assert copied.problem({**row, "output": "", "input": renamed}) is not None
    assert copied.problem({**row, "output": ""}, renamed) is not None


def test_a_task_that_copies_a_seed_costs_no_second_call(tmp_path):
    copied = Copies([MINE])

    def script(prompt):
        return (
            None
            if "<code>" not in prompt
            else (
                '{"instruction": "Write `overdue(loans, today, grace)`, the late ones.", "entry_point": "overdue", '
                '"tests": ["assert overdue([], 1) == []", "assert overdue([], 2) == []", "assert not overdue([], 3)"], '
                f'"reference": {json.dumps(MINE)}, "code": {json.dumps(MINE)}, "faulty": [], '
                '"faulty_code": "", "call": "", "result": "", "says": ["late"], "inputs": []}'
            )
        )

    with serving(Faults()) as server:
        server.script = script
        plan = Plan(seed=1, round_number=1, seeds=[MINE])
        checks = replace(NO_CHECKS, copied=copied.problem)
        outcome = run_core(server.base_url, tmp_path, 4, most_asked=12, plan=plan, checks=checks)
    assert not outcome.accepted and "seed copy" in {row["reason"] for row in outcome.rejects}
    copies = {row["slot"] for row in outcome.rejects if row["reason"] == "seed copy"}
    asked = {row["slot"] for row in outcome.requests if row["kind"] == "sent" and row["step"] == "answer"}
    assert not copies & asked
