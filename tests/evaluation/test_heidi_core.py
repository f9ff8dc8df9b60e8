"""heidi-core proves itself: every reference passes, and nothing passes that is wrong or does no work."""

import ast
import builtins
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from autotrain.errors import DataError
from autotrain.evaluation import heidi_core
from autotrain.evaluation.suites import load_suite
from autotrain.sandbox import Job, Limits, Sandbox
from autotrain.tasks import answers, demands, python, samples
from autotrain.tasks.grading import jobs_for, judge
from autotrain.tasks.kinds import code_of, is_weak
from autotrain.tasks.notation import HIGHEST_LEVEL, apply_edits, parse_tasks
from autotrain.tasks.written import build_row
from autotrain.teacher import library
from autotrain.teacher.non_answers import check

ROWS = heidi_core.build()
ALL = [*ROWS, *heidi_core.build(heidi_core.PLAIN)]
LEVELS = range(HIGHEST_LEVEL + 1)
HASTE = Limits(wall_s=1.0, cpu_s=1.0)  # for wrong answers: some never end


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(workers=2) as sandbox:
        yield sandbox


def grades(pairs, sandbox, limits=None):
    """The grades of (row, answer) pairs, many at a time."""
    jobs = [jobs_for(row, answer, limits) for row, answer in pairs]
    verdicts = sandbox.check_many(job for group in jobs for job in group)
    return [
        judge(row, answer, [next(verdicts) for _ in group]) for (row, answer), group in zip(pairs, jobs, strict=True)
    ]


def level(row):
    return row["metadata"]["level"]


def split(row):
    return row["metadata"]["split"]


def is_review(row):
    return row["tests"]["kind"] == "review"


def shown_code(row):
    """The code that a task gives, without the numbers of a review's lines."""
    code = answers.code_blocks(row["input"])[0]
    return re.sub(r"(?m)^\d+: ?", "", code) if is_review(row) else code


def test_every_reference_answer_passes_and_only_sound_reviews_are_weak(sandbox):
    graded = list(zip(ALL, grades([(row, row["output"]) for row in ALL], sandbox), strict=True))
    assert {row["id"]: grade.reason for row, grade in graded if not grade.passed} == {}
    weak = {row["id"] for row, grade in graded if grade.weak}
    assert weak == {row["id"] for row in ALL if is_weak(row)}
    assert weak == {row["id"] for row in ALL if is_review(row) and row["tests"]["line"] is None}


def test_every_wrong_answer_is_rejected(sandbox):
    pairs = [(row, wrong) for row in ALL for wrong in row["wrong"]]
    graded = zip(pairs, grades(pairs, sandbox, HASTE), strict=True)
    assert [(row["id"], wrong) for (row, wrong), grade in graded if grade.passed] == []


def test_no_task_is_passed_without_doing_it(sandbox):
    findings = check(ALL, sandbox)
    assert findings.tasks == len(ALL) and findings.answers > 10 * len(ALL)
    assert findings.passing == {}


def test_a_review_says_which_code_is_faulty_and_the_sandbox_agrees(sandbox):
    reviews = [task for task in heidi_core.tasks() if task.kind == "review"]
    jobs, expected = [], []
    for task in reviews:
        tests = build_row(replaced(task), teacher_model="x")["tests"]["code"]
        code = task.one("input")
        jobs.append(Job(code, tests))
        expected.append(not task.many("line"))
        if task.many("line"):
            jobs.append(Job(apply_edits(code, task.one("fix"), task.where), tests))
            expected.append(True)
    assert [verdict.passed for verdict in sandbox.check_many(jobs)] == expected


def replaced(task):
    """The algorithm task whose tests are those of a review."""
    text = f"== f dev\n-- algorithm 0 {task.name}\n:answer\n{task.one('input')}\n:tests\n{task.one('tests')}\n"
    return parse_tasks(text, "x.txt")[0]


