"""Stage 04's machinery: adapters, precision, validation, and what it does when things go wrong."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import tiny_model
import torch
from training_support import Folder, adapter_tensors, shared_folder  # noqa: F401

from autotrain.errors import AutotrainError, DataError, OutOfMemory, Stopped, UsageError
from autotrain.training import loading, lora, models, precision, sft, trainer
from autotrain.training.examples import encode_rows
from autotrain.training.monitor import Monitor
from autotrain.training.proof import Route

# ruff: noqa: F811  (a fixture is imported and then named as an argument)

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@pytest.fixture(scope="module")
def trained(shared_folder: Folder) -> dict[str, Any]:
    """One finished training with validation, and each step's metrics."""
    steps: list[dict[str, Any]] = []
    return {"result": sft.train(shared_folder.job("trained", on_step=steps.append)), "steps": steps}


@pytest.mark.parametrize(
    ("capability", "compute"),
    [(None, "float32"), ((6, 1), "float16"), ((7, 5), "float16"), ((8, 0), "bfloat16"), ((12, 0), "bfloat16")],
)
def test_precision_follows_the_compute_capability(capability: tuple[int, int] | None, compute: str) -> None:
    assert precision.choose(capability) == precision.Precision(compute, adapter="float32")


@pytest.mark.parametrize(
    ("wanted", "flags", "products"),
    [
        ("auto", {"avx512f"}, "float32"),
        ("auto", {"avx512f", "avx512_bf16"}, "bfloat16"),
        ("auto", {"asimd", "bf16"}, "bfloat16"),
        ("float32", {"amx_bf16"}, "float32"),
        ("bfloat16", set(), "bfloat16"),
    ],
)
def test_a_cpu_multiplies_in_bf16_where_it_has_the_instructions(
    wanted: str, flags: set[str], products: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "processor_flags", lambda: frozenset(flags))
    assert precision.cpu_products(wanted) == products


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_compute_dtype_that_is_asked_for_is_trained_in(
    dtype: str, shared_folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = set()
    plain = trainer.AnswerTrainer.compute_loss

    def watched(self: Any, model: Any, inputs: Any, *arguments: Any, **options: Any) -> Any:
        seen.update(
            str(module.unpacked_weight.dtype) for module in model.modules() if hasattr(module, "unpacked_weight")
        )
        return plain(self, model, inputs, *arguments, **options)

    monkeypatch.setattr(trainer.AnswerTrainer, "compute_loss", watched)
    result = sft.train(shared_folder.job(f"in_{dtype}", cpu_compute_dtype=dtype, train_steps=2))
    assert seen == {f"torch.{dtype}"} and math.isfinite(result["train_loss"])


def test_a_turing_card_trains_in_fp16_with_fp32_adapters(shared_folder: Folder, monkeypatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda *_: (7, 5))
    monkeypatch.setattr(trainer.transformers, "TrainingArguments", lambda **options: asked.update(options))
    trainer.arguments(shared_folder.job(), True)
    assert (asked["fp16"], asked["bf16"], asked["optim"]) == (True, False, "paged_adamw_8bit")


def test_the_adapter_is_fp32_whatever_it_was_made_in(shared_folder: Folder) -> None:
    model = lora.adapted(tiny_model.model().to(torch.bfloat16).requires_grad_(False), shared_folder.job())
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.to(torch.bfloat16)
    lora.keep_in_fp32(model)
    assert {value.dtype for value in model.parameters() if value.requires_grad} == {torch.float32}


def test_the_adapter_is_fp32_once_the_trainer_is_built(shared_folder: Folder) -> None:
    model = lora.adapted(tiny_model.model().requires_grad_(False), shared_folder.job())
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.to(torch.bfloat16)
    job = shared_folder.job("built")
    rows = encode_rows(tiny_model.tokenizer(), tiny_model.samples_of(2), 512).examples
    built = trainer.AnswerTrainer(job, trainer.arguments(job, False), model, Monitor(job), rows, [], Route())
    assert {value.dtype for value in built.model.parameters() if value.requires_grad} == {torch.float32}


def test_two_cards_without_a_launcher_hold_no_copies_of_the_model(shared_folder: Folder) -> None:
    model, job = lora.adapted(tiny_model.model().requires_grad_(False), shared_folder.job()), shared_folder.job("cards")
    rows = encode_rows(tiny_model.tokenizer(), tiny_model.samples_of(2), 512).examples
    args = trainer.arguments(job, False)
    args._n_gpu = 2  # what the library counts where two cards are seen
    built = trainer.AnswerTrainer(job, args, model, Monitor(job), rows, [], Route())
    assert built.args.n_gpu == 1 and built.args.train_batch_size == job.settings.batch_size


def test_the_adapter_on_disk_is_fp32(trained: dict[str, Any], shared_folder: Folder) -> None:
    tensors = adapter_tensors(shared_folder.root / "trained" / "final")
    assert {value.dtype for value in tensors.values()} == {torch.float32}


def test_all_linear_means_every_linear_layer_but_the_head() -> None:
    found = lora.expected_targets(tiny_model.model(tie_word_embeddings=False), "all-linear")
    assert len(found) == 2 * len(LINEAR) and {name.rsplit(".", 1)[-1] for name in found} == set(LINEAR)


def test_the_adapted_modules_are_the_expected_ones(trained: dict[str, Any], shared_folder: Folder) -> None:
    names = {name.split(".lora_")[0] for name in adapter_tensors(shared_folder.root / "trained" / "final")}
    assert len(names) == 2 * len(LINEAR) and {name.rsplit(".", 1)[-1] for name in names} == set(LINEAR)


def test_only_the_named_targets_are_adapted(shared_folder: Folder) -> None:
    model = lora.adapted(tiny_model.model().requires_grad_(False), shared_folder.job(lora_targets="q_proj,down_proj"))
    trained_names = {name.split(".lora_")[0].rsplit(".", 1)[-1] for name in model.state_dict() if ".lora_" in name}
    assert trained_names == {"q_proj", "down_proj"}


@pytest.mark.parametrize("targets", ["q_proj,k_porj", "lm_head", " , "])
def test_a_target_that_matches_no_layer_is_refused(targets: str) -> None:
    with pytest.raises(UsageError, match="LORA_TARGETS"):
        lora.expected_targets(tiny_model.model(), targets)


def test_rank_and_scaling_are_as_set(shared_folder: Folder) -> None:
    model = lora.adapted(tiny_model.model().requires_grad_(False), shared_folder.job(lora_r=4, lora_alpha=6))
    layer = model.base_model.model.model.layers[0].self_attn.q_proj
    assert layer.r["default"] == 4 and layer.scaling["default"] == pytest.approx(6 / 4)


def test_a_pad_token_that_equals_the_end_of_turn_is_replaced(tmp_path: Path) -> None:
    tokenizer = tiny_model.tokenizer()
    tokenizer.pad_token = tokenizer.eos_token
    tiny_model.model().save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    loaded = loading.load_tokenizer(models.find(str(tmp_path), "", ""))
    assert loaded.pad_token_id != loaded.eos_token_id


def test_a_tokenizer_without_a_template_gets_one_that_ends_turns(tmp_path: Path) -> None:
    tokenizer = tiny_model.tokenizer()
    tokenizer.chat_template = None
    tokenizer.save_pretrained(tmp_path)
    tiny_model.model().save_pretrained(tmp_path)
    loaded = loading.load_tokenizer(models.find(str(tmp_path), "", ""))
    text = loaded.apply_chat_template(
        [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], tokenize=False
    )
    assert text.endswith("b<|im_end|>\n\n")


def test_the_base_weights_do_not_move(trained: dict[str, Any], shared_folder: Folder) -> None:
    before = tiny_model.model().state_dict()
    reference = models.find(str(shared_folder.model), "", "")
    after = loading.load_base(reference, 16).state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_training_lowers_the_loss(trained: dict[str, Any]) -> None:
    losses = [step["loss"] for step in trained["steps"] if "loss" in step]
    assert losses[-1] < losses[0] - 0.02 and len(losses) == 6


def test_each_step_reports_what_the_dashboard_shows(trained: dict[str, Any]) -> None:
    step = [step for step in trained["steps"] if "loss" in step][-1]
    wanted = "step steps loss learning_rate grad_norm tokens trained_share tokens_per_second peak_memory_bytes eta_s"
    assert set(wanted.split()) | {"predicted_memory_bytes"} == set(step)
    assert all(isinstance(value, (int, float)) for value in step.values())
    assert 0 < step["trained_share"] < 1 and step["eta_s"] == 0


def test_a_steps_loss_is_the_mean_over_its_answer_tokens(shared_folder: Folder) -> None:
    steps: list[dict[str, Any]] = []
    sft.train(shared_folder.job("first", train_steps=1, on_step=steps.append, batch_size=8, grad_accum=2))
    reference = models.find(str(shared_folder.model), "", "")
    model = loading.load_base(reference, 4)
    encoded = encode_rows(loading.load_tokenizer(reference), tiny_model.samples_of(11), 512)
    total = 0.0
    for example in encoded.examples:  # the first step's adapter is still zero, and its batch is all eleven rows
        logits = model(input_ids=torch.tensor([example.input_ids])).logits[0, :-1].float()
        total += torch.nn.functional.cross_entropy(logits, torch.tensor(example.labels[1:]), reduction="sum").item()
    assert steps[0]["loss"] == pytest.approx(total / encoded.answer_tokens, rel=1e-5)


def test_the_validation_loss_is_the_mean_over_all_answer_tokens(shared_folder: Folder, trained: dict[str, Any]) -> None:
    reference = models.find(str(shared_folder.model), "", "")
    final = shared_folder.root / "trained" / "final"
    model = loading.load_adapter(loading.load_base(reference, 4), reference, final)
    encoded = encode_rows(loading.load_tokenizer(reference), tiny_model.samples_of(3), 512)
    total = 0.0
    for example in encoded.examples:
        logits = model(input_ids=torch.tensor([example.input_ids])).logits[0, :-1].float()
        total += torch.nn.functional.cross_entropy(logits, torch.tensor(example.labels[1:]), reduction="sum").item()
    assert trained["result"]["validation_loss"] == pytest.approx(total / encoded.answer_tokens, rel=1e-4)


def test_validation_gathers_no_logits(shared_folder: Folder, monkeypatch) -> None:
    job = shared_folder.job("no_logits", train_steps=1)
    assert trainer.arguments(job, True).prediction_loss_only
    monkeypatch.setattr(
        trainer.transformers.Trainer, "evaluation_loop", lambda *_, **__: pytest.fail("the gathering loop ran")
    )
    assert sft.train(job)["validation_loss"] > 0


def test_the_adapter_with_the_lowest_validation_loss_is_kept(shared_folder: Folder, monkeypatch) -> None:
    losses = iter([3.0, 2.9, 2.8, 1.0, 2.0, 2.0])
    monkeypatch.setattr(trainer.AnswerTrainer, "mean_loss", lambda *_: next(losses))
    result = sft.train(shared_folder.job("best"))
    until_best = sft.train(shared_folder.job("until_best", validate=False, save_steps=4, on_step=stop_nothing))
    assert (result["best_step"], result["validation_loss"], result["last_validation_loss"]) == (4, 1.0, 2.0)
    expected = adapter_tensors(shared_folder.root / "until_best" / "checkpoints" / "checkpoint-4")
    found = adapter_tensors(shared_folder.root / "best" / "final")
    assert until_best["validation_loss"] is None
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def stop_nothing(metrics: dict[str, Any]) -> None:
    """A listener that does nothing."""


def test_a_loss_that_is_no_number_stops_early_and_keeps_the_earlier_adapter(shared_folder: Folder, monkeypatch) -> None:
    sft.train(shared_folder.job("poisoned", train_steps=2))
    final = shared_folder.root / "poisoned" / "final"
    before = {path.name: path.read_bytes() for path in final.iterdir()}
    plain = trainer.AnswerTrainer._summed

    def poisoned(self: Any, model: Any, inputs: Any) -> Any:
        loss, count = plain(self, model, inputs)
        return loss * (math.nan if self.state.global_step >= 3 else 1.0), count

    monkeypatch.setattr(trainer.AnswerTrainer, "_summed", poisoned)
    job = shared_folder.job("poisoned", train_steps=100, save_steps=1, validate=False)
    with pytest.raises(AutotrainError, match="no number for 3 steps up to step 6: lower LR") as raised:
        sft.train(job)
    assert type(raised.value) is AutotrainError
    assert {path.name: path.read_bytes() for path in final.iterdir()} == before
    newest = max(int(path.name.split("-")[1]) for path in job.checkpoints.glob("checkpoint-*"))
    assert newest == 3  # none was saved with poisoned weights


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_out_of_memory_says_what_to_lower(shared_folder: Folder, monkeypatch, error: Exception) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(trainer.AnswerTrainer, "_summed", fail)
    with pytest.raises(OutOfMemory, match=r"lower BATCH_SIZE \(now 2\), SEQ_LEN \(now 512\) or LORA_R") as raised:
        sft.train(shared_folder.job("no_memory"))
    assert raised.value.exit_code == 5


def test_another_runtime_error_is_not_taken_for_memory(shared_folder: Folder, monkeypatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(trainer.AnswerTrainer, "_summed", fail)
    with pytest.raises(RuntimeError, match="shapes"):
        sft.train(shared_folder.job("no_shapes"))


def test_a_stop_is_answered_with_a_checkpoint_to_go_on_from(shared_folder: Folder) -> None:
    asked = iter([False, True])
    job = shared_folder.job("stopped", save_steps=100, stop_requested=lambda: next(asked))
    with pytest.raises(Stopped):
        sft.train(job)
    assert (job.checkpoints / "checkpoint-2" / "complete.json").is_file()
    assert not job.final.exists()


def test_an_adapter_to_start_from_is_gone_on_with(shared_folder: Folder, trained: dict[str, Any]) -> None:
    first = shared_folder.root / "trained" / "final"
    steps: list[dict[str, Any]] = []
    sft.train(shared_folder.job("second", init_adapter=first, train_steps=1, on_step=steps.append))
    assert steps[0]["loss"] < [step for step in trained["steps"] if "loss" in step][0]["loss"] - 0.02


def test_an_adapter_of_another_rank_is_refused(shared_folder: Folder, trained: dict[str, Any]) -> None:
    first = shared_folder.root / "trained" / "final"
    with pytest.raises(DataError, match="has rank 4 where LORA_R=8"):
        sft.train(shared_folder.job("rank", init_adapter=first, lora_r=8))


def test_gradient_checkpointing_changes_no_weight_beyond_rounding(shared_folder: Folder) -> None:
    plain = shared_folder.job("plain", validate=False, cpu_compute_dtype="float32")
    recomputed = shared_folder.job(
        "recomputed", validate=False, cpu_compute_dtype="float32", gradient_checkpointing=True
    )
    for job in (plain, recomputed):
        sft.train(job)
    expected = adapter_tensors(plain.final)
    for name, value in adapter_tensors(recomputed.final).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-5)


def test_what_was_measured_stands_beside_the_adapter(trained: dict[str, Any], shared_folder: Folder) -> None:
    recorded = json.loads((shared_folder.root / "trained" / "final" / "training.json").read_text())
    assert recorded == trained["result"]
