"""Formats, languages and checks of other people's rows: what must be kept as code, and what must not."""

import json
from pathlib import Path

import orjson
import pytest

from autotrain.cleaning.checks import Options, check_batch
from autotrain.cleaning.cut import broken_off
from autotrain.cleaning.reading import open_raw
from autotrain.errors import DataError
from autotrain.jsonl import Row
from autotrain.tasks import newer_python

CODE = "```python\ndef double(x):\n    return 2 * x\n```"
ROWS = [{"instruction": f"Write number {n}, please.", "output": f"{CODE}\n\nIt is {n}."} for n in range(3)]


def _one(**row: object) -> tuple[str, Row]:
    outcome = check_batch([(1, orjson.dumps(row))], Options()).outcomes[0]
    return outcome.reason, orjson.loads(outcome.data)


@pytest.mark.parametrize(
    ("output", "language"),
    [
        ("SELECT a, COUNT(*)\nFROM b\nGROUP BY a\nLIMIT 10;", "sql"),
        ("const a = ['x'];\na.forEach((b) => {\n  console.log(b);\n});", "javascript"),
        (CODE.replace("\n", "\r\n"), "python"),
        (CODE.replace("```python", '```python title="a.py"'), "python"),
        (CODE.replace("```", "~~~"), "python"),
        (CODE.replace("```", "````"), "python"),
        ("1. Do:\n   " + CODE.replace("\n", "\n   "), "python"),
        (f"Function:\n\n{CODE}\n\nUse:\n\n```python\nprint(double(1))\n```", "python"),
        (f"I'm sorry for the confusion. Here is the corrected version:\n\n{CODE}", "python"),
        ("word = 'abc'\nfor c in word:\n    print('I am an AI', c)", "python"),
        ("def first[T](items: list[T]) -> T:\n    return items[0]", "python"),
        ("def f(x):\n    # your code is executed in a box\n    return x + 1", "python"),
        ("def f(x):\n    return x + '```'", "python"),
        ('ns = "http://www.w3.org/2000/svg"\nprint("http://example.com,", ns)', "python"),
    ],
)
def test_real_code_is_kept_as_code_of_its_language(output: str, language: str) -> None:
    reason, row = _one(instruction="Write it, please.", output=output)
    assert reason == "", row
    assert (row["metadata"]["response_format"], row["metadata"]["language"]) == ("code", language)


def test_a_function_that_shall_do_nothing_may_do_nothing() -> None:
    output = "```python\ndef noop(x):\n    pass\n```"
    assert _one(instruction="Write a no-op function noop(x).", output=output)[0] == ""
    assert (
        _one(instruction="Write twice(x) that doubles x.", output=output.replace("noop", "twice"))[0] == "placeholder"
    )


@pytest.mark.parametrize("said", ["Return nothing where the list is empty.", "Fill the template.", "Use the protocol."])
def test_a_task_that_only_speaks_of_nothing_excuses_no_empty_function(said: str) -> None:
    output = "```python\ndef total(values):\n    pass\n```"
    assert _one(instruction=f"Write total(values), the sum of the values. {said}", output=output)[0] == "placeholder"


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("function f(a) {\n  const b = a.map((c) => {\n    return [c", "truncated"),
        ("def f(a):\n    return [x for x in", "truncated"),
        ("I\u2019m sorry, but I can\u2019t help with that request.", "refusal"),
        ("```js\nfunction f() {\n  // your code here\n}\n```", "placeholder"),
    ],
)
def test_bad_answers_in_any_language_are_named(output: str, reason: str) -> None:
    assert _one(instruction="Write it, please.", output=output)[0] == reason


