"""The proxy that stands between us and an address, for messages: a dead or an unsuitable one is named.

Reads the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY); writes nothing.

    proxy_for("https://api.openai.com/v1")     # "http://proxy.example:3128", "" for none
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from autotrain.errors import UsageError


def proxy_for(base_url: str) -> str:
    """The proxy by which an address is reached, without user and password; empty where there is none."""
    parts = urlsplit(base_url)
    named = getproxies()
    proxy = named.get(parts.scheme) or named.get("all") or ""
    if not proxy or proxy_bypass(parts.hostname or ""):
        return ""
    where = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    try:
        port = f":{where.port}" if where.port else ""
    except ValueError:
        port = ""
    return f"{where.scheme}://{where.hostname or ''}{port}"


@contextmanager
def told() -> Iterator[None]:
    """While a client is made: a proxy of a kind that cannot be used is one sentence. Raises UsageError."""
    try:
        yield
    except (ImportError, ValueError):
        kinds = sorted({urlsplit(proxy).scheme for proxy in getproxies().values()} - {"", "http", "https"})
        if not kinds:
            raise
        kind = kinds[-1]
        cure = "`.venv/bin/pip install socksio` adds what it needs, or " if "socks" in kind else ""
        raise UsageError(
            f"The environment names a proxy of the kind {kind}, which cannot be used: {cure}unset ALL_PROXY and "
            "HTTPS_PROXY, or name the server in NO_PROXY."
        ) from None
