"""The menu: entries to start, stop, pause, resume, configure and watch a run, and to use what it made."""
