"""The API teachers that TEACHER_MODEL names: one, or several with addresses and shares of the tasks.

    gpt-4o-mini                                        at OPENAI_BASE_URL
    gpt-4o-mini*3,qwen3@http://localhost:8000/v1       three tasks for the one, one for the other

Reads the environment and `.env` for keys; writes nothing. An address behind `@` gets ENDPOINT_API_KEY, or
OPENAI_API_KEY where it is on the host of OPENAI_BASE_URL.
"""

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from autotrain.config.credentials import (
    ENDPOINT_KEY_VARIABLE,
    KEY_VARIABLE,
    OF_TEACHER_ADDRESS,
    URL_VARIABLE,
    Credentials,
    find_credentials,
    for_address,
)
from autotrain.config.setting_files import read_env_file
from autotrain.errors import UsageError
from autotrain.teacher.prices import Price, price_of

NO_API = ("builtin", "self")
_ONE = re.compile(r"(?P<model>\S+?)(?:@(?P<url>https?://[^\s*]+))?(?:\*(?P<share>\d+(?:\.\d+)?))?")
_GOLDEN = 0.6180339887498949  # a step that spreads evenly, however many tasks there are


@dataclass(frozen=True)
class Teacher:
    """One model of one server, with its share of the tasks."""

    model: str
    credentials: Credentials
    price: Price | None
    share: float = 1.0


def named(text: str) -> list[tuple[str, str | None, float]]:
    """Model, address (None: OPENAI_BASE_URL) and share of each teacher. Raises UsageError."""
    found: list[tuple[str, str | None, float]] = []
    for part in text.split(","):
        match = _ONE.fullmatch(part.strip())
        if match is None or float(match["share"] or 1) <= 0 or ("," in text and match["model"] in NO_API):
            raise UsageError(
                f"TEACHER_MODEL={text}: MODEL, or MODEL@ADDRESS*SHARE,… of API teachers is needed "
                "(gpt-4o-mini*3,qwen3@http://localhost:8000/v1)."
            )
        found.append((match["model"], match["url"], float(match["share"] or 1)))
    if len({(model, url) for model, url, _ in found}) < len(found):
        raise UsageError(f"TEACHER_MODEL={text} names a teacher twice.")
    return found


def find(text: str, environ: MutableMapping[str, str], env_file: Path) -> list[Teacher]:
    """The teachers with their keys, which leave `environ`. Raises TeacherError or UsageError, never quoting a key."""
    given = dict(environ)
    found = []
    for model, url, share in named(text):
        if url is None:
            credentials = find_credentials(dict(given), env_file)
        else:
            credentials = for_address(url, dict(given), env_file, wording=OF_TEACHER_ADDRESS)
        found.append(Teacher(model, credentials, price_of(model, credentials.base_url), share))
    own = given.get(ENDPOINT_KEY_VARIABLE, "").strip() or read_env_file(env_file).get(ENDPOINT_KEY_VARIABLE, "")
    hosts = {urlsplit(one.credentials.base_url).netloc for one in found if own and one.credentials.key == own}
    if len(hosts) > 1:
        raise UsageError(f"{ENDPOINT_KEY_VARIABLE} is the key of one host, and TEACHER_MODEL names several.")
    for name in (KEY_VARIABLE, URL_VARIABLE, ENDPOINT_KEY_VARIABLE):
        environ.pop(name, None)
    return found


def whose(slot: int, shares: Sequence[float]) -> int:
    """Which of the teachers has this slot: every stretch of slots is shared out alike."""
    place = (slot * _GOLDEN) % 1.0 * sum(shares)
    for number, share in enumerate(shares):
        place -= share
        if place < 0:
            return number
    return len(shares) - 1
