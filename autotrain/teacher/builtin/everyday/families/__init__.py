"""The families of everyday tasks, one module for each topic. `load()` imports all of them."""

import pkgutil
from collections.abc import Collection
from importlib import import_module


def load(topics: Collection[str] = ()) -> None:
    """Fill the register with every family of this package, or with those of some topics."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        if not topics or module.name in topics:
            import_module(f"{__name__}.{module.name}")
