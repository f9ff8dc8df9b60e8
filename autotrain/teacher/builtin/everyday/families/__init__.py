"""The families of everyday tasks, one module for each topic. `load()` imports all of them."""

import pkgutil
from importlib import import_module


def load() -> None:
    """Fill the register with every family of this package, always in one order: what is drawn depends on it."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        import_module(f"{__name__}.{module.name}")
