"""Generation: ours against one-at-a-time `generate` and against padded batches of the library.

Prints tasks a second and the ratios, all on one loaded model. Needs no network. With --peer also
lm-evaluation-harness's HF backend on the same prompts, in a virtual environment that holds it.

    python tests/benchmarks/bench_generate.py [--tasks 24] [--new-tokens 64] [--suite humaneval] [--peer] [--only-peer]
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
    parser.add_argument("--suite", default="heidi-core:dev")
    parser.add_argument("--peer", action="store_true", help="lm-evaluation-harness too")
    parser.add_argument("--only-peer", action="store_true", help="that and ours alone")
    arguments = parser.parse_args()

    import torch

    from autotrain.evaluation import decode_products
    from autotrain.evaluation.generate import Decoding, generate
    from autotrain.evaluation.results import suite_set
    from autotrain.tasks import prompts
    from autotrain.training import loading, models

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    loading.quiet_libraries()
    reference = models.find("smollm2-135m", "", "~/.cache/heidi-autotraining")
    tokenizer, model = loading.load_tokenizer(reference), loading.load_base(reference, 4)
    model.eval()
    rows = suite_set(arguments.suite, arguments.tasks).rows
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

    def peer() -> list[str]:
        import lm_eval.models.huggingface as backend  # pyright: ignore[reportMissingImports]
        from lm_eval.api.instance import Instance  # pyright: ignore[reportMissingImports]

        harness = backend.HFLM(pretrained=model, tokenizer=tokenizer, batch_size=arguments.batch, max_length=2048)
        texts = [tokenizer.decode(prompt) for prompt in encoded]
        asked = {"until": [], "max_gen_toks": limit, "do_sample": False}
        requests = [
            Instance(request_type="generate_until", doc={}, arguments=(text, asked), idx=place)
            for place, text in enumerate(texts)
        ]
        nonlocal begun
        begun = time.monotonic()  # without what setting up costs
        return harness.generate_until(requests, disable_tqdm=True)

    def quick() -> list[str]:
        decode_products.install(model)
        return ours()

    runs = [
        ("one at a time", one_at_a_time),
        ("one padded batch", padded),
        ("lm-eval, hf", peer),
        ("torch's products", ours),
        ("ours", quick),
    ]
    if arguments.only_peer:
        runs = runs[2:]
    elif not arguments.peer:
        runs.remove(("lm-eval, hf", peer))
    begun = 0.0
    found: dict[str, list[str]] = {}
    seconds: dict[str, float] = {}
    # ours come last: they switch the attention and the products of the model
    for name, run in runs:
        begun = time.monotonic()
        found[name] = run()
        seconds[name] = time.monotonic() - begun
    print(f"{len(rows)} tasks, at most {limit} new tokens, greedy, NF4, fp32, {torch.get_num_threads()} threads")
    for name, taken in seconds.items():
        same = sum(a == b for a, b in zip(found[name], found[runs[0][0]], strict=True))
        print(
            f"{name:<18} {taken:7.1f} s  {len(rows) / taken:6.2f} tasks/s  "
            f"ours is {taken / seconds['ours']:4.1f}x  same answers {same}/{len(rows)}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
