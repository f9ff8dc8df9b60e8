"""What a refusal means: wait, ask again, leave this request, or end the stage. Values only.

    raise meaning(status, error, said, headers, place=…, model=…)     # a Failure, or TeacherError

A key, a redirect or an empty account ends the stage at once, whichever status the server dresses it in. What may be
one prompt's fault (400, 403, 404) is that request's, and the stage's where it is repeated in a row (ask.py counts).
"""

import email.utils
import math
import re
from collections.abc import Mapping
from typing import Any

from autotrain.config.credentials import OF_TEACHER, Wording
from autotrain.errors import TeacherError
from autotrain.teacher.protocol import Failure

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_MONEY_CODES = re.compile(r"insufficient_(?:quota|balance|credits?|funds)|insufficient balance|quota_exceeded|"
                          r"budget_exceeded|billing|credits?_exhausted|payment_required|out_of_credits?")  # fmt: skip
# A 429 that speaks of a quota may be one of a minute: only what can mean nothing but money counts there.
_MONEY = re.compile(
    r"credit balance|(?:insufficient|not enough|no|out of|ran out of|low on|exhausted|add|purchase|buy|more) "
    r"(?:\w+ ){0,3}(?:credits?|balance|funds)\b|(?:credits?|balance|funds) (?:\w+ ){0,3}(?:too low|exhausted|used up|"
    r"depleted|insufficient)|budget (?:has been |is |was |limit )*(?:exceeded|exhausted|used up|reached)|exceed\w* "
    r"(?:\w+ ){0,4}budget|max(?:imum)? budget|spend(?:ing)?[ _-](?:limit|cap)|payment (?:is )?required|top[ -]up|"
    r"account (?:is |has been )?(?:overdue|in arrears|deactivated|suspended)"
)
_QUOTA = re.compile(r"\bbilling\b|\bquota\b|(?:monthly|hard|usage) limit|prepaid")
_PLAIN_TO_TLS = re.compile(r"http request (?:was sent )?to (?:an |the )?https")
_TRY_AGAIN = re.compile(r"again in (?:about )?((?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+)")
_PASSING = (408, 409, 423, 424, 425, 499)  # 424: a generation failed (TGI); 499: a gateway hung up
PROMPTS_FAULT = 3  # 403s and 404s in a row are the stage's
LONGEST_SEARCHED = 600  # characters: behind them servers repeat the request, whatever that speaks of


def meaning(
    status: int,
    error: Mapping[str, Any],
    said: str,
    headers: Mapping[str, str],
    now: float,
    *,
    place: str,
    model: str,
    wording: Wording = OF_TEACHER,
) -> Exception:
    """What to raise for a refusal of that status, with the server's own words `said`, at `now` (Unix seconds)."""
    if status == 401:
        return TeacherError(f"{place} refused the key (401): check {wording.key}. It said: {said}")
    if 300 <= status < 400:
        return TeacherError(f"{place} redirects ({status}): set {wording.url} to where it leads.")
    if status == 402 or is_money(status, error, said):
        return TeacherError(
            f"The quota at {place} is used up ({status}). It said: {said} "
            "The same command goes on from here, and pays for no answer twice."
        )
    if _PLAIN_TO_TLS.search(said.lower()):
        return TeacherError(f"{place} speaks https: set {wording.url} to https://…. It said: {said}")
    wait_s = retry_after_s(headers, now)
    if status == 429:
        wait_s = _first(wait_s, reset_s(headers, now), _said_wait_s(said))
        return Failure(Failure.RATE_LIMITED, f"429: {said}", retry_after_s=wait_s, status=status)
    if status in _PASSING or (status >= 500 and status != 501):
        behind = status in (408, 504, 522, 524)  # a gateway gave up waiting: the model may have answered
        return Failure(Failure.SERVER, f"{status}: {said}", retry_after_s=wait_s, maybe_paid=behind, status=status)
    refused = f"{status}: {said}"
    if status == 403:
        sentence = f"{place} refuses access to {model} (403). It said: {said}"
        return Failure(Failure.REFUSED_REQUEST, refused, sentence=sentence, believed_after=PROMPTS_FAULT, status=status)
    if status in (404, 405):
        sentence = (
            f"{place} knows no model {model} ({status}): check {wording.model} and {wording.url}"
            f"{address_hint(place)}. It said: {said}"
        )
        return Failure(Failure.REFUSED_REQUEST, refused, sentence=sentence, believed_after=PROMPTS_FAULT, status=status)
    sentence = f"{place} refuses every request, each for the same reason. It said: {refused}"
    return Failure(Failure.REFUSED_REQUEST, refused, sentence=sentence, status=status)


