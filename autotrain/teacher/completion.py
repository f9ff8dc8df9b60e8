"""From the body of a 200 response to an Answer: whatever servers send where a chat completion is expected.

Reads leniently what was paid for: a byte order mark, lone surrogates, parts, an event stream that nobody asked
for, arguments of a tool call. Believes no token count that cannot be true. Values only; `server.py` does the talking.

    read_answer(response.content, response.headers.get("content-type", ""))      # an Answer, or Failure
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import orjson

from autotrain.tasks.thoughts import after_thoughts
from autotrain.teacher.prices import picodollars
from autotrain.teacher.protocol import Answer, Failure

LONGEST_TOKEN = 128  # characters, in any tokenizer of today (a run of spaces): fewer tokens than that are no count
MOST_TOKENS = 10**9  # of one answer: what is more is no count

_CUT_OFF = ("length", "max_tokens", "max_output_tokens", "model_length", "token_limit")
_FILTERED = ("content_filter", "safety", "recitation", "prohibited_content", "blocklist", "refusal", "sensitive")
_BROKEN_OFF = ("error", "abort", "aborted", "cancelled", "canceled", "insufficient_system_resource", "network_error")
_COST_HEADER = re.compile(r"(?:x-)?(?:[a-z0-9]+-)*(?:response-|request-|total-)?cost(?:-usd)?")


def read_answer(content: bytes, content_type: str) -> Answer:
    """The answer in a 200 response. Raises Failure where there is none."""
    value = _unpacked(_value_of(content, content_type))
    usage = _object(value.get("usage")) if isinstance(value, dict) else {}
    try:
        choice, text = _spoken_choice(value["choices"])
    except (KeyError, IndexError, TypeError, AttributeError):
        choice, text = {}, ""
    if isinstance(value, dict) and not text.strip() and (error := _told_error(value, bool(choice))):
        raise _error_inside(error, paid=bool(usage))
    finish = choice.get("finish_reason")
    finish = finish.strip().lower() if isinstance(finish, str) else ""
    message = choice.get("message") or choice.get("delta")
    if not isinstance(message, dict) and "text" not in choice and finish not in _FILTERED:
        raise Failure(Failure.BROKEN, "the body is no chat completion", maybe_paid=True, wrong_address=True)
    refusal = _object(message).get("refusal")
    if finish in _BROKEN_OFF or (isinstance(choice.get("error"), dict) and not text.strip()):
        error = _object(choice.get("error"))
        raise Failure(Failure.SERVER, f"the answer broke off ({finish or 'error'}): {_said(error)}", maybe_paid=True)
    tokens_in, tokens_out = _tokens(usage, text)
    details = _object(usage.get("prompt_tokens_details"))
    return Answer(
        text=text,
        finish_reason="length" if finish in _CUT_OFF else finish[:80],
        refused=bool(refusal) or finish in _FILTERED,
        tokens_in=tokens_in,
        tokens_cached=_count(details.get("cached_tokens")) or 0,
        tokens_out=tokens_out,
        model=_sound(str(value.get("model") or ""))[:200],
        told_cost=max((_dollars(usage.get(name)) for name in ("cost", "total_cost", "cost_usd")), default=0),
    )


def cost_in_headers(headers: Mapping[str, str]) -> int:
    """Picodollars that a gateway says this answer cost (LiteLLM's `x-litellm-response-cost` and its like); 0: none."""
    return max((_dollars(value) for name, value in headers.items() if _COST_HEADER.fullmatch(name.lower())), default=0)


def _unpacked(value: Any) -> Any:
    """The completion inside a text, a list of one or a gateway's envelope."""
    for _ in range(3):
        if isinstance(value, list) and len(value) == 1:
            (value,) = value
        elif isinstance(value, dict) and not value.keys() & {"choices", "error"}:
            inside = [value[name] for name in _ENVELOPES if isinstance(value.get(name), (str, dict))]
            if not inside:
                return value
            (value, *_) = [one for one in map(_loaded, inside) if isinstance(one, dict)] or [value]
        elif isinstance(value, str):
            value = _loaded(value)
        else:
            return value
    return value


_ENVELOPES = ("body", "data", "result", "response")


def _loaded(value: Any) -> Any:
    try:
        return json.loads(value, strict=False) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return None


def _spoken_choice(choices: Any) -> tuple[dict[str, Any], str]:
    """The first choice that says something, else the first; `text` is the field of plain completions."""
    told = []
    for choice in choices:
        message = choice.get("message") or choice.get("delta")
        said = _text_of(message) if isinstance(message, dict) else _sound(_string(choice.get("text")))
        told.append((choice, said))
    return next((one for one in told if one[1].strip()), told[0])


def _told_error(value: dict[str, Any], has_choice: bool) -> dict[str, Any] | None:
    """What a body without a text says is wrong; words of other names count only where there is no choice."""
    error = value.get("error")
    if error:
        return error if isinstance(error, dict) else {"message": str(error)}
    if has_choice:
        return None
    told = {**value, **_object(value.get("base_resp"))}
    words = next((told[name] for name in _ERROR_WORDS if isinstance(told.get(name), str) and told[name].strip()), None)
    return None if words is None else {"message": words, "code": told.get("code") or told.get("status_code")}


_ERROR_WORDS = ("message", "msg", "status_msg", "error_msg", "errorMessage", "detail")


def _value_of(content: bytes, content_type: str) -> Any:
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    start = content[:200].lstrip()
    if "event-stream" in content_type.lower() or start.startswith((b"data:", b"event:", b":")):
        return _from_events(content)
    if b"\n" in content and all(_is_chunk(line) for line in content.splitlines()[:2]):
        return _from_events(content)
    if "html" in content_type.lower() or start[:1] == b"<":
        what = f"an HTML page ({len(content)} bytes)"
        raise Failure(Failure.BROKEN, f"the body is {what}", maybe_paid=True, wrong_address=True)
    try:  # raw line breaks, lone surrogates, bytes of another encoding: paid for, and readable
        return json.loads(content.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        raise Failure(Failure.BROKEN, f"the body is no JSON ({len(content)} bytes)", maybe_paid=True) from None


def _is_chunk(line: bytes) -> bool:
    return line.startswith(b'{"') and b'"choices"' in line


def _from_events(content: bytes) -> Any:
    """The completion that an event stream adds up to."""
    whole: dict[str, Any] = {}
    message: dict[str, str] = {}
    arguments, finish, ended = "", None, False
    for line in content.decode("utf-8", "replace").splitlines():
        data = line.removeprefix("data:").strip() if line.startswith(("data:", '{"')) else ""
        ended = ended or data == "[DONE]"
        try:
            event = json.loads(data, strict=False) if data and data != "[DONE]" else None
            if not isinstance(event, dict):
                continue
            whole |= {name: event[name] for name in ("model", "usage", "error") if event.get(name)}
            for choice in event.get("choices") or []:
                delta = _object(choice.get("delta") or choice.get("message"))
                for name in ("content", "reasoning_content", "refusal"):
                    if isinstance(delta.get(name), str):
                        message[name] = message.get(name, "") + delta[name]
                for call in delta.get("tool_calls") or []:
                    arguments += str(_object(_object(call).get("function")).get("arguments") or "")
                finish = choice.get("finish_reason") or finish
        except (ValueError, RecursionError, AttributeError, TypeError):
            break
    if whole.get("error") and not message:
        return whole
    if not ended and finish is None:
        raise Failure(Failure.BROKEN, "the body is an event stream that was cut off", maybe_paid=True)
    calls = {"tool_calls": [{"function": {"arguments": arguments}}]} if arguments else {}
    return {**whole, "choices": [{"message": {**message, **calls}, "finish_reason": finish}]}


def _text_of(message: dict[str, Any]) -> str:
    """What the message says, whichever field holds it; a thought is nothing said."""
    content = message.get("content")
    if isinstance(content, list):  # parts, as some gateways send them; parts of thoughts have types of their own
        parts = [part for part in content if isinstance(part, dict) and part.get("type", "text") in _TEXT_PARTS]
        content = "".join(_string(part.get("text")) for part in parts) + "".join(
            part for part in content if isinstance(part, str)
        )
    if isinstance(content, dict):  # the object itself where its JSON was due
        content = _dumps(content)
    if isinstance(content, str) and content.strip():
        return _sound(content)
    calls = message.get("tool_calls") or [{"function": message.get("function_call")}]
    arguments = _object(_object(calls[0]).get("function")).get("arguments")
    if isinstance(arguments, dict):
        arguments = _dumps(arguments)
    if isinstance(arguments, str) and arguments.strip():
        return _sound(arguments)
    thoughts = message.get("reasoning_content") or message.get("reasoning") or ""
    return _sound(after_thoughts(thoughts) or "") if isinstance(thoughts, str) else ""


_TEXT_PARTS = ("text", "output_text")


def _string(value: Any) -> str:
    value = value.get("value") if isinstance(value, dict) else value
    return value if isinstance(value, str) else ""


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _sound(text: str) -> str:
    # Lone surrogates can be in no file.
    return text.removeprefix("\ufeff").encode("utf-8", "replace").decode()


def _tokens(usage: dict[str, Any], text: str) -> tuple[int | None, int | None]:
    """Tokens in and out, as they are billed; None where the server gave no count that can be true."""
    tokens_in = _first(usage, "prompt_tokens", "input_tokens")
    tokens_out = _first(usage, "completion_tokens", "output_tokens")
    total = _count(usage.get("total_tokens"))
    details = _object(usage.get("completion_tokens_details") or usage.get("output_tokens_details"))
    thought = _count(details.get("reasoning_tokens")) or 0
    if tokens_in is not None and total is not None:  # reasoning may be billed apart from the completion
        tokens_out = max(tokens_out or 0, total - tokens_in)
    elif tokens_out is not None and total is not None:
        tokens_in = total - tokens_out
    if not tokens_in or tokens_in < 0 or tokens_out is None:
        return None, None
    completion = _first(usage, "completion_tokens", "output_tokens")
    if completion is not None and thought > completion:
        tokens_out = max(tokens_out, completion + thought)
    return (None, None) if tokens_out * LONGEST_TOKEN < len(text) else (tokens_in, tokens_out)


def _first(usage: dict[str, Any], *names: str) -> int | None:
    counts = [_count(usage.get(name)) for name in names]
    return next((count for count in counts if count is not None), None)


def _count(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch("[0-9]{1,10}", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= MOST_TOKENS else None


def _dollars(value: Any) -> int:
    try:
        usd = float(value)
    except (TypeError, ValueError):
        return 0
    return picodollars(usd) if math.isfinite(usd) and 0 < usd < 1_000_000 and not isinstance(value, bool) else 0


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _said(error: dict[str, Any]) -> str:
    return " ".join(str(error.get("message") or "no message")[:20_000].split())


def _error_inside(error: dict[str, Any], *, paid: bool) -> Failure:
    said = f"an error inside a 200: {_said(error)}"
    return Failure(Failure.SERVER, said, maybe_paid=paid, wrong_address=True, error=error)
