"""Families of context managers: entering, leaving, putting things back."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family
