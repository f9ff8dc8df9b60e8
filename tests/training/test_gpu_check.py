"""./scripts/test.sh --gpu: all of it but the card, with the CPU standing in."""

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from autotrain.config.settings import PROJECT_ROOT

sys.path.insert(0, str(PROJECT_ROOT / "tests" / "benchmarks"))
import gpu_check


def stand_in_vllm() -> types.ModuleType:
    """A module with the two classes of vLLM that are used; the library answers for it."""

    class SamplingParams:
        def __init__(self, *, temperature: float, max_tokens: int) -> None:
            assert temperature == 0.0
            self.max_tokens = max_tokens

    class LLM:
        def __init__(self, *, model: str, **options: Any) -> None:
            from autotrain.training import loading, models

            found = models.find(model, "", "")
            self._parts = loading.load_base(found, 16), loading.load_tokenizer(found)

        def generate(self, asked: list[dict[str, Any]], how: SamplingParams) -> list[Any]:
            from autotrain.evaluation.generate import tokens

            written = tokens(*self._parts, [each["prompt_token_ids"] for each in asked], how.max_tokens)
            return [types.SimpleNamespace(outputs=[types.SimpleNamespace(token_ids=ids)]) for ids in written]

    module = types.ModuleType("vllm")
    module.LLM, module.SamplingParams = LLM, SamplingParams  # type: ignore[attr-defined]
    module.__spec__ = types.SimpleNamespace()  # type: ignore[assignment]
    return module


def test_without_a_card_it_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu_check.main([]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
    assert "gpu: error: --gpu needs a CUDA GPU that torch can use, and there is none" in said.err


def test_there_are_twelve_settings_of_memory_and_each_is_one_that_exists() -> None:
    from autotrain.config.settings import Settings

    assert len(gpu_check.SETTINGS) == 12
    assert all(Settings(**changes) for changes in gpu_check.SETTINGS)


def test_memory_and_generation_are_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "vllm", stand_in_vllm())
    rows = gpu_check.run(gpu_check.stand_in(), ["memory", "generation"], tmp_path)
    assert [row.right for row in rows] == [None] * len(rows)
    told = "\n".join(row.line() for row in rows)
    assert "memory, batch_size 4 | predicted 0." in told and "times as fast; 4 of 4 answers the same" in told


def test_a_check_that_fails_is_a_wrong_row_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(here: Any, folder: Path) -> list[Any]:
        raise RuntimeError("no kernel for this card\nand more")

    monkeypatch.setitem(gpu_check.CHECKS, "speed", fail)
    monkeypatch.setitem(
        gpu_check.CHECKS, "memory", lambda here, folder: [gpu_check.Row("memory", "1 GB", "2 GB", True)]
    )
    page = tmp_path / "page.md"
    page.write_text(f"before\n{gpu_check.BEGIN}\nold\n{gpu_check.END}\nafter\n")
    monkeypatch.setattr(gpu_check, "PAGE", page)
    monkeypatch.setattr(gpu_check, "ROOT", tmp_path)
    assert gpu_check.main(["--stand-in", "--only", "speed", "memory", "--write"]) == 1
    said = capsys.readouterr()
    assert "1 of 3 are not as they should be: speed." in said.err
    assert "| speed | RuntimeError: no kernel for this card |  | **no** |" in said.out
    assert "| memory | 1 GB | 2 GB | yes |" in page.read_text()
    assert (
        page.read_text().startswith("before\n")
        and page.read_text().endswith("after\n")
        and "old" not in page.read_text()
    )


def test_a_training_that_computes_otherwise_on_the_card_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    learned = {"losses": [5.2, 5.1], "validation_loss": 5.0}
    monkeypatch.setattr(gpu_check, "train", lambda *_, **__: learned)
    here = gpu_check.stand_in()
    judged = [
        gpu_check._one_loss(here, tmp_path, tmp_path, wanted, "fp16", "own", "16").right
        for wanted in ([5.2, 5.1, 5.01], [5.2, 5.1, 4.9], [5.0, 5.1, 5.2])
    ]
    assert judged == [True, False, False]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_everything_but_the_card_is_right_on_the_cpu(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu_check.main(["--stand-in"]) == 0
    told = capsys.readouterr().out
    assert told.count("| yes |") == 7 and "plain TRL" in told and "bit for bit the same" in told
