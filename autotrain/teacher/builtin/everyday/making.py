"""Each type's maker, the function in writing.py or judging.py that its word names, and its share of what is drawn.

A maker takes a checked problem and gives a task as written, or raises Unfit where the problem does not suit it.
"""

from collections.abc import Callable

from autotrain.tasks.notation import Task
from autotrain.tasks.types import TYPES
from autotrain.teacher.builtin.everyday import judging, writing
from autotrain.teacher.builtin.everyday.strength import Checked

SHARES = {row.word: row.share for row in sorted(TYPES.values(), key=lambda row: -row.share)}
MAKERS: dict[str, Callable[[Checked], Task]] = {
    word: getattr(writing, word, None) or getattr(judging, word) for word in SHARES
}
