"""torch, imported without what answering does not need, for the first words of an answer.

A third of torch's import registers what its operators do to tensors without values. Loading by the library and random
numbers need that, a plain greedy answer does not. Reads and writes nothing.

    quick_torch.begin()      # before anything imports torch
    quick_torch.complete()   # before the library loads a model, or a number is drawn
"""

import importlib
import sys
import types

META = "torch._meta_registrations"  # imported by torch/__init__.py at its end, for what it registers alone


def begin() -> None:
    """Import torch without META. Nothing is done where torch is imported already."""
    if "torch" in sys.modules:
        return
    left_out = types.ModuleType(META)
    sys.modules[META] = left_out
    try:
        importlib.import_module("torch")
    finally:
        if sys.modules.get(META) is left_out:
            del sys.modules[META]


def complete() -> None:
    """Import what `begin` left out; nothing where it is there."""
    importlib.import_module(META)
