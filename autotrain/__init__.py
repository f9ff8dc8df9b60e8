"""Heidi AutoTraining: the machinery behind `scripts/`, one room (module or package) for each fact."""

__version__ = "0.1.0"
