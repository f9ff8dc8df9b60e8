"""Hardware profiles: what this machine has, and the settings that suit it.

python -m autotrain.config.profiles      # what was detected and which profile that gives
"""

import ctypes
import os
from dataclasses import dataclass
from typing import Any

EMBEDDED_MODEL = "smollm2-135m"

# What each profile sets; everything else keeps the table's default, which is 11gb.
PROFILES: dict[str, dict[str, Any]] = {
    "cpu": {
        "rounds": 1,  # on two cores the time of a second round is better spent on rows for the first
        "samples_per_round": 400,
        "base_model": EMBEDDED_MODEL,
        "seq_len": 512,
        "batch_size": 4,
        "grad_accum": 1,
        "train_steps": 80,
        "lora_r": 32,
        "lr": 2e-4,
        "packing": False,
        "gradient_checkpointing": False,
        "run_unit_tests": True,
        "eval_batch_size": 48,
        "eval_tasks": 120,
        "exam_tasks": 60,
        "selection_tasks": 64,
        "final_tasks": 20,
        "max_new_tokens": 200,
    },
    "6gb": {"seq_len": 1024, "batch_size": 1, "grad_accum": 16, "lora_r": 32},
    "11gb": {},
    "24gb": {"seq_len": 4096, "batch_size": 2, "grad_accum": 4, "lora_r": 128},
}


@dataclass(frozen=True)
class Hardware:
    """What matters for choosing a profile. `vram_bytes` is 0 without a CUDA GPU, `vram_free_bytes` where unknown."""

    gpu_name: str
    vram_bytes: int
    compute_capability: tuple[int, int]
    cpu_count: int
    memory_bytes: int
    vram_free_bytes: int = 0

    def describe(self) -> str:
        if not self.vram_bytes:
            return "no CUDA GPU"
        major, minor = self.compute_capability
        return f"{self.gpu_name}, {self.vram_bytes / 2**30:.0f} GiB, compute capability {major}.{minor}"


def detect() -> Hardware:
    """Look at this machine without importing torch (NVML by ctypes, about 20 ms with a GPU).

    Whether torch can use what is found, loading.py asks torch (`require_cuda`).
    """
    name, vram_bytes, free_bytes, capability = _first_gpu()
    return Hardware(
        gpu_name=name,
        vram_bytes=vram_bytes,
        compute_capability=capability,
        cpu_count=len(os.sched_getaffinity(0)),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        vram_free_bytes=free_bytes,
    )


def choose(hardware: Hardware) -> str:
    """The profile for a machine: by the memory of its first visible GPU."""
    gib = hardware.vram_bytes / 2**30
    if gib == 0:
        return "cpu"
    if gib < 9:
        return "6gb"
    return "11gb" if gib < 20 else "24gb"


def substitute(
    values: dict[str, Any], sources: dict[str, str], defaults: Any, hardware: Hardware, has_teacher: bool
) -> list[dict[str, str]]:
    """Replace what this machine cannot do, where nobody set it; each note says why and how to undo it.

    Changes `values` and `sources` (field name -> value, -> where it came from); `defaults` has the
    table's defaults as attributes; `has_teacher`: a key or an address of a teacher is given.
    """
    notes: list[dict[str, str]] = []
    if sources["base_model"].startswith("profile "):
        notes.append(
            {
                "setting": "BASE_MODEL",
                "from": defaults.base_model,
                "to": values["base_model"],
                "reason": f"{hardware.describe()}, so {sources['base_model']}",
                "override": "--base-model NAME or --profile NAME",
            }
        )
    if sources["eval_suite"] == "default" and values["base_model"] == EMBEDDED_MODEL:
        values["eval_suite"], sources["eval_suite"] = "heidi-core:plain", f"the model {EMBEDDED_MODEL}"
        notes.append(
            {
                "setting": "EVAL_SUITE",
                "from": defaults.eval_suite,
                "to": values["eval_suite"],
                "reason": f"{EMBEDDED_MODEL} passes hardly a task of {defaults.eval_suite}, which could show no gain",
                "override": f"--eval-suite {defaults.eval_suite}",
            }
        )
    for name in ("eval_tasks", "final_tasks"):
        if sources[name].startswith("profile ") and values[name] != getattr(defaults, name):
            notes.append(
                {
                    "setting": name.upper(),
                    "from": "all",
                    "to": values[name],
                    "reason": f"{sources[name]} keeps an evaluation short; drawn by level, type and family",
                    "override": f"--{name.replace('_', '-')} 0 for all",
                }
            )
    if sources["teacher_model"] == "default" and not has_teacher:
        notes.append(
            {
                "setting": "TEACHER_MODEL",
                "from": defaults.teacher_model,
                "to": "builtin",
                "reason": "neither OPENAI_API_KEY nor OPENAI_BASE_URL is set",
                "override": "set OPENAI_API_KEY (environment or .env), or --teacher NAME with OPENAI_BASE_URL",
            }
        )
        values["teacher_model"], sources["teacher_model"] = "builtin", "no API key"
    return notes


class _Memory(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


def _first_gpu() -> tuple[str, int, int, tuple[int, int]]:
    nothing = ("", 0, 0, (0, 0))
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and visible.split(",")[0].strip() in ("", "-1"):
        return nothing
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return nothing
    if nvml.nvmlInit_v2() != 0:
        return nothing
    try:
        first = (visible or "0").split(",")[0].strip()
        handle = ctypes.c_void_p()
        by_index = first.isdigit()
        if by_index and nvml.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(int(first)), ctypes.byref(handle)) != 0:
            return nothing
        if not by_index and nvml.nvmlDeviceGetHandleByUUID(first.encode(), ctypes.byref(handle)) != 0:
            return nothing
        name, memory = ctypes.create_string_buffer(96), _Memory()
        major, minor = ctypes.c_int(), ctypes.c_int()
        nvml.nvmlDeviceGetName(handle, name, ctypes.c_uint(96))
        if nvml.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory)) != 0:
            return nothing
        nvml.nvmlDeviceGetCudaComputeCapability(handle, ctypes.byref(major), ctypes.byref(minor))
        return name.value.decode(errors="replace"), memory.total, memory.free, (major.value, minor.value)
    finally:
        nvml.nvmlShutdown()


if __name__ == "__main__":
    found = detect()
    print(f"{found.describe()}; {found.cpu_count} cores, {found.memory_bytes / 2**30:.0f} GiB: {choose(found)}")
