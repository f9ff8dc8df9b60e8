"""Speed and memory of stage 02 beside detect-secrets + datasketch, on the same file in one run.

The file holds functions of the standard library as samples, padded with their documentation
to about 1 KB a line. The peers are installed into a temporary virtual environment; they do
less (secrets and near duplicates only). The ratio is of CPU time, which other work on the
machine disturbs least. Also prints recall and false alarms.

    python tests/benchmarks/bench_cleaning.py [--samples 20000] [--large 0] [--long 0] [--conversations 0]
"""

import argparse
import ast
import json
import os
import random
import subprocess
import sys
import sysconfig
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

PEERS = ("detect-secrets==1.5.0", "datasketch==1.9.0")
PEER_PROGRAM = """
import json, sys, time
from datasketch import MinHash, MinHashLSH
from detect_secrets.core.scan import scan_line
from detect_secrets.settings import default_settings
rows = [json.loads(line) for line in open(sys.argv[1])][: int(sys.argv[2])]
start = time.process_time()
index = MinHashLSH(threshold=0.7, num_perm=128)
with default_settings():
    for number, row in enumerate(rows):
        text = row["instruction"] + "\\n" + row["input"] + "\\n" + row["output"]
        found = [hit for line in text.splitlines() for hit in scan_line(line)]
        words = row["output"].split()
        sketch = MinHash(num_perm=128)
        for place in range(max(1, len(words) - 4)):
            sketch.update(" ".join(words[place : place + 5]).encode())
        if not found and not index.query(sketch):
            index.insert(str(number), sketch)
print((time.process_time() - start) / len(rows))
"""


def functions() -> list[str]:
    """Source of the standard library's functions, in an order that is always the same."""
    warnings.simplefilter("ignore")
    found: dict[str, None] = {}
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).rglob("*.py")):
        if "site-packages" in path.parts:
            continue
        try:
            source = path.read_text(encoding="utf-8")
            nodes = list(ast.walk(ast.parse(source)))
        except (SyntaxError, UnicodeDecodeError, RecursionError):
            continue
        lines = source.splitlines(keepends=True)
        for node in nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno:
                cut = node.col_offset
                found["".join(line[cut:] or "\n" for line in lines[node.lineno - 1 : node.end_lineno])] = None
    return list(found)


def drawn(seed: int, prefix: str) -> str:
    """A function of about 600 bytes that no other seed gives; `prefix` begins the names of its variables."""
    rng = random.Random(seed)
    lines = [f"def work_{seed}({prefix}):"]
    for step in range(9):
        field, method, number = rng.randrange(20_000), rng.randrange(20_000), rng.randrange(1000)
        lines.append(
            f"    {prefix}_{step} = {prefix}.field_{field}.method_{method}({number}) {rng.choice('+-*/%')} {step}"
        )
    return "\n".join([*lines, f"    return {' + '.join(f'{prefix}_{step}' for step in range(9))}"])


