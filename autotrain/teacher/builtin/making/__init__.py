"""From a program to a task: checks, bugs, texts and tests of each task type."""
