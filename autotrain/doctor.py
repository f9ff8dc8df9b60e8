"""What this machine has and lacks for training.

Looks at Python, packages, GPU, memory, disk, sandbox, key and teacher (one token of the
named model is asked for); changes nothing, never shows a key. Exit 0: ready; 2: something
must be mended; 3: it works, with the limits named.

    python -m autotrain.doctor [--json] [--offline]
"""

import asyncio
import ctypes
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autotrain import cli, environment
from autotrain.config import precedence, profiles, settings
from autotrain.errors import AutotrainError, say
from autotrain.jsonl import ascii_json

OK, LIMIT, BROKEN = "ok", "limit", "broken"
EXIT_CODES = {OK: 0, LIMIT: 3, BROKEN: 2}
DISK_LIMIT_BYTES, DISK_BROKEN_BYTES = 20 << 30, 2 << 30
NEEDED_CAPABILITY = (6, 0)  # what bitsandbytes' 4-bit kernels ask for
ANSWER_S = 30.0  # a server of one's own may load the model first


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `ok`, `limit` (it works, with less) or `broken`; and what to do."""

    name: str
    status: str
    found: str
    advice: str = ""


def check_python() -> Finding:
    problem = environment.problem_of_interpreter()
    version = sys.version.split()[0]
    return Finding("python", BROKEN, version, problem) if problem else Finding("python", OK, version)


def check_packages() -> Finding:
    root = settings.PROJECT_ROOT
    files = [str(root / "requirements.txt"), str(root / "scripts" / "requirements-embedded.txt")]
    site = Path(sys.prefix) / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    gone = environment.missing(str(site), files)
    count = sum(len(environment.pins(name)) for name in files)
    guide = root / ".local" / "ml" / "requirements-transformers-only.txt"
    if gone and guide.is_file() and not environment.missing(str(site), [str(guide)]):
        found = "those of .local/ml are as pinned; for the loop: " + ", ".join(gone)
        return Finding("packages", LIMIT, found, "the guide's scripts work; ./scripts/loop.sh adds the rest")
    if gone:
        return Finding("packages", BROKEN, "not as pinned: " + ", ".join(gone), "run ./scripts/setup.sh")
    return Finding("packages", OK, f"all {count} as pinned")


def torch_sees_cuda() -> bool:
    """Whether the installed torch can compute on a GPU here."""
    if importlib.util.find_spec("torch") is None:
        return False
    import torch

    return torch.cuda.is_available()


def check_gpu(
    hardware: profiles.Hardware, versions: tuple[str, str] | None, usable: Callable[[], bool] = torch_sees_cuda
) -> Finding:
    if not hardware.vram_bytes:
        why = "no NVIDIA driver" if versions is None else f"driver {versions[0]}, but no GPU that may be used"
        advice = "training runs on the CPU with the embedded model; a GPU with 6 GB or more trains larger ones"
        return Finding("gpu", LIMIT, why, advice)
    driver, cuda = versions or ("unknown", "unknown")
    found = f"{hardware.describe()}; driver {driver}, CUDA up to {cuda}"
    if hardware.compute_capability < NEEDED_CAPABILITY:
        needed = ".".join(map(str, NEEDED_CAPABILITY))
        return Finding("gpu", BROKEN, found, f"4-bit training needs compute capability {needed}; use --profile cpu")
    if not usable():
        return Finding(
            "gpu", BROKEN, f"{found}; torch cannot use it", f"install a torch built for CUDA {cuda} or older"
        )
    return Finding("gpu", OK, f"{found}; profile {profiles.choose(hardware)}")


def check_memory(hardware: profiles.Hardware) -> Finding:
    found = f"{hardware.memory_bytes / 2**30:.0f} GiB, {hardware.cpu_count} cores"
    if hardware.memory_bytes < 4 << 30:
        return Finding("memory", LIMIT, found, "under 4 GiB: lower BATCH_SIZE and SEQ_LEN")
    return Finding("memory", OK, found)


def check_disk(out_dir: Path) -> Finding:
    place = next(folder for folder in (out_dir, *out_dir.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    found = f"{free / 2**30:.1f} GiB free in {place}"
    if not os.access(place, os.W_OK):
        return Finding("disk", BROKEN, f"{place} cannot be written", "choose another --out-dir")
    if free < DISK_BROKEN_BYTES:
        return Finding("disk", BROKEN, found, "a run needs at least 2 GiB: make room or choose another --out-dir")
    if free < DISK_LIMIT_BYTES:
        return Finding("disk", LIMIT, found, "models of 7B and their checkpoints need about 20 GiB")
    return Finding("disk", OK, found)


def check_sandbox() -> Finding:
    from autotrain.sandbox import probe

    findings = probe()
    told = ", ".join(f"{one.tier} {'holds' if one.holds else 'does not hold'}" for one in findings)
    if findings[0].holds:
        return Finding("sandbox", OK, told)
    reason = f"{findings[0].tier}: {findings[0].reason}"
    if any(one.holds for one in findings):
        return Finding("sandbox", LIMIT, told, reason)
    return Finding("sandbox", BROKEN, told, f"no generated code can be run; {reason}")


def check_teacher(
    teacher: str, environ: Mapping[str, str], env_file: Path, reach: Callable[[Any, str], str | None]
) -> Finding:
    """Whether the teacher can be asked. The key is looked for, never shown."""
    from autotrain.teacher import teachers

    if teacher in teachers.NO_API:
        return Finding("teacher", OK, f"{teacher}: no key and no network needed")
    try:
        found = teachers.find(teacher, dict(environ), env_file)
    except AutotrainError as error:
        return Finding("teacher", BROKEN, f"{teacher}: no usable key or address", str(error))
    for one in found:
        problem, place = reach(one.credentials, one.model), f"{one.model} at {one.credentials.place}"
        if problem:
            told = f"{place}: {one.credentials.scrub(problem)}"
            return Finding("teacher", BROKEN, told, "see OPENAI_BASE_URL and the key")
    places = ", ".join(f"{one.model} at {one.credentials.place}" for one in found)
    return Finding("teacher", OK, f"{places}: it answers")


def reach(credentials: Any, model: str) -> str | None:
    """Ask the named model for one token. Returns what is wrong, or None."""
    from autotrain.teacher.probe import one_token

    try:
        asyncio.run(one_token(credentials, model, ANSWER_S))
    except AutotrainError as error:
        return str(error)
    return None


def driver_versions() -> tuple[str, str] | None:
    """The NVIDIA driver's version and the newest CUDA that it serves; None without a driver."""
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return None
    if nvml.nvmlInit_v2() != 0:
        return None
    try:
        driver, cuda = ctypes.create_string_buffer(96), ctypes.c_int()
        nvml.nvmlSystemGetDriverVersion(driver, ctypes.c_uint(96))
        nvml.nvmlSystemGetCudaDriverVersion_v2(ctypes.byref(cuda))
        return driver.value.decode(errors="replace"), f"{cuda.value // 1000}.{cuda.value % 1000 // 10}"
    finally:
        nvml.nvmlShutdown()


