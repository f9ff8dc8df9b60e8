"""Families of queues: waiting lines, undo, limited logs."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=4)
def waiting_line(d: Draw) -> Problem:
    """A queue with a limit, as a class."""
    d.scene(dict(cls="WaitingLine", put="join", get="serve", who="people"), dict(cls="PrintQueue", put="add", get="take", who="jobs"),
            dict(cls="Inbox", put="receive", get="handle", who="mails"), dict(cls="Kitchen", put="order", get="cook", who="dishes"))  # fmt: skip
    x, y, z = d.people(3)
    d.let(x=x, y=y, z=z, n=d.number(2, 3))
    d.names(limit="limit size places room")
    return d.problem(
        name=d["cls"],
        params="$limit: int",
        ways=[
            """
            from collections import deque


            class $name:
                def __init__(self, $limit):
                    self.$limit = $limit
                    self.waiting = deque()

                def $put(self, item):
                    if len(self.waiting) >= self.$limit:
                        return False
                    self.waiting.append(item)
                    return True

                def $get(self):
                    if not self.waiting:
                        return None
                    return self.waiting.popleft()

                def __len__(self):
                    return len(self.waiting)
            """,
            """
            class $name:
                def __init__(self, $limit: int) -> None:
                    self.$limit = $limit
                    self.items: list = []

                def $put(self, item) -> bool:
                    fits = len(self) < self.$limit
                    if fits:
                        self.items.append(item)
                    return fits

                def $get(self):
                    return self.items.pop(0) if self.items else None

                def __len__(self) -> int:
                    return len(self.items)
            """,
        ],
        summary="Keep a queue of $who with a limit.",
        asks=[
            "It is a queue of $who that holds at most `$limit` of them. `$put(item)` puts one at the end and returns True, "
            "or returns False if the queue is full. `$get()` removes and returns the one that came first, or returns None "
            "if the queue is empty.",
            "First come, first served: `$put(item)` lines up one more and tells with True or False whether there was room "
            "for it, since there are never more than `$limit`. `$get()` hands out the one that waited longest and takes it "
            "out; with nobody waiting it returns None.",
        ],
        rules=["`len()` of the queue says how many are waiting."],
        calls=['q = $name(2); q.$put("$x")', 'q = $name(1); q.$put("$x"); q.$put("$y")', "$name(2).$get()",
               'q = $name(3); q.$put("$x"); q.$put("$y"); q.$get()', 'q = $name(3); q.$put("$x"); q.$put("$y"); q.$get(); q.$get()',
               'q = $name(3); q.$put("$x"); q.$put("$z"); len(q)', 'q = $name(1); q.$put("$x"); q.$put("$y"); len(q)',
               'q = $name(2); q.$put("$z"); q.$get(); len(q)', "len($name($n))"],
        slips=[(">= self.$limit", "> self.$limit", "One more than the limit gets in"),
               ("popleft()", "pop()", "The one that came last is served first")],
    )  # fmt: skip


@family(level=4)
def undo(d: Draw) -> Problem:
    """Changes that can be taken back."""
    d.scene(dict(cls="Editor", do="write", attr="text", start='""', op="+ part", p="part"),
            dict(cls="Counter", do="add", attr="total", start="0", op="+ amount", p="amount"),
            dict(cls="Calculator", do="add", attr="value", start="0", op="+ number", p="number"))  # fmt: skip
    texts = d["start"] == '""'
    a, b, c = d.some(["ab", "cd ", "x", "yes", "no ", "one"], 3) if texts else d.some(range(2, 60), 3)
    d.let(a=f'"{a}"' if texts else a, b=f'"{b}"' if texts else b, c=f'"{c}"' if texts else c)
    return d.problem(
        name="$cls Undoable$cls ${cls}WithUndo Simple$cls",
        ways=[
            """
            class $name:
                def __init__(self):
                    self.$attr = $start
                    self._history = []

                def $do(self, $p):
                    self._history.append(self.$attr)
                    self.$attr = self.$attr $op

                def undo(self):
                    if not self._history:
                        raise ValueError("nothing to undo")
                    self.$attr = self._history.pop()
            """,
            """
            class $name:
                def __init__(self):
                    self._states = [$start]

                @property
                def $attr(self):
                    return self._states[-1]

                def $do(self, $p):
                    self._states.append(self.$attr $op)

                def undo(self):
                    if len(self._states) == 1:
                        raise ValueError("nothing to undo")
                    self._states.pop()
            """,
        ],
        summary="Add to `$attr`, with undo.",
        asks=[
            "`$attr` begins as $start; `$do($p)` adds `$p` to it; `undo()` takes back the last addition that was not taken back "
            "yet.",
            "It has an attribute `$attr`, $start at first. The method `$do($p)` adds `$p` at its end or to it, and each `undo()` "
            "goes one such step back." if texts else
            "It has an attribute `$attr`, $start at first. The method `$do($p)` adds `$p` to it, and each `undo()` goes one such "
            "step back.",
        ],
        rules=["If there is nothing to take back, `undo` raises ValueError."],
        raises="ValueError",
        calls=["$name().$attr", "x = $name(); x.$do($a); x.$attr", "x = $name(); x.$do($a); x.$do($b); x.$attr",
               "x = $name(); x.$do($a); x.undo(); x.$attr", "x = $name(); x.$do($a); x.$do($b); x.undo(); x.$attr",
               "x = $name(); x.$do($a); x.$do($b); x.$do($c); x.undo(); x.undo(); x.$attr", "$name().undo()",
               "x = $name(); x.$do($c); x.undo(); x.undo()", "x = $name(); x.$do($a); x.undo(); x.$do($b); x.$attr"],
        slips=[("self.$attr = self._history.pop()", "self.$attr = self._history[-1]", "The step is not forgotten, so that a second undo does nothing"),
               ("self.$attr = self.$attr $op", "self.$attr = $p", "What was there before is overwritten")],
    )  # fmt: skip
