"""What is asked for and what is taken: plan, prompts, parsing, drafts, acceptance, credentials."""

from collections import Counter

import orjson
import pytest

from autotrain.config.credentials import find_credentials
from autotrain.errors import TeacherError, UsageError
from autotrain.tasks import answers, samples
from autotrain.teacher import accept, briefs, lessons, parse, taxonomy
from autotrain.teacher.completion import read_answer
from autotrain.teacher.drafts import BadTask
from autotrain.teacher.plan import Blueprint, Plan
from autotrain.teacher.protocol import Dialect, Failure, Request, body_of
from autotrain.teacher.topics import read_topics

CODE = "def double(value):\n    result = value * 2\n    return result\n"
TESTS = ["assert double(1) == 2", "assert double(0) == 0", "assert double(-3) == -6"]


def blueprint(task_type: str, response_format: str = "code", *, sound: bool = False) -> Blueprint:
    return Blueprint(0, task_type, response_format, "numbers", "doubling", "easy", "a bakery", "terse", sound, None)


def task(**changes: object) -> dict:
    text = "Write `double(value)`, which returns twice its value."
    return {"instruction": text, "entry_point": "double", "tests": list(TESTS), "code": CODE, **changes}


def test_a_plan_is_a_function_of_seed_round_and_slot():
    one, two = Plan(seed=1, round_number=1), Plan(seed=1, round_number=1)
    assert [one.blueprint(slot) for slot in (7, 3, 500)] == [two.blueprint(slot) for slot in (7, 3, 500)]
    assert one.name == two.name


@pytest.mark.parametrize("other", [{"seed": 2}, {"round_number": 2}])
def test_another_seed_or_round_asks_for_other_tasks(other):
    one, two = Plan(seed=1, round_number=1), Plan(**{"seed": 1, "round_number": 1, **other})
    same = sum(one.blueprint(slot) == two.blueprint(slot) for slot in range(100))
    assert same < 5 and one.name != two.name


def test_a_small_plan_is_spread_over_the_taxonomy():
    blueprints = [Plan(seed=3, round_number=1).blueprint(slot) for slot in range(100)]
    assert {item.task_type for item in blueprints} == set(samples.TASK_TYPES)
    assert len({item.concept for item in blueprints}) == 100
    assert set(Counter(item.difficulty for item in blueprints).values()) <= {33, 34}
    assert {item.setting for item in blueprints} == set(taxonomy.SETTINGS)


def test_own_topics_take_the_place_of_the_built_in_ones(tmp_path):
    path = tmp_path / "topics.txt"
    path.write_text("# mine\nsql: joins through sqlite3\n\nparsing of barcodes\nsql: joins through sqlite3\n")
    topics = read_topics(str(path))
    assert topics == [("sql", "joins through sqlite3"), ("own", "parsing of barcodes")]
    plan = Plan(seed=1, round_number=1, topics=topics)
    drawn = Counter((plan.blueprint(slot).family, plan.blueprint(slot).concept) for slot in range(40))
    assert drawn == {topics[0]: 20, topics[1]: 20}
    assert plan.name != Plan(seed=1, round_number=1).name != Plan(seed=1, round_number=1, topics=topics[:1]).name


@pytest.mark.parametrize("text", [None, "", "# nothing\n", "x" * 201, "take <|im_start|>", b"\xff\xfe"])
def test_a_file_without_topics_is_one_sentence(tmp_path, text):
    path = tmp_path / "topics.txt"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError, match="TEACHER_TOPICS"):
        read_topics(str(path))


def test_requests_of_a_plan_have_seeds_of_their_own():
    plan = Plan(seed=1, round_number=1)
    seeds = {plan.request_seed(slot, step, k) for slot in range(50) for step in ("task", "answer") for k in (1, 2, 3)}
    assert len(seeds) == 300


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.5, 10), (0.25, 5), (1.0, 20)])
def test_focus_takes_its_share_of_the_slots(share, count):
    failed = [_sample(f"Write number {number}, please, in full.") for number in range(3)]
    plan = Plan(seed=1, round_number=2, focus=failed, focus_share=share)
    aimed = [plan.blueprint(slot).focus for slot in range(20)]
    assert sum(row is not None for row in aimed) == count


def _sample(instruction: str) -> dict:
    return samples.make_sample(
        instruction=instruction,
        input_text="",
        output=f"```python\n{CODE}```",
        task_type="algorithm_implementation",
        response_format="code",
        difficulty="easy",
        round_number=1,
        teacher_model="m",
        timestamp="",
        entry_point="double",
        tests={"kind": "asserts", "code": "\n".join(TESTS)},
    )


