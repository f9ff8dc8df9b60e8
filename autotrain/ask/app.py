"""One question, or a conversation, with what was trained.

Reads what `choice.py` finds; writes OUT_DIR/asked.jsonl where a person keeps an answer.

    python scripts/ask.py "write a function that …" [--base]
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autotrain.ask import conversation
from autotrain.ask.conversation import Conversation
from autotrain.ask.screen import Pieces, Screen
from autotrain.config.settings import Settings
from autotrain.errors import AutotrainError, UsageError
from autotrain.run.events import utc_now

RETRY_TEMPERATURE = 0.7
Speak = Callable[..., Pieces]


@dataclass
class Voices:
    """Who may answer: `speak` of the chosen model, and a way to the base model's."""

    title: str
    speak: Speak
    base: Callable[[], Speak] | None
    """Loads the base model where that is needed; None where the chosen model is the base already."""


class App:
    """A conversation with one model, and with the base model beside it where asked."""

    def __init__(self, voices: Voices, settings: Settings, out_dir: Path, screen: Screen, *, base: bool) -> None:
        self._voices, self._settings, self._out_dir, self._screen = voices, settings, out_dir, screen
        self._talk, self._retries = Conversation(), 0
        self._base: Speak | None = None
        if base and voices.base:
            self._base = voices.base()

    def once(self, text: str) -> None:
        """One question and its answer."""
        self._answer(self._talk.ask(text))

    def converse(self, read: Callable[[str], str] = input) -> None:
        """Until the person leaves. What goes wrong is one sentence, and the conversation goes on."""
        self._screen.say(f"{self._voices.title}; /help lists the commands, Ctrl-D ends.")
        while True:
            try:
                text = read("> ").strip()
            except (EOFError, KeyboardInterrupt):
                self._screen.say("")
                return
            try:
                command = conversation.command_of(text)
                if command and command[0] == "/quit":
                    return
                if command:
                    self._do(*command)
                elif text:
                    self._retries = 0
                    self._answer(self._talk.ask(text))
            except AutotrainError as error:
                self._screen.say(str(error))

    def _answer(self, turns: list[dict[str, str]], **options: Any) -> None:
        speaking = [(self._voices.title, self._voices.speak(turns, **options))]
        if self._base:
            speaking.append(("base model", self._base(turns, **options)))
        started = time.monotonic()
        found = self._screen.show(speaking)
        if self._screen.watched and found[0].first_s is not None:
            took = time.monotonic() - started
            self._screen.say(f"({took:.1f} s; the first words after {found[0].first_s:.1f} s)")
        if found[0].text.strip():
            self._talk.answered(found[0].text)

    def _do(self, command: str, rest: str) -> None:
        if command == "/base":
            self._toggle_base()
        elif command == "/retry":
            self._retries += 1
            self._answer(self._talk.ask_again(), temperature=RETRY_TEMPERATURE, seed=self._retries)
        elif command == "/run":
            self._run(rest)
        elif command == "/save":
            self._save(rest)
        elif command == "/new":
            self._talk = Conversation()
        else:
            self._screen.say(conversation.help_text())

    def _toggle_base(self) -> None:
        if self._voices.base is None:
            raise UsageError("The base model is the one that answers: there is nothing to set beside it.")
        self._base = None if self._base else self._voices.base()
        self._screen.say("the base model answers beside" if self._base else "the base model is silent again")

    def _run(self, rest: str) -> None:
        """The last answer's code in the sandbox, and what it printed."""
        from autotrain.sandbox import Job, Sandbox

        code = conversation.code_of(self._talk.last()[1]) + (f"\n\n{rest}\n" if rest else "\n")
        with Sandbox(self._settings.sandbox, 1, self._settings.packages) as sandbox:
            verdict = sandbox.check(Job(code))
        for text in (verdict.stdout, verdict.stderr):
            if text.strip():
                self._screen.say(text.rstrip("\n"))
        how = "ran to its end" if verdict.passed else f"{verdict.status}: {verdict.message or 'no message'}"
        hint = "" if rest or verdict.stdout.strip() else "; /run print(…) calls what it defines"
        self._screen.say(f"[sandbox {verdict.tier}, {verdict.seconds:.2f} s] {how}{hint}")

    def _save(self, rest: str) -> None:
        path = Path(rest).expanduser() if rest else self._out_dir / "asked.jsonl"
        conversation.keep(path, conversation.sample_of(*self._talk.last(), self._voices.title, utc_now()))
        self._screen.say(f"kept in {path}: 02_validate_clean.py --input reads it")
