"""A model behind an OpenAI-compatible address, evaluated as local weights are.

Through the teacher's client: its pace, retries, budget (TEACHER_MAX_USD, TEACHER_MAX_TOKENS) and ledger. Writes the
ledger of requests where it is told to; whoever writes the report removes it, and until then no answer is paid twice.

    python scripts/05_eval.py --endpoint http://localhost:8000/v1 --model NAME --suite humaneval --output F
"""

import asyncio
import contextlib
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autotrain.config.credentials import Credentials, for_address
from autotrain.config.settings import PROJECT_ROOT, Settings
from autotrain.errors import Stopped, TeacherError, UsageError
from autotrain.evaluation.scoring import Prediction
from autotrain.jsonl import Row, held, read_rows, repair_tail
from autotrain.run.events import utc_now
from autotrain.tasks import prompts
from autotrain.tasks.shapes import Sample
from autotrain.teacher.ask import Asker, GivenUp
from autotrain.teacher.budget import Budget
from autotrain.teacher.prices import FREE, price_of
from autotrain.teacher.probe import first_guess
from autotrain.teacher.protocol import MODES, Answer, Request
from autotrain.teacher.refusals import address_hint
from autotrain.teacher.request_ledger import RequestLedger
from autotrain.teacher.server import Server

ALWAYS_OPEN = (
    "which weights, precision and chat template answer: they are the server's",
    "that temperature 0 is greedy and gives the same answer again: servers batch, and round differently with the batch",
)


@dataclass(frozen=True)
class Decoding:
    """What is asked for; whether the server heeds it is in the report's `not_promised`."""

    max_new_tokens: int
    in_flight: int
    temperature: float = 0.0
    seed: int = 0


