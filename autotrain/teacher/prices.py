"""What tokens cost. Reads `prices.yaml` beside this file, the one place for prices.

For a model that it lacks, the package genai-prices (MIT) is asked where a person has installed it; its version
and the date of its newest price are told.

Money is counted in whole picodollars (10^-12 US dollars): a price of 0.15 dollars for a
million tokens is 150,000 picodollars a token, so sums are exact.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from autotrain.errors import UsageError

PRICES_FILE = Path(__file__).with_name("prices.yaml")
PICODOLLARS = 10**12


@dataclass(frozen=True)
class Price:
    """Picodollars a token."""

    input: int
    cached_input: int
    output: int
    source: str = ""  # who says so, where that is not our own table

    def cost(self, tokens_in: int, tokens_cached: int, tokens_out: int) -> int:
        """Picodollars of one answer; `tokens_cached` are among `tokens_in`."""
        cached = min(tokens_cached, tokens_in)
        return (tokens_in - cached) * self.input + cached * self.cached_input + tokens_out * self.output

    def worst(self, tokens_in: int, tokens_out: int) -> int:
        """Picodollars of an answer at most, however much of the input was cached."""
        return tokens_in * max(self.input, self.cached_input) + tokens_out * self.output


FREE = Price(0, 0, 0)  # of a model without a price on a server of one's own: price_of returns this very object

# What only gateways send, and models that nobody runs at home.
_GATEWAY_HEADERS = ("x-litellm-", "x-portkey-", "helicone-", "cf-aig-", "x-openrouter-", "x-bifrost-")
_RENTED = re.compile(r"(?:\w+/)*(?:gpt-\d|chatgpt|o[134](?:$|-)|claude|gemini|grok)")


def rented(model: str, told_cost: int, headers: Mapping[str, str]) -> str | None:
    """What betrays that a server of one's own passes requests on to a paid one, or None."""
    if told_cost:
        return f"it names a cost (${dollars(told_cost):.6f})"
    if _RENTED.match(model.lower()):
        return f"{model} answered"
    name = next((name for name in headers if name.lower().startswith(_GATEWAY_HEADERS)), None)
    return None if name is None else f"it sends the header {name}"


def dollars(picodollars: int) -> float:
    return picodollars / PICODOLLARS


def picodollars(usd: float) -> int:
    return round(usd * PICODOLLARS)


def price_of(model: str, base_url: str, path: Path = PRICES_FILE) -> Price | None:
    """A model's price; None where nobody wrote one down. Raises UsageError for a bad file."""
    import yaml

    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        models = table["models"]
        undated = re.sub(r"-\d{4}-\d{2}-\d{2}$", "", model)
        entry = models.get(model, models.get(undated))
        free_hosts = table.get("free_hosts") or []
        if entry is not None:
            return _price(entry)
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{path}: a line such as `NAME: {{input: 0.15, cached_input: 0.075, output: 0.60}}` is needed ({error!r})."
        ) from None
    return FREE if (urlsplit(base_url).hostname or "") in free_hosts else _of_package(model, base_url)


def _of_package(model: str, base_url: str) -> Price | None:
    """The price by genai-prices, at its dearest tier; None without the package, or where it knows none."""
    try:
        import genai_prices  # pyright: ignore[reportMissingImports]
    except ImportError:
        return None
    million = 1_000_000

    def usd(**tokens: int) -> float:
        usage = genai_prices.Usage(**tokens)
        return float(genai_prices.calc_price(usage, model, provider_api_url=base_url).total_price)

    try:
        entry = {
            "input": usd(input_tokens=million),
            "cached_input": usd(input_tokens=million, cache_read_tokens=million),
            "output": usd(input_tokens=million, output_tokens=million) - usd(input_tokens=million),
        }
    except (LookupError, ValueError, TypeError, AttributeError):
        return None
    source = f"genai-prices {genai_prices.__version__}{_newest_of_package()}"
    return replace(_price(entry), source=source) if entry["input"] > 0 and entry["output"] > 0 else None


def _newest_of_package() -> str:
    from genai_prices.data import providers  # pyright: ignore[reportMissingImports]

    found = (
        getattr(getattr(price, "constraint", None), "start_date", None)
        for provider in providers
        for model in provider.models
        for price in (model.prices if isinstance(model.prices, list) else ())
    )
    newest = max((day for day in found if day is not None and day <= date.today()), default=None)
    return f", its newest price of {newest}" if newest else ""


def _price(entry: dict[str, Any]) -> Price:
    values = {name: float(entry[name]) for name in ("input", "output")}
    values["cached_input"] = float(entry.get("cached_input", values["input"]))
    if any(not 0 <= value < 1_000_000 for value in values.values()):
        raise ValueError(f"prices from 0 to 1000000 are needed, not {entry}")
    each = {name: round(value * PICODOLLARS / 1_000_000) for name, value in values.items()}
    return Price(each["input"], each["cached_input"], each["output"])