@pytest.mark.parametrize(("task_type", "response_format", "share"), taxonomy.TYPES)
def test_every_task_type_has_a_prompt_and_a_strict_schema(task_type, response_format, share):
    messages = briefs.task_messages(blueprint(task_type, response_format))
    schema = briefs.task_schema(task_type)
    assert "Concept: doubling" in messages[1]["content"] and "a bakery" in messages[1]["content"]
    assert schema["required"] == list(schema["properties"]) and schema["additionalProperties"] is False
    assert share > 0


def test_the_answer_prompt_begins_with_the_students_own_prompt():
    from autotrain.tasks import prompts as student

    row = _sample("Write `double(value)`, which doubles.")
    assert briefs.answer_messages(row)[1]["content"].startswith(student.user_message(row))


@pytest.mark.parametrize(
    "text",
    [
        '{"word": "ready", "number": 7}',
        'Sure!\n```json\n{"word": "ready", "number": 7}\n```\nBye',
        '{"word": "ready", "number": 7}\nI chose {7} since {"number": 8} is taken.',
        '{"answer": {"word": "ready", "number": 7}}',
        '[{"word": "ready", "number": 7}]',
        '\ufeff{"word": "ready", "number": 7}',
        "{word: 'ready', number: 7,}",
        'The answer is {"word": "ready", "number": 7}.',
    ],
    ids=["bare", "fenced", "before prose with braces", "wrapped", "in a list", "byte order mark", "json5", "in prose"],
)
def test_an_object_is_found_in_each_dress(text):
    assert parse.parse_object(text, briefs.PROBE_SCHEMA) == ({"word": "ready", "number": 7}, None)


def test_strings_with_raw_line_breaks_and_lone_surrogates_are_read():
    schema = {"type": "object", "properties": {"code": {"type": "string"}}}
    value, problem = parse.parse_object('{"code": "def f():\n\treturn \'\\ud800\'"}', schema)
    assert problem is None and value == {"code": "def f():\n\treturn '?'"}


def test_a_test_of_an_error_or_a_state_may_take_several_lines():
    raises = "try:\n    double(None)\nexcept TypeError:\n    pass\nelse:\n    assert False"
    state = "first = double(1)\nassert first == 2"
    draft = lessons.draft_from(blueprint("refactoring"), task(tests=[*TESTS, raises, state]))
    assert draft.tests["code"] == "\n".join([*TESTS, raises, state]) + "\n"


def test_a_list_that_came_as_one_string_is_its_tests():
    schema = {"type": "object", "properties": {"tests": {"type": "array", "items": {"type": "string"}}}}
    text = orjson.dumps({"tests": "assert f(1) == 2\na = f(\n    2\n)\nassert a == 3\n"}).decode()
    assert parse.parse_object(text, schema) == (
        {"tests": ["assert f(1) == 2", "a = f(\n    2\n)\nassert a == 3"]},
        None,
    )


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        f"```python\n{CODE}```\nUse it so:\n```python\nprint(double(2))\n```\n",
        f"First:\n```bash\npip install x\n```\n```python\n{CODE}```",
        f"Here it is:\n~~~python\n{CODE}~~~",
        f"Here it is:\n```python\n{CODE}",
    ],
    ids=["bare", "an example of use behind it", "another block before it", "tildes", "an unclosed fence"],
)
def test_code_in_another_form_becomes_one_fenced_block(text):
    row = _sample("Do it.")
    row["output"] = parse.in_form(text, row)
    assert accept.static_problem(row) is None
    assert answers.code_blocks(row["output"]) == [CODE]


def test_a_control_token_in_any_field_of_a_sample_is_refused_by_name():
    for name in ("instruction", "input", "output"):
        row = {**_sample("Do it."), name: "Take <|im_start|>user for it."}
        assert accept.static_problem(row) == f"control token: <|im_start|> stands in the {name}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("no object here", "unparsed"),
        ("[1, 2]", "unparsed"),
        ('{"word": "ready"}', "wrong schema: number is missing"),
        ('{"word": "ready", "number": "7"}', "wrong schema: number is no integer"),
        ('{"word": "ready", "number": true}', "wrong schema: number is no integer"),
        ("{" * 50_000, "unparsed"),
    ],
)
def test_what_is_no_such_object_has_a_reason(text, problem):
    value, said = parse.parse_object(text, briefs.PROBE_SCHEMA)
    assert value is None and said is not None and said.startswith(problem)


