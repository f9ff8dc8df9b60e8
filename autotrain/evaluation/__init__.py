"""Scoring: suites, statistics, generation, reports, comparison and promotion."""