def examine(resolved: precedence.Resolved, *, offline: bool = False) -> list[Finding]:
    """Everything, in the order in which it would get in the way."""
    from autotrain.teacher import teachers

    hardware, chosen = profiles.detect(), resolved.settings
    ask = (lambda credentials, model: None) if offline else reach
    findings = [
        check_python(),
        check_packages(),
        check_gpu(hardware, driver_versions()),
        check_memory(hardware),
        check_disk(settings.out_path(chosen.out_dir)),
        check_sandbox(),
        check_teacher(chosen.teacher_model, os.environ, settings.PROJECT_ROOT / ".env", ask),
    ]
    if offline and chosen.teacher_model not in teachers.NO_API and findings[-1].status == OK:
        findings[-1] = Finding("teacher", OK, f"{chosen.teacher_model}: a key or an address is present; not asked")
    return findings


def exit_code(findings: Sequence[Finding]) -> int:
    """2 where anything is broken, 3 where anything is limited, else 0."""
    statuses = {finding.status for finding in findings}
    return next((EXIT_CODES[status] for status in (BROKEN, LIMIT) if status in statuses), 0)


def report(findings: Sequence[Finding]) -> str:
    """One line a finding, and its advice below it."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.status:<6}  {finding.name:<8}  {finding.found}")
        if finding.advice:
            lines.append(f"{'':18}{finding.advice}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    epilog = "Exit codes: 0 ready, 2 broken, 3 limited."
    parser = cli.Parser(description=(__doc__ or "").split("\n\n")[0], epilog=epilog)
    parser.add_argument("--json", action="store_true", help="the findings as JSON")
    parser.add_argument("--offline", action="store_true", help="do not ask the teacher's server")
    settings.add_flags(parser, ("out_dir", "teacher_model"))
    arguments = parser.parse_args(argv)

    def tell() -> int:
        resolved = precedence.resolve({"out_dir": arguments.out_dir, "teacher_model": arguments.teacher_model})
        findings = examine(resolved, offline=arguments.offline)
        code = exit_code(findings)
        if arguments.json:
            say(ascii_json({"exit_code": code, "findings": [asdict(finding) for finding in findings]}), answer=True)
        else:
            say(report(findings), answer=True)
        return code

    return cli.run_command("doctor", tell)


if __name__ == "__main__":
    sys.exit(main())