CUT = {
    "an #if": ("c", "#ifndef A_H\n#define A_H\n#include <stdio.h>\nint f(int a);"),
    "the last statement": ("cpp", "#include <map>\nusing std::map;\nusing std::string;\nusing std::"),
    "the last rule": ("css", "pre { margin: 0; }\n.note { color: red; }\n.no"),
    "a statement of SQL": ("sql", "ALTER FUNCTION a(text) PARALLEL SAFE;\nALTER FUNCTION b(te"),
    "a header's comment": (
        "",
        "// Copyright of somebody.\n// Use of this source is governed by a licence that can be fou",
    ),
    "a here-document": ("perl", "use strict;\nprint <<'END';\nfirst line\nsecond li"),
    "a string of a shell": ("shell", '#!/bin/sh\nset -e\necho "the files of $1'),
    "a subroutine": ("fortran", "subroutine f(x)\n  implicit none\n  real :: x\n  x = 2 * x"),
    "a tag": ("html", "<html><body>\n<div class='a'>\n<p>text</p>\n</body></html>"),
    "a block of a template": ("html", "{% for a in b %}\n<p>{{ a }}</p>"),
    "a module of Perl": ("perl", "package A::B;\nuse strict;\n\nsub f {\n    my $a = shift;\n    return $a;\n}"),
    "a manual of Perl": ("perl", "use strict;\n1;\n__END__\n\n=head1 NAME\n\nThis is what the mod"),
    "a guard of Vim": (
        "vim",
        'if exists("b:current_syntax")\n  finish\nendif\nsyn keyword aKey if else\nhi link aKey Type',
    ),
    "a docstring": ("", 'import os\n\n\ndef f(a):\n    """Say what\n\n    a : int\n        The number of the'),
}
WHOLE = {
    "a doc comment": ("", "// Add returns the sum.\n// It never fails."),
    "a comment with an if": ("shell", "# if you like\n#if not\necho a"),
    "a list with file names": ("", "# Files\n\n- all of src/*\n  - those of /tmp/*\n  - `a = 1;`\n  - more"),
    "a shift": ("c", "int f(int a) {\n    return a & (1<<FLAG);\n}"),
    "a regex with slashes": ("javascript", "const f = (a) => {\n  return a.replace(/\\//, '(').split(/[{(]/);\n};"),
    "no semicolons": ("javascript", "const a = require('a')\nconst b = a.b\nconst c = b.c\nmodule.exports = c"),
    "Perl's manual": (
        "perl",
        "use strict;\nsub f { return 1; }\n1;\n__END__\n\n=head1 NAME\n\nf (a thing, and its (odd manual.",
    ),
    "a module of Perl": ("perl", "# A.\npackage A::B 1.02;\nuse strict;\n\nsub f {\n    return 1;\n}\n\n1;\n\n# end"),
    "a module that ends in its words": ("perl", "package A::B;\nsub f { return 2; }\n\n'a true value';"),
    "a package and its use": ("perl", "package A;\nsub f { return 2; }\n\npackage main;\nprint A::f();"),
    "a guard that is set": (
        "vim",
        "if exists('b:current_syntax')\n  finish\nendif\nsyn case match\nlet b:current_syntax = 'a'",
    ),
    "Vim's folds": ("vim", "let a = 1\n\" Section: {{{1\nlet b = '['\nlet c = 2"),
    "a query alone": ("sql", "SELECT a, b\nFROM c\nWHERE a > 1"),
    "a quoted hash": ("shell", "#!/bin/bash\n# it's so\necho \"${#a} it's\" '#' $#"),
    "a script in a page": ("html", "<html><script>document.write('<div>')</script></html>"),
}


@pytest.mark.parametrize("what", CUT)
def test_code_that_breaks_off_is_seen(what: str) -> None:
    language, code = CUT[what]
    assert broken_off(code, language)


@pytest.mark.parametrize("what", WHOLE)
def test_whole_code_is_not_taken_for_cut_off(what: str) -> None:
    language, code = WHOLE[what]
    assert broken_off(code, language) is None


def test_an_underlined_heading_in_code_is_no_fence() -> None:
    output = 'def f(a):\n    """Title\n    ~~~~~\n\n    More.\n    """\n    return a + 1'
    reason, row = _one(instruction="Write it, please.", output=output)
    assert (reason, row["metadata"]["response_format"]) == ("", "code")


def test_the_question_may_stand_in_the_input() -> None:
    assert _one(instruction="", input="Write a doubling function.", output=CODE)[0] == ""


def test_of_a_preference_pair_the_chosen_answer_is_learned_and_both_stay() -> None:
    reason, row = _one(prompt="Write double(x).", chosen=CODE, rejected="no")
    assert (reason, row["output"], row["chosen"], row["rejected"]) == ("", CODE, CODE, "no")


def test_messages_written_as_json_in_a_string_are_read() -> None:
    turns = [{"role": "user", "content": "Write double(x)."}, {"role": "assistant", "content": CODE}]
    assert _one(messages=json.dumps(turns))[1]["output"] == CODE


@pytest.mark.parametrize("form", ["csv", "tsv", "parquet", "arrow", "data", "cr"])
def test_the_same_rows_come_out_of_every_table(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"rows.{form}"
    if form in ("csv", "tsv"):
        import csv

        with open(path, "w", newline="") as stream:
            writer = csv.DictWriter(stream, ROWS[0], delimiter="," if form == "csv" else "\t")
            writer.writeheader()
            writer.writerows(ROWS)
    elif form in ("parquet", "arrow"):
        import pyarrow as pa
        import pyarrow.parquet as parquet

        table = pa.Table.from_pylist(ROWS)
        if form == "parquet":
            parquet.write_table(table, path)
        else:
            with pa.ipc.new_stream(str(path), table.schema) as writer:
                writer.write_table(table)
    elif form == "data":
        path.write_bytes(orjson.dumps({"version": 1, "data": ROWS, "end": 2}))
    else:
        path.write_bytes(b"\r".join(map(orjson.dumps, ROWS)))
    with open_raw(path) as raw:
        assert [orjson.loads(line) for _, line in raw.lines] == ROWS
        assert raw.forms


def test_a_file_that_is_known_and_not_taken_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.xlsx"
    path.write_bytes(b"PK\x03\x04abc")
    with pytest.raises(DataError, match="spreadsheet"), open_raw(path):
        pass


def test_newer_python_is_python_and_broken_python_is_not() -> None:
    assert newer_python.is_python('type A = int\nx = f"{d["a"]}"')
    assert not newer_python.is_python("def f(:")
