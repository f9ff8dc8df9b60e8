"""Outside files: any bytes in them end in a value or a named error, soon, and in little memory."""

import contextlib
import os
import zlib
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autotrain.cleaning import foreign_rows
from autotrain.config import settings as own_settings
from autotrain.config.setting_files import read_config, read_env_file
from autotrain.errors import AutotrainError, UsageError, plain
from autotrain.evaluation import suites
from autotrain.jsonl import read_json, read_rows
from autotrain.loop import requests
from autotrain.run import event_log, paths, state
from autotrain.secrets.scan import find_secrets
from autotrain.teacher.server import LONGEST_BODY, BodyTooLong, unpacked

KNOWN = {own_settings.variable(row.name): row.name for row in own_settings.fields()}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
ROW_FIELDS = st.sampled_from("instruction input output messages conversations prompt completion metadata tests".split())
CASES = int(os.environ.get("FUZZ_CASES", "150"))


def _json_bytes(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except (TypeError, orjson.JSONEncodeError):
        return b"null"


OUTSIDE = (
    st.binary(max_size=400)
    | st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass"))
    | (JSON.map(_json_bytes))
    | st.lists(
        st.sampled_from(
            [b"ROUNDS: 3\n", b"- ", b"&a [", b"*a", b"]", b"{", b": ", b"? ", b"\x1b[2J", b"LR: 1e-3\n", b"!!python/x "]
        )
    ).map(b"".join)
)
fuzz = settings(
    max_examples=CASES, deadline=5000, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)


def _config(path: Path) -> None:
    for key, raw in read_config(path, KNOWN).items():
        own_settings.parse_value(KNOWN[key], raw, "config.yaml")


READERS = {
    "config.yaml": _config,
    ".env": read_env_file,
    "rows": lambda path: list(read_rows(path)),
    "document": read_json,
    "suite": lambda path: suites.load_suite(str(path)),
}


@pytest.mark.parametrize("name", READERS)
@fuzz
@given(content=OUTSIDE)
def test_any_bytes_in_a_file_end_in_a_value_or_a_named_error(name: str, content: bytes, tmp_path: Path):
    path = tmp_path / name
    path.write_bytes(content)
    try:
        READERS[name](path)
    except AutotrainError as error:
        assert len(str(error)) < 1000
        assert "\x1b" not in str(error)


@fuzz
@given(row=st.dictionaries(ROW_FIELDS, JSON, max_size=4))
def test_any_row_of_another_format_becomes_a_sample_or_is_refused(row: dict[str, object]):
    with contextlib.suppress(foreign_rows.Foreign):
        foreign_rows.as_sample(row)


@fuzz
@given(state_bytes=OUTSIDE, events=OUTSIDE, config=OUTSIDE)
def test_a_run_with_anything_in_its_files_is_listed_and_hides_no_other(
    state_bytes: bytes, events: bytes, config: bytes, tmp_path: Path
):
    good = paths.RunPaths(tmp_path / "runs" / "20260101-000000-aaaa")
    bad = paths.RunPaths(tmp_path / "runs" / "20260102-000000-bbbb")
    for run in (good, bad):
        run.root.mkdir(parents=True, exist_ok=True)
    state.create(good)
    bad.state.write_bytes(state_bytes)
    bad.events.write_bytes(events)
    bad.config.write_bytes(config)
    rows = requests.list_runs(tmp_path)
    assert [row["run_id"] for row in rows] == [good.run_id, bad.run_id]
    assert rows[0]["status"] == "pending"
    assert "\x1b" not in requests.list_text(rows)
    event_log.Follower(bad.events).poll()
    with contextlib.suppress(AutotrainError):
        requests.status_text(requests.status(bad))


def test_folders_in_the_place_of_a_runs_files_hide_no_other_run(tmp_path: Path):
    bad = paths.RunPaths(tmp_path / "runs" / "20260102-000000-bbbb")
    for path in (bad.state, bad.events, bad.config):
        path.mkdir(parents=True)
    assert [row["run_id"] for row in requests.list_runs(tmp_path)] == [bad.run_id]


@fuzz
@given(text=st.text(max_size=300))
def test_any_text_can_be_scanned_for_secrets_and_shown(text: str):
    find_secrets(text)
    assert all(character.isprintable() or character in "\n\t" for character in plain(text))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_thousand_contents_of_each_file(tmp_path: Path):
    for name, read in READERS.items():

        @settings(max_examples=10_000, deadline=5000, database=None, suppress_health_check=list(HealthCheck))
        @given(content=OUTSIDE)
        def once(content: bytes, name: str = name, read: object = read) -> None:
            path = tmp_path / name
            path.write_bytes(content)
            with contextlib.suppress(AutotrainError):
                READERS[name](path)

        once()


@pytest.mark.parametrize(
    "content",
    [
        "a: &a [x, x]\nb: &b [*a, *a]\n",
        "ROUNDS: " + "[" * 5000 + "]" * 5000,
        "ROUNDS: " + "x" * 300_000,
        "- " * 3000,
    ],
)
def test_a_config_that_grows_or_is_deep_or_long_is_refused_in_one_short_sentence(tmp_path: Path, content: str):
    path = tmp_path / "config.yaml"
    path.write_text(content)
    with pytest.raises(UsageError) as refusal:
        _config(path)
    assert len(str(refusal.value)) < 300 + len(str(path))


def test_a_packed_body_is_unpacked_no_further_than_the_bound():
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(1 << 20)
    packed = b"".join(packer.compress(block) for _ in range((LONGEST_BODY >> 20) + 4)) + packer.flush()
    assert len(packed) < 100_000
    with pytest.raises(BodyTooLong):
        unpacked(packed, "gzip")
    with pytest.raises(BodyTooLong):
        unpacked(packed, "zstd")
    assert unpacked(zlib.compress(b"{}"), "deflate") == b"{}"
