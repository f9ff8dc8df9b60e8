"""Outside files: any bytes in them end in a value or a named error, soon, and in little memory."""

import contextlib
import os
import resource
import zlib
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from autotrain.cleaning import foreign_rows
from autotrain.cleaning.reading import MAX_LINE_BYTES, open_raw
from autotrain.config import settings as own_settings
from autotrain.config.setting_files import read_config, read_env_file
from autotrain.errors import AutotrainError, DataError, UsageError, plain
from autotrain.evaluation import results, suites
from autotrain.jsonl import ascii_json, read_json, read_rows
from autotrain.loop import requests
from autotrain.run import event_log, paths, rebuild, standing, state
from autotrain.secrets.scan import find_secrets
from autotrain.teacher import completion, topics
from autotrain.teacher.protocol import Failure
from autotrain.teacher.request_ledger import RequestLedger
from autotrain.teacher.server import LONGEST_BODY, BodyTooLong, unpacked

KNOWN = {own_settings.variable(row.name): row.name for row in own_settings.fields()}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
ROW_FIELDS = st.sampled_from("instruction input output messages conversations prompt completion metadata tests".split())
EVENT_NAMES = [*rebuild._RUN_STATUS, *rebuild._STAGE_STATUS, "stage_started", "calibration", "early_stop", "train_step"]
CASES = int(os.environ.get("FUZZ_CASES", "150"))


# Rows whose fields have the names that some reader looks for.
SHAPED_FIELDS = (
    "id kind slot try worst why maybe_paid server dialect text tokens_in tokens_out model prediction set tokens task "
    "rows schema_version choices message content usage error finish_reason prompt test task_id canonical_solution"
)
SHAPED_VALUES = st.sampled_from(
    ["sent", "answer", "failed", "dialect", "evaluation", 1, {"tokens": 1, "cost": 2}, [{"message": {"content": "x"}}]]
)
SHAPED = st.dictionaries(
    st.sampled_from(SHAPED_FIELDS.split()),
    JSON | SHAPED_VALUES,
    max_size=8,
)


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
    | st.lists(SHAPED.map(_json_bytes), max_size=4).map(b"\n".join)
)
fuzz = settings(
    max_examples=CASES, deadline=5000, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)


def _config(path: Path) -> None:
    for key, raw in read_config(path, KNOWN).items():
        own_settings.parse_value(KNOWN[key], raw, "config.yaml")


def _raw(path: Path) -> None:
    with open_raw(path) as raw:
        for _, line in raw.lines:
            assert len(line) <= MAX_LINE_BYTES


def _requests(path: Path) -> None:
    path.chmod(0o600)
    with RequestLedger(path, None) as ledger:
        assert ledger.usage.requests >= 0


READERS = {
    "config.yaml": _config,
    ".env": read_env_file,
    "rows": lambda path: list(read_rows(path)),
    "raw": _raw,
    "document": read_json,
    "suite": lambda path: suites.load_suite(str(path)),
    "report": results.read_report,
    "predictions": lambda path: results.read_predictions(path, []),
    "requests": _requests,
    "topics": lambda path: topics.read_topics(str(path)),
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


# What may stand in the place of a file of a run: any bytes, and a document that differs from a real one in places.
STATE_CHANGES = st.dictionaries(
    st.sampled_from([*standing.fresh("x"), "other"]),
    JSON | st.sampled_from([*standing.STATUSES, 1, "1", 2**70]),
    max_size=4,
)
STATE = OUTSIDE | STATE_CHANGES.map(lambda changes: _json_bytes({**standing.fresh("x"), **changes}))
EVENT = st.dictionaries(st.sampled_from("event ts stage round data message level seq".split()), JSON, max_size=5)
NAMED_EVENT = st.tuples(st.sampled_from(EVENT_NAMES), EVENT).map(lambda pair: {**pair[1], "event": pair[0]})
EVENTS = OUTSIDE | st.lists((NAMED_EVENT | EVENT).map(_json_bytes), max_size=5).map(b"\n".join)
CONFIG = OUTSIDE | JSON.map(lambda value: _json_bytes({"settings": value}))


@fuzz
@given(state_bytes=STATE, events=EVENTS, config=CONFIG, best=OUTSIDE)
def test_a_run_with_anything_in_its_files_is_listed_and_hides_no_other(
    state_bytes: bytes, events: bytes, config: bytes, best: bytes, tmp_path: Path
):
    look_at_a_bad_run(state_bytes, events, config, best, tmp_path)


def look_at_a_bad_run(state_bytes: bytes, events: bytes, config: bytes, best: bytes, folder: Path) -> None:
    good = paths.RunPaths(folder / "runs" / "20260101-000000-aaaa")
    bad = paths.RunPaths(folder / "runs" / "20260102-000000-bbbb")
    for run in (good, bad):
        run.root.mkdir(parents=True, exist_ok=True)
    state.create(good)
    bad.state.write_bytes(state_bytes)
    bad.events.write_bytes(events)
    bad.config.write_bytes(config)
    bad.best.write_bytes(best)
    look_at(folder, good, bad)
    event_log.Follower(bad.events).poll()


def look_at(folder: Path, good: paths.RunPaths, bad: paths.RunPaths) -> None:
    """`--list` and `--status`, as text and as JSON."""
    rows = requests.list_runs(folder)
    assert [row["run_id"] for row in rows] == [good.run_id, bad.run_id]
    assert rows[0]["status"] == "pending"
    assert "\x1b" not in requests.list_text(rows) and ascii_json(rows).isascii()
    with contextlib.suppress(DataError):  # of a state that a newer program wrote
        now = requests.status(bad)
        assert "\x1b" not in requests.status_text(now) and ascii_json(now).isascii()


def _a_folder(path: Path) -> None:
    (path / "deep").mkdir(parents=True)


def _a_loop(path: Path) -> None:
    path.symlink_to(path.name)


def _huge(path: Path) -> None:
    with open(path, "wb") as stream:
        stream.truncate(300 << 20)


def _deep(path: Path) -> None:
    path.write_bytes(b"[" * 1_000_000 + b"\n" + b'{"event":' * 100_000)


def _a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_a_folder, _a_loop, os.mkfifo, _huge, _deep, _a_device])
def test_what_is_no_file_in_the_place_of_a_runs_files_hides_no_other_run(tmp_path: Path, make: Callable[[Path], None]):
    good = paths.RunPaths(tmp_path / "runs" / "20260101-000000-aaaa")
    bad = paths.RunPaths(tmp_path / "runs" / "20260102-000000-bbbb")
    for run in (good, bad):
        run.data.mkdir(parents=True)
    state.create(good)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in (bad.state, bad.events, bad.config, bad.best, bad.round_file("raw", 1)):
        make(path)
    look_at(tmp_path, good, bad)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10


