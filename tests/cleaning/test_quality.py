"""Quality and URLs: what is not worth learning from, and what looks like it but is."""

import pytest
from sample_rows import APPROVAL, REVIEW, sample

from autotrain.cleaning.duplicates import answer_code
from autotrain.cleaning.quality import placeholder_problem, quality_problem
from autotrain.cleaning.urls import foreign_urls, redact_urls


def _reason(output: str, **options: object) -> str:
    row = sample(output, **options)  # type: ignore[arg-type]
    return (quality_problem(row, answer_code(row)) or "").partition(":")[0]


def _text(output: str) -> str:
    return _reason(output, task_type="code_explanation", response_format="text")


CODE = "```python\ndef double(value):\n    return 2 * value\n```"


@pytest.mark.parametrize(
    "output",
    [
        CODE,
        "```python\ndouble = lambda value: 2 * value\n```",
        f"Here is the function.\n\n{CODE}\n\nIt doubles its argument.",
        "```python\nclass Missing(Exception):\n    pass\n```",
        "```python\ndef read(path):\n    try:\n        return open(path)\n    except OSError:\n        pass\n```",
        "```python\nfrom abc import ABC, abstractmethod\n\nclass Shape(ABC):\n"
        "    @abstractmethod\n    def area(self): ...\n```",
        "```python\nclass Null:\n    def write(self, text):\n        pass\n\n"
        "    def read(self):\n        return ''\n```",
        "```python\ndef f(x):\n    # TODO: support more than two\n    return x + 2\n```",
    ],
)
def test_sound_code_passes(output: str):
    assert _reason(output) == ""


def test_sound_reviews_pass():
    for review in (REVIEW, APPROVAL):
        assert _reason(review, task_type="code_review", response_format="json", input_text="1 x = 1") == ""


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (" \n ", "empty"),
        ("Sure!", "vague"),
        ("As an AI language model, I cannot help with that request.", "refusal"),
        ("I'm sorry, but I can't write this code for you, whatever the reason.", "refusal"),
        ("```python\ndef double(value):\n    return", "truncated"),
        ("The function doubles its argument and returns it, as the name says it would do.", "no_code"),
        ("```python\ndef double(value)\n    return 2\n```", "unparsable_code"),
        ("```javascript\nlet x = 1\n```", "wrong_format"),
        (f"{CODE}\n{CODE}", "wrong_format"),
        ("```python\ndef double(value):\n    pass\n```", "placeholder"),
        ("```python\ndef double(value):\n    # your code here\n    return value\n```", "placeholder"),
        ("```python\ndef f(x):\n    y = x  # a copy\n    # TODO: Implement it\n    return y\n```", "placeholder"),
        ('```python\ndef double(value):\n    """Twice the value."""\n```', "placeholder"),
        ("```python\ndef double(value):\n    raise NotImplementedError\n```", "placeholder"),
        ("```python\ndef double(value):\n    ...\n```", "placeholder"),
    ],
)
def test_answers_not_worth_learning_from_are_named(output: str, reason: str):
    assert _reason(output) == reason


def test_an_answer_that_goes_round_in_circles_is_repetition():
    assert _text("The loop adds one to the total. " * 30) == "repetition"


def test_a_text_cut_off_in_a_sentence_is_truncated():
    text = "The function walks through the list once, keeps the largest value seen so far, and returns it to the"
    assert _text(text) == "truncated"


def test_a_json_answer_must_fit_its_schema():
    options = {"task_type": "code_review", "response_format": "json", "input_text": "1 x = 1"}
    assert _reason('{"verdict": "maybe", "issues": [], "summary": ""}', **options) == "json_schema"
    assert _reason("The code is fine as it stands, nothing to do.", **options) == "wrong_format"
    assert _reason('{"verdict": "approve", "issues": [', **options) == "truncated"


def test_the_entry_point_may_not_be_empty_even_beside_full_functions():
    code = "def helper(x):\n    return x\n\ndef solve(x):\n    pass\n"
    assert placeholder_problem(code, "solve")
    assert placeholder_problem(code, "helper") is None


def test_an_instruction_that_says_nothing_is_vague():
    assert _reason(CODE, instruction="Write some code.") == "vague"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a?b=1",
        "http://api.example.org",
        "http://localhost:8080/x",
        "http://127.0.0.1/",
        "http://[::1]:80/",
        "https://shop.test/",
        "http://192.0.2.7/",
        "https://{host}/path",
    ],
)
def test_documentation_and_loopback_hosts_are_allowed(url: str):
    assert foreign_urls(f"see {url} for more") == []


@pytest.mark.parametrize(
    "url", ["https://docs.python.org/3/", "http://10.1.2.3/x", "www.python.org", "ftp://ftp.gnu.org/"]
)
def test_other_hosts_are_not(url: str):
    text = f"see {url} for more"
    assert [text[start:end] for start, end in foreign_urls(text)] == [url]
    assert redact_urls(text) == "see [URL] for more"


def test_a_name_that_only_begins_like_a_reserved_host_is_not_allowed():
    assert foreign_urls("https://example.com.evil.io/")
