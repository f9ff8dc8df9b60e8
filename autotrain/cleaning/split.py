"""Train and validation: by hash of a row's cluster, so that a row never changes sides.

A cluster is a family, or a row and its near duplicates. Rows are taken in order of round
and position; each joins the cluster of an earlier relative, else founds one, and the hash
of (seed, cluster) decides its side. Rows that come later change nothing for earlier ones.
A row related to rows on both sides can go to neither, and is left out.

    train, val = split_rows(rows, val_ratio=0.1, seed=42)
"""

from collections.abc import Sequence
from hashlib import blake2b

from autotrain.cleaning.duplicates import relatives
from autotrain.jsonl import Row


def split_rows(rows: Sequence[Row], val_ratio: float, seed: int) -> tuple[list[Row], list[Row]]:
    """Divide rows into train and validation, each in the order given.

    Neither side is empty where there are at least two clusters and `val_ratio` is above 0.
    """
    clusters, related = _clusters(rows)
    draws = {name: _draw(seed, name) for name in clusters}
    sides = {name: draw < val_ratio for name, draw in draws.items()}
    if val_ratio > 0 and len(sides) >= 2:
        if not any(sides.values()):
            sides[min(draws, key=draws.__getitem__)] = True
        elif all(sides.values()):
            sides[max(draws, key=draws.__getitem__)] = False
    train: list[Row] = []
    val: list[Row] = []
    placed: list[bool | None] = [None] * len(rows)
    for index in _order(rows):
        side = sides[clusters[index]]
        if all(placed[other] in (None, side) for other in related[index]):
            placed[index] = side
    for row, side in zip(rows, placed, strict=True):
        if side is not None:
            (val if side else train).append(row)
    return train, val


def _draw(seed: int, name: str) -> float:
    digest = blake2b(f"{seed}\0{name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _order(rows: Sequence[Row]) -> list[int]:
    return sorted(range(len(rows)), key=lambda index: (rows[index]["metadata"]["round"], index))


def _clusters(rows: Sequence[Row]) -> tuple[list[str], list[list[int]]]:
    related = relatives(rows)
    names = [""] * len(rows)
    for index in _order(rows):
        family = rows[index]["metadata"].get("family")
        earlier = next((names[other] for other in related[index] if names[other]), "")
        names[index] = f"family {family}" if family else earlier or f"row {rows[index]['id']}"
    return names, related