def test_names_of_runs_that_steer_a_terminal_are_listed_as_text(tmp_path: Path):
    for name in ("20260101-\x1b[2J", "20260102-\n\n", "20260103-\x9b\u202e", "20260104-loop"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    (tmp_path / "runs" / "20260105-loop").symlink_to("20260105-loop")
    (tmp_path / "runs" / "20260106-file").write_text("")
    shown = requests.list_text(requests.list_runs(tmp_path))
    assert shown.count("\n") == 3 and plain(shown) == shown


@fuzz
@given(text=st.text(max_size=300))
def test_any_text_can_be_scanned_for_secrets_and_shown(text: str):
    find_secrets(text)
    assert all(character.isprintable() or character in "\n\t" for character in plain(text))


@fuzz
@given(body=OUTSIDE, kind=st.sampled_from(["", "application/json", "text/event-stream", "text/html"]))
def test_any_body_of_a_server_is_an_answer_or_a_failure(body: bytes, kind: str):
    with contextlib.suppress(Failure):
        completion.read_answer(body, kind)


# Ten thousand cases; hypothesis remembers all of a batch, so that one of ten thousand grows by hundreds of MB itself.
# FUZZ_BATCHES=0:5 runs a part of them.
BATCH = settings(
    max_examples=500,
    deadline=5000,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
BATCHES = range(*map(int, os.environ.get("FUZZ_BATCHES", "0:20").split(":")))


def _in_batches(examine: Callable[..., None], *inputs: st.SearchStrategy) -> None:
    """Ten thousand cases, within 300 MB."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in BATCHES:
        seed(number)(BATCH(given(*inputs)(examine)))()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 << 10


@pytest.mark.slow
@pytest.mark.timeout(1800)  # most of it goes into making the contents up
def test_ten_thousand_contents_of_every_file(tmp_path: Path):
    def examine(content: bytes) -> None:
        for name, read in READERS.items():
            (tmp_path / name).write_bytes(content)
            with contextlib.suppress(AutotrainError):
                read(tmp_path / name)

    _in_batches(examine, OUTSIDE)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_ten_thousand_folders_of_a_run(tmp_path: Path):
    def examine(state_bytes: bytes, events: bytes, config: bytes, best: bytes) -> None:
        look_at_a_bad_run(state_bytes, events, config, best, tmp_path)

    _in_batches(examine, STATE, EVENTS, CONFIG, OUTSIDE)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_ten_thousand_foreign_rows_and_answers_of_servers():
    def examine(row: dict[str, object], body: bytes) -> None:
        with contextlib.suppress(foreign_rows.Foreign):
            foreign_rows.as_sample(row)
        with contextlib.suppress(Failure):
            completion.read_answer(body, "text/event-stream")

    _in_batches(examine, st.dictionaries(ROW_FIELDS, JSON, max_size=4), OUTSIDE)


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


@pytest.mark.parametrize("head", [b"a,b,", b"a,b\n1,"])
def test_a_table_with_a_line_without_end_takes_little_memory(tmp_path: Path, head: bytes):
    path = tmp_path / "rows.csv"
    path.write_bytes(head)
    os.truncate(path, 300 << 20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with contextlib.suppress(DataError):
        _raw(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 250 << 10


@pytest.mark.parametrize("content", [b"[{" + b"{" * (6 << 20), b'[{"a": "' + b"\\" * (6 << 20)])
@pytest.mark.timeout(60)
def test_an_array_of_opened_things_alone_is_read_soon(tmp_path: Path, content: bytes):
    path = tmp_path / "rows.json"
    path.write_bytes(content)
    _raw(path)


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
