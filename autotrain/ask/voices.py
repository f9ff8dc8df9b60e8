"""Makes the chosen model ready to talk: the best adapter, one that was named, or a server's.

voices, settings = find(Who(adapter=None, endpoint=None, model=None, base=True), resolved, out_dir, say)
"""

import dataclasses
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from autotrain.ask import choice, quick_torch
from autotrain.ask.app import Speak, Voices
from autotrain.config.precedence import Resolved
from autotrain.config.settings import PROJECT_ROOT, Settings
from autotrain.errors import UsageError

if TYPE_CHECKING:
    from autotrain.ask.local import Local


@dataclasses.dataclass(frozen=True)
class Who:
    """What a person asked to talk to."""

    adapter: Path | None
    endpoint: str | None
    model: str | None
    base: bool


def find(who: Who, resolved: Resolved, out_dir: Path, say: Callable[[str], None]) -> tuple[Voices, Settings]:
    """Who answers, loaded, and the settings that hold. Raises UsageError, DataError or TeacherError."""
    if who.model and not who.endpoint:
        raise UsageError("--model names a model of a server: --endpoint URL is needed with it.")
    if who.endpoint:
        return _of_endpoint(who.endpoint, who.model, resolved, out_dir, say)
    adapter = choice.adapter_of(who.adapter, out_dir, base_would_do=who.base)
    if adapter is None:
        say(f"{out_dir} holds no best_adapter yet: the base model answers alone.")
    chosen = _settled(choice.settings_for(resolved, adapter))
    model = local(chosen, adapter, say)
    base = (lambda: model.without_adapter().speak) if adapter else None
    return Voices(model.name, model.speak, base), chosen


def local(chosen: Settings, adapter: Path | None, say: Callable[[str], None]) -> "Local":
    """A model of this machine, loaded; torch is imported for it as far as it is needed."""
    quick_torch.begin()
    from autotrain.ask.local import Local

    return Local(chosen, adapter, say)


def _of_endpoint(
    url: str, name: str | None, resolved: Resolved, out_dir: Path, say: Callable[[str], None]
) -> tuple[Voices, Settings]:
    from autotrain.config.credentials import for_address
    from autotrain.endpoint.stream import Speaker

    chosen = resolved.settings
    speaker = Speaker(for_address(url, os.environ, PROJECT_ROOT / ".env"), name, timeout_s=chosen.teacher_timeout_s)
    speak = partial(speaker.speak, max_new_tokens=chosen.max_new_tokens)

    def base() -> Speak:
        beside = choice.settings_for(resolved, choice.best_adapter(out_dir))
        return local(_settled(beside), None, say).speak

    return Voices(f"{speaker.name} at {speaker.credentials.place}", speak, base), chosen


def _settled(chosen: Settings) -> Settings:
    from autotrain.training import memory

    return memory.settle_bits_here(chosen)[0]
