"""The stream of samples: draws task type and family, builds, checks, and refuses what is not sound or not new."""

import random
import re
from collections.abc import Iterator, Sequence

from autotrain.jsonl import Row
from autotrain.tasks import answers, samples
from autotrain.teacher.builtin.grammar.draw import Draw, Unfit
from autotrain.teacher.builtin.making.checks import choose, evaluate
from autotrain.teacher.builtin.making.types import MAKERS
from autotrain.teacher.builtin.registry import FAMILIES

MAX_CHARACTERS = 1500  # instruction, input and output together: about 470 tokens
MAX_TRIES = 400  # draws without one new structure, after which repeated structures are let through
_WORD = re.compile(r"[A-Za-z_]\w*|\d+|\"[^\"\n]*\"|'[^'\n]*'|\S")
_KEPT = frozenset(
    "def return if elif else for while in not and or is None True False break continue import from class self "
    "try except raise lambda yield with as sum min max len sorted set list dict tuple range enumerate zip any all "
    "abs str int map filter reversed join split append add get items keys values upper lower strip startswith "
    "endswith isdigit isalpha count find replace key default reverse round divmod isinstance setdefault pop "
    "insert extend index".split()
)


def stream(
    *, name: str, seed: int, round_number: int, timestamp: str, focus: Sequence[Row], focus_share: float
) -> Iterator[Row]:
    """Endless distinct samples; see `autotrain.teacher.builtin.generate`."""
    rng = random.Random(f"builtin {seed} {round_number} {len(focus)}")
    wanted = [pair for row in focus if (pair := _aim(row)) is not None]
    ids: set[str] = set()
    structures: set[int] = set()
    failures = 0
    task_type = family = ""
    while True:
        if failures % 8 == 0:  # otherwise keep the task type, so that shares hold although some types refuse more
            task_type, family = _draw_aim(rng, wanted, focus_share)
        aimed = bool(family)
        chosen = family or _draw_family(rng)
        row = attempt(chosen, task_type, random.Random(rng.getrandbits(64)), name, round_number, timestamp)
        failures += 1
        if row is None or row["id"] in ids:
            continue
        structure = hash_of(row)
        if structure in structures and failures < MAX_TRIES and not aimed:
            continue
        structures.add(structure)
        ids.add(row["id"])
        failures = 0
        yield row


def _aim(row: Row) -> tuple[str, str] | None:
    """The task type and family to vary, or None where the row is not one of ours."""
    metadata = row.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("task_type") not in MAKERS:
        return None
    family = metadata.get("family")
    return metadata["task_type"], family if family in FAMILIES else ""


def _draw_aim(rng: random.Random, wanted: list[tuple[str, str]], focus_share: float) -> tuple[str, str]:
    if wanted and rng.random() < focus_share:
        return rng.choice(wanted)
    kinds = list(MAKERS)
    return rng.choices(kinds, [MAKERS[kind][1] for kind in kinds])[0], ""


def _draw_family(rng: random.Random) -> str:
    names = list(FAMILIES)
    return rng.choices(names, [FAMILIES[name].weight for name in names])[0]


def attempt(
    family: str, task_type: str, rng: random.Random, teacher: str, round_number: int, timestamp: str
) -> Row | None:
    """One sample of a family and a task type, or None where this draw gives no sound one."""
    d = Draw(rng)
    try:
        program = FAMILIES[family].make(d)
        program.family = family
        program.candidates_sound = evaluate(program)
        cases = choose(program.candidates_sound, rng) if len(program.candidates_sound) >= 3 else None
        if cases is None:
            return None
        fields = MAKERS[task_type][0](d, program, cases)
    except Unfit:
        return None
    response_format = fields.pop("response_format", "code")
    row = samples.make_sample(
        **fields,
        task_type=task_type,
        response_format=response_format,
        difficulty=program.difficulty,
        round_number=round_number,
        teacher_model=teacher,
        timestamp=timestamp,
        family=family,
        entry_point=program.name,
        origin="builtin",
    )
    size = len(row["instruction"]) + len(row["input"]) + len(row["output"])
    if size > MAX_CHARACTERS or answers.format_problem(row["output"], response_format, task_type):
        return None
    return row


def hash_of(row: Row) -> int:
    """A number for the row's structure: its task type and code, with names and constants folded."""
    task_type = row["metadata"]["task_type"]
    text = row["output"]
    if task_type in ("code_review", "unit_test_generation", "code_explanation"):
        text = f"{row['input']} {'approve' if 'approve' in text[:40] else ''}"  # the answers alone look alike
    folded = [word if word in _KEPT or not (word[0].isalnum() or word[0] in "_\"'") else "x"
              for word in _WORD.findall(text)]  # fmt: skip
    return int(samples.sample_id(task_type, " ".join(folded), ""), 16)