@pytest.mark.parametrize("name", heidi_core.PARTS)
def test_the_hash_of_the_built_rows_is_the_pinned_one(name):
    assert load_suite(f"heidi-core:{name}").sha256 == heidi_core.PINNED[name], (
        "the tasks have changed: scores of before no longer compare; see heidi_core/__init__.py"
    )


def test_rows_have_the_schema_of_samples_and_their_references_the_asked_format():
    for row in ALL:
        metadata = row["metadata"]
        assert samples.schema_problem(row) is None, row["id"]
        for answer in (row["output"], *row["wrong"]):
            problem = answers.format_problem(answer, metadata["response_format"], metadata["task_type"])
            assert problem is None, (row["id"], problem, answer)


def test_ids_and_prompts_are_unique():
    for key in (lambda row: row["id"], lambda row: (row["instruction"], row["input"])):
        assert [value for value, count in Counter(map(key, ALL)).items() if count > 1] == []


def test_each_level_of_each_split_has_fifty_tasks_in_twenty_five_families():
    for number in LEVELS:
        for name in heidi_core.SPLITS:
            rows = [row for row in ROWS if level(row) == number and split(row) == name]
            assert len(rows) >= 50, (number, name)
            assert len({row["metadata"]["family"] for row in rows}) >= 25, (number, name)


def test_both_splits_are_made_of_the_same_kinds():
    for fields in (("task_type",), ("response_format",), ("level",), ("level", "response_format")):
        counts = {name: Counter() for name in heidi_core.SPLITS}
        for row in ROWS:
            counts[split(row)][tuple(row["metadata"][field] for field in fields)] += 1
        for value in counts["dev"] | counts["sealed"]:
            assert abs(counts["dev"][value] - counts["sealed"][value]) <= 6, value


def test_as_many_programs_under_review_are_sound_as_faulty():
    for name in heidi_core.SPLITS:
        sound = [row["tests"]["line"] is None for row in ROWS if is_review(row) and split(row) == name]
        assert abs(2 * sum(sound) - len(sound)) <= 1, name


def test_no_place_of_a_line_is_the_faulty_one_in_a_quarter_of_the_faulty_programs():
    places = Counter()
    for row in ROWS:
        if is_review(row) and row["tests"]["line"] is not None:
            first = int(answers.code_blocks(row["input"])[0].partition(":")[0])
            places[row["tests"]["line"] - first] += 1
    assert max(places.values()) <= sum(places.values()) / 4, places


def test_no_two_tasks_have_the_same_code_with_names_and_constants_folded():
    tasks = defaultdict(list)
    for row in ROWS:
        kind = row["tests"]["kind"]
        code = code_of(row, row["output"]) if kind == "asserts" else shown_code(row)
        tasks[folded(code)].append(row["id"])
    assert [ids for ids in tasks.values() if len(ids) > 1] == []


def folded(code):
    tree, names = ast.parse(code), {}

    def fold(name):
        return names.setdefault(name, f"name{len(names)}")

    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            node.name = fold(node.name)
            node.body = node.body[python.is_docstring(node.body) :] or [ast.Pass()]
        elif isinstance(node, ast.arg):
            node.arg = fold(node.arg)
        elif isinstance(node, ast.Name) and not hasattr(builtins, node.id):
            node.id = fold(node.id)
        elif isinstance(node, ast.Constant):
            node.value = type(node.value).__name__
    return ast.dump(tree)


def test_the_given_code_of_a_refactoring_misses_its_demand_or_lacks_what_is_asked_for():
    for row in ROWS:
        if row["metadata"]["task_type"] == "refactoring":
            assert row["tests"]["demand"], row["id"]
            code = shown_code(row)
            assert any(demands.unmet(line, code) for line in row["tests"]["demand"]) or row[
                "entry_point"
            ] not in python.defined_names(code), row["id"]


