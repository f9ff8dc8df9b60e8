"""`report.html`: one file that shows a run to people who were not there.

`facts.py` gathers what a run's files say, `samples.py` the answers to show; `verdict.py` says what
came of it; `page.py`, `tables.py` and `svg.py` write HTML, purely. `autotrain/report/write.py` is the command.
"""
