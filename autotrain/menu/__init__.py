"""The menu: entries to start, stop, pause, resume, configure and watch a run, to ask it and to look at it."""
