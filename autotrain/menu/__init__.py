"""The menu: eight entries to start, stop, pause, resume, configure and watch a run."""
