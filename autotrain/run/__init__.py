"""A run: its folder and files, its state and events, who owns it."""
