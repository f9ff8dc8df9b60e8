"""Families of messages: greetings, unread ones, previews, mentions."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def greeting(d: Draw) -> Problem:
    """A greeting with a name in it."""
    d.let(hello=d.pick(["Hello", "Hi", "Dear", "Good morning", "Welcome"]), end=d.pick(["!", ",", "."]))
    d.names(name_="name person customer guest user")
    return d.problem(
        name="greet greeting say_hello salutation",
        params="$name_: str",
        returns="str",
        ways=['return f"$hello $name_$end"'.replace("$name_", "{$name_}"), 'return "$hello " + $name_ + "$end"'],
        summary='Return a greeting such as "$hello Ana$end".',
        gives='a greeting for `$name_`, such as "$hello Ana$end" for "Ana"',
        asks=[
            'Greet somebody by name: for "Ana" the text is "$hello Ana$end"',
            'Our mails begin with a line like "$hello Ana$end" Build it for `$name_`.',
        ],
        settings=["This is the first line of a mail."],
        calls=[("Ana",), ("",), (d.person(),), (d.person() + " Berg",), (d.person().lower(),)],
        slips=[("$hello ", "$hello", "The blank between the greeting and the name is missing")],
        words=["greet | greeting | hello | welcome"],
    )


@family(level=1)
def unread(d: Draw) -> Problem:
    """How many messages are unread, or done, or flagged."""
    d.scene(
        dict(things="messages", thing="message", key="read", word="unread", neg="not ", said="was not read yet"),
        dict(things="tasks", thing="task", key="done", word="open", neg="not ", said="is not done yet"),
        dict(things="mails", thing="mail", key="starred", word="starred", neg="", said="is starred"),
        dict(things="photos", thing="photo", key="shared", word="shared", neg="", said="is shared"),
        dict(things="orders", thing="order", key="paid", word="unpaid", neg="not ", said="is not paid yet"),
        dict(things="seats", thing="seat", key="taken", word="free", neg="not ", said="is not taken"),
    )

    def entry(value: bool) -> dict[str, object]:
        return {"id": d.number(1, 99), d["key"]: value}

    return d.problem(
        name="count_$word ${word}_count ${word}_$things",
        params="$things: list[dict]",
        returns="int",
        ways=[
            'return sum(1 for $thing in $things if $neg$thing["$key"])',
            'return len([$thing for $thing in $things if $neg$thing["$key"]])',
            'count = 0\nfor $thing in $things:\n    if $neg$thing["$key"]:\n        count += 1\nreturn count',
        ],
        summary='Count the $things that are $word ("$key" says so).',
        gives='how many of `$things` are $word; each is a dict whose "$key" is True or False',
        asks=[
            'Each $thing is a dict with a truth value under "$key". Count every $thing that $said.',
            'How many $word $things are there? The key "$key" of each dict in the list tells.',
        ],
        settings=["The number is shown in a badge."],
        calls=[([],), ([entry(True)],), ([entry(False)],), ([entry(True), entry(True), entry(False)],),
               ([entry(False), entry(False), entry(True), entry(False)],), ([entry(d.chance(0.5)) for _ in range(4)],),
               ([entry(True), entry(True)],)],
        slips=[('$neg$thing["$key"]' if d["neg"] else '$thing["$key"]', '$thing["$key"]' if d["neg"] else
                'not $thing["$key"]', "It counts exactly the other ones")],
        words=["count | number | how many", "$thing"],
    )  # fmt: skip


@family(level=3)
def preview(d: Draw) -> Problem:
    """A text cut to a length, at a blank."""
    d.let(dots=d.pick(["...", " ...", "…"]))
    d.names(text="text message body note", n="limit width length")
    long = d.sentence(6, 9)
    return d.problem(
        name="preview shorten excerpt teaser",
        params="$text: str, $n: int",
        returns="str",
        ways=[
            """
            if len($text) <= $n:
                return $text
            short = ""
            for word in $text.split():
                longer = f"{short} {word}".strip()
                if len(longer) > $n:
                    break
                short = longer
            return short + "$dots"
            """,
            """
            if len($text) <= $n:
                return $text
            words = $text.split()
            while len(" ".join(words)) > $n:
                words.pop()
            return " ".join(words) + "$dots"
            """,
        ],
        summary='Cut a text at a word to a length and add "$dots".',
        gives='`$text` if it has at most `$n` characters, else as many of its first words as fit into `$n` characters, '
        'joined by blanks, followed by "$dots"',
        asks=[
            'Shorten `$text` for a list of messages. If it is not longer than `$n` characters it stays as it is; '
            'otherwise keep the first words that together fit into `$n` characters, joined by blanks, and add "$dots".',
            'A preview holds whole words only: up to `$n` characters of `$text`, then "$dots". Texts of at most `$n` '
            "characters are shown as they are.",
        ],
        rules=['The "$dots" itself does not count, and if not even the first word fits only "$dots" is left.'],
        calls=[("", 5), ("one two", 7), ("one two", 6), ("one two", 3), (long, d.number(12, 20)), ("extraordinary", 5),
               (long, 200), ("a b c d", 3), ("to be or not to be", 8)],
        slips=[("len(longer) > $n", "len(longer) >= $n", "A word that fits exactly is dropped"),
               ("if len($text) <= $n", "if len($text) < $n", "A text of exactly that length is cut")],
        words=["cut | short | shorten | first", "word"],
    )  # fmt: skip
