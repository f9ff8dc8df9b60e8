"""Talking to what was trained: which model answers, the commands, streaming, and one sentence for what is wrong."""

import contextlib
import gzip
import io
import json
import resource
import socketserver
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
import tiny_model
from fake_openai import Faults, serving
from rich.console import Console
from training_support import Folder, shared_folder  # noqa: F401

from autotrain.ask import choice, conversation
from autotrain.ask.app import App, Voices
from autotrain.ask.conversation import Conversation
from autotrain.ask.screen import Screen
from autotrain.config import precedence
from autotrain.config.credentials import Credentials
from autotrain.config.settings import PROJECT_ROOT, Settings
from autotrain.endpoint.stream import Speaker, _bounded_client
from autotrain.errors import TeacherError, UsageError
from autotrain.jsonl import load_rows
from autotrain.loop.ending import QUESTION
from autotrain.run import commands
from autotrain.tasks import samples
from autotrain.teacher.server import BodyTooLong
from autotrain.training import sft

# ruff: noqa: F811  (a fixture is imported and then named as an argument)

ANSWER = "Here:\n\n```python\ndef double(x):\n    return 2 * x\n\nprint(double(21))\n```"


def saying(text: str, cut: bool = False) -> Any:
    def speak(turns: list[dict[str, str]], **_: Any) -> Any:
        for start in range(0, len(text), 5):
            yield text[start : start + 5]
        return cut

    return speak


def app_of(tmp_path: Path, *, base: bool = False, terminal: bool = False) -> tuple[App, io.StringIO]:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100, height=40, color_system="standard", highlight=False)
    voices = Voices("the adapter", saying(ANSWER), lambda: saying("I do not know."))
    return App(voices, Settings(), tmp_path, Screen(console), base=base), out


def talk(app: App, *lines: str) -> None:
    left = list(lines)

    def read(prompt: str) -> str:
        if not left:
            raise EOFError
        return left.pop(0)

    app.converse(read)


def test_an_answer_is_written_as_it_came_where_nobody_watches(tmp_path: Path) -> None:
    app, out = app_of(tmp_path)
    app.once("double a number")
    assert out.getvalue() == ANSWER + "\n"


def test_code_is_coloured_on_a_terminal(tmp_path: Path) -> None:
    app, out = app_of(tmp_path, terminal=True)
    app.once("double a number")
    assert "\x1b[" in out.getvalue().split("def")[0].splitlines()[-1] and "```" not in out.getvalue()


def test_base_and_adapter_stand_in_two_columns(tmp_path: Path) -> None:
    app, out = app_of(tmp_path, base=True, terminal=True)
    app.once("double a number")
    last = out.getvalue()[out.getvalue().rindex("the adapter") :]
    assert "base model" in last.splitlines()[0]
    assert any("Here" in line and "I do not know" in line for line in last.splitlines())


def test_what_a_model_says_cannot_steer_the_terminal(tmp_path: Path) -> None:
    out = io.StringIO()
    screen = Screen(Console(file=out, force_terminal=False))
    screen.show([("m", saying("a\x1b]0;owned\x07b")([]))])
    assert "\x1b" not in out.getvalue() and "\x07" not in out.getvalue()


def test_run_runs_the_code_in_the_real_sandbox_and_shows_what_came_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app, _ = app_of(tmp_path)
    talk(app, "double a number", "/run", "/run print(double(5))", "/run double('a', 'b')")
    said = capsys.readouterr().err
    assert "\n42\n" in said and "\n10\n" in said and "ran to its end" in said
    assert "TypeError" in said


def test_save_keeps_a_pair_that_stage_02_reads(tmp_path: Path) -> None:
    app, _ = app_of(tmp_path)
    talk(app, "double a number", "/save", f"/save {tmp_path / 'other.jsonl'}")
    (row,) = load_rows(tmp_path / "asked.jsonl")
    assert samples.schema_problem(row) is None
    assert (row["instruction"], row["output"], row["metadata"]["response_format"]) == (
        "double a number",
        ANSWER,
        "code",
    )
    assert load_rows(tmp_path / "other.jsonl")[0]["id"] == row["id"]


