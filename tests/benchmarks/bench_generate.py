"""Generation: ours against one-at-a-time `generate` and against padded batches of the library.

Prints tasks and tokens a second on heidi-core's first tasks, and the ratios. Needs no network.

    python tests/benchmarks/bench_generate.py [--tasks 24] [--new-tokens 64]
"""

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=24)
    parser.add_argument("--new-tokens", type=int, default=64)
    parser.add_argument("--batch", type=int, default=48)
    arguments = parser.parse_args()

    import torch

    from autotrain import prompts
    from autotrain.evaluation.generate import Decoding, generate
    from autotrain.evaluation.report import limited
    from autotrain.evaluation.suites import load_suite
    from autotrain.training import loading, models

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    loading.quiet_libraries()
    reference = models.find("smollm2-135m", "", "~/.cache/heidi-autotraining")
    tokenizer, model = loading.load_tokenizer(reference), loading.load_base(reference, 4)
    model.eval()
    rows = limited(load_suite("heidi-core:dev").rows, arguments.tasks)
    encoded = [prompts.encode_prompt(tokenizer, row) for row in rows]
    limit = arguments.new_tokens

    def one_at_a_time() -> list[str]:
        answers = []
        for prompt in encoded:
            ids = torch.tensor([prompt])
            out = model.generate(ids, max_new_tokens=limit, do_sample=False, use_cache=True)
            answers.append(tokenizer.decode(out[0, len(prompt) :], skip_special_tokens=True))
        return answers

    def padded() -> list[str]:
        batch = tokenizer.pad({"input_ids": encoded}, return_tensors="pt")
        out = model.generate(**batch, max_new_tokens=limit, do_sample=False, use_cache=True)
        width = batch["input_ids"].shape[1]
        return [tokenizer.decode(row[width:], skip_special_tokens=True) for row in out]

    def ours() -> list[str]:
        decoding = Decoding(limit, arguments.batch)
        return [completion.text for completion in generate(model, tokenizer, encoded, decoding)]

    found: dict[str, list[str]] = {}
    seconds: dict[str, float] = {}
    # ours comes last: it switches the attention of the model
    for name, run in (("one at a time", one_at_a_time), ("one padded batch", padded), ("ours", ours)):
        started = time.monotonic()
        found[name] = run()
        seconds[name] = time.monotonic() - started
    print(f"{len(rows)} tasks, at most {limit} new tokens, greedy, NF4, fp32, {torch.get_num_threads()} threads")
    for name, taken in seconds.items():
        same = sum(a == b for a, b in zip(found[name], found["one at a time"], strict=True))
        print(
            f"{name:<18} {taken:7.1f} s  {len(rows) / taken:6.2f} tasks/s  "
            f"ours is {taken / seconds['ours']:4.1f}x  same answers {same}/{len(rows)}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
