"""Families of context managers: entering, leaving, putting things back."""
