"""Which tiers there are, which are tried here, and what to say where none holds."""

import os

from autotrain.errors import UsageError
from autotrain.sandbox.inside import kernel

MODES = ("auto", "ns", "uid", "ll", "off")

DESCRIPTIONS = {
    "ns": "namespaces: own users, processes, network and a read-only view of /usr and the interpreter only",
    "uid": "root without namespaces: a spare uid a slot, Landlock, seccomp",
    "ll": "an ordinary user without namespaces: Landlock, seccomp",
    "off": "no containment beyond resource limits",
}


def tiers_to_try(mode: str) -> list[str]:
    """The tiers of a SANDBOX setting, best first. `off` is never tried unless it is asked for by name."""
    if mode not in MODES:
        raise UsageError(f"SANDBOX={mode}: one of {', '.join(MODES)} is needed.")
    if not kernel.supported():
        return []
    if mode != "auto":
        return [mode]
    return ["ns", "uid"] if os.geteuid() == 0 else ["ns", "ll"]


def advice(mode: str, reasons: dict[str, str]) -> str:
    """One message that says why no tier holds and what a person can do about it."""
    if not kernel.supported():
        machine = f"{os.uname().sysname} on {kernel.MACHINE}"
        return f"the sandbox needs Linux on x86_64 or aarch64; this is {machine}. (SANDBOX=off does not help here.)"
    lines = [f"no tier of the sandbox holds here (SANDBOX={mode})."]
    lines += [f"  {tier}: {reason}" for tier, reason in reasons.items()]
    lines += [f"  {line}" for line in _remedies()]
    return "\n".join(lines)


def _remedies() -> list[str]:
    remedies = []
    if _reads("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
        remedies.append(
            "Ubuntu restricts user namespaces: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        )
    if _reads("/proc/sys/kernel/unprivileged_userns_clone") == "0":
        remedies.append("User namespaces are off: sudo sysctl -w kernel.unprivileged_userns_clone=1")
    if _reads("/proc/sys/user/max_user_namespaces") == "0":
        remedies.append("User namespaces are off: sudo sysctl -w user.max_user_namespaces=15000")
    if os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv"):
        remedies.append(
            "In a container: run it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined, "
            "or on a host kernel 6.2 or newer with Landlock."
        )
    if "microsoft" in os.uname().release.lower():
        remedies.append("WSL2: update it (wsl --update) for a kernel with user namespaces and Landlock.")
    remedies.append("Landlock needs kernel 6.2 or newer with `landlock` in the boot parameter lsm=.")
    remedies.append("Without any: SANDBOX=off runs generated code uncontained, at your own risk.")
    return remedies


def _reads(path: str) -> str:
    try:
        with open(path, encoding="ascii") as stream:
            return stream.read().strip()
    except OSError:
        return ""
