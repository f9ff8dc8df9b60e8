"""A model behind an address, talked to: its answers as they come.

Reads nothing and writes nothing; `config/credentials.py` finds the key.

    speaker = Speaker(credentials, "qwen2.5-coder", timeout_s=120.0)
    for piece in speaker.speak(turns, max_new_tokens=512): ...
"""

from collections.abc import Generator, Iterator, Sequence
from typing import Any

from autotrain.config import proxies
from autotrain.config.credentials import Credentials
from autotrain.errors import TeacherError, UsageError
from autotrain.teacher.server import LONGEST_BODY, BodyTooLong

LONGEST_ANSWER = 4 * 1024 * 1024  # characters; 131,072 tokens are well below
LONGEST_STREAM = 16 * LONGEST_ANSWER  # bytes; an event of a few characters takes some hundred bytes
LONGEST_EVENT = LONGEST_ANSWER  # bytes without an empty line, which ends an event
Turn = dict[str, str]


def client_of(credentials: Credentials, timeout_s: float) -> Any:
    """The openai package's client of an address. It follows no redirect: the key goes to the address named alone.

    It asks for bodies as they are and reads none that is packed, so that what comes is what is held, and that is
    bounded: LONGEST_BODY, or LONGEST_STREAM of an answer in pieces.
    """
    import openai

    with proxies.told():
        http_client = _bounded_client(openai)(timeout=timeout_s, follow_redirects=False)
    return openai.OpenAI(
        api_key=credentials.key,
        base_url=credentials.base_url,
        default_query=dict(credentials.query) or None,
        default_headers={
            "Accept-Encoding": "identity",
            **({"api-key": credentials.key} if credentials.is_azure else {}),
        },
        http_client=http_client,
        timeout=timeout_s,
        max_retries=0,
    )


def _bounded_client(openai: Any) -> Any:
    import httpx2  # the HTTP library of the openai package

    class Bounded(httpx2.SyncByteStream):
        def __init__(self, inner: Any, most: int) -> None:
            self._inner, self._left, self._most = inner, most, most

        def __iter__(self) -> Iterator[bytes]:
            event, last = 0, b""
            for part in self._inner:
                self._left -= len(part)
                event, last = event + len(part), last[-3:] + part
                if b"\n\n" in last or b"\r\n\r\n" in last or b"\r\r" in last:
                    event = 0
                if self._left < 0:
                    raise BodyTooLong(f"the body is longer than {self._most >> 20} MiB")
                if event > LONGEST_EVENT and self._most == LONGEST_STREAM:
                    raise BodyTooLong(f"an event is longer than {LONGEST_EVENT >> 20} MiB")
                yield part

        def close(self) -> None:
            self._inner.close()

    class Client(openai.DefaultHttpxClient):
        def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
            response = super().send(request, stream=True, **options)
            packed = response.headers.get("content-encoding", "").strip().lower()
            if packed not in ("", "identity"):
                response.close()
                raise BodyTooLong(f"the body is packed ({packed[:40]}), which was not asked for")
            response.stream = Bounded(response.stream, LONGEST_STREAM if stream else LONGEST_BODY)
            if not stream:
                try:
                    response.read()
                finally:
                    response.close()
            return response

    return Client


class Speaker:
    """One model of one server. `name` is None: the only one that it serves."""

    def __init__(self, credentials: Credentials, name: str | None, *, timeout_s: float) -> None:
        import openai

        self._openai, self.credentials = openai, credentials
        self._client = client_of(credentials, timeout_s)
        self.name = name or self._only_model()

    def speak(
        self, turns: Sequence[Turn], *, max_new_tokens: int, temperature: float = 0.0, seed: int = 0
    ) -> Generator[str, None, bool]:
        """The answer's text in pieces. The generator's value: whether the server cut it at the limit.

        Raises TeacherError, or UsageError where the conversation is longer than the model takes.
        """
        import httpx2

        cut, length = False, 0
        try:
            stream: Any = self._client.chat.completions.create(
                model=self.name,
                messages=list(turns),  # type: ignore[arg-type]
                max_tokens=max_new_tokens,
                temperature=temperature,
                seed=seed,
                stream=True,
            )
            with stream:
                for event in stream:
                    choice = event.choices[0] if event.choices else None
                    if choice is None:
                        continue
                    cut = cut or choice.finish_reason == "length"
                    piece = choice.delta.content or ""
                    length += len(piece)
                    if length > LONGEST_ANSWER:
                        raise TeacherError(f"{self.credentials.place} does not end its answer: it was left off.")
                    if piece:
                        yield piece
        except self._openai.OpenAIError as error:
            raise self._told(error) from None
        except (BodyTooLong, httpx2.HTTPError) as error:  # while the answer was on its way
            why = self.credentials.scrub(str(error) or type(error).__name__)[:200]
            raise TeacherError(f"{self.credentials.place} broke off its answer ({why}): ask again.") from None
        except (ValueError, TypeError, AttributeError, LookupError):
            raise TeacherError(f"{self.credentials.place} sends what is no answer: is --endpoint right?") from None
        return cut

    def _only_model(self) -> str:
        try:
            names = self._served()
        except self._openai.OpenAIError as error:
            raise self._told(error) from None
        if len(names) != 1:
            known = f"it serves {', '.join(names[:10])}" if names else "it does not say which it serves"
            raise UsageError(f"--model NAME is needed for {self.credentials.place}: {known}.")
        return names[0]

    def _served(self) -> list[str]:
        return [str(model.id) for model in self._client.models.list().data or []]

    def _told(self, error: Exception) -> Exception:
        """One sentence that says what to do. No message carries the key."""
        place = self.credentials.place
        if isinstance(error, self._openai.APITimeoutError):
            return TeacherError(f"{place} gave no answer in time: is it overloaded? TEACHER_TIMEOUT_S sets how long.")
        if isinstance(error, self._openai.APIConnectionError):
            why = self.credentials.scrub(" ".join(str(error.__cause__ or error).split()))[:200]
            return TeacherError(f"{place} cannot be reached ({why}): is the server running, and --endpoint right?")
        status = getattr(error, "status_code", 0)
        said = self.credentials.scrub(" ".join(str(getattr(error, "message", error)).split()))[:300]
        if status in (401, 403):
            return TeacherError(f"{place} refuses the key ({status}): set ENDPOINT_API_KEY. It said: {said}")
        if status == 404:
            try:
                served = ", ".join(self._served()[:10])
            except self._openai.OpenAIError:
                served = ""
            return TeacherError(
                f"{place} knows no such model or address (404): check --model and --endpoint"
                + (f"; it serves {served}." if served else ", which often ends in /v1.")
            )
        if status == 400 and "context" in said.lower():
            return UsageError(f"The conversation is longer than the model takes: /new begins another. {place}: {said}")
        return TeacherError(f"{place} gave no answer ({status or 'no status'}). It said: {said}")
