"""The live view of a run in a terminal: files -> snapshot -> lines of text -> screen.

`log.py` and `reader.py` read a run's files into a `Snapshot`; `views.py` and what it uses turn a
snapshot into lines, purely; `shell.py` and `terminal.py` put lines on a terminal and read keys.
Nothing here writes to a run: pausing and stopping go through `autotrain.loop.control`.
"""
