"""All modules of families: importing this one fills the register."""

from importlib import import_module

_MODULES = (
    "pipelines decisions points elements edits loops simulations dicts groups strings texts records record_views "
    "order neighbours numbers ranges tables shapes parsing validation functions recursion classes objects"
).split()

for _name in _MODULES:
    import_module(f"autotrain.teacher.builtin.families.{_name}")
