"""Every page is true: its links lead somewhere, its commands exist with their flags, and they run.

A fenced `bash` block is run as it stands, page after page, by the slow test here, with SMALLER
numbers. One that cannot be is marked `<!-- not run: REASON -->`, with a reason of REASONS.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from sample_rows import sample

from autotrain.config.settings import PROJECT_ROOT
from autotrain.evaluation import results
from autotrain.evaluation.scoring import Judged, Prediction, verdict_of
from autotrain.manual import doc_tables
from autotrain.run import paths, stages, state
from autotrain.tasks.grading import Grade

GUIDE = PROJECT_ROOT / ".local" / "ml" / "fine_tuning_guide.md"
README = PROJECT_ROOT / "README.md"
PIPELINE = PROJECT_ROOT / "docs" / "pipeline.md"
PAGES = [README, PIPELINE, GUIDE, *sorted({*(PROJECT_ROOT / "docs").glob("*.md")} - {PIPELINE})]
PAGES += [PROJECT_ROOT / "CONTRIBUTING.md", PROJECT_ROOT / "CHANGELOG.md"]
REASONS = {
    "needs root",
    "needs a GPU and the model hub",
    "needs a key or a server",
    "downloads PyTorch from its own index",
    "a benchmark",
    "asks the package index",
    "needs Docker",
    "tests, run with the others",
    "names of a run of your own",
}
FENCE = re.compile(r"(?:<!-- not run: (?P<reason>.+?) -->\n)?^ *```(?P<kind>\w*)\n(?P<body>.*?)^ *```", re.M | re.S)
COMMAND = re.compile(r"(?:python3? |\.venv/bin/python )(?:-m )?[\w./-]+|\.?/?(?:\.local/ml/)?scripts/\w+\.sh")


class Block(NamedTuple):
    page: Path
    kind: str
    reason: str
    body: str


def blocks() -> Iterator[Block]:
    for page in PAGES:
        for match in FENCE.finditer(page.read_text(encoding="utf-8")):
            yield Block(page, match["kind"], match["reason"] or "", match["body"])


def lines_of(body: str) -> list[str]:
    """The commands of a block, one a line, without comments."""
    joined = body.replace("\\\n", " ")
    return [line for line in (re.sub(r"(?:^|\s+)#\s.*$", "", text).rstrip() for text in joined.splitlines()) if line]


def commands() -> Iterator[tuple[Path, str]]:
    """Every command of every page: of `bash` blocks, and inline code that begins like one."""
    for block in blocks():
        if block.kind == "bash":
            yield from ((block.page, line) for line in lines_of(block.body))
    for page in PAGES:
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for code in re.findall(r"`([^`\n]+)`", text):
            if COMMAND.match(re.sub(r"^(?:[A-Z_]+=\S+ )+", "", code)):
                yield page, code


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    gone = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        if not place.exists() or (anchor and anchor not in anchors(place)):
            gone.append(target)
    assert gone == []


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_reached_from_the_readme() -> None:
    linked = {
        (page.parent / target.split("#")[0]).resolve()
        for page in PAGES
        for target in re.findall(r"\]\(([^)\s:]+)\)", page.read_text(encoding="utf-8"))
    }
    assert [page.name for page in PAGES if page not in linked | {README}] == []


def test_commands_stand_in_bash_blocks_and_only_there() -> None:
    stray = [
        (block.page.name, line)
        for block in blocks()
        if block.kind not in ("bash", "python")
        for line in block.body.splitlines()
        if re.match(r"(?:\$ )?(?:python3? [-\w./]|\./scripts/)", line)
    ]
    for page in PAGES:
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        stray += [(page.name, line) for line in re.findall(r"^    (?:python3? |\./).*$", text, re.M)]
    assert stray == []
    assert {block.reason for block in blocks()} - {""} <= REASONS


def test_every_bash_block_is_bash() -> None:
    for block in blocks():
        if block.kind == "bash":
            text = block.body.replace("<this repository>", "URL")
            done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), (block.page.name, block.body)


FALLS_BACK_TO = {"prepare_data.sh": "scripts/02_validate_clean.py", "train_adapter.sh": "scripts/04_train_qlora.py"}


@cache
def manual(target: str) -> str:
    """What `--help` of a script or module says; the source of a benchmark."""
    path = PROJECT_ROOT / target
    if target.startswith("tests/"):
        return path.read_text(encoding="utf-8")
    start = (
        [str(path)]
        if target.endswith(".sh")
        else [sys.executable, *(["-m", target] if "/" not in target else [str(path)])]
    )
    done = subprocess.run([*start, "--help"], capture_output=True, text=True, cwd=PROJECT_ROOT, check=False)
    assert done.returncode == 0, (target, done.stderr)
    return done.stdout + (manual(FALLS_BACK_TO[path.name]) if path.name in FALLS_BACK_TO else "")


def test_every_command_exists_and_knows_its_flags() -> None:
    found, wrong = 0, []
    for page, text in commands():
        for match in COMMAND.finditer(text):
            target = match.group().split(" ")[-1].removeprefix("./")
            if target in ("pytest", "-c", "-I", "venv", "-") or not target.startswith(
                (".local/", "scripts/", "tests/", "autotrain")
            ):
                continue
            found += 1
            if target.endswith((".py", ".sh")) and not (PROJECT_ROOT / target).is_file():
                wrong.append((page.name, text, "there is no such file"))
                continue
            rest = re.split(r"[|&;]", text[match.end() :])[0]
            flags = re.findall(r"(?<=[\s\[])--[\w-]+", rest)
            wrong += [
                (page.name, text, flag)
                for flag in flags
                if not re.search(rf"(?<![\w-]){flag}(?![\w-])", manual(target))
            ]
    assert wrong == []
    assert found > 60


def test_the_generated_tables_are_those_of_the_code() -> None:
    assert doc_tables.main(["--check"]) == 0


def test_the_evaluation_page_names_every_metric_and_field_of_a_report() -> None:
    grade = Grade("passed", "", 1, 0, 0.1, False)
    verdicts = [
        {"set": "s", **verdict_of(sample(), Prediction("x", sample()["output"], 5), Judged(grade, grade, None))}
    ]
    tasks = results.TaskSet("s", [sample()], "")
    built = results.build(
        sets=[tasks], verdicts=verdicts, model={}, decoding=None, sandbox_tier="ns", samples_per_task=2, timing={}
    )
    page = (PROJECT_ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    names = {*built, *built["sets"]["s"]["metrics"]} - {"kind", "created", "schema_version", "samples_per_task"}
    assert [name for name in sorted(names) if f"`{name}`" not in page and not name.startswith("by_")] == []


def test_the_pages_name_every_stage_status_and_file_of_a_run() -> None:
    pipeline, control = (
        (PROJECT_ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("pipeline", "control")
    )
    assert [stage for stage in stages.NAMES if f"| {stage} |" not in pipeline] == []
    assert [status for status in state.STATUSES if status not in control] == []
    run = paths.RunPaths(Path("run"))
    made = [
        run.state,
        run.events,
        run.config,
        run.log,
        run.best,
        run.round_file("raw", 1),
        run.predictions(1),
        run.report(1),
    ]
    names = [path.name.replace("_1.", "_N.") for path in made]
    assert [name for name in names if name not in pipeline] == []


# The slow part: every block, for real, in a copy of the project with an empty home.

SIZES = {"--samples": 12, "--rounds": 1}
SMALLER = [
    (r"git clone <this repository> && cd heidi-autotraining", ":"),
    (r"python3 -m venv \.venv && source", "source"),  # the shared environment is there already
    (r"^pip install -r", "pip install --quiet --dry-run -r"),
    (r"\./scripts/test\.sh", "./scripts/test.sh --collect-only"),
    (
        r"(--samples|--train-steps|--rounds) \d+",
        lambda match: f"{match[1]} {SIZES.get(match[1], 2)}",
    ),
    (r"\bROUNDS=\d+", "ROUNDS=1"),
    (r"--base-model microsoft/phi-2", "--base-model smollm2-135m"),
    (r"path/to/raw\.jsonl", ".local/ml/data/raw/sample.jsonl"),
    (r"(python -m autotrain\.dashboard.*)", r"\1 --once"),
    (r"python scripts/menu\.py$", "python scripts/menu.py --status"),
    (r"^(.*autotrain\.doctor.*)$", r"\1 || [[ $? == 3 ]]"),  # limited: no GPU
    (r"^(\./scripts/loop\.sh --(?:stop|pause|continue|resume))$", r"\1 || [[ $? == 2 ]]"),  # nothing is running
]
SMALL = {
    "ROUNDS": "1", "SAMPLES_PER_ROUND": "12", "TRAIN_STEPS": "2", "BATCH_SIZE": "1", "GRAD_ACCUM": "1", "LORA_R": "4",
    "MAX_NEW_TOKENS": "12", "EVAL_TASKS": "2", "FINAL_TASKS": "2", "OPENAI_API_KEY": "", "OPENAI_BASE_URL": "",
}  # fmt: skip


def smaller(line: str) -> str:
    for pattern, replacement in SMALLER:
        line = re.sub(pattern, replacement, line)
    return line


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git would clone, the environment beside it, and the files that examples name."""
    folder = tmp_path_factory.mktemp("clone") / "heidi-autotraining"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"],
        capture_output=True,
        text=True,
        cwd=PROJECT_ROOT,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (PROJECT_ROOT / name).is_file() and not name.startswith(".venv"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT_ROOT / name, folder / name)
    (folder / ".venv").symlink_to(Path(sys.prefix))
    return folder


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_run_as_they_stand(project: Path, page: Path) -> None:
    lines = [
        smaller(line)
        for block in blocks()
        if block.page == page and block.kind == "bash" and not block.reason
        for line in lines_of(block.body)
    ]
    if not lines:
        pytest.skip("a page without commands")
    if page not in (README, PIPELINE):
        assert (project / "clean.jsonl").is_file(), "the stages by hand come first: run all pages together"
        earlier = (project / "tested.jsonl").read_bytes().splitlines(keepends=True)
        for number in (1, 2):  # something else stays for the examples that follow
            (project / f"earlier_{number}.jsonl").write_bytes(earlier[number - 1])
    environment = {
        **os.environ,
        **SMALL,
        "PATH": f"{project / '.venv' / 'bin'}:{os.environ['PATH']}",
        "VIRTUAL_ENV": "",
    }
    script = "set -euo pipefail\nset -x\n" + "\n".join(lines)
    done = subprocess.run(
        ["bash", "-c", script], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{script}\n{done.stdout[-1500:]}\n{done.stderr[-4000:]}"
