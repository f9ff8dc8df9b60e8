"""TRAIN_BACKEND: TRL's trainer learns of our rows what ours learns, resumes as ours does; unsloth's model fits in."""

import sys
import types
from typing import Any

import pytest
import tiny_model
import torch
from sizes import CPU, QWEN_7B
from training_support import Folder, Killed, adapter_bytes, adapter_tensors, kill_at, shared_folder  # noqa: F401

from autotrain.config import profiles
from autotrain.config.settings import Settings
from autotrain.errors import Stopped, UsageError
from autotrain.training import backends, checkpoints, loading, lora, memory, proof, sft
from autotrain.training.examples import Example, encode_rows, padded
from autotrain.training.sampler import Rows, Size

# ruff: noqa: F811  (a fixture is imported and then named as an argument)

EXACT: dict[str, Any] = {"cpu_compute_dtype": "float32"}
SMALL_CARD = profiles.Hardware("a card", 11 << 30, (7, 5), 8, 32 << 30)
LARGE_CARD = profiles.Hardware("a card", 80 << 30, (9, 0), 16, 64 << 30)


def trained(folder: Folder, name: str, **options: Any) -> dict[str, Any]:
    """A finished training: its result, each step's loss, and the adapter."""
    steps: list[dict[str, Any]] = []
    job = folder.job(name, on_step=steps.append, **{**EXACT, **options})
    result = sft.train(job)
    losses = [step["loss"] for step in steps if "loss" in step]
    validation = [step["validation_loss"] for step in steps if "validation_loss" in step]
    return {
        "result": result,
        "losses": losses,
        "validation": validation,
        "adapter": adapter_tensors(job.final),
        "final": job.final,
    }