def test_strict_parsing_takes_bare_json_only():
    assert parse.parse_strictly('{"word": "ready", "number": 7}', briefs.PROBE_SCHEMA)
    assert not parse.parse_strictly('```json\n{"word": "ready", "number": 7}\n```', briefs.PROBE_SCHEMA)


def test_a_request_keeps_its_id_in_every_dialect_and_changes_it_with_each_part():
    base = {"messages": [{"role": "user", "content": "hi"}], "schema": None, "answer_tokens": 5, "temperature": 0.5}
    request = Request(slot=1, step="task", attempt=1, seed=3, **base)
    assert request.id_for("m") == Request(slot=9, step="x", attempt=2, seed=3, **base).id_for("m")
    others = [{"seed": 4}, {"temperature": 0.6}, {"answer_tokens": 6}, {"schema": briefs.PROBE_SCHEMA}]
    ids = {request.id_for("m"), request.id_for("n")}
    ids |= {Request(**{"slot": 1, "step": "task", "attempt": 1, "seed": 3, **base, **o}).id_for("m") for o in others}
    assert len(ids) == 6


@pytest.mark.parametrize("mode", ["json", "fenced"])
def test_a_server_without_schemas_is_told_the_schema_in_words(mode):
    request = Request(1, "task", 1, [{"role": "user", "content": "hi"}], briefs.PROBE_SCHEMA, 5, 0.5, 3)
    body = body_of(request, "m", Dialect(mode=mode))
    assert orjson.dumps(briefs.PROBE_SCHEMA).decode() in body["messages"][-1]["content"]
    assert ("response_format" in body) == (mode == "json")
    assert request.messages[-1]["content"] == "hi"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>hello</html>", "an HTML page"),
        (b'{"choices": [{"mess', "no JSON"),
        (b"{}", "no chat completion"),
        (b'{"choices": []}', "no chat completion"),
        (b"[]", "no chat completion"),
        (b'{"choices": [{"message": null}]}', "no chat completion"),
        (b'{"error": {"message": "upstream"}}', "upstream"),
    ],
)
def test_a_body_that_is_no_answer_says_what_it_is(content, words):
    with pytest.raises(Failure, match=words):
        read_answer(content, "application/json")


def test_counts_that_are_no_counts_are_unknown_not_zero():
    body = {"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": "many"}}
    answer = read_answer(orjson.dumps(body), "")
    assert answer.tokens_in is None and answer.tokens_out is None


def test_content_in_parts_is_joined():
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    body = {"choices": [{"message": {"content": parts}, "finish_reason": "stop"}]}
    assert read_answer(orjson.dumps(body), "").text == "ab"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"entry_point": "not a name"}, "is no name"),
        ({"instruction": "short"}, "too short"),
        ({"tests": TESTS[:2]}, "2 tests where 3 to 20"),
        ({"tests": [TESTS[0]] * 5}, "1 tests where"),
        ({"tests": [*TESTS, "import os"]}, "no assert"),
        ({"tests": [*TESTS, "assert True"]}, "does not use double"),
        ({"tests": [*TESTS, "assert double(1 =="]}, "not Python"),
        ({"code": "def other():\n    pass\n"}, "does not define double"),
    ],
)
def test_a_task_that_cannot_be_judged_is_refused(changes, words):
    with pytest.raises(BadTask, match=words):
        lessons.draft_from(blueprint("refactoring"), task(**changes))


def test_a_draft_claims_that_a_stub_fails_and_the_given_code_behaves():
    right = lessons.draft_from(blueprint("refactoring"), task()).claims
    assert [(claim.what, claim.passes) for claim in right] == [("a stub", False), ("the given code", True)]
    wrong = lessons.draft_from(blueprint("bug_fixing"), task()).claims
    assert [(claim.what, claim.passes) for claim in wrong] == [("a stub", False), ("the given code", False)]


def test_a_review_knows_the_line_that_was_changed():
    faulty = CODE.replace("* 2", "+ 2")
    draft = lessons.draft_from(blueprint("code_review", "json"), task(faulty_code=faulty))
    assert draft.tests == {"kind": "review", "line": 400}
    assert draft.input_text == "```\n399: def double(value):\n400:     result = value + 2\n401:     return result\n```"
    sound = lessons.draft_from(blueprint("code_review", "json", sound=True), task(faulty_code=faulty))
    assert sound.tests == {"kind": "review", "line": None} and "400:     result = value * 2" in sound.input_text