class Endpoint:
    """One model of one server. Raises UsageError for what is no address, TeacherError where no price is known
    and TEACHER_MAX_USD has to be kept.
    """

    def __init__(
        self,
        url: str,
        model: str,
        settings: Settings | None = None,
        *,
        credentials: Credentials | None = None,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._settings, self.model, self._say = settings or Settings(), model, say
        self.credentials = credentials or for_address(url, os.environ, PROJECT_ROOT / ".env")
        self._price = price_of(model, self.credentials.base_url)
        if self._price is None and self._settings.teacher_max_usd:
            raise TeacherError(
                f"The price of {model} at {self.credentials.place} is not known, so TEACHER_MAX_USD="
                f"{self._settings.teacher_max_usd:g} cannot be kept: set TEACHER_MAX_USD=0 for no cap, or add the "
                "model to autotrain/teacher/prices.yaml."
            )
        self._dialect = replace(first_guess(self.credentials.is_openai), mode=MODES[-1])  # no structured answers here
        self._served: set[str] = set()
        self._usage: Row = {}
        self._refusals = 0

    def decoding(self, temperature: float = 0.0, seed: int | None = None) -> Decoding:
        """What to ask for, by the settings."""
        chosen = self._settings
        return Decoding(
            chosen.max_new_tokens, chosen.teacher_concurrency, temperature, chosen.seed if seed is None else seed
        )

    def answer(
        self,
        tasks: Sequence[tuple[str, Sample]],
        on_done: Callable[[], None] = lambda: None,
        decoding: Decoding | None = None,
        ledger: Path | None = None,
        on_tokens: Callable[[int], None] = lambda count: None,
    ) -> list[tuple[str, Prediction]]:
        """Answers in the order of `tasks` (set name, task). `on_done` may raise to end early.

        With a `ledger` each answer is kept there as it comes, and a later call asks only for the rest. Raises
        TeacherError, in one sentence, where no answer is to be had.
        """
        decoding = decoding or self.decoding()
        requests, asked = [], Counter()
        for slot, (_, task) in enumerate(tasks):
            request = Request(
                slot=slot,
                step="answer",
                attempt=1,
                messages=prompts.messages(task),
                schema=None,
                answer_tokens=decoding.max_new_tokens,
                temperature=decoding.temperature,
                seed=(decoding.seed + asked[task["id"]]) % 2**32,  # several answers to a task differ
            )
            requests.append(request)
            asked[task["id"]] += 1
        with contextlib.ExitStack() as stack:
            path = ledger or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "requests.jsonl"
            stack.enter_context(held(path))
            self._refuse_others(path)
            kept = stack.enter_context(RequestLedger(path, self._price))
            try:
                answers = asyncio.run(self._ask_all(requests, [task["id"] for _, task in tasks], kept, on_done))
            finally:
                self._usage = kept.usage.as_row(self._price)
        self._served = {answer.model for answer in answers if answer.model}
        self._refusals = sum(answer.refused for answer in answers)
        return [
            (name, Prediction(task["id"], answer.text, answer.tokens_out, answer.finish_reason == "length"))
            for (name, task), answer in zip(tasks, answers, strict=True)
        ]

    @property
    def _server_name(self) -> str:
        return f"{self.credentials.place} {self.model}"

    def _refuse_others(self, path: Path) -> None:
        # A request's name does not hold the server's: another server's or model's answers may not be taken for
        # these, and they may have been paid for.
        repair_tail(path)
        first = next((row for _, row in read_rows(path)), None)
        if first is not None and first.get("server") != self._server_name:
            raise UsageError(
                f"{path} holds answers of {first.get('server', 'another model')}, begun and not ended: move it away, "
                "or give another --output."
            )

    async def _ask_all(
        self, requests: Sequence[Request], names: Sequence[str], ledger: RequestLedger, on_done: Callable[[], None]
    ) -> list[Answer]:
        chosen = self._settings
        budget = Budget(self._price, chosen.teacher_max_usd, chosen.teacher_max_tokens)
        budget.spend(ledger.spent.tokens, ledger.spent.cost)
        budget.widen(ledger.overrun)
        server = Server(
            self.credentials, self.model, timeout_s=chosen.teacher_timeout_s, connections=chosen.teacher_concurrency
        )
        asker = Asker(
            server,
            ledger,
            budget,
            place=self.credentials.place,
            concurrency=chosen.teacher_concurrency,
            patience_s=chosen.teacher_patience_s,
            clock=time.monotonic,
            utc_now=utc_now,
            rng=random.Random(chosen.seed),
            wording=self.credentials.wording,
        )
        asker.learn(ledger.dialect(asker.name) or self._dialect)
        running = [
            asyncio.ensure_future(self._ask(asker, request, name, on_done))
            for request, name in zip(requests, names, strict=True)
        ]
        try:
            return await asyncio.gather(*running)
        except Stopped:
            asker.stop()  # what is in flight may be paid for: it is waited for, and kept
            raise
        except BaseException:
            for task in running:
                task.cancel()
            raise
        finally:
            await asyncio.gather(*running, return_exceptions=True)
            self._dialect = asker.dialect
            await server.close()

    async def _ask(self, asker: Asker, request: Request, name: str, on_done: Callable[[], None]) -> Answer:
        try:
            answer = await asker.ask(request)
        except GivenUp as error:
            raise self._no_answer(name, error) from None
        on_done()
        return answer

    def _no_answer(self, name: str, error: Exception) -> TeacherError:
        said, advice, names = str(error), "see what the server says", self.credentials.wording
        if "context" in said.lower():
            advice = "serve the model with a longer context, or lower MAX_NEW_TOKENS"
        elif said.startswith(("bad request: 404", "bad request: 405")):
            advice = f"check {names.model} and {names.url}{address_hint(self.credentials.place)}"
        elif said.startswith("bad request: 403"):
            advice = f"check {names.key} and {names.model}"
        return TeacherError(
            f"{self.credentials.place} gives no answer to the task {name} ({said}): {advice}. "
            "The same command asks only for what is missing."
        )

    def forced_choice(
        self, rows: Sequence[Sample], on_done: Callable[[], None] = lambda: None
    ) -> dict[str, Any] | None:
        """Whether the reference is likelier than the wrong answers (evaluation/forced_choice.py).

        None where the server shows no log-probabilities of a prompt, and where each request would cost money.
        """
        from autotrain.endpoint import logprobs
        from autotrain.evaluation import forced_choice

        scores = (
            logprobs.score(self.credentials, self.model, rows, self._settings) if self._price in (FREE, None) else None
        )
        if scores is None:
            self._say(f"{self.credentials.place} shows no log-probabilities of a prompt, so there is no forced choice.")
            return None
        found = forced_choice.summary(scores)
        return {**found, "without_end_of_turn": True} if found else None

    def describe(self) -> dict[str, Any]:
        """What a report says of the model: who answered, what was sent, and what nobody promises."""
        dialect = self._dialect
        refused = [name for name in ("temperature", "seed") if not getattr(dialect, name)]
        return {
            "endpoint": self.credentials.place,
            "model": self.model,
            "served_as": sorted(self._served),
            "sent": {"temperature": dialect.temperature, "seed": dialect.seed, "limit_of_tokens": dialect.tokens_field},
            "not_promised": [*ALWAYS_OPEN, *(f"{name}: the server refuses the parameter" for name in refused)],
            "refused_answers": self._refusals,
            "usage": self._usage,
            "adapter": None,
            "adapter_sha256": None,
        }