def rows(count: int) -> Iterator[dict[str, object]]:
    """Samples of about 1 KB a line: the library's functions, then drawn ones, two in five of these renamed copies."""
    from autotrain.tasks.samples import make_sample

    sources = [text for text in functions() if 300 < len(text) < 1100]
    random.Random(7).shuffle(sources)
    for number in range(count):
        if number < len(sources):
            code = sources[number].rstrip()
        elif number % 5 < 3 or number == len(sources):
            code = drawn(number, "value")
        else:
            code = drawn(random.Random(number).randrange(len(sources), number) // 5 * 5, "item")
        task = f"Task {number}: write the function below so that it keeps its name, its arguments and its behaviour."
        yield make_sample(
            instruction=task,
            input_text="",
            output=f"```python\n{code}\n```",
            task_type="algorithm_implementation",
            response_format="code",
            difficulty="medium",
            round_number=1,
            teacher_model="benchmark",
            timestamp="2026-01-01T00:00:00Z",
            family="",
        )


def conversation_rows(count: int) -> Iterator[dict[str, object]]:
    """Chats of about 1.4 KB a line: a question, a call of a tool with its result, the code of `rows`, thanks."""
    tools = [{"type": "function", "function": {"name": "read_file", "parameters": {"type": "object"}}}]
    for number, row in enumerate(rows(count)):
        call = {"name": "read_file", "arguments": json.dumps({"path": f"src/part_{number}.py", "lines": number % 90})}
        turns = [
            {"role": "system", "content": "You work on a project of many files."},
            {"role": "user", "content": row["instruction"]},
            {"role": "assistant", "content": None, "tool_calls": [{"id": f"c{number}", "function": call}]},
            {"role": "tool", "tool_call_id": f"c{number}", "content": f'{{"found": {number}, "empty": false}}'},
            {"role": "assistant", "content": row["output"]},
            {"role": "user", "content": "Thank you, that is what I needed."},
            {"role": "assistant", "content": f"Gladly. That was task {number}; name the next one when you like."},
        ]
        yield {"messages": turns, "tools": tools}


def long_rows(count: int, foreign: bool) -> Iterator[dict[str, object]]:
    """Rows of 12 million characters of code: far too long, of our own format or of another."""
    for number, row in enumerate(rows(count)):
        row["output"] = "```python\n" + "x = 1\n" * 2_000_000 + f"y = {number}\n```"
        yield {name: row[name] for name in ("instruction", "output")} if foreign else row


def stage_seconds(path: Path, workers: int, cores: set[int]) -> tuple[float, dict[str, Any]]:
    """Seconds of one cold run of the stage in a process of its own, with its summary and peak memory."""
    program = (
        "import json, resource, sys, time; start = time.perf_counter()\n"
        "from autotrain.cleaning.cleaner import clean_file\n"
        "if __name__ == '__main__':\n"
        "    summary = clean_file(sys.argv[1], sys.argv[2], sys.argv[3], workers=int(sys.argv[4])).as_dict()\n"
        "    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n"
        "    cpu = sum(u.ru_utime + u.ru_stime for u in used)\n"
        "    peak = (used[0].ru_maxrss + int(sys.argv[4]) * used[1].ru_maxrss) / 1024  # of each child as the largest\n"
        "    print(json.dumps({'s': time.perf_counter() - start, 'cpu': cpu, 'peak_mb': peak, **summary}))\n"
    )
    script = path.with_name("run_stage.py")
    script.write_text(program)
    outputs = [str(path.with_suffix(suffix)) for suffix in (".clean", ".rejects")]
    command = [sys.executable, str(script), str(path), *outputs, str(workers)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    result = json.loads(done.stdout)
    return result.pop("s"), result


def peer_seconds(path: Path, count: int, folder: Path, core: int) -> float:
    """CPU seconds a sample of detect-secrets + datasketch."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / "peers")], check=True)
    python = str(folder / "peers" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", *PEERS], check=True)
    command = [python, "-c", PEER_PROGRAM, str(path), str(count)]
    return float(
        subprocess.run(
            command, capture_output=True, text=True, check=True, preexec_fn=lambda: os.sched_setaffinity(0, {core})
        ).stdout
    )


def quality() -> None:
    """Recall by context, false alarms on innocent texts and on the standard library."""
    import secret_corpus as corpus
    import secret_services as services
    import secret_tools as tools
    import secret_uses as uses

    from autotrain.secrets.scan import find_secrets

    for context in ("keyword", "neutral", "assignment", "hard"):
        cases = [case for seed in range(5) for case in corpus.credentials(random.Random(100 + seed), (context,))]
        found = sum(bool(find_secrets(case.text)) for case in cases)
        print(f"recall, {context:<11} {found / len(cases):.4f} of {len(cases)}")
    for name, corpus_of in (("services", services), ("tools", tools), ("uses", uses)):
        for number, what in enumerate(("seen", "unseen")):
            kinds = corpus_of.half(number)
            cases = [case for seed in (1, 2) for case in corpus_of.credentials(random.Random(seed), kinds)]
            hits = [(case.kind, bool(find_secrets(case.text))) for case in cases]
            print(f"recall, {name} {what:<6} {sum(hit for _, hit in hits) / len(hits):.4f} of {len(hits)}")
            for kind in kinds if number == 0 else ():  # who mends a rule looks at the others never
                own = [hit for of, hit in hits if of == kind]
                print(f"    {kind:<20} {sum(own) / len(own):.2f} of {len(own)}")
        texts = [case.text for seed in range(3) for case in corpus_of.innocents(random.Random(seed))]
        alarms = sum(bool(find_secrets(text)) for text in texts)
        print(f"false alarms, {name} {alarms / len(texts):.4f} of {len(texts)}")
    texts = [case.text for seed in range(5) for case in corpus.innocents(random.Random(100 + seed))]
    print(f"false alarms, innocents {sum(bool(find_secrets(text)) for text in texts) / len(texts):.4f} of {len(texts)}")
    texts = functions()
    print(f"false alarms, library   {sum(bool(find_secrets(text)) for text in texts) / len(texts):.5f} of {len(texts)}")


def scanning(count: int = 4000) -> None:
    """Time of the scan for secrets alone, of one sample after others."""
    from autotrain.secrets.scan import find_secrets, texts_of

    texts = [texts_of(row)[0] for row in rows(count)]
    for text in texts[: count // 8]:
        find_secrets(text)
    start = time.process_time()
    for text in texts[count // 8 :]:
        find_secrets(text)
    spent = (time.process_time() - start) / (count - count // 8)
    print(f"scan for secrets: {spent * 1e6:.0f} us a sample of {sum(map(len, texts)) / count:.0f} characters")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--peer-samples", type=int, default=400)
    parser.add_argument("--large", type=int, default=0, help="also a file of this many samples, for memory")
    parser.add_argument(
        "--conversations", type=int, default=0, help="also a file of this many conversations with calls"
    )
    parser.add_argument("--long", type=int, default=0, help="also files of this many lines of 14 MB, for memory")
    arguments = parser.parse_args()
    quality()
    scanning()
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "raw.jsonl"
        for count in filter(None, (arguments.samples, arguments.large)):
            with open(path, "w") as stream:
                stream.writelines(json.dumps(row) + "\n" for row in rows(count))
            print(f"{count} samples of {path.stat().st_size / count:.0f} bytes, load {os.getloadavg()[0]:.2f}")
            for workers in (1, 2):
                seconds, result = stage_seconds(path, workers, set(cores[:workers]))
                cpu = result["cpu"]
                print(
                    f"  {workers} core(s): {count / seconds:,.0f} samples/s ({count / cpu:,.0f} a CPU second)", end=""
                )
                print(f", peak {result['peak_mb']:.0f} MB, accepted {result['accepted']}")
                if workers == 1 and count == arguments.samples and arguments.peer_samples:
                    peer = peer_seconds(path, arguments.peer_samples, folder, cores[0])
                    ratio = peer / (cpu / count)
                    print(f"  detect-secrets + datasketch: {1 / peer:,.0f} samples a CPU second, ratio {ratio:.1f}")
        if arguments.conversations:
            count = arguments.conversations
            with open(path, "w") as stream:
                stream.writelines(json.dumps(row) + "\n" for row in conversation_rows(count))
            seconds, result = stage_seconds(path, 1, set(cores[:1]))
            print(
                f"{count} conversations of {path.stat().st_size / count:.0f} bytes: {count / seconds:,.0f} a second",
                end="",
            )
            print(f" ({count / result['cpu']:,.0f} a CPU second), accepted {result['accepted']}")
        for foreign in (False, True) if arguments.long else ():
            with open(path, "w") as stream:
                stream.writelines(json.dumps(row) + "\n" for row in long_rows(arguments.long, foreign))
            seconds, result = stage_seconds(path, 1, set(cores[:1]))
            print(
                f"{arguments.long} lines of {path.stat().st_size / arguments.long / 1e6:.0f} MB, foreign: {foreign}",
                end="",
            )
            print(f": {seconds:.0f} s, peak {result['peak_mb']:.0f} MB, accepted {result['accepted']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
