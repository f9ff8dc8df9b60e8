"""The key and the address of the teacher, and keeping the key out of everything we write.

OPENAI_API_KEY and OPENAI_BASE_URL come from the environment, else from `.env`. Once read,
the key leaves this process's environment, so no child inherits it.
"""

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

from autotrain.config.setting_files import read_env_file
from autotrain.errors import TeacherError, UsageError
from autotrain.secrets.scan import redact

DEFAULT_BASE_URL = "https://api.openai.com/v1"
KEY_VARIABLE, URL_VARIABLE = "OPENAI_API_KEY", "OPENAI_BASE_URL"
ENDPOINT_KEY_VARIABLE = "ENDPOINT_API_KEY"  # of an address named with --endpoint
NO_KEY = "none"  # what a local server gets: the protocol needs some word


@dataclass(frozen=True)
class Wording:
    """What messages call a server, and the settings that lead to it."""

    who: str = "The teacher"
    url: str = URL_VARIABLE
    key: str = KEY_VARIABLE
    model: str = "TEACHER_MODEL"


OF_TEACHER = Wording()
OF_TEACHER_ADDRESS = Wording(url="TEACHER_MODEL", key=ENDPOINT_KEY_VARIABLE)  # MODEL@URL
OF_ENDPOINT = Wording("The endpoint", "--endpoint", ENDPOINT_KEY_VARIABLE, "--model")
OF_SELF = Wording("The model's server", "SELF_ENDPOINT", ENDPOINT_KEY_VARIABLE, "SELF_ENDPOINT")
OF_YARDSTICK = Wording("The yardstick", "YARDSTICK", ENDPOINT_KEY_VARIABLE, "YARDSTICK")


@dataclass(frozen=True)
class Credentials:
    """Where the teacher is and how to be let in."""

    key: str = field(repr=False)
    base_url: str
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # of the address, such as Azure's api-version
    wording: Wording = OF_TEACHER

    @property
    def place(self) -> str:
        """The address for messages: no user, no password, no query."""
        parts = urlsplit(self.base_url)
        host = parts.hostname or ""
        host = f"[{host}]" if ":" in host else host
        return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path, "", ""))

    @property
    def is_azure(self) -> bool:
        return (urlsplit(self.base_url).hostname or "").endswith(".azure.com")

    @property
    def is_openai(self) -> bool:
        return (urlsplit(self.base_url).hostname or "").endswith("openai.com") or self.is_azure

    def scrub(self, text: str) -> str:
        """The text without our key and without anything that looks like another secret."""
        if self.key != NO_KEY:
            text = text.replace(self.key, "[key]")
        return redact(text)


def given(environ: Mapping[str, str], env_file: Path) -> tuple[str, str]:
    """The key and the address as given, unchecked: from the environment, else from `.env`. A blank one is none."""
    dotenv = read_env_file(env_file)

    def first(name: str) -> str:
        return environ.get(name, "").strip() or dotenv.get(name, "").strip()

    return first(KEY_VARIABLE), first(URL_VARIABLE)


def find_credentials(environ: MutableMapping[str, str], env_file: Path) -> Credentials:
    """The credentials, taken out of `environ`. Raises TeacherError or UsageError, never quoting a key."""
    key, base_url = given(environ, env_file)
    for name in (KEY_VARIABLE, URL_VARIABLE):
        environ.pop(name, None)
    if not key and not base_url:
        raise TeacherError(
            f"{KEY_VARIABLE} is not set. Put it into the environment or into {env_file}, or set {URL_VARIABLE} to a "
            "server of your own, or take --teacher builtin."
        )
    _check_key(key, KEY_VARIABLE)
    base_url = base_url or DEFAULT_BASE_URL
    parts = _address(base_url, URL_VARIABLE)
    if not key and (parts.hostname or "").endswith("openai.com"):
        raise TeacherError(f"{KEY_VARIABLE} is not set, and {parts.hostname} needs one.")
    return _credentials(key, parts)


def for_address(
    url: str, environ: MutableMapping[str, str], env_file: Path, *, wording: Wording = OF_ENDPOINT
) -> Credentials:
    """The credentials of an address that a person named, the keys taken out of `environ`.

    The key is ENDPOINT_API_KEY's, else the teacher's where the address is on the teacher's own host: a key is
    shown to no other host. Raises UsageError for what is no address.
    """
    parts = _address(url, wording.url)
    key, base_url = given(environ, env_file)
    own = environ.get(ENDPOINT_KEY_VARIABLE, "").strip() or read_env_file(env_file).get(ENDPOINT_KEY_VARIABLE, "")
    for name in (KEY_VARIABLE, ENDPOINT_KEY_VARIABLE):
        environ.pop(name, None)
    shared = parts.scheme == "https" or not base_url.startswith("https:")
    if not own and key and shared and _host(parts) == _host(urlsplit(base_url or DEFAULT_BASE_URL)):
        own = key
    _check_key(own.strip(), ENDPOINT_KEY_VARIABLE)
    return _credentials(own.strip(), parts, wording)


def model_at(text: str, setting: str) -> tuple[str, str] | None:
    """The model's name and its address in `MODEL@URL`; None for an empty setting. Raises UsageError."""
    if not text:
        return None
    found = re.fullmatch(r"(\S+?)@(https?://\S+)", text)
    if not found:
        raise UsageError(f"{setting}={text}: MODEL@URL is needed, such as gpt-4o-mini@https://api.openai.com/v1.")
    if "@" in found[2]:
        raise UsageError(
            f"{setting}: its address holds a user or a password: put the key into {ENDPOINT_KEY_VARIABLE} instead."
        )
    return found[1], found[2]


def _check_key(key: str, name: str) -> None:
    if key[:1] in ("'", '"', "`") or key[-1:] in ("'", '"', "`"):
        raise UsageError(f"{name} holds quotes, which are no part of a key: take them off (`env` files keep them).")
    if not key.isascii() or any(character.isspace() or not character.isprintable() for character in key):
        raise UsageError(f"{name} holds characters that no key has (a space, a line break, or none of ASCII).")


def _host(parts: SplitResult) -> tuple[str, int | None]:
    return parts.hostname or "", parts.port


def _address(url: str, where: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
        parts = None
    if not sound or parts is None:
        raise UsageError(f"{where}: an address such as http://localhost:8000/v1 is needed.")
    return parts


def _credentials(key: str, parts: SplitResult, wording: Wording = OF_TEACHER) -> Credentials:
    address = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    return Credentials(key or NO_KEY, address, tuple(parse_qsl(parts.query)), wording)
