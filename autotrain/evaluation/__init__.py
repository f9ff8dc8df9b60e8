"""Scoring: suites, statistics, generation, reports, comparison and promotion. A library too: docs/use.md."""

from autotrain.evaluation.library import evaluate as evaluate
from autotrain.evaluation.library import local as local
from autotrain.evaluation.library import reward as reward
