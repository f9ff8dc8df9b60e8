"""Train and validation: by hash of a row's cluster, so that a row never changes sides.

A cluster is a family, or a row and its near duplicates. Rounds are taken in order: what an
earlier round decided stays. A new cluster's side is drawn by the hash of (seed, cluster);
where a few large clusters would leave the validation share far from `val_ratio`, some of the
new ones are moved. A row related to rows on both sides can go to neither, and is left out.

    train, val = split_rows(rows, val_ratio=0.1, seed=42)
"""

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from itertools import groupby

from autotrain.cleaning.duplicates import relatives
from autotrain.tasks.shapes import Sample

TOLERANCE = 0.5  # the validation share may be this much above or below val_ratio, relative to it


def split_rows(rows: Sequence[Sample], val_ratio: float, seed: int) -> tuple[list[Sample], list[Sample]]:
    """Divide rows into train and validation, each in the order given.

    Give the rows of all rounds so far: then a row stays on its side in every later round.
    Neither side is empty where there are at least two clusters and `val_ratio` is above 0.
    """
    related = relatives(rows)
    order = sorted(range(len(rows)), key=lambda index: (_round(rows[index]), index))
    clusters = _clusters(rows, related, order)
    sides: dict[str, bool] = {}
    sizes: Counter[str] = Counter()
    for _, indexes in groupby(order, key=lambda index: _round(rows[index])):
        sizes.update(clusters[index] for index in indexes)
        new = {name: _draw(seed, name) for name in sizes if name not in sides}
        sides.update({name: draw < val_ratio for name, draw in new.items()})
        if val_ratio > 0:
            _balance(sides, sizes, new, val_ratio)
    placed: list[bool | None] = [None] * len(rows)
    for index in order:
        side = sides[clusters[index]]
        if all(placed[other] in (None, side) for other in related[index]):
            placed[index] = side
    train = [row for row, side in zip(rows, placed, strict=True) if side is False]
    val = [row for row, side in zip(rows, placed, strict=True) if side is True]
    return train, val


def _balance(sides: dict[str, bool], sizes: Counter[str], new: dict[str, float], val_ratio: float) -> None:
    # Moves new clusters, one at a time, as long as the share is out of tolerance and a move brings it nearer.
    total = sizes.total()
    target = val_ratio * total
    slack = max(TOLERANCE * target, 1.0)
    movable = sorted(new, key=lambda name: (new[name], name))
    while movable:
        count = sum(sizes[name] for name, val in sides.items() if val)
        if 0 < count < total and abs(count - target) <= slack:
            return
        nearest = min(movable, key=lambda name: abs(_moved(count, sizes[name], sides[name]) - target))
        after = _moved(count, sizes[nearest], sides[nearest])
        empty = count in (0, total) and 0 < after < total  # an empty side is worse than any share
        if not empty and (after in (0, total) or abs(after - target) >= abs(count - target)):
            return
        sides[nearest] = not sides[nearest]
        movable.remove(nearest)


def _moved(count: int, size: int, was_val: bool) -> int:
    return count - size if was_val else count + size


def _round(row: Sample) -> int:
    return row["metadata"]["round"]


def _draw(seed: int, name: str) -> float:
    digest = blake2b(f"{seed}\0{name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _clusters(rows: Sequence[Sample], related: list[list[int]], order: Sequence[int]) -> list[str]:
    names = [""] * len(rows)
    for index in order:
        family = rows[index]["metadata"].get("family")
        earlier = next((names[other] for other in related[index] if names[other]), "")
        names[index] = f"family {family}" if family else earlier or f"row {rows[index]['id']}"
    return names