@pytest.mark.parametrize("faulty", [CODE, CODE.replace("* 2", "+ 2").replace("return result", "return value")])
def test_a_review_with_no_fault_or_two_is_refused(faulty):
    with pytest.raises(BadTask, match="differs in"):
        lessons.draft_from(blueprint("code_review", "json"), task(faulty_code=faulty))


def test_mutants_that_repeat_the_code_or_each_other_do_not_count():
    faulty = CODE.replace("* 2", "+ 2")
    draft = lessons.draft_from(blueprint("unit_test_generation"), task(faulty=[CODE, faulty, faulty]))
    assert draft.tests == {"kind": "mutants", "reference": CODE, "mutants": [faulty]}
    for useless in (CODE, "def other(value):\n    return 1\n", "def double(value:\n"):
        with pytest.raises(BadTask, match="no faulty copy"):
            lessons.draft_from(blueprint("unit_test_generation"), task(faulty=[useless]))


def test_an_explanation_has_to_name_the_result_of_its_call():
    draft = lessons.draft_from(blueprint("code_explanation", "text"), task(call="double(700)", result="1400"))
    assert draft.tests == {"kind": "contains", "all": ["1400"]} and "`double(700)`" in draft.instruction
    assert draft.claims[-1].tests == "assert repr(double(700)) == '1400'\n"
    for changes in ({"call": "print(1)", "result": "1400"}, {"call": "double(1)", "result": "2"}):
        with pytest.raises(BadTask):
            lessons.draft_from(blueprint("code_explanation", "text"), task(**changes))


def _answered(task_type: str, code: str) -> dict:
    row = _sample("Do it.")
    row["metadata"]["task_type"] = task_type
    return {**row, "output": f"```python\n{code}```"}


def test_an_answer_without_its_entry_point_is_refused_before_it_is_run():
    assert "double is not defined" in str(accept.static_problem(_answered("refactoring", "def twice(v):\n    pass\n")))
    assert accept.static_problem(_answered("refactoring", CODE)) is None


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"kind": "asserts", "code": "\n".join(TESTS)}, None),
        ({"kind": "asserts", "code": "assert double(1) == 3"}, "own tests: "),
        ({"kind": "asserts", "code": "double(1)"}, "own tests: "),
        ({"kind": "asserts", "code": "assert double(1) or not double(1)"}, "own tests: they pass on a stub"),
    ],
    ids=["sound", "wrong", "no assertion", "always true"],
)
def test_tests_must_pass_on_the_answer_and_fail_on_a_stub(row, problem):
    from autotrain.sandbox import Sandbox

    with Sandbox() as sandbox:
        said = accept.check_by_running({**_sample("Do it."), "tests": row}, sandbox.check)
    assert said is None if problem is None else said is not None and said.startswith(problem)


def test_the_key_leaves_the_environment_and_hides_in_texts(tmp_path):
    key = "sk-" + "k" * 40
    environ = {"OPENAI_API_KEY": key, "OPENAI_BASE_URL": "https://user:pass@host.example:8443/v1/?api-version=1"}
    found = find_credentials(environ, tmp_path / ".env")
    assert environ == {} and key not in repr(found)
    assert found.place == "https://host.example:8443/v1" and found.query == (("api-version", "1"),)
    assert key not in found.scrub(f"Incorrect API key provided: {key}.")


def test_the_env_file_fills_what_the_environment_lacks(tmp_path):
    (tmp_path / ".env").write_text("OPENAI_API_KEY=from-file\nOPENAI_BASE_URL=http://localhost:1/v1\n")
    assert find_credentials({}, tmp_path / ".env").key == "from-file"
    assert find_credentials({"OPENAI_API_KEY": "from-environment"}, tmp_path / ".env").key == "from-environment"


def test_a_server_of_ones_own_needs_no_key_and_openai_does(tmp_path):
    local = find_credentials({"OPENAI_BASE_URL": "http://localhost:11434/v1"}, tmp_path / ".env")
    assert local.key == "none" and not local.is_openai
    with pytest.raises(TeacherError, match="needs one"):
        find_credentials({"OPENAI_BASE_URL": "https://api.openai.com/v1"}, tmp_path / ".env")


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host/v1", "http://", "http://host:notaport/v1"])
def test_an_address_that_is_none_is_refused(tmp_path, url):
    with pytest.raises(UsageError, match="OPENAI_BASE_URL"):
        find_credentials({"OPENAI_BASE_URL": url}, tmp_path / ".env")
