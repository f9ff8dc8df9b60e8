"""What the samples of API teachers will cost: at worst by arithmetic, usually by the ledgers of earlier runs.

Reads OUT_DIR/runs/*/data/*.requests.jsonl, the files beside --output, and the samples beside each ledger; writes
nothing and asks nobody.

    python scripts/01_teacher_generate.py --output raw.jsonl --samples 50 --dry-run
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autotrain.cli import Context
from autotrain.config.credentials import DEFAULT_BASE_URL, given
from autotrain.config.settings import PROJECT_ROOT, Settings, out_path
from autotrain.display.values import duration
from autotrain.jsonl import Row, read_rows
from autotrain.teacher import teachers
from autotrain.teacher.accounts import sample_bound
from autotrain.teacher.budget import Bound, Budget
from autotrain.teacher.plan import Plan
from autotrain.teacher.prices import Price, dollars, price_of
from autotrain.teacher.seeds import read_seeds
from autotrain.teacher.topics import read_topics


@dataclass
class Measured:
    """What earlier runs of one model took, over all their ledgers."""

    ledgers: int = 0
    samples: int = 0
    requests: int = 0
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    latency_s: float = 0.0  # of all answers, one after another

    def cost(self, price: Price) -> int:
        """Picodollars of all of it, at today's price."""
        return price.cost(self.tokens_in, self.tokens_cached, self.tokens_out)


def ledgers_of(out_dir: Path, output: Path | None = None) -> list[Path]:
    """The request ledgers of earlier runs, and those in the folder of an output."""
    found = sorted(out_dir.glob("runs/*/data/*.requests*.jsonl"))
    return found + (sorted(output.parent.glob("*.requests*.jsonl")) if output else [])


def measured(ledgers: Iterable[Path], model: str) -> Measured:
    """What the ledgers that asked this model say."""
    total = Measured()
    for path in dict.fromkeys(path.resolve() for path in ledgers):
        rows = [row for _, row in read_rows(path)]
        servers = [str(row["server"]) for row in rows if row.get("kind") == "dialect"]
        if not any(server.endswith(f" {model}") for server in servers):
            continue
        total.ledgers += 1
        total.samples += sum(row["metadata"]["teacher_model"] == model for row in _samples_beside(path))
        total.requests += sum(row.get("kind") == "sent" for row in rows)
        for row in (row for row in rows if row.get("kind") == "answer"):
            total.tokens_in += row["tokens_in"] or 0
            total.tokens_cached += row["tokens_cached"] or 0
            total.tokens_out += row["tokens_out"] or 0
            total.latency_s += row["latency_s"]
    return total


def _samples_beside(ledger: Path) -> Iterator[Row]:
    output = ledger.with_name(f"{ledger.name.split('.requests')[0]}.jsonl")
    return (row for _, row in read_rows(output)) if output.is_file() else iter(())


def lines(settings: Settings, wanted: int, ledgers: Sequence[Path]) -> list[str]:
    """For each API teacher of the settings, one line: what its share of `wanted` samples costs. Raises UsageError."""
    return [_line(row) for row in rows(settings, wanted, ledgers)]


def rows(settings: Settings, wanted: int, ledgers: Sequence[Path]) -> list[Row]:
    """The same as figures; `usual` is null where no ledger of the model holds a sample, a cost without a price null."""
    found = teachers.named(settings.teacher_model)
    if found[0][0] in teachers.NO_API:
        return []
    address = given(os.environ, PROJECT_ROOT / ".env")[1] or DEFAULT_BASE_URL
    whole = sum(share for _, _, share in found)
    plan = Plan(
        seed=settings.seed,
        round_number=1,
        topics=read_topics(settings.teacher_topics),
        libraries=settings.libraries,
        seeds=read_seeds(settings.teacher_seeds),
    )
    return [
        _row(settings, model, price_of(model, url or address), wanted * share / whole, plan, ledgers)
        for model, url, share in found
    ]


def _row(
    settings: Settings, model: str, price: Price | None, samples: float, plan: Plan, ledgers: Sequence[Path]
) -> Row:
    own_tasks = settings.teacher_tasks == "builtin"
    budget = Budget(price, settings.teacher_max_usd, settings.teacher_max_tokens)
    worst = sample_bound(
        plan,
        budget,
        settings.teacher_answer_tokens,
        0,
        100,
        asks_for_tasks=not own_tasks,
        answers=settings.teacher_best_of * (1 + settings.teacher_second_look),
    )
    row: Row = {"model": model, "samples": round(samples), "worst": _figures(worst, samples, price), "usual": None}
    row |= {"answers": settings.teacher_best_of, "second_look": settings.teacher_second_look}
    row |= {"student_samples": settings.student_samples}
    known = measured(ledgers, model)
    if known.samples:
        each = samples / known.samples
        usual = Bound(known.tokens_in + known.tokens_out, known.cost(price) if price else 0)
        row["usual"] = {
            **_figures(usual, each, price),
            "requests": round(known.requests * each),
            "minutes": round(known.latency_s * each / settings.teacher_concurrency / 60, 1),
            "from_samples": known.samples,
            "from_ledgers": known.ledgers,
        }
    return row


def _figures(bound: Bound, times: float, price: Price | None) -> dict[str, Any]:
    usd = None if price is None else round(dollars(round(bound.cost * times)), 4)
    return {"tokens": round(bound.tokens * times), "usd": usd}


def _line(row: Row) -> str:
    worst, usual = row["worst"], row["usual"]
    text = (
        f"{row['model']}: {row['samples']} samples take at most {worst['tokens']:,} tokens ({_usd(worst)}) where each "
        f"{'first answer passes' if row['answers'] == 1 else 'answer passes, TEACHER_BEST_OF=' + str(row['answers'])}"
    )
    if row["second_look"]:
        text += ", a second look at each docstring and review counted in (TEACHER_SECOND_LOOK=0: none)"
    if row["student_samples"]:
        text += "; STUDENT_SAMPLES refuses half of the tasks outside 10 to 70 % after they were paid for"
    if usual is None:
        return f"{text}; no earlier run of it to say what is usual"
    return (
        f"{text}; usually {usual['tokens']:,} ({_usd(usual)}) in {usual['requests']} requests and about "
        f"{duration(usual['minutes'] * 60)}, by {usual['from_samples']} samples of {usual['from_ledgers']} ledgers"
    )


def _usd(figures: dict[str, Any]) -> str:
    return "price unknown" if figures["usd"] is None else f"${figures['usd']:.4f}"


def of_run(settings: Settings) -> list[str]:
    """The lines for all rounds of a run."""
    return lines(settings, settings.rounds * settings.samples_per_round, ledgers_of(out_path(settings.out_dir)))


def told(context: Context, output: Path) -> Row:
    """Stage 01's `--dry-run`: the lines for people, and the figures."""
    settings = context.settings
    found = rows(settings, settings.samples_per_round, ledgers_of(out_path(settings.out_dir), output))
    for row in found:
        context.say(_line(row))
    if not found:
        context.say(f"{settings.teacher_model} costs nothing: no API is asked.")
    return {"stage": "generate", "dry_run": True, "wanted": settings.samples_per_round, "teachers": found}
