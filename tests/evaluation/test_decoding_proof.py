"""Our decoding is taken where it gives the library's tokens; where it does not, the library answers."""

from pathlib import Path
from typing import Any

import families
import pytest
import tiny_model

from autotrain.errors import UsageError
from autotrain.evaluation import decoding_proof, generate

PROMPTS = ["def f(x):", "a much longer prompt about lists", "hello world, hello"]


def prompts_of(tokenizer: Any) -> list[list[int]]:
    return [tokenizer(text, add_special_tokens=False)["input_ids"] for text in PROMPTS]


def proven(model: Any) -> decoding_proof.Proof:
    tokenizer = tiny_model.tokenizer()
    return decoding_proof.prove(model.eval(), tokenizer, prompts_of(tokenizer), rounded=False)


def test_a_plain_model_is_decoded_by_us() -> None:
    found = proven(families.model("llama"))
    assert found.own and found.reason is None and found.seconds > 0


def test_a_model_whose_cache_we_cannot_hold_is_decoded_by_the_library() -> None:
    model = families.model("lfm2")
    found = proven(model)
    assert not found.own and found.reason
    tokenizer, decoding = tiny_model.tokenizer(), generate.Decoding(6, 2)
    (first, *_) = generate.generate(model, tokenizer, prompts_of(tokenizer), decoding, own=False)
    assert 0 < first.tokens <= 6


def test_another_token_is_told_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = generate.tokens

    def second_is_wrong(*arguments: Any) -> list[list[int]]:
        return [[answer[0], (answer[1] + 7) % 256, *answer[2:]] for answer in plain(*arguments)]

    monkeypatch.setattr(generate, "tokens", second_is_wrong)
    found = proven(families.model("llama"))
    assert not found.own and found.reason == "token 2 of an answer is another one"


def test_the_library_says_what_we_say() -> None:
    model, tokenizer = families.model("llama").eval(), tiny_model.tokenizer()
    decoding, prompts = generate.Decoding(12, 2), prompts_of(tokenizer)
    ours = generate.generate(model, tokenizer, prompts, decoding)
    assert generate.generate(model, tokenizer, prompts, decoding, own=False) == ours


def test_a_model_that_the_library_cannot_decode_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("no kernel here")

    model = families.model("llama")
    monkeypatch.setattr(model, "generate", fail)
    with pytest.raises(UsageError, match=r"LlamaForCausalLM cannot answer .*no kernel here\): choose another"):
        proven(model)


def test_a_stop_asked_for_while_the_model_was_loaded_is_heard_before_the_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autotrain.config.settings import Settings
    from autotrain.evaluation.answers import Answerer

    class Stop(Exception):
        pass

    def stop(count: int) -> None:
        raise Stop

    settings = Settings(base_model=str(tiny_model.save(tmp_path / "m")), quantization_bits="16", max_new_tokens=4)
    answerer = Answerer(settings, None, lambda text: None)
    monkeypatch.setattr(decoding_proof, "prove", lambda *a, **k: pytest.fail("proved after the stop"))
    with pytest.raises(Stop):
        answerer.answer([("val", task) for task in tiny_model.samples_of(2)], on_tokens=stop)
