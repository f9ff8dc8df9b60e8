"""The builtin teacher: samples composed from a grammar, with answers that were run.

It needs no key and no network. It reads and writes no files:

    for row in itertools.islice(generate(seed=42, round_number=1, timestamp=now), 50): ...

Try it: python scripts/01_teacher_generate.py --teacher builtin --samples 10 --output raw.jsonl
"""

from collections.abc import Iterator, Sequence

from autotrain.jsonl import Row

NAME = "builtin"


def generate(
    *, seed: int, round_number: int, timestamp: str, focus: Sequence[Row] = (), focus_share: float = 0.5
) -> Iterator[Row]:
    """Endless distinct samples, the same for the same arguments, different in each round.

    `focus` holds failed training samples: about `focus_share` of what follows are fresh
    variants of their families and task types.
    """
    from autotrain.teacher.builtin import catalogue  # noqa: F401  (registers the families)
    from autotrain.teacher.builtin.stream import stream

    return stream(
        name=NAME,
        seed=seed,
        round_number=round_number,
        timestamp=timestamp,
        focus=focus,
        focus_share=focus_share,
    )


def families() -> tuple[str, ...]:
    """The names of all families, in the order of their registration."""
    from autotrain.teacher.builtin import catalogue  # noqa: F401  (registers the families)
    from autotrain.teacher.builtin.registry import FAMILIES

    return tuple(FAMILIES)
