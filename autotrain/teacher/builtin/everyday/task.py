"""The task that everything here makes: the same as one written by hand."""

from autotrain.tasks.notation import KINDS, Task

__all__ = ["KINDS", "Task"]
