"""Shared by all tests: a home of their own, no key, no run, so that nothing of this machine leaks in."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autotrain.config import settings
from autotrain.run.paths import RUN_DIR_VARIABLE

# Workers share the cores: a second thread in each would only wait. Read when torch is loaded, by our children too.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell starts what runs in its background with Ctrl-C ignored, and children inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Workers take whole files, these before all others: what takes longest must not be left over at the end.
LONGEST_FIRST = (
    "loop/test_end_to_end.py",
    "loop/test_loop.py",
    "evaluation/test_heidi_core.py",
    "loop/test_chaos.py",
    "evaluation/test_promotion.py",
    "training/test_resume_training.py",
    "teacher/test_teacher_stage.py",
    "config/test_outside_input.py",
)
CACHE = Path("~/.cache/heidi-autotraining").expanduser()  # the converted embedded model may be reused


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(autouse=True)
def clean_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No setting, key or run of the caller's environment reaches a test."""
    for row in settings.fields():
        monkeypatch.delenv(settings.variable(row.name), raising=False)
    for name in (*settings.ENVIRONMENT_ONLY, RUN_DIR_VARIABLE, "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("CACHE_DIR", str(CACHE))


@pytest.fixture
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times as the pages show them."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