def test_retry_asks_again_at_a_temperature_and_forgets_the_first_answer(tmp_path: Path) -> None:
    asked: list[tuple[list[str], dict[str, Any]]] = []

    def speak(turns: list[dict[str, str]], **options: Any) -> Any:
        asked.append(([turn["content"] for turn in turns[1:]], options))
        yield f"answer {len(asked)}"
        return False

    app = App(Voices("m", speak, None), Settings(), tmp_path, Screen(Console(file=io.StringIO())), base=False)
    talk(app, "one", "/retry", "two")
    assert asked[1] == (["one"], {"temperature": 0.7, "seed": 1})
    assert asked[2][0] == ["one", "answer 2", "two"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/run", "Nothing was asked yet"),
        ("/save", "Nothing was asked yet"),
        ("/nonsense", "There is no command /nonsense"),
        ("explain @gone.py", "@gone.py: there is no such file."),
    ],
)
def test_bad_input_is_one_sentence_and_the_conversation_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, sentence: str
) -> None:
    app, out = app_of(tmp_path)
    talk(app, line, "double a number")
    assert sentence in capsys.readouterr().err and "def double" in out.getvalue()


def test_a_file_named_with_an_at_goes_into_the_question(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text("x = 1\n")
    text = conversation.with_files("why @words.py, and @property?", tmp_path)
    assert text.endswith("words.py:\n```python\nx = 1\n```") and text.startswith("why @words.py, and @property?")
    (tmp_path / "large.py").write_bytes(b"#" * 70_000)
    with pytest.raises(UsageError, match="longer than 64 KiB"):
        conversation.with_files("@large.py", tmp_path)
    (tmp_path / "bytes.bin").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="no text in UTF-8"):
        conversation.with_files("@bytes.bin", tmp_path)


def test_an_answer_without_code_cannot_be_run() -> None:
    with pytest.raises(UsageError, match="no closed Python block"):
        conversation.code_of("only words")


def test_history_is_sent_with_each_question() -> None:
    talked = Conversation()
    talked.ask("one")
    talked.answered("1")
    assert [turn["content"] for turn in talked.ask("two")][1:] == ["one", "1", "two"]


def test_what_was_thought_is_neither_sent_again_nor_saved() -> None:
    talked = Conversation()
    talked.ask("one")
    talked.answered("It doubles.\n</think>\n```python\nx = 1\n```<|im_end|>")
    assert talked.last() == ("one", "```python\nx = 1\n```")
    with pytest.raises(UsageError, match=r"<\|im_start\|> stands in it"):
        conversation.sample_of("one", "```python\nx = 1\n```\n<|im_start|>user more", "m", "")


# Which model answers.


@pytest.fixture(scope="module")
def trained(shared_folder: Folder) -> Folder:
    """A run's folder with an adapter that learned to say something else than the base."""
    job = shared_folder.job("runs/20260101-000000-abcd/out_lora_round_1", train_steps=6, lr=3e-2)
    sft.train(job)
    run = shared_folder.root / "out" / "runs" / "20260101-000000-abcd"
    (run.parent).mkdir(parents=True, exist_ok=True)
    run.symlink_to(shared_folder.root / "runs" / "20260101-000000-abcd")
    (run / "config.json").write_text(json.dumps({"settings": {"BASE_MODEL": {"value": str(shared_folder.model)}}}))
    (shared_folder.root / "out" / "best_adapter").symlink_to(f"runs/{run.name}/out_lora_round_1/final")
    return shared_folder


def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROJECT_ROOT / "scripts" / "ask.py"), *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_the_best_adapter_answers_by_default_with_the_base_it_was_made_on_beside(trained: Folder) -> None:
    out_dir = trained.root / "out"
    done = ask("--out-dir", str(out_dir), "--max-new-tokens", "24", "--base", "--bits", "16", "add two numbers")
    assert done.returncode == 0, done.stderr
    first, _, second = done.stdout.partition("== base model ==\n")
    assert first.startswith(f"== {trained.model} with the adapter ==\n") and len(second) > 8
    assert first.split("\n", 1)[1].rstrip("\n") != second.rstrip("\n")  # tiny models say anything, each its own
    assert "cut off at the limit: raise --max-new-tokens" in done.stderr


def test_no_adapter_yet_is_one_sentence(tmp_path: Path) -> None:
    done = ask("--out-dir", str(tmp_path), "hello")
    assert done.returncode == UsageError.exit_code and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "holds no best_adapter yet: ./scripts/loop.sh trains one" in done.stderr


def test_an_adapter_of_another_base_is_one_sentence(trained: Folder, tmp_path: Path) -> None:
    other = tiny_model.save(tmp_path / "another")
    done = ask("--adapter", str(trained.root / "out" / "best_adapter"), "--base-model", str(other), "hello")
    assert done.returncode == 3 and "is an adapter of model, not of" in done.stderr.splitlines()[-1]


