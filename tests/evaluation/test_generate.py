"""Batched generation says what one-at-a-time generation says, whatever the batch."""

from pathlib import Path

import pytest
import tiny_model
import torch

from autotrain.evaluation.generate import Decoding, _completion, generate
from autotrain.training import loading, models

PROMPTS = ["a", "def f(x):", "a much longer prompt about lists", "zz", "return 1", "hello world, hello", "q" * 40]


@pytest.fixture(scope="module")
def model_and_tokenizer(tmp_path_factory: pytest.TempPathFactory):
    directory = tiny_model.save(tmp_path_factory.mktemp("tiny") / "model")
    reference = models.find(str(directory), "", "")
    return loading.load_base(reference, 16), loading.load_tokenizer(reference)


@pytest.fixture
def encoded(model_and_tokenizer) -> list[list[int]]:
    _, tokenizer = model_and_tokenizer
    return [tokenizer(text, add_special_tokens=False)["input_ids"] for text in PROMPTS]


def reference_answer(model, tokenizer, prompt: list[int], limit: int) -> list[int]:
    tokens = list(prompt)
    with torch.inference_mode():
        for _ in range(limit):
            tokens.append(int(model(torch.tensor([tokens]), use_cache=False).logits[0, -1].argmax()))
            if tokens[-1] == tokenizer.eos_token_id:
                break
    return tokens[len(prompt) :]


def test_spaces_in_an_answer_stay_as_the_model_wrote_them() -> None:
    tokenizer, code = tiny_model.tokenizer(), "' , '.join(words) . upper() ?"
    tokenizer.clean_up_tokenization_spaces = True  # as many tokenizers ship it
    ids = tokenizer(code)["input_ids"]
    assert tokenizer.decode(ids) != code
    assert _completion(tokenizer, ids, set()).text == code


@pytest.mark.parametrize("batch_size", [1, 2, 3, 16])
def test_a_batch_says_what_plain_greedy_decoding_says(model_and_tokenizer, encoded, batch_size: int) -> None:
    model, tokenizer = model_and_tokenizer
    found = generate(model, tokenizer, encoded, Decoding(12, batch_size))
    for prompt, completion in zip(encoded, found, strict=True):
        wanted = reference_answer(model, tokenizer, prompt, 12)
        ended = wanted[-1] == tokenizer.eos_token_id
        assert completion.text == tokenizer.decode(wanted[: len(wanted) - ended], skip_special_tokens=True)
        assert completion.truncated == (not ended)
        assert completion.tokens == len(wanted) - ended


def test_answers_of_different_lengths_leave_the_batch_and_let_others_in(model_and_tokenizer, encoded) -> None:
    """Makes one token in three an end of turn, so that rows finish at different steps."""
    model, tokenizer = model_and_tokenizer
    stops = list(range(0, len(tokenizer), 3))
    before = model.generation_config.eos_token_id
    model.generation_config.eos_token_id = stops
    try:
        many = generate(model, tokenizer, encoded * 4, Decoding(30, 4))
        alone = [generate(model, tokenizer, [prompt], Decoding(30, 1))[0] for prompt in encoded] * 4
    finally:
        model.generation_config.eos_token_id = before
    assert many == alone
    assert len({completion.tokens for completion in many}) > 1


def test_sampling_is_the_same_for_the_same_seed_and_differs_for_another(model_and_tokenizer, encoded) -> None:
    model, tokenizer = model_and_tokenizer

    def run(seed: int):
        return [c.text for c in generate(model, tokenizer, encoded, Decoding(12, 4, temperature=1.0, seed=seed))]

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_each_finished_answer_is_announced_once(model_and_tokenizer, encoded) -> None:
    model, tokenizer = model_and_tokenizer
    announced: list[int] = []
    generate(model, tokenizer, encoded, Decoding(6, 3), lambda index, completion: announced.append(index))
    assert sorted(announced) == list(range(len(encoded)))


def test_an_error_while_announcing_ends_the_generation(model_and_tokenizer, encoded) -> None:
    model, tokenizer = model_and_tokenizer

    def stop(index: int, completion) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        generate(model, tokenizer, encoded, Decoding(6, 3), stop)


def test_a_stop_is_heard_between_two_tokens_while_no_answer_is_finished(model_and_tokenizer, encoded) -> None:
    model, tokenizer = model_and_tokenizer
    written: list[int] = []

    def stop(count: int) -> None:
        written.append(count)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        generate(model, tokenizer, encoded, Decoding(6, 3), on_tokens=stop)
    assert written == [min(3, len(encoded))]


def test_grouped_attention_equals_the_librarys(model_and_tokenizer) -> None:
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    from autotrain.evaluation.decode_attention import grouped_attention

    generator = torch.Generator().manual_seed(0)
    query = torch.randn(3, 6, 1, 8, generator=generator)
    key, value = (torch.randn(3, 2, 11, 8, generator=generator) for _ in range(2))
    mask = torch.rand(3, 1, 1, 11, generator=generator) > 0.3
    mask[..., -1] = True
    module = torch.nn.Module()
    module.num_key_value_groups = 3
    module.is_causal = True
    ours, _ = grouped_attention(module, query, key, value, mask, scaling=8**-0.5)
    theirs, _ = sdpa_attention_forward(module, query, key, value, mask, scaling=8**-0.5)
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_an_adapter_that_is_switched_off_is_noticed(model_and_tokenizer, tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model

    from autotrain.evaluation.answers import require_enabled

    directory = tiny_model.save(tmp_path / "model")
    base = loading.load_base(models.find(str(directory), "", ""), 16)
    adapted = get_peft_model(base, LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM"))
    require_enabled(adapted)
    with adapted.disable_adapter(), pytest.raises(AssertionError):
        require_enabled(adapted)
