"""A loopback server that speaks OpenAI's chat completions, with every fault a real one has.

It answers the teacher's own prompts with tasks and answers that hold up in the sandbox,
drawn from the request's seed, so the same request gets the same answer. It bills by
Idempotency-Key, keeps what it saw, and never leaves 127.0.0.1.

    python tests/fake_openai.py --port 8123 --latency 1.0        # prints its address as JSON
    with serving(Faults(rate=50)) as server: ... server.base_url, server.bills, server.seen
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

TRANSPORT = ("server_error", "hang", "drop", "truncated_json", "html")
CONTENT = ("refusal", "length", "empty", "wrong_schema", "bad_answer")


@dataclass
class Faults:
    """How the server misbehaves. Shares are of requests, drawn from `seed`."""

    latency_s: float = 0.0
    tail: float = 0.0  # sigma of a log-normal factor on the latency: 0 constant, 1 heavy
    rate: float = 0.0  # requests a second of the token bucket; 0: no 429
    burst: int = 10
    retry_after: bool = True
    headers: bool = False  # x-ratelimit headers
    slots: int = 0  # answered at once, the others queue (a local server); 0: no limit
    server_error: float = 0.0
    hang: float = 0.0
    drop: float = 0.0  # closes after half of the body
    truncated_json: float = 0.0
    html: float = 0.0
    refusal: float = 0.0
    length: float = 0.0
    empty: float = 0.0
    wrong_schema: float = 0.0
    bad_answer: float = 0.0  # an answer that fails its tests
    status: int = 0  # every request gets this status
    status_body: dict[str, Any] = field(default_factory=dict)
    die_after: int = 0  # closes its doors after so many answers
    modes: tuple[str, ...] = ("json_schema", "json_object")  # what structured output it knows
    ignores_format: bool = False  # takes response_format and does as it likes
    refuses_fields: tuple[str, ...] = ()
    usage: bool = True
    exact_tasks: int = 0  # so many different tasks only, then duplicates; 0: endless
    echo_key: bool = False  # error messages repeat the authorisation header
    served: tuple[str, ...] = ()  # the models that it knows; none named: any
    context_bytes: int = 0  # a longer prompt is refused; 0: no limit
    prompt_logprobs: bool = False  # shows a prompt's log-probabilities, as vLLM does
    seed: int = 7


class FakeOpenAI:
    """The server's state; `handle` is an asyncio connection callback."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.bills: dict[str, dict[str, int]] = {}  # idempotency key -> tokens charged
        self.charged: Counter[str] = Counter()  # tokens of every completion made, as a server without keys bills
        self.seen: Counter[str] = Counter()  # idempotency key -> requests
        self.delivered: Counter[str] = Counter()  # idempotency key -> answers written out whole
        self.outcomes: Counter[str] = Counter()
        self.keys: set[str] = set()
        self.in_flight = self.most_in_flight = self.requests = self.answers = 0
        self.bodies: list[dict[str, Any]] = []
        self.keep_bodies = 20
        self.script: Callable[[str], str | None] | None = None  # what to say to a prompt, before anything else
        # (request, completion) -> (status, body, headers): what another server sends in place of the completion
        self.bend: Callable[[dict[str, Any], dict[str, Any]], tuple[int, Any, dict[str, str]]] | None = None
        self._tokens, self._filled = float(self.faults.burst), time.monotonic()
        self._slots = asyncio.Semaphore(self.faults.slots) if self.faults.slots else None
        self.base_url = ""
        self.dead = False

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while not self.dead and await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        content = await reader.readexactly(int(headers.get("content-length", 0)))
        if lines[0].startswith("GET /stats"):
            return await self._send(writer, 200, self.stats())
        if lines[0].startswith("GET /v1/models"):
            models = [{"id": name, "object": "model", "created": 1, "owned_by": "us"} for name in self.faults.served]
            return await self._send(writer, 200, {"object": "list", "data": models})
        self.requests += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._answer(writer, headers, orjson.loads(content), lines[0])
        finally:
            self.in_flight -= 1

    def stats(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "answers": self.answers,
            "outcomes": dict(self.outcomes),
            "most_in_flight": self.most_in_flight,
            "seen_twice": sum(count > 1 for count in self.seen.values()),
            "delivered": dict(self.delivered),
            "bills": self.bills,
            "charged": dict(self.charged),
        }

    async def _answer(self, writer: asyncio.StreamWriter, headers: dict[str, str], body: Any, line: str) -> bool:
        faults = self.faults
        authorisation = headers.get("authorization", "")
        self.keys.add(authorisation)
        if len(self.bodies) < self.keep_bodies:
            self.bodies.append(body)
        key = headers.get("idempotency-key", "")
        self.seen[key] += 1
        rng = random.Random(f"{faults.seed}/{key}/{self.seen[key]}")
        if faults.status:
            self.outcomes[str(faults.status)] += 1
            message = f"status {faults.status}" + (f" for {authorisation}" if faults.echo_key else "")
            return await self._send(writer, faults.status, faults.status_body or {"error": {"message": message}})
        if "/chat/completions" not in line:
            return await self._send(writer, 404, {"error": {"message": "no such address"}})
        if not body.get("messages"):
            return await self._send(writer, 400, {"error": {"message": "messages: at least one is needed"}})
        if faults.served and body["model"] not in faults.served:
            return await self._send(writer, 404, {"error": {"message": f"no model {body['model']}"}})
        if faults.context_bytes and len(orjson.dumps(body["messages"])) > faults.context_bytes:
            return await self._send(writer, 400, {"error": {"message": "This model's maximum context length is 9."}})
        refused = next((name for name in faults.refuses_fields if name in body), None) or self._unknown_format(body)
        if refused:
            self.outcomes["400"] += 1
            return await self._send(writer, 400, {"error": {"message": f"Unsupported parameter: {refused}"}})
        wait_s = self._take_token()
        if wait_s:
            self.outcomes["429"] += 1
            extra = {"Retry-After": f"{wait_s:.2f}"} if faults.retry_after else {}
            return await self._send(writer, 429, {"error": {"message": "slow down", "code": "rate_limit"}}, extra)
        kind = self._fault(key, rng)
        if kind == "hang":
            self.outcomes["hang"] += 1
            await asyncio.sleep(3600)
        factor = rng.lognormvariate(-(faults.tail**2) / 2, faults.tail) if faults.tail else 1.0
        async with self._slots or contextlib.nullcontext():
            await asyncio.sleep(faults.latency_s * factor)
        if kind == "server_error":
            self.outcomes["500"] += 1
            return await self._send(writer, 500, {"error": {"message": "inner trouble"}})
        return await self._complete(writer, key, body, kind, rng)

    def _fault(self, key: str, rng: random.Random) -> str:
        # What the model says is the same for the same request; what befalls the transport is not.
        content = random.Random(f"{self.faults.seed}/{key}")
        for names, drawn in ((TRANSPORT, rng), (CONTENT, content)):
            draw = drawn.random()
            for name in names:
                share = getattr(self.faults, name)
                if draw < share:
                    return name
                draw -= share
        return ""

    def _unknown_format(self, body: dict[str, Any]) -> str | None:
        asked = body.get("response_format", {}).get("type")
        if asked is None or asked in self.faults.modes or self.faults.ignores_format:
            return None
        return "response_format"

    def _take_token(self) -> float:
        faults = self.faults
        if not faults.rate:
            return 0.0
        now = time.monotonic()
        self._tokens = min(float(faults.burst), self._tokens + (now - self._filled) * faults.rate)
        self._filled = now
        if self._tokens >= 1.0:
            self._tokens -= 1.0
            return 0.0
        return (1.0 - self._tokens) / faults.rate

    async def _complete(
        self, writer: asyncio.StreamWriter, key: str, body: dict[str, Any], kind: str, rng: random.Random
    ) -> bool:
        self.outcomes[kind or "ok"] += 1
        if kind == "html":
            return await self._send(writer, 200, "<html><body>Welcome to the proxy</body></html>")
        said = self.script(body["messages"][-1]["content"]) if self.script else None
        text = said if said is not None else answer_text(body, self.faults, wrong=kind == "bad_answer")
        if kind == "wrong_schema":
            text = '{"something": "else"}'
        if kind == "length":
            text = text[: len(text) // 2]
        finish = {"length": "length", "refusal": "content_filter"}.get(kind, "stop")
        message = {"role": "assistant", "content": "" if kind in ("empty", "refusal") else text}
        if kind == "refusal":
            message["refusal"] = "I cannot help with that."
        usage = {
            "prompt_tokens": len(orjson.dumps(body["messages"])) // 4,
            "completion_tokens": max(1, len(text) // 4),
            "prompt_tokens_details": {"cached_tokens": len(orjson.dumps(body["messages"][0])) // 8},
        }
        usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]
        self.bills[key] = {"in": usage["prompt_tokens"], "out": usage["completion_tokens"]}
        self.bills[key]["cached"] = usage["prompt_tokens_details"]["cached_tokens"]
        self.charged.update(self.bills[key])
        value: dict[str, Any] = {
            "id": key,
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        }
        if self.faults.usage:
            value["usage"] = usage
        if self.bend:
            return await self._send(writer, *self.bend(body, value))
        self.answers += 1
        if body.get("stream"):
            return await self._stream(writer, text, finish)
        if self.faults.prompt_logprobs and "prompt_logprobs" in body:
            value["prompt_logprobs"] = prompt_logprobs(body["messages"])
        if self.faults.die_after and self.answers >= self.faults.die_after:
            self.dead = True
        content = orjson.dumps(value)
        if kind == "truncated_json":
            return await self._send(writer, 200, content[: len(content) // 2])
        if kind == "drop":
            await self._send(writer, 200, content, half=True)
            return False
        extra = {}
        if self.faults.headers:
            extra = {
                "x-ratelimit-limit-requests": str(self.faults.burst),
                "x-ratelimit-remaining-requests": str(int(self._tokens)),
                "x-ratelimit-reset-requests": f"{(self.faults.burst - self._tokens) / (self.faults.rate or 1.0):.3f}s",
            }
        sent = await self._send(writer, 200, content, extra)
        self.delivered[key] += 1
        return sent

    async def _stream(self, writer: asyncio.StreamWriter, text: str, finish: str) -> bool:
        """The text in pieces of a few letters, as server-sent events; the connection ends with them."""
        writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        pieces = [text[start : start + 7] for start in range(0, len(text), 7)]
        for number, piece in enumerate([*pieces, ""]):
            choice = {
                "index": 0,
                "delta": {"content": piece},
                "finish_reason": None if number < len(pieces) else finish,
            }
            event = {"id": "s", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
            writer.write(b"data: " + orjson.dumps(event) + b"\n\n")
            await writer.drain()
        writer.write(b"data: [DONE]\n\n")
        await writer.drain()
        return False

    async def _send(
        self,
        writer: asyncio.StreamWriter,
        status: int,
        value: Any,
        extra: dict[str, str] | None = None,
        *,
        half: bool = False,
    ) -> bool:
        kind = "application/json"
        if isinstance(value, str):
            content, kind = value.encode(), "text/html"
        else:
            content = value if isinstance(value, bytes) else orjson.dumps(value)
        kind = (extra or {}).get("Content-Type", kind)
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}"]
        extra = {"Content-Type": kind, **(extra or {})}
        lines += [f"{name}: {text}" for name, text in (extra or {}).items()]
        if 300 <= status < 400:
            lines.append("Location: http://127.0.0.1:1/elsewhere")
        writer.write("\r\n".join([*lines, "", ""]).encode() + (content[: len(content) // 2] if half else content))
        await writer.drain()
        return True


def prompt_logprobs(messages: list[dict[str, str]]) -> list[Any]:
    """One token a word; an assistant's word is the likelier the shorter it is."""
    words = [(turn["role"], word) for turn in messages for word in turn["content"].split()]
    values = [-float(len(word)) if role == "assistant" else -1.0 for role, word in words]
    return [None, *({"7": {"logprob": value, "rank": 1, "decoded_token": "x"}} for value in values)]


def answer_text(body: dict[str, Any], faults: Faults, *, wrong: bool = False) -> str:
    """What a good teacher says to this prompt (or, `wrong`, what a poor one says)."""
    prompt = body["messages"][-1]["content"]
    schema = _schema_of(body, prompt)
    seed = int(hashlib.sha256(orjson.dumps([body["messages"], body.get("seed")])).hexdigest()[:12], 16)
    if schema is None:
        return f"{_code_answer(prompt, wrong)}\n\nThis is take {seed % 9973}."  # another seed, another answer
    fields = schema["properties"]
    if "false" in fields:
        text = json.dumps({"false": [int(n) for n in re.findall(r"^(\d+)\. .*(?:subtract|divide)", prompt, re.M)]})
    elif "word" in fields:
        text = '{"word": "ready", "number": 7}'
    elif "tests" in fields:
        text = json.dumps(_task(seed % faults.exact_tasks if faults.exact_tasks else seed, fields, prompt))
    else:
        value = _json_answer(prompt, fields, wrong)
        name = "summary" if "summary" in value else "bug"
        text = json.dumps({**value, name: f"{value[name]} This is take {seed % 9973}."})
    if faults.ignores_format or "response_format" not in body:
        return f"Here you are:\n```json\n{text}\n```\nGood luck!"
    return text


def _schema_of(body: dict[str, Any], prompt: str) -> dict[str, Any] | None:
    asked = body.get("response_format", {})
    if asked.get("type") == "json_schema":
        return asked["json_schema"]["schema"]
    marker = "JSON schema:\n"
    return orjson.loads(prompt.split(marker)[1]) if marker in prompt else None


def _task(number: int, fields: dict[str, Any], prompt: str) -> dict[str, Any]:
    """A small true task: scale and shift a list. `number` makes it one of many."""
    rng = random.Random(number)
    factor, shift, name = rng.randint(2, 99), rng.randint(100, 999), f"adjust_{number % 10**9}"
    body = f"    return [value * {factor} + {shift} for value in values]\n"
    code = f"def {name}(values):\n    if not values:\n        return []\n    total = 0\n    total += 1\n{body}"
    examples = [[1], [2, 3], [5], [0, 7], []]
    tests = [f"assert {name}({e}) == {[value * factor + shift for value in e]}" for e in examples]
    faulty = code.replace(f"+ {shift}", f"- {shift}")
    value: dict[str, Any] = {
        "instruction": f"Write `{name}(values)`: multiply each number by {factor}, add {shift}, return the list. "
        "An empty list gives an empty list.",
        "entry_point": name,
        "tests": tests,
    }
    given = faulty if "exactly one realistic fault" in prompt else code
    if "unfinished code" in prompt:
        given = (
            f'def {name}(values):\n    """Scale and shift each value, as {examples[0]} gives {[factor + shift]}."""\n'
        )
    extras = {
        "code": given,
        "faulty": [faulty, code.replace(f"* {factor}", f"* {factor + 1}")],
        "faulty_code": faulty,
        "call": f"{name}([1, 2])",
        "result": repr([factor + shift, 2 * factor + shift]),
        "reference": code,
        "inputs": [f"{name}([1, 2, 3])", f"{name}([-4])"],
        "says": ["scale", "shift", "multipl", "add", "subtract"],
        "summary": f"Multiply each value by {factor} and add {shift}.",
        "lie": f"Multiply each value by {factor} and subtract {shift}.",
    }
    return {**value, **{name: extras[name] for name in extras if name in fields}}


def _code_answer(prompt: str, wrong: bool) -> str:
    found = re.search(r"`(adjust_\d+)\(values\)`: multiply each number by (\d+), add (\d+)", prompt)
    if found is None:
        return "I do not know."
    name, factor, shift = found[1], int(found[2]), int(found[3])
    if wrong:
        shift += 1
    if "assert statements only" in prompt:
        tests = "\n".join(f"assert {name}([{n}]) == [{n * factor + shift}]" for n in (1, 5))
        return f"```python\n{tests}\n```"
    if "Answer in plain text" in prompt:
        asked = re.findall(r"Say what `adjust_\d+\(\[(.*?)\]\)` returns", prompt)
        results = [[int(n) * factor + shift for n in numbers.split(",")] for numbers in asked]
        return (
            f"The function returns an empty list at once where values is empty. total is counted, and never used. Then "
            f"each value of values is multiplied by {factor}, then {shift} is added, and the results are collected in "
            f"order. So the calls return {' and '.join(map(str, results))}."
        )
    given = re.search(r"(def adjust_.*?)\n\n(?:Answer|Give|Keep)", prompt, re.DOTALL)
    if given and "otherwise unchanged" in prompt:
        head, _, rest = given[1].partition("\n")
        examples = "".join(f"    >>> {name}([{n}])\n    [{n * factor + shift}]\n" for n in (1, 5))
        return f'```python\n{head}\n    """Scale and shift each value.\n\n{examples}    """\n{rest}\n```'
    return (
        f"Scale, then shift.\n\n```python\ndef {name}(values):\n"
        f"    return [{factor} * value + {shift} for value in values]\n```"
    )


def _json_answer(prompt: str, fields: dict[str, Any], wrong: bool) -> dict[str, Any]:
    if "fixed_code" in fields:
        code = _code_answer(prompt, wrong).split("```python\n")[1].split("```")[0]
        return {"bug": "It subtracts where it should add.", "fixed_code": code}
    lines = [int(text.split(":")[0]) for text in _review_lines(prompt) if " - " in text]
    if wrong or not lines:
        lines = [99] if wrong else []
    issues = [
        {"line": line, "severity": "high", "message": "It subtracts the shift in place of adding it."} for line in lines
    ]
    return {"verdict": "request_changes" if issues else "approve", "issues": issues, "summary": "Read it."}


def _review_lines(prompt: str) -> list[str]:
    return [line for line in prompt.split("\n") if re.match(r"\d+: ", line)]


@contextlib.contextmanager
def serving(faults: Faults | None = None) -> Iterator[FakeOpenAI]:
    """The server in a thread of this process, on a port of its own."""
    loop = asyncio.new_event_loop()
    started = threading.Event()
    box: dict[str, Any] = {}

    async def start() -> None:
        server = FakeOpenAI(faults)
        box["server"] = server
        box["listener"] = await asyncio.start_server(server.handle, "127.0.0.1", 0, backlog=1024)
        server.base_url = f"http://127.0.0.1:{box['listener'].sockets[0].getsockname()[1]}/v1"
        started.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(start())
        loop.run_forever()
        box["listener"].close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait(10)
    try:
        yield box["server"]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


async def _forever(arguments: argparse.Namespace) -> None:
    server = FakeOpenAI(Faults(**json.loads(arguments.faults)))
    listener = await asyncio.start_server(server.handle, "127.0.0.1", arguments.port, backlog=1024)
    port = listener.sockets[0].getsockname()[1]
    print(json.dumps({"base_url": f"http://127.0.0.1:{port}/v1"}), flush=True)
    async with listener:
        await listener.serve_forever()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--faults", default="{}", help="fields of Faults as JSON")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_forever(parser.parse_args(argv)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