def test_the_base_of_an_adapter_is_that_of_its_run_unless_a_person_names_one(trained: Folder) -> None:
    adapter = trained.root / "out" / "best_adapter"
    resolved = precedence.resolve({}, environ={}, env_file=Path("/nowhere"))
    assert choice.settings_for(resolved, adapter).base_model == str(trained.model)
    named = precedence.resolve({"base_model": "a/b"}, environ={}, env_file=Path("/nowhere"))
    assert choice.settings_for(named, adapter).base_model == "a/b"


def test_the_command_that_is_named_runs_as_typed(
    trained: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    text = commands.script("scripts/ask.py", QUESTION, out_dir=trained.root / "out")
    assert "--out-dir" in text and "--out-dir" not in commands.script("scripts/ask.py", out_dir=commands.DEFAULT)
    done = subprocess.run(
        ["bash", "-c", f"{text} --max-new-tokens 8 --bits 16"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and len(done.stdout) > 4, done.stderr  # a tiny model says anything


# A server's model.


def speaker(base_url: str, name: str | None = "m") -> Speaker:
    return Speaker(Credentials("none", base_url), name, timeout_s=5.0)


def test_a_servers_answer_streams() -> None:
    with serving(Faults(served=("m",))) as server:
        server.script = lambda prompt: ANSWER
        pieces = list(speaker(server.base_url, None).speak([{"role": "user", "content": "x"}], max_new_tokens=9))
    assert len(pieces) > 5 and "".join(pieces) == ANSWER


@pytest.mark.parametrize(
    ("faults", "sentence"),
    [
        (Faults(served=("qwen", "phi")), "knows no such model .*it serves qwen, phi"),
        (Faults(status=401), "refuses the key .401.: set ENDPOINT_API_KEY"),
        (Faults(context_bytes=5), "longer than the model takes: /new begins another"),
    ],
    ids=["wrong model", "no key", "context too long"],
)
def test_what_a_server_refuses_is_one_sentence(faults: Faults, sentence: str) -> None:
    with serving(faults) as server, pytest.raises((TeacherError, UsageError), match=sentence):
        list(speaker(server.base_url).speak([{"role": "user", "content": "a long text"}], max_new_tokens=9))


def test_a_server_that_is_down_is_one_sentence() -> None:
    done = ask("--endpoint", "http://127.0.0.1:9/v1", "hello")
    assert done.returncode == TeacherError.exit_code and done.stderr.count("\n") == 1
    assert "cannot be reached" in done.stderr and "is the server running" in done.stderr


def test_which_of_several_models_has_to_be_named() -> None:
    with serving(Faults(served=("qwen", "phi"))) as server, pytest.raises(UsageError, match="it serves qwen, phi"):
        speaker(server.base_url, None)


BOMB = gzip.compress(bytes(64 << 20))
BODIES = {
    "packed": (b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(BOMB), [BOMB], "packed .gzip., which was not"),
    "without an end": (b"", [b"data: " + b"x" * (1 << 20)] + [b"x" * (1 << 20)] * 70, "event is longer than 4 MiB"),
    "with many events": (b"", [b": " + b"x" * 60_000 + b"\n\n"] * 1200, "longer than 64 MiB"),
    "no JSON": (b"", [b"data: {nonsense\n\n"], "sends what is no answer"),
    "broken off": (b"Content-Length: 1000\r\n", [b"data: {}"], "cannot be reached .peer closed"),
}


@pytest.mark.parametrize("name", BODIES)
def test_no_body_of_a_server_takes_more_than_its_bound(name: str) -> None:
    head, parts, sentence = BODIES[name]

    class Once(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            length = 0
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                length = int(line.split(b":")[1]) if line.lower().startswith(b"content-length") else length
            self.rfile.read(length)
            with contextlib.suppress(OSError):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n")
                for part in (head, b"\r\n", *parts):
                    self.wfile.write(part)

    with socketserver.TCPServer(("127.0.0.1", 0), Once) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(TeacherError, match=sentence):
            asked = speaker(f"http://127.0.0.1:{server.server_address[1]}/v1")
            list(asked.speak([{"role": "user", "content": "x"}], max_new_tokens=9))
        thread.join()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 << 10


def test_a_list_of_models_that_is_packed_is_not_read() -> None:
    with pytest.raises(BodyTooLong):
        client = _bounded_client(openai)(transport=httpx2.MockTransport(_packed))
        client.get("http://x/models")


def _packed(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx2.ByteStream(BOMB))
