"""Files appear whole or not at all; ledgers lose at most an unfinished last line."""

import errno
import os
from pathlib import Path

import pytest

from autotrain import jsonl
from autotrain.errors import DataError


def test_rows_survive_the_way_to_disk_and_back(tmp_path: Path) -> None:
    rows = [{"a": 1, "text": "héllo\u2028\n"}, {"b": [1.5, None]}]
    assert jsonl.write_rows(tmp_path / "f.jsonl", rows) == 2
    assert jsonl.load_rows(tmp_path / "f.jsonl") == rows


def test_a_failed_write_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    jsonl.write_rows(path, [{"old": 1}])

    def broken():
        yield {"new": 1}
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        jsonl.write_rows(path, broken())
    assert jsonl.load_rows(path) == [{"old": 1}]
    assert os.listdir(tmp_path) == ["f.jsonl"]


def test_a_written_file_has_the_permissions_of_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        jsonl.write_json(tmp_path / "f.json", {})
    finally:
        os.umask(before)
    assert (tmp_path / "f.json").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("content", "words"),
    [(b'{"a": 1}\n{"a": \n', "line 2: not JSON"), (b"[1]\n", "line 1: a JSON object is needed, not list")],
)
def test_a_bad_line_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "f.jsonl").write_bytes(content)
    with pytest.raises(DataError, match=words):
        jsonl.load_rows(tmp_path / "f.jsonl")


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        jsonl.load_rows(tmp_path / "none.jsonl")


@pytest.mark.parametrize("torn", [b'{"seq": 3, "te', b"x" * 200_000, b'{"no": "newline"}'])
def test_opening_a_ledger_cuts_off_a_torn_last_line(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b'{"seq": 1}\n{"seq": 2}\n' + torn)
    with jsonl.Ledger(path) as ledger:
        assert ledger.repaired_bytes == len(torn)
        ledger.append({"seq": 3})
    assert [row["seq"] for row in jsonl.load_rows(path)] == [1, 2, 3]


def test_a_disk_that_fills_in_the_middle_of_a_line_leaves_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.jsonl"
    with jsonl.Ledger(path) as ledger:
        ledger.append({"seq": 1})
        real_write = os.write
        monkeypatch.setattr(os, "write", lambda descriptor, line: real_write(descriptor, line[:4]))
        with pytest.raises(OSError) as caught:
            ledger.append({"seq": 2})
        assert caught.value.errno == errno.ENOSPC
        monkeypatch.undo()
    assert jsonl.load_rows(path) == [{"seq": 1}]


def test_a_link_is_replaced_at_once_and_a_real_file_never(tmp_path: Path) -> None:
    jsonl.replace_link(tmp_path / "link", "one")
    jsonl.replace_link(tmp_path / "link", "two")
    assert os.readlink(tmp_path / "link") == "two"
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(DataError, match="in the way"):
        jsonl.replace_link(tmp_path / "precious", "two")
    assert (tmp_path / "precious").read_text() == "mine"


def test_what_is_no_file_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    nowhere = tmp_path / "null"
    nowhere.symlink_to("/dev/null")
    assert jsonl.write_rows(nowhere, [{"a": 1}]) == 1
    assert nowhere.is_symlink() and [path.name for path in tmp_path.iterdir()] == ["null"]


def test_a_folder_in_the_place_of_a_file_is_named_itself(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError) as failed:
        jsonl.write_rows(tmp_path, [{"a": 1}])
    assert failed.value.filename == str(tmp_path)
