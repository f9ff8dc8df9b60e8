"""The worked examples of docs/data.md: their commands run, and stage 02 says what the page shows."""

import re
from pathlib import Path

import pytest
import tiny_model
from stage_support import run_stage

from autotrain.config.settings import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "data.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"```bash\ncat > (\S+) << 'END'\n(.*?)END\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)
STAGES = {"02_validate_clean.py": "clean", "04_train_qlora.py": "train"}
TRAINED = {
    "chat.jsonl": ["A mutex lets only one thread at a time into a section of code."],
    "calls.jsonl": ['{"name": "get_weather", "arguments": {"city": "Bergen"}}', "It is seven degrees in Bergen today."],
    "alpaca.json": ["```javascript⏎", "def centre(values): return sum(values) / len(values)", "    return sum(values)"],
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.save(tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize("example", EXAMPLE.findall(PAGE), ids=lambda example: example[0])
def test_an_examples_commands_run_and_say_what_the_page_shows(
    example: tuple[str, str, str, str],
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name, content, commands, shown = example
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(content, encoding="utf-8")
    said = []
    for line in commands.splitlines():
        script, *flags = line.removeprefix("python scripts/").split()
        base = ["--base-model", str(model)] if script.startswith("04") else []
        assert run_stage(script, STAGES[script], *flags, *base) == 0
        said.append(capsys.readouterr().err)
    assert [line for line in shown.splitlines() if line not in said[0].splitlines()] == []
    rows = said[1].partition("one packed row")[0]
    trained = "".join(part.partition("«")[0] for part in rows.split("»")[1:]).replace("|", "")
    assert [text for text in TRAINED[name] if text not in trained] == []


def test_the_page_has_an_example_of_each_kind() -> None:
    assert [example[0] for example in EXAMPLE.findall(PAGE)] == list(TRAINED)