def assert_alike(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert theirs["losses"] == pytest.approx(ours["losses"], rel=1e-4)
    assert theirs["validation"] == pytest.approx(ours["validation"], rel=1e-4)
    assert ours["adapter"].keys() == theirs["adapter"].keys()
    for name, value in ours["adapter"].items():
        # Adam makes whole steps of gradients that are rounding alone: single values may differ, their sum may not.
        assert (theirs["adapter"][name] - value).norm() < 0.01 * value.norm()
    for name in ("steps", "tokens", "answer_tokens", "best_step"):
        assert theirs["result"][name] == ours["result"][name]


@pytest.fixture(scope="module")
def by_trl(shared_folder: Folder) -> dict[str, Any]:
    return trained(shared_folder, "by_trl", train_backend="trl")


def test_trl_learns_what_our_trainer_learns_of_the_same_rows(shared_folder: Folder, by_trl: dict[str, Any]) -> None:
    ours = trained(shared_folder, "by_own", train_backend="own")
    assert (ours["result"]["backend"], by_trl["result"]["backend"]) == ("own", "trl")
    assert_alike(ours, by_trl)
    assert by_trl["result"]["proof"]["shortcuts"] == [] and by_trl["losses"][-1] < by_trl["losses"][0] - 0.02


def test_trl_learns_what_our_trainer_learns_of_packed_rows(shared_folder: Folder) -> None:
    ours, theirs = (
        trained(shared_folder, f"packed_{name}", train_backend=name, packing=True) for name in ("own", "trl")
    )
    assert theirs["result"]["proof"]["packed_equals_alone"]
    assert_alike(ours, theirs)


def test_rows_that_may_not_stand_side_by_side_are_padded_by_trl(
    shared_folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = trained(shared_folder, "apart_own", train_backend="own", packing=True)
    plain = proof._Proof._fault
    monkeypatch.setattr(
        proof._Proof,
        "_fault",
        lambda self, names, *, rows: "leaks" if rows == "packed" else plain(self, names, rows=rows),
    )
    theirs = trained(shared_folder, "apart_trl", train_backend="trl", packing=True)
    assert theirs["result"]["proof"]["left_out"] == {"packing": "leaks"}
    assert_alike(ours, theirs)


def test_a_model_that_padding_makes_wrong_is_not_trained_by_trl(
    shared_folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shifted(examples: Any) -> dict[str, Any]:
        batch = padded(examples)
        return {
            **batch,
            "attention_mask": batch["attention_mask"].roll(1, dims=1) * 0 + 1,
            "input_ids": batch["input_ids"].flip(0),
        }

    monkeypatch.setattr(proof, "padded", shifted)
    with pytest.raises(UsageError, match="TRAIN_BACKEND=trl pads rows, and LlamaForCausalLM computes them otherwise"):
        sft.train(shared_folder.job("padded_wrong", train_backend="trl"))


@pytest.mark.parametrize("steps", [[1], [3], [4, 5]], ids=str)
def test_killed_and_resumed_under_trl_equals_uninterrupted_bit_for_bit(
    shared_folder: Folder, by_trl: dict[str, Any], steps: list[int]
) -> None:
    options = {"train_backend": "trl", **EXACT}
    name = f"trl_killed_{len(steps)}_{steps[0]}"
    for number, step in enumerate(steps):
        with pytest.raises(Killed):
            sft.train(shared_folder.job(name, on_step=kill_at(step), resume=number > 0, **options))
    job = shared_folder.job(name, resume=True, **options)
    result = sft.train(job)
    assert adapter_bytes(job.final) == adapter_bytes(by_trl["final"])
    assert result["tokens"] == by_trl["result"]["tokens"]


def test_a_stop_under_trl_is_answered_with_a_checkpoint_to_go_on_from(shared_folder: Folder) -> None:
    asked = iter([False, True])
    job = shared_folder.job("trl_stopped", train_backend="trl", save_steps=100, stop_requested=lambda: next(asked))
    with pytest.raises(Stopped):
        sft.train(job)
    assert checkpoints.problem(job.checkpoints / "checkpoint-2") is None


def test_trl_is_kept_from_copies_on_two_cards_and_from_rounding_the_adapter(shared_folder: Folder) -> None:
    from autotrain.training import trl_trainer
    from autotrain.training.monitor import Monitor

    job = shared_folder.job("trl_built", train_backend="trl")
    model = lora.adapted(loading.load_base(job.reference, 4), job)
    before = {name: value.clone() for name, value in model.named_parameters() if value.requires_grad}
    rows = encode_rows(tiny_model.tokenizer(), tiny_model.samples_of(2), 512).examples
    args = trl_trainer.arguments(job, False)
    args._n_gpu = 2  # what the library counts where two cards are seen
    built = trl_trainer.TrlTrainer(job, args, model, Monitor(job), rows, [], proof.Route(), tiny_model.tokenizer())
    assert built.args.n_gpu == 1 and built.args.max_length is None
    after = {name: value for name, value in built.model.named_parameters() if value.requires_grad}
    assert all(value.dtype == torch.float32 and torch.equal(value, before[name]) for name, value in after.items())


def test_a_resume_keeps_the_backend_that_auto_chose_and_refuses_another(shared_folder: Folder) -> None:
    with pytest.raises(Killed):
        sft.train(shared_folder.job("kept", on_step=kill_at(3)))
    with pytest.raises(UsageError, match="TRAIN_BACKEND was own, is trl"):
        sft.train(shared_folder.job("kept", resume=True, train_backend="trl"))
    assert sft.train(shared_folder.job("kept", resume=True))["backend"] == "own"


@pytest.mark.parametrize(
    ("hardware", "installed", "chosen"),
    [(CPU, True, "own"), (LARGE_CARD, True, "trl"), (LARGE_CARD, False, "own")],
)
def test_auto_is_trl_on_a_gpu_where_it_is_installed(
    monkeypatch: pytest.MonkeyPatch, hardware: profiles.Hardware, installed: bool, chosen: str
) -> None:
    monkeypatch.setattr(backends, "has_trl", lambda: installed)
    asked = Settings(quantization_bits="4")
    assert memory.settle_backend(asked, QWEN_7B, hardware).train_backend == chosen


def test_auto_leaves_trl_where_its_logits_would_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "has_trl", lambda: True)
    asked = Settings(quantization_bits="4", seq_len=2048)
    assert memory.settle_backend(asked, QWEN_7B, SMALL_CARD).train_backend == "own"


def test_trl_is_predicted_to_take_all_logits_of_padded_rows() -> None:
    rows = Rows([Size(100, 10)] * 7 + [Size(900, 10)])
    own, trl = (
        memory.predict(
            Settings(quantization_bits="4", batch_size=4, packing=False, train_backend=name), QWEN_7B, LARGE_CARD, rows
        )
        for name in ("own", "trl")
    )
    logits = 4 * 900 * QWEN_7B["vocab_size"] * 4
    assert trl.parts["logits and temporaries"] > memory.WHOLE_LOGITS * logits > own.parts["logits and temporaries"]
    assert trl.parts["activations"] > own.parts["activations"]


def test_trl_that_is_not_installed_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "has_trl", lambda: False)
    with pytest.raises(UsageError, match=r"TRAIN_BACKEND=trl is not installed: run ./scripts/setup.sh, or use own\."):
        backends.check(Settings(train_backend="trl"), has_gpu=True)


def test_padded_rows_hold_the_examples_and_nothing_that_is_trained_on_beside() -> None:
    batch = padded([Example([5, 6, 7], [-100, 6, 7]), Example([8], [-100])])
    assert batch["input_ids"].tolist() == [[5, 6, 7], [8, 0, 0]]
    assert batch["labels"].tolist() == [[-100, 6, 7], [-100, -100, -100]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]


def stand_in_unsloth(asked: dict[str, Any]) -> types.ModuleType:
    """A module with unsloth's two calls, which do by PEFT what it does by kernels of its own."""

    class FastLanguageModel:
        @staticmethod
        def from_pretrained(*, model_name: str, **options: Any) -> tuple[Any, None]:
            asked["load"] = options
            return tiny_model.model().requires_grad_(False), None

        @staticmethod
        def get_peft_model(model: Any, **options: Any) -> Any:
            from peft import LoraConfig, get_peft_model

            asked["adapt"] = options
            names = ("r", "target_modules", "lora_alpha", "lora_dropout", "bias", "use_rslora")
            return get_peft_model(model, LoraConfig(**{name: options[name] for name in names}, task_type="CAUSAL_LM"))

    module = types.ModuleType("unsloth")
    module.FastLanguageModel = FastLanguageModel  # type: ignore[attr-defined]
    return module


def test_unsloth_trains_its_own_adapter_layers_one_example_a_row(
    shared_folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setitem(sys.modules, "unsloth", stand_in_unsloth(asked))
    ours = trained(shared_folder, "beside_unsloth", train_backend="own", quantization_bits="16")
    theirs = trained(shared_folder, "by_unsloth", train_backend="unsloth", quantization_bits="16")
    assert asked["load"]["load_in_4bit"] is False and asked["adapt"]["r"] == 4 and asked["adapt"]["lora_alpha"] == 8
    assert len(asked["adapt"]["target_modules"]) == 7
    assert theirs["result"]["proof"]["shortcuts"] == [] and not theirs["result"]["proof"]["packed_equals_alone"]
    assert_alike(ours, theirs)
