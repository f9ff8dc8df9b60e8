"""Settings: precedence, bounds, errors, substitutions, and the table in the documentation."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest

from autotrain.config import credentials, precedence, profiles, settings
from autotrain.errors import TeacherError, UsageError
from autotrain.loop import preflight
from autotrain.manual import doc_tables
from autotrain.run import stages

CPU = profiles.Hardware("", 0, (0, 0), 2, 8 << 30)
TURING = profiles.Hardware("NVIDIA GeForce RTX 2080 Ti", 11 << 30, (7, 5), 8, 32 << 30)
PAGE = settings.PROJECT_ROOT / "docs" / "settings.md"


def resolve(tmp_path: Path, flags=None, environ=None, dotenv: str = "", config: str = "", hardware=CPU):
    env_file = tmp_path / ".env"
    env_file.write_text(dotenv)
    out_dir = tmp_path / "out"
    out_dir.mkdir(exist_ok=True)
    if config:
        (out_dir / "config.yaml").write_text(config)
    return precedence.resolve(
        {"out_dir": str(out_dir), **(flags or {})}, environ=environ or {}, env_file=env_file, hardware=hardware
    )


LAYERS = {
    "flag": {"flags": {"seq_len": "100"}},
    "environment": {"environ": {"SEQ_LEN": "200"}},
    ".env": {"dotenv": "SEQ_LEN=300\n"},
    "config": {"config": "SEQ_LEN: 400\n"},
    "profile": {},  # cpu sets 512
}
VALUES = {"flag": 100, "environment": 200, ".env": 300, "config": 400, "profile": 512}


@pytest.mark.parametrize("first", range(len(LAYERS)))
def test_an_earlier_layer_wins_over_all_later_ones(tmp_path: Path, first: int) -> None:
    given: dict = {}
    for name in list(LAYERS)[first:]:
        given.update(LAYERS[name])
    resolved = resolve(tmp_path, **given)
    winner = list(LAYERS)[first]
    assert resolved.settings.seq_len == VALUES[winner]
    assert winner in resolved.sources["seq_len"]


def test_the_default_is_last(tmp_path: Path) -> None:
    resolved = resolve(tmp_path, hardware=TURING)
    assert (resolved.settings.seq_len, resolved.sources["seq_len"]) == (2048, "default")


@pytest.mark.parametrize("row", settings.fields(), ids=lambda row: row.name)
def test_every_setting_is_a_flag_a_variable_a_dotenv_line_and_a_config_key(tmp_path: Path, row) -> None:
    if row.name == "out_dir":
        pytest.skip("OUT_DIR says where config.yaml lies; see its own tests")
    choices, low = row.metadata["choices"], row.metadata["low"]
    value = choices[-1] if choices else low if low is not None else "1"
    if row.name in ("max_input_length", "max_output_length"):
        value = 11  # never below the least one
    raw = settings.show_raw(value)
    for given in (
        {"flags": {row.name: raw}},
        {"environ": {row.name.upper(): raw}},
        {"dotenv": f"{row.name.upper()}={raw}\n"},
        {"config": f"{row.name.upper()}: '{raw}'\n"},
    ):
        resolved = resolve(tmp_path, **given)
        assert getattr(resolved.settings, row.name) == settings.parse_value(row.name, raw, "this test")
        assert resolved.sources[row.name] not in ("default", "profile cpu")
        (tmp_path / "out" / "config.yaml").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("rounds", "0"),
        ("rounds", "three"),
        ("rounds", "2.5"),
        ("lr", "nan"),
        ("lr", "-1"),
        ("val_ratio", "0.51"),
        ("quantization_bits", "5"),
        ("sandbox", "docker"),
        ("run_unit_tests", "maybe"),
        ("seed", str(2**32)),
    ],
)
def test_a_bad_value_names_setting_value_allowed_and_source(tmp_path: Path, name: str, raw: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(tmp_path, environ={name.upper(): raw})
    message = str(caught.value)
    allowed = settings.describe_allowed(settings.Settings.__dataclass_fields__[name])
    assert message == f"{name.upper()}={raw} (from environment): {allowed} is needed."
    assert caught.value.exit_code == 2


def test_an_unknown_config_key_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"config\.yaml: SAMPLE_PER_ROUND is not a setting\. Did you mean SAMPLES_PER_ROUND"
    ):
        resolve(tmp_path, config="SAMPLE_PER_ROUND: 3\n")


@pytest.mark.parametrize("text", ["- 1\n- 2\n", "a: [1\n", "ROUNDS: {a: 1}\n", "ROUNDS:\n", "\x00"])
def test_a_config_that_is_no_mapping_of_values_is_one_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError):
        resolve(tmp_path, config=text)


def test_a_bare_machine_gets_the_embedded_model_and_the_builtin_teacher_with_reasons(tmp_path: Path) -> None:
    resolved = resolve(tmp_path)
    assert resolved.settings.base_model == profiles.EMBEDDED_MODEL
    assert resolved.settings.teacher_model == "builtin"
    assert {note["setting"] for note in resolved.substitutions} == {
        "BASE_MODEL",
        "TEACHER_MODEL",
        "EVAL_SUITE",
        "EVAL_TASKS",
        "FINAL_TASKS",
    }
    assert resolved.settings.eval_suite == "heidi-core:plain"  # of dev that model passes hardly a task
    assert all(note["reason"] and note["override"] for note in resolved.substitutions)


def test_what_a_person_set_is_never_replaced(tmp_path: Path) -> None:
    flags = {"base_model": "microsoft/phi-2", "eval_tasks": "0", "final_tasks": "30"}
    resolved = resolve(tmp_path, environ={"TEACHER_MODEL": "gpt-4o-mini"}, flags=flags)
    assert (resolved.settings.teacher_model, resolved.settings.base_model) == ("gpt-4o-mini", "microsoft/phi-2")
    assert resolved.settings.eval_suite == "heidi-core:dev" and resolved.substitutions == []
    named = resolve(tmp_path, environ={"EVAL_SUITE": "heidi-core:dev"})
    assert named.settings.eval_suite == "heidi-core:dev"


@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "OPENAI_BASE_URL"])
def test_a_key_or_a_server_keeps_the_api_teacher(tmp_path: Path, variable: str) -> None:
    assert resolve(tmp_path, dotenv=f"{variable}=x\n").settings.teacher_model == "gpt-4o-mini"


@pytest.mark.parametrize(
    ("gib", "profile"), [(0, "cpu"), (6, "6gb"), (8, "6gb"), (11, "11gb"), (16, "11gb"), (24, "24gb"), (80, "24gb")]
)
def test_the_profile_follows_the_memory_of_the_card(gib: int, profile: str) -> None:
    assert profiles.choose(profiles.Hardware("card", gib << 30, (8, 0), 2, 8 << 30)) == profile


def test_the_reference_profiles_hold_the_documented_values(tmp_path: Path) -> None:
    def four(name: str) -> tuple:
        chosen = resolve(tmp_path, flags={"profile": name}, hardware=TURING).settings
        return chosen.seq_len, chosen.batch_size, chosen.grad_accum, chosen.lora_r

    assert four("11gb") == (2048, 1, 8, 64)
    assert four("6gb") == (1024, 1, 16, 32)
    assert four("24gb") == (4096, 2, 4, 128)


def test_config_json_never_holds_a_key(tmp_path: Path) -> None:
    resolved = resolve(tmp_path, environ={"OPENAI_API_KEY": "secret-text"})
    assert "secret-text" not in str(resolved.as_config())


def test_out_dir_in_the_default_config_yaml_redirects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PROJECT_ROOT", tmp_path)
    (tmp_path / "autotrain").mkdir()
    (tmp_path / "autotrain" / "config.yaml").write_text(f"OUT_DIR: {tmp_path / 'big-disk'}\nSEED: 7\n")
    resolved = precedence.resolve({}, environ={}, env_file=tmp_path / ".env", hardware=CPU)
    assert settings.out_path(resolved.settings.out_dir) == tmp_path / "big-disk"
    assert resolved.settings.seed == 7


def test_every_table_in_the_documentation_is_the_code() -> None:
    assert doc_tables.settings_table() in PAGE.read_text(encoding="utf-8")
    assert doc_tables.main(["--check"]) == 0


def test_an_env_file_of_another_encoding_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("ROUNDS=4\n".encode("utf-16"))
    with pytest.raises(UsageError, match=r"\.env is not UTF-8: "):
        precedence.resolve({}, environ={}, env_file=tmp_path / ".env", hardware=CPU)


def test_an_empty_variable_is_a_value_only_where_it_means_something(tmp_path: Path) -> None:
    chosen = resolve(tmp_path, environ={"EVAL_SUITE": "", "FINAL_SUITES": "", "SEED": "", "TEACHER_MODEL": ""})
    assert (chosen.settings.eval_suite, chosen.settings.final_suites, chosen.settings.seed) == ("", "", 42)
    assert chosen.sources["final_suites"] == "environment" and chosen.sources["seed"] == "default"


@pytest.mark.parametrize("name", ["out_dir", "base_model", "teacher_model", "cache_dir"])
def test_an_empty_flag_is_no_place_and_no_model(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"=  \(from flag .*some text is needed"):
        resolve(tmp_path, flags={name: " "})


def test_bounds_of_lengths_leave_something_between_them(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"MIN_OUTPUT_LENGTH=10 \(from default\) is above MAX_OUTPUT_LENGTH=9 \(from flag"
    ):
        resolve(tmp_path, flags={"max_output_length": "9"})


@pytest.mark.parametrize("wrong", ["launcher", "report_to", "secret_scanner"])
def test_what_only_a_later_stage_needs_is_checked_before_anything_is_paid(tmp_path: Path, monkeypatch, wrong) -> None:
    value = "kingfisher" if wrong == "secret_scanner" else "no-such"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=f"{wrong.upper()}={value}\\b"):
        preflight.check(resolve(tmp_path, flags={wrong: value}))


def test_the_plan_says_what_fit_lowers(tmp_path: Path, monkeypatch, capsys) -> None:
    chosen = resolve(tmp_path, flags={"fit": "1", "base_model": "smollm2-135m", "teacher_model": "builtin"})
    lowered = dataclasses.replace(chosen.settings, batch_size=1, grad_accum=7)
    embedded = SimpleNamespace(name=preflight.models.EMBEDDED)
    monkeypatch.setattr(preflight.models, "find", lambda *_: embedded)
    monkeypatch.setattr(preflight.models, "check_available", lambda *_, **__: None)
    monkeypatch.setattr(preflight.models, "read_config", lambda _: {})
    monkeypatch.setattr(preflight.memory, "settle", lambda *_: (lowered, None))
    preflight.check(chosen)
    assert "it will be lowered to --batch-size 1 --grad-accum 7." in capsys.readouterr().err


def test_a_stage_takes_the_settings_whose_rows_name_it_and_a_run_fixes_those_that_split_its_data() -> None:
    taken = {stage for row in settings.fields() for stage in row.metadata["stages"]}
    assert taken == {*stages.NAMES, "export"}
    assert settings.of_stage("split") == ["val_ratio", "probe_ratio", "round_data", "seed"]
    assert {"val_ratio", "probe_ratio", "round_data", "seed"} <= set(settings.fixed_on_resume())


def test_an_empty_key_in_the_environment_does_not_hide_the_one_of_the_env_file(tmp_path: Path) -> None:
    resolved = resolve(tmp_path, environ={"OPENAI_API_KEY": " "}, dotenv="OPENAI_API_KEY=from-file\n")
    assert resolved.settings.teacher_model == "gpt-4o-mini"
    assert credentials.find_credentials({"OPENAI_API_KEY": ""}, tmp_path / ".env").key == "from-file"


@pytest.mark.parametrize(("name", "value"), [("OPENAI_API_KEY", "  "), ("OPENAI_BASE_URL", "localhost:8000/v1")])
def test_a_key_or_an_address_that_stage_01_would_refuse_is_refused_before_a_run_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setattr(settings, "PROJECT_ROOT", tmp_path)  # no .env of this machine
    monkeypatch.setenv(name, value)
    embedded = SimpleNamespace(name=preflight.models.EMBEDDED)
    monkeypatch.setattr(preflight.models, "find", lambda *_: embedded)
    monkeypatch.setattr(preflight.models, "check_available", lambda *_, **__: None)
    monkeypatch.setattr(preflight.models, "read_config", lambda _: {})
    chosen = resolve(tmp_path, flags={"teacher_model": "gpt-4o-mini"})
    monkeypatch.setattr(preflight.memory, "settle", lambda *_: (chosen.settings, None))
    with pytest.raises((TeacherError, UsageError), match=name):
        preflight.check(chosen)


def test_a_variable_named_nearly_like_a_setting_is_named_with_it() -> None:
    said = precedence.near_misses(
        {"SAMPLES": "20", "EPOCHS": "1", "TRAIN_STEP": "9", "ROUNDS": "2", "HOME": "/", "LR": "1"}
    )
    assert [line.split("=")[0] for line in said] == ["EPOCHS", "SAMPLES", "TRAIN_STEP"]
    assert "MAX_PASSES" in said[0] and "SAMPLES_PER_ROUND (--samples)" in said[1] and "TRAIN_STEPS" in said[2]
