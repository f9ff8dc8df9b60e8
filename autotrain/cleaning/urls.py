"""URL_POLICY: which addresses may stay in a sample.

Hosts reserved for documentation and for the machine itself are always allowed (RFC 2606,
RFC 5737, RFC 3849, loopback). Credentials in a URL are the business of secrets.py, under
every policy.

    >>> from autotrain.cleaning.urls import redact_urls
    >>> redact_urls("see https://docs.python.org/3/ and http://example.com/a")
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Any

_URL = re.compile(
    r"\b(?:https?|ftps?|sftp|wss?)://[^\s\"'<>`)\]}\\]*|\bwww\.[a-z0-9-]+\.[a-z]{2,}[^\s\"'<>`)\]}\\]*", re.IGNORECASE
)
_PUNCTUATION = ".,;:!?*_~|'’”…"
_NAMESPACE = re.compile(
    r"https?://(?:www\.w3\.org/(?:\d{4}|ns|TR/(?:html4|xhtml1|REC-html40)|XML)\b|schemas\.[\w-]+\.(?:org|com|net)/|json-schema\.org/|"
    r"maven\.apache\.org/(?:POM|xsd|SETTINGS)|(?:www\.)?purl\.org/|xmlns\.|ns\.adobe\.com/|java\.sun\.com/(?:xml|dtd|jsp|JSP)|"
    r"xml\.apache\.org/|www\.springframework\.org/(?:schema|dtd|tags)|schema\.org\b|www\.opengis\.net/|www\.omg\.org/spec/|"
    r"docs\.oasis-open\.org/|tempuri\.org/?|www\.topografix\.com/GPX|sodipodi\.sourceforge\.net/|www\.inkscape\.org/namespaces)",
    re.IGNORECASE,
)
_NAMED_BEFORE = re.compile(
    r"(?:xmlns(?::[\w.-]+)?|targetNamespace|namespace(?:Uri)?|systemId|[\w:]*schemaLocation|\"?\$schema\"?|\"?@context\"?|\$id)"
    r"\s*[=:]\s*[\"'][^\"'<>]*$|<!DOCTYPE[^>]*$",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?:[a-z]+://)?(?:[^/@\s]*@)?(\[[0-9a-f:.]+\]|[^/:?#\s]*)", re.IGNORECASE)
_RESERVED = re.compile(
    r"(?:^|\.)(?:example|test|invalid|localhost|example\.(?:com|org|net|edu)|localdomain)\.?$", re.IGNORECASE
)
_RESERVED_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8",
        "0.0.0.0/32",
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "::1/128",
        "2001:db8::/32",
    )
)


def foreign_urls(text: str) -> list[tuple[int, int]]:
    """Spans of the URLs in a text whose host is not reserved for documentation."""
    if "://" not in text and "www." not in text and "WWW." not in text:
        return []
    found = []
    for match in _URL.finditer(text):
        url = match.group().rstrip(_PUNCTUATION)
        if not is_reserved(url) and not _is_name(text, match.start(), url):
            found.append((match.start(), match.start() + len(url)))
    return found


def _is_name(text: str, start: int, url: str) -> bool:
    """Whether a URL names a vocabulary (an XML namespace, a schema, a document type), which nobody opens."""
    return bool(_NAMESPACE.match(url)) or bool(_NAMED_BEFORE.search(text, max(start - 120, 0), start))


def is_reserved(url: str) -> bool:
    """Whether a URL points nowhere: a documentation host, loopback, a template, or no host at all."""
    host = host_of(url)
    if (
        not host
        or any(mark in host for mark in "{}$%<>*")
        or host[0] in "."
        or "." not in host
        and ":" not in host
        and host.lower() != "localhost"
    ):
        return True
    if _RESERVED.search(host):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in _RESERVED_NETWORKS if network.version == address.version)


def host_of(url: str) -> str:
    """The host of a URL, without credentials, port and brackets."""
    match = _HOST.match(url)
    return match.group(1).strip("[]") if match else ""


def redact_urls(text: str) -> str:
    """The text with each foreign URL replaced by [URL]."""
    done, pieces = 0, []
    for start, end in foreign_urls(text):
        pieces += (text[done:start], "[URL]")
        done = end
    return "".join(pieces) + text[done:]


def strings(value: Any) -> Iterator[str]:
    """Every string of a nested value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def mapped(value: Any, change: Callable[[str], str]) -> Any:
    """A nested value with each of its strings changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: mapped(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [mapped(item, change) for item in value]
    return value