def test_prompts_of_the_lower_levels_are_short():
    # 2,600 characters of code and prose are about 800 tokens, 650 about 200.
    lengths = {number: [] for number in LEVELS}
    for row in ROWS:
        lengths[level(row)].append(len(row["instruction"]) + len(row["input"]))
    assert max(max(found) for found in lengths.values()) < 4000
    for number in (0, 1, 2, 3):
        found = sorted(lengths[number])
        assert found[-1] < 1400 and found[len(found) * 3 // 4] < 700, number


def test_the_code_of_an_input_parses():
    for row in ALL:
        for code in answers.code_blocks(row["input"]) and [shown_code(row)]:
            assert python.parses(code) or python.parses(f"{code}\n    pass"), row["id"]


def test_code_in_a_prompt_is_fenced():
    for row in ALL:
        assert not row["input"] or len(answers.fenced_blocks(row["input"])) == 1, row["id"]


def test_no_prompt_gives_its_tests_away():
    # One failing call may be shown in a bug report; the others must be worked out.
    for row in ALL:
        if row["tests"]["kind"] == "asserts":
            shown = [line for line in row["tests"]["code"].splitlines() if f"\n{line}\n" in row["input"]]
            assert len([line for line in shown if line.startswith("assert")]) <= 1, row["id"]


def test_every_task_has_two_different_wrong_answers():
    for row in ALL:
        assert len({*row["wrong"]} - {row["output"]}) >= 2, row["id"]


def test_there_are_at_least_four_asserts():
    for row in ALL:
        if row["tests"]["kind"] == "asserts":
            assert row["tests"]["n"] >= 4, row["id"]


def test_a_family_is_in_one_split_only():
    splits = {}
    for row in ROWS:
        splits.setdefault(row["metadata"]["family"], set()).add(split(row))
    assert {family for family, found in splits.items() if len(found) > 1} == set()


def test_the_plain_part_asks_for_code_on_the_lower_levels_and_each_task_is_a_family_of_its_own():
    plain = load_suite("heidi-core:plain").rows
    counts = Counter(map(level, plain))
    assert set(counts) == {0, 1, 2} and counts[0] > counts[1] > counts[2] >= 15
    assert {row["metadata"]["response_format"] for row in plain} == {"code"}
    assert len({row["metadata"]["family"] for row in plain}) == len(plain) >= 240
    assert not {row["metadata"]["family"] for row in plain} & {row["metadata"]["family"] for row in ROWS}


def test_no_plain_task_chooses_the_strength_of_an_adapter_too():
    chosen = [build_row(task, teacher_model="test") for task in library.plain()]
    assert not {row["entry_point"] for row in chosen} & {row["entry_point"] for row in ALL if split(row) == "plain"}


def test_dev_is_what_load_suite_gives_by_name_or_by_split():
    assert load_suite("heidi-core:dev") == load_suite("heidi-core", "dev")
    assert load_suite("heidi-core").rows == ROWS
    assert load_suite("heidi-core:sealed").name == "heidi-core:sealed"


def test_levels_of_a_split_are_a_suite_of_their_own():
    easy = load_suite("heidi-core:dev:0-1")
    assert easy.name == "heidi-core:dev:0-1"
    assert easy.rows == [row for row in ROWS if split(row) == "dev" and level(row) in (0, 1)]
    hard = load_suite("heidi-core:sealed:5")
    assert {(split(row), level(row)) for row in hard.rows} == {("sealed", 5)}
    assert hard.sha256 != load_suite("heidi-core:sealed").sha256


@pytest.mark.parametrize("levels", ["6", "2-1", "x", "", "0-", "0-1-2", "-1"])
def test_wrong_levels_are_refused_in_one_sentence(levels):
    with pytest.raises(DataError, match=r"^heidi-core has no levels .*: one from 0 to 5 or a range .* is needed\.$"):
        load_suite(f"heidi-core:dev:{levels}")


def test_levels_without_a_split_are_refused():
    for name in ("heidi-core:0-1", "heidi-core::1"):
        with pytest.raises(DataError, match="heidi-core has no part .*: dev, sealed, plain are there"):
            load_suite(name)


def test_the_documentation_counts_what_is_there():
    text = (Path(__file__).parents[2] / "docs" / "suites.md").read_text(encoding="utf-8")
    splits = {name: heidi_core.build(name) for name in heidi_core.SPLITS}
    families = {name: len({row["metadata"]["family"] for row in rows}) for name, rows in splits.items()}
    assert f"| `heidi-core:dev` | {len(splits['dev'])} in {families['dev']} families |" in text
    plain = Counter(map(level, heidi_core.build(heidi_core.PLAIN)))
    assert f"| `heidi-core:plain` | {plain.total()}, each of a family of its own |" in text
    assert f"{plain[0]} tasks of level 0, {plain[1]} of level 1, {plain[2]} of level 2" in text
    assert f"| `heidi-core:sealed` | {len(splits['sealed'])} in {families['sealed']} other families |" in text
    assert f"| `heidi-core` | {len(ROWS)} |" in text
    kinds = {name: Counter(row["metadata"]["task_type"] for row in rows) for name, rows in splits.items()}
    for kind in samples.TASK_TYPES:
        assert re.search(rf"\| {kind}[^|]*\| {kinds['dev'][kind]} \| {kinds['sealed'][kind]} \|", text), kind
    for number in LEVELS:
        cells = []
        for name in heidi_core.SPLITS:
            rows = [row for row in splits[name] if level(row) == number]
            cells.append(f"{len(rows)} in {len({row['metadata']['family'] for row in rows})}")
        assert re.search(rf"(?m)^\| {number} \|.*\| {cells[0]} \| {cells[1]} \|$", text), (number, cells)


FAULTY = [
    ("== fam test\n", "line 1: `== family dev|sealed`"),
    ("-- fix 1 f\n", "line 1: a task before"),
    ("== fam dev\n-- fix easy f\n", "line 2: `-- kind"),
    ("== fam dev\n-- fix 6 f\n", "line 2: `-- kind"),
    ("== fam dev\n-- fix 1 f yaml\n", "line 2: yaml is no option"),
    ("== fam dev\n-- fix 1 f\n:nonsense\n", "line 3: there is no section :nonsense"),
    ("== fam dev\ntext\n", "line 2: text outside"),
]


@pytest.mark.parametrize(("text", "message"), FAULTY)
def test_a_fault_in_the_notation_is_named_with_its_line(text, message):
    with pytest.raises(DataError, match=message):
        parse_tasks(text, "x.txt", heidi_core.SPLITS)


def test_an_edit_of_what_is_not_there_is_refused():
    assert apply_edits("a + b", "a => c ;; + => -", "x") == "c - b"
    assert apply_edits("a\nb", "a\\n =>", "x") == "b"
    with pytest.raises(DataError, match="'z' is not in the code"):
        apply_edits("a", "z => y", "x")


def test_a_task_without_two_wrong_answers_is_refused():
    text = "== fam dev\n-- algorithm 0 f\nDo.\n:answer\ndef f(): pass\n:tests\nf() is None\n:wrong pass => return 1\n"
    with pytest.raises(DataError, match="1 wrong answers"):
        build_row(parse_tasks(text, "x.txt")[0], teacher_model="x", fewest_wrong=2)


def test_a_long_text_of_a_completion_is_a_docstring_with_a_line_for_each_sentence():
    long = (
        "Return the first word of the given text, which is everything that stands before its first space. "
        "Texts without one are whole."
    )
    text = f"== fam dev\n-- completion 0 f\n{long}\n:answer\ndef f(t):\n    return t\n:tests\nf('a') == 'a'\n"
    row = build_row(parse_tasks(text, "x.txt")[0], teacher_model="x")
    assert shown_code(row).splitlines()[2] == "    Texts without one are whole."
    assert "\n    Texts without one are whole.\n" in row["output"]
