"""The doctor: each finding, the exit code, and a key that is never shown."""

import json
import secrets
from pathlib import Path

import pytest
from fake_openai import Faults, serving

from autotrain import doctor
from autotrain.config import profiles
from autotrain.doctor import BROKEN, LIMIT, OK, Finding

NO_GPU = profiles.Hardware("", 0, (0, 0), 2, 8 << 30)
TURING = profiles.Hardware("NVIDIA GeForce RTX 2080 Ti", 11 << 30, (7, 5), 8, 32 << 30)
KEPLER = profiles.Hardware("Tesla K80", 12 << 30, (3, 7), 8, 32 << 30)


@pytest.mark.parametrize(
    ("statuses", "code"), [((OK, OK), 0), ((OK, LIMIT), 3), ((LIMIT, BROKEN), 2), ((BROKEN,), 2), ((), 0)]
)
def test_the_worst_finding_decides_the_exit_code(statuses: tuple[str, ...], code: int) -> None:
    assert doctor.exit_code([Finding("x", status, "y") for status in statuses]) == code


def test_a_gpu_is_named_with_its_driver_cuda_capability_and_memory() -> None:
    found = doctor.check_gpu(TURING, ("550.54", "12.4"), lambda: True)
    assert found.status == OK
    assert all(part in found.found for part in ("2080 Ti", "11 GiB", "7.5", "550.54", "12.4", "11gb"))


def test_a_gpu_that_torch_cannot_use_is_broken() -> None:
    found = doctor.check_gpu(TURING, ("550.54", "12.4"), lambda: False)
    assert found.status == BROKEN and "torch cannot use it" in found.found and "12.4" in found.advice


def test_a_gpu_too_old_for_four_bits_is_broken_and_no_gpu_a_limit() -> None:
    assert doctor.check_gpu(KEPLER, ("470", "11.4")).status == BROKEN
    assert doctor.check_gpu(NO_GPU, None).status == LIMIT


def test_the_disk_is_that_of_the_nearest_existing_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(tmp_path) in doctor.check_disk(tmp_path / "not" / "yet").found
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda place: type("Usage", (), {"free": 1 << 30})())
    assert doctor.check_disk(tmp_path).status == BROKEN


def test_a_package_that_is_not_as_pinned_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.environment, "missing", lambda site, files: ["torch"])
    found = doctor.check_packages()
    assert (found.status, "torch" in found.found) == (BROKEN, True)


def test_the_guides_packages_alone_are_a_limit_that_names_what_the_loop_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.environment, "missing", lambda site, files: ["openai"] if len(files) > 1 else [])
    found = doctor.check_packages()
    assert (found.status, "openai" in found.found, "loop.sh" in found.advice) == (LIMIT, True, True)


def test_the_key_is_never_shown_even_where_the_server_repeats_it(tmp_path: Path) -> None:
    key = "sk-" + secrets.token_hex(24)
    environ = {"OPENAI_API_KEY": key, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    found = doctor.check_teacher("some-model", environ, tmp_path / ".env", lambda got, model: f"bad key {got.key}")
    assert found.status == BROKEN
    assert key not in repr(found)
    assert environ["OPENAI_API_KEY"] == key


def test_a_teacher_without_key_or_address_is_broken(tmp_path: Path) -> None:
    assert doctor.check_teacher("gpt-4o-mini", {}, tmp_path / ".env", lambda got, model: None).status == BROKEN


def test_a_server_that_nobody_runs_cannot_be_reached(tmp_path: Path) -> None:
    environ = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    found = doctor.check_teacher("some-model", environ, tmp_path / ".env", doctor.reach)
    assert "cannot be reached" in found.found


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        (Faults(), ""),
        (Faults(served=("other",)), "knows no model some-model"),
        (Faults(refuses_fields=("max_tokens",)), ""),
        (Faults(status=401), "refused the key"),
    ],
    ids=["it answers", "no such model", "another field for the limit", "a wrong key"],
)
def test_the_named_model_is_asked_for_one_token(tmp_path: Path, faults: Faults, words: str) -> None:
    with serving(faults) as server:
        found = doctor.check_teacher(
            "some-model", {"OPENAI_BASE_URL": server.base_url}, tmp_path / ".env", doctor.reach
        )
        limits = [body.get("max_tokens") or body.get("max_completion_tokens") for body in server.bodies]
    assert found.status == (BROKEN if words else OK) and words in found.found
    assert set(limits) == {1} and len(limits) <= 2


def test_json_holds_every_finding_and_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    code = doctor.main(["--json", "--offline", "--teacher", "builtin"])
    told = json.loads(capsys.readouterr().out)
    assert told["exit_code"] == code
    names = [finding["name"] for finding in told["findings"]]
    assert names == ["python", "packages", "gpu", "memory", "disk", "sandbox", "teacher"]


def test_a_wrong_setting_is_one_line_and_code_2(capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.setenv("ROUNDS", "many")
    assert doctor.main([]) == 2
    assert capsys.readouterr().err.count("\n") == 1