def is_money(status: int, error: Mapping[str, Any], said: str) -> bool:
    """Whether a refusal says that the account, its credit or its budget is at its end."""
    marks = f"{error.get('code') or ''} {error.get('type') or ''}".lower()
    if status < 500 and _MONEY_CODES.search(marks):
        return True
    words = said[:LONGEST_SEARCHED].lower()
    if status not in (200, 400, 403, 429):
        return False
    return bool(_MONEY.search(words) or (status in (400, 403) and _QUOTA.search(words)))


def address_hint(place: str) -> str:
    """What an address lacks that most servers want, as the rest of a sentence."""
    return "" if re.search(r"/v\d|/openai", place) else f", which mostly ends in /v1: try {place}/v1"


def _first(*waits: float | None) -> float | None:
    return next((wait for wait in waits if wait is not None), None)


def _said_wait_s(said: str) -> float | None:
    """Seconds to wait, from words such as `Please try again in 7m12.5s`."""
    match = _TRY_AGAIN.search(said.lower())
    return duration_s(match[1]) if match else None


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the server asks us to wait; None where it does not say."""
    milliseconds = headers.get("retry-after-ms")
    value = headers.get("retry-after")
    try:
        wait_s = float(milliseconds) / 1000.0 if milliseconds is not None else float(value or "")
        return max(0.0, wait_s) if math.isfinite(wait_s) else None
    except ValueError:
        pass
    try:
        parsed = email.utils.parsedate_tz(value) if value else None
        return max(0.0, email.utils.mktime_tz(parsed) - now) if parsed else None
    except (ValueError, OverflowError):  # a date beyond any calendar
        return None


def reset_s(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds until an allowance that is at zero comes back; None where no header says so.

    Durations, plain seconds, or Unix times in seconds or milliseconds, as providers send them.
    """
    waits = []
    for name, value in headers.items():
        name = name.lower()
        if not name.startswith(("x-ratelimit-remaining", "ratelimit-remaining")) or value.strip() not in ("0", "0.0"):
            continue
        told = headers.get(name.replace("remaining", "reset"), "")
        seconds = duration_s(told)
        if seconds is None and re.fullmatch(r"\d{10}|\d{13}", told.strip()):
            seconds = max(0.0, float(told) / (1000.0 if len(told.strip()) == 13 else 1.0) - now)
        if seconds is not None:
            waits.append(seconds)
    return max(waits, default=None)


def allowance(headers: Mapping[str, str], what: str) -> tuple[float, float | None, float] | None:
    """Left, total and seconds until full, of `requests` or `tokens`; None where the headers do not say.

    Gateways that do not count send -1 or leave the total out.
    """
    try:
        left = float(headers[f"x-ratelimit-remaining-{what}"])
        reset = duration_s(headers[f"x-ratelimit-reset-{what}"])
        total = float(headers.get(f"x-ratelimit-limit-{what}", "nan"))
    except (KeyError, ValueError):
        return None
    if not 0 <= left < math.inf or reset is None:
        return None
    return left, total if total > 0 else None, reset


def duration_s(text: str) -> float | None:
    """`6m0s`, `12ms` or plain seconds, as seconds; None for anything else (a date, an epoch)."""
    text = text.strip()
    parts = _DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
        return seconds if math.isfinite(seconds) else None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= 86_400 else None
