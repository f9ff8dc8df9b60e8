"""Calls are learned: a tiny model that was trained on one conversation calls the function as it did."""

from pathlib import Path

import tiny_model
import torch
from training_support import Folder

from autotrain.cleaning.foreign_rows import as_sample
from autotrain.jsonl import write_rows
from autotrain.tasks import prompts
from autotrain.training import loading, models, sft
from autotrain.training.examples import IGNORED, encode_row

TEMPLATE = (
    "{% for tool in tools or [] %}{{ '<|im_start|>tool ' + tool['function']['name'] + '\n' }}{% endfor %}"
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] }}{% for c in m['tool_calls'] or [] %}"
    "{{ '<call>' + c['function']['name'] + ' ' + c['function']['arguments'] | tojson }}{% endfor %}{{ '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Bergen", "days": 2}'}}
ROW, _ = as_sample(
    {
        "messages": [
            {"role": "user", "content": "Weather in Bergen?"},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c1", "content": '{"t": 7}'},
            {"role": "assistant", "content": "Seven degrees."},
        ],
        "tools": [{"type": "function", "function": {"name": "weather"}}],
    }
)


def test_a_tiny_model_overfitted_on_a_tool_call_conversation_reproduces_the_call(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    tiny_model.save(folder.model, initializer_range=0.2)  # logits of a range that can be sure of a token
    tokenizer = tiny_model.tokenizer()
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder.model)
    write_rows(tmp_path / "calls.jsonl", [ROW])
    options = {"quantization_bits": "16", "lora_r": 64, "lr": 5e-3, "train_steps": 120, "max_passes": 0.0}
    options |= {"batch_size": 1, "grad_accum": 1, "save_steps": 120, "eval_steps": 120}
    sft.train(folder.job(data=tmp_path / "calls.jsonl", validate=False, **options))

    example = encode_row(tokenizer, ROW)
    start = next(place for place, label in enumerate(example.labels) if label != IGNORED)
    reference = models.find(str(folder.model), "", "")
    model = loading.load_adapter(loading.load_base(reference, 16), reference, tmp_path / "out" / "final")
    for prompt, answer in (
        (example.input_ids[:start], '<call>weather {"city": "Bergen", "days": 2}<|im_end|>'),
        (prompts.encode_prompt(tokenizer, ROW), "Seven degrees.<|im_end|>"),
    ):
        ids = torch.tensor([prompt])
        made = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=80)
        assert tokenizer.decode(made[0, len(prompt) :]) == answer
