"""Talking to what was trained: which model answers, the conversation, and how it looks on a terminal."""
