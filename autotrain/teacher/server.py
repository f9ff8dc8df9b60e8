"""One server that speaks OpenAI's chat completions, through the `openai` package.

Asks once and says what came of it: an Answer, a Failure that may pass, or a TeacherError
that will not (refusals.py says which). Retries, pace and money are the caller's. No message carries the key.
"""

import asyncio
import re
import time
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autotrain.config import proxies
from autotrain.config.credentials import NO_KEY, Credentials
from autotrain.teacher.completion import cost_in_headers, read_answer
from autotrain.teacher.protocol import Answer, Failure
from autotrain.teacher.refusals import address_hint, is_money, meaning

CONNECT_TIMEOUT_S = 10.0
MOST_SAID = 300  # characters of a server's words
STRANGERS_TRIES = 4  # answers that no such server gives, before the first one that it does
_PASSING = re.compile(r"loading|starting|warm(?:ing)? ?up|try again|overload|busy|rate limit")  # such an error may pass
LONGEST_BODY = 16 * 1024 * 1024  # bytes of an answer, decoded: 131,072 tokens are well below a tenth of it


class BodyTooLong(Exception):
    """A body longer than any answer is, or packed in a way that cannot be unpacked under a bound."""


def _bounded_client(openai: Any) -> Any:
    """The openai package's HTTP client, which never holds more than LONGEST_BODY of a body."""

    class Client(openai.DefaultAsyncHttpxClient):
        async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
            response = await super().send(request, stream=True, **options)
            try:
                raw = bytearray()
                async for part in response.aiter_raw():
                    raw += part
                    if len(raw) > LONGEST_BODY:
                        raise BodyTooLong(f"the body is longer than {LONGEST_BODY >> 20} MiB")
                response._content = unpacked(bytes(raw), response.headers.get("content-encoding", ""))
            finally:
                await response.aclose()
            return response

    return Client


