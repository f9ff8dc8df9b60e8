"""A language of our own tasks is a module with the functions of `languages.Language`: nothing else knows its looks."""

from types import SimpleNamespace

import pytest

from autotrain.sandbox import Job
from autotrain.tasks import answers, grading, languages, prompts, python
from autotrain.tasks.kinds import kind_of

CODE = "function twice(x) return 2 * x end"


@pytest.fixture
def lua(monkeypatch):
    language = SimpleNamespace(
        NAME="lua",
        FENCE="lua",
        MARKS=("lua", ""),
        SYSTEM="You are a careful Lua programmer, who counts from one.",
        parses=lambda code: code.endswith("end"),
        defined_names=lambda code: {"twice"} if "twice" in code else set(),
        fenced=lambda code: f"```lua\n{code}\n```",
        stub=lambda name: f"function {name}() end",
        stub_of=lambda code, returned="nil": "function twice() end",
        job=lambda code, tests, name, limits, group="": Job(f"-- lua\n{code}", tests, name, limits, group),
    )
    monkeypatch.setitem(languages.TAUGHT, "lua", language)
    return language


def row(**tests):
    metadata = {"task_type": "algorithm_implementation", "response_format": "code", "language": "lua"}
    task = {"id": "a", "instruction": "Double.", "input": "", "output": "", "metadata": metadata}
    return {**task, "entry_point": "twice", "tests": {"kind": "asserts", "code": "twice(1)", **tests}}


def test_an_answer_is_read_as_its_language_says(lua):
    prose = "```lua\nlocal x = 1\n```"
    assert answers.extract_code(f"{prose}\n\n{lua.fenced(CODE)}", "code", "bug_fixing", "twice", "lua") == f"{CODE}\n"
    assert answers.extract_code(CODE, "code", "bug_fixing", "twice", "lua") == CODE
    assert answers.extract_code("```python\npass\n```", "code", "bug_fixing", "twice", "lua") is None


def test_an_answer_is_run_as_its_language_says(lua):
    (job,) = grading.jobs_for(row(), lua.fenced(CODE))
    assert job.code.startswith("-- lua")
    several = grading.jobs_for(row(kind="mutants", reference=CODE, mutants=["end"]), lua.fenced(CODE))
    assert len(several) == 3 and all(job.code.startswith("-- lua") for job in several)


def test_the_empty_answer_and_the_system_line_are_those_of_the_language(lua):
    assert kind_of(row()["tests"]).empty_answer(row()) == "```lua\nfunction twice() end\n```"
    assert prompts.messages(row())[0]["content"] == lua.SYSTEM


def test_python_is_taught_and_what_is_not_taught_is_never_run():
    assert languages.TAUGHT["python"] is python
    assert grading.jobs_for(row(), f"```lua\n{CODE}\n```") == []