def unpacked(raw: bytes, encoding: str) -> bytes:
    """A body decoded, at most LONGEST_BODY bytes of it. Raises BodyTooLong."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return raw
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BodyTooLong(f"the body is packed ({encoding[:40]}), which was not asked for")
    try:
        body = zlib.decompressobj(47).decompress(raw, LONGEST_BODY + 1)
    except zlib.error:
        raise BodyTooLong(f"the body is no {encoding}") from None
    if len(body) > LONGEST_BODY:
        raise BodyTooLong(f"the body is longer than {LONGEST_BODY >> 20} MiB")
    return body


class Server:
    """`answer, headers = await server.ask(body, request_id)`."""

    def __init__(self, credentials: Credentials, model: str, *, timeout_s: float, connections: int) -> None:
        import httpx2  # the HTTP library of the openai package
        import openai

        self._openai, self._response_type = openai, httpx2.Response
        self.credentials, self.model, self.timeout_s = credentials, model, timeout_s
        timeout = openai.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s))
        limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
        with proxies.told():
            http_client = _bounded_client(openai)(timeout=timeout, limits=limits, follow_redirects=False)
        self._client = openai.AsyncOpenAI(
            api_key=credentials.key,
            base_url=credentials.base_url,
            default_query=dict(credentials.query) or None,
            default_headers={
                "Accept-Encoding": "gzip, deflate",
                **({"api-key": credentials.key} if credentials.is_azure else {}),
            },
            http_client=http_client,
            timeout=timeout,
            max_retries=0,
        )

    async def close(self) -> None:
        await self._client.close()

    async def ask(self, body: dict[str, Any], request_id: str) -> tuple[Answer, Mapping[str, str]]:
        """One request. Raises Failure, or TeacherError where no request can succeed."""
        options = {"headers": {"Idempotency-Key": request_id}}
        call = self._client.post("/chat/completions", cast_to=self._response_type, body=body, options=options)  # type: ignore[arg-type]
        try:
            response = await asyncio.wait_for(call, self.timeout_s)
        except (asyncio.TimeoutError, self._openai.APITimeoutError) as error:
            cause = type(error.__cause__).__name__
            if cause == "ConnectTimeout":
                raise self._no_connection(error.__cause__) from None
            waited = f"no answer within {self.timeout_s:g} s"
            raise Failure(Failure.TIMEOUT, waited, maybe_paid=cause != "PoolTimeout") from None
        except self._openai.APIStatusError as error:
            raise self._status_failure(error) from None
        except self._openai.APIConnectionError as error:
            raise self._no_connection(error.__cause__) from None
        except self._openai.OpenAIError as error:
            raise Failure(Failure.BROKEN, self.credentials.scrub(str(error)), maybe_paid=True) from None
        try:
            answer = read_answer(response.content, response.headers.get("content-type", ""))
            told_cost = max(answer.told_cost, cost_in_headers(response.headers))
            return replace(self._without_key(answer), told_cost=told_cost), response.headers
        except Failure as failure:
            raise self._inside_200(failure, response.headers) from None

    def _no_connection(self, cause: BaseException | None) -> Failure:
        place, name = self.credentials.place, type(cause).__name__
        what = self.credentials.scrub(str(cause) or name)
        if name == "ConnectTimeout":
            what = f"none within {min(CONNECT_TIMEOUT_S, self.timeout_s):g} s"
            if re.fullmatch(r"https://[^/]+:\d+/?.*", place):
                what += f"; is http meant in {self.credentials.wording.url}?"
        if name in ("ConnectError", "ConnectTimeout", "UnsupportedProtocol", "ProxyError"):
            if "certificate" in what.lower():
                what += "; SSL_CERT_FILE names the certificates that are trusted"
            elif "ssl" in what.lower():
                what += f"; is http meant in {self.credentials.wording.url}?"
            proxy = proxies.proxy_for(self.credentials.base_url)
            by = f" through the proxy {proxy} of the environment" if proxy else ""
            return Failure(Failure.BROKEN, f"no connection to {place}{by} ({what})", unreachable=True)
        sentence = ""
        if "without sending a response" in what or "illegal" in what:
            hint = f"is https meant in {self.credentials.wording.url}, and is" if place.startswith("http:") else "is"
            sentence = f"{place} ends every connection without an answer ({what}): {hint} the port right?"
        broke = f"the connection broke ({what})"
        return Failure(Failure.BROKEN, broke, maybe_paid=True, sentence=sentence, believed_after=STRANGERS_TRIES)

    def _inside_200(self, failure: Failure, headers: Mapping[str, str]) -> Exception:
        """A body that is no answer: an error that belongs to another status is taken for that one."""
        said, error = self.credentials.scrub(str(failure))[:MOST_SAID], failure.error or {}
        code = str(error.get("code"))
        status = int(code) if re.fullmatch("[45][0-9]{2}", code) else 200
        if failure.error is not None and (status != 200 or is_money(200, error, said)):
            return self._refusal(status if status != 200 else 402, error, said, headers)
        place, sentence = self.credentials.place, ""
        if failure.wrong_address and not _PASSING.search(said.lower()):
            url = self.credentials.wording.url
            sentence = f"{place} answers with no chat completion ({said}): check {url}{address_hint(place)}."
        return Failure(
            failure.kind,
            said,
            maybe_paid=failure.maybe_paid,
            sentence=sentence,
            believed_after=STRANGERS_TRIES,
        )

    def _without_key(self, answer: Answer) -> Answer:
        # Some servers echo the request's headers: the key may not reach the ledger or a sample that way.
        if self.credentials.key == NO_KEY:
            return answer
        key = self.credentials.key
        return replace(
            answer,
            text=answer.text.replace(key, "[key]"),
            model=answer.model.replace(key, "[key]")[:200],
            finish_reason=answer.finish_reason.replace(key, "[key]")[:80],
        )

    def _status_failure(self, error: Any) -> Exception:
        return self._refusal(error.status_code, _error_object(error), _message_of(error), error.response.headers)

    def _refusal(self, status: int, error: dict[str, Any], message: str, headers: Mapping[str, str]) -> Exception:
        said = self.credentials.scrub(message)[:MOST_SAID]
        names = {"place": self.credentials.place, "model": self.model}
        return meaning(status, error, said, headers, time.time(), **names, wording=self.credentials.wording)


def _error_object(error: Any) -> dict[str, Any]:
    body = error.body
    if isinstance(body, list) and body:  # a list of errors
        body = body[0]
    body = body if isinstance(body, dict) else {}
    inner = body.get("error")
    return inner if isinstance(inner, dict) else body


def _message_of(error: Any) -> str:
    inner = _error_object(error)
    said = inner.get("message") or inner.get("detail") or inner.get("error")
    if not said:
        said = error.response.text[:20_000]
        if "html" in error.response.headers.get("content-type", ""):
            said = f"an HTML page: {re.sub('<[^<>]*>', ' ', said)}"
    return " ".join(str(said)[:20_000].split()) or "nothing"
