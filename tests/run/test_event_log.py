"""Following and paging events.jsonl while it is torn, truncated, rotated and replaced."""

import json
import os
import random
from pathlib import Path

import pytest

from autotrain.dashboard.events_pane import EventsPane
from autotrain.run import event_log
from autotrain.run.event_log import Follower


def lines(first: int, last: int) -> bytes:
    return b"".join(
        json.dumps({"event": "step", "level": "info", "seq": n, "message": f"n{n}", "data": {}}).encode() + b"\n"
        for n in range(first, last)
    )


def seqs(found: list[bytes] | None) -> list[int]:
    return [json.loads(line)["seq"] for line in found or []]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_only_new_lines_are_handed_out(path):
    path.write_bytes(lines(0, 5))
    follower = Follower(path)
    assert seqs(follower.poll()) == [0, 1, 2, 3, 4]
    assert follower.poll() is None
    with open(path, "ab") as stream:
        stream.write(lines(5, 7))
    assert seqs(follower.poll()) == [5, 6]
    assert follower.generation == 0


def test_a_torn_last_line_waits_until_it_is_whole(path):
    whole = lines(0, 2)
    path.write_bytes(whole[:-10])
    follower = Follower(path)
    assert seqs(follower.poll()) == [0]
    path.write_bytes(whole)  # the same file, grown in place
    assert seqs(follower.poll()) == [1]


def test_a_long_log_is_begun_at_its_tail(path):
    path.write_bytes(lines(0, 1000))
    follower = Follower(path, tail_bytes=2000)
    newest = seqs(follower.poll())
    assert newest[-1] == 999 and 10 < len(newest) < 40
    assert follower.covered_from > 0


@pytest.mark.parametrize("block", [1, 50, 333, 4096, 1 << 20])
def test_going_back_hands_out_every_line_once_whatever_the_block(path, block):
    path.write_bytes(lines(0, 300))
    follower = Follower(path, tail_bytes=500)
    found = seqs(follower.poll())
    while follower.covered_from:
        before = follower.covered_from
        found = seqs(follower.older(block)) + found
        assert follower.covered_from < before
    assert found == list(range(300))


def test_a_line_longer_than_a_block_is_read_whole(path):
    huge = json.dumps({"event": "big", "seq": 1, "message": "x" * 300_000}).encode() + b"\n"
    path.write_bytes(lines(0, 1) + huge + lines(2, 3))
    follower = Follower(path, tail_bytes=1000)
    found = seqs(follower.poll())
    while follower.covered_from:
        found = seqs(follower.older(1000)) + found
    assert found == [0, 1, 2]


def test_a_truncated_log_is_begun_anew(path):
    path.write_bytes(lines(0, 50))
    follower = Follower(path)
    follower.poll()
    path.write_bytes(lines(0, 3))
    assert seqs(follower.poll()) == [0, 1, 2]
    assert follower.generation == 1


def test_a_replaced_log_of_the_same_size_is_noticed(path, tmp_path):
    path.write_bytes(lines(100, 200))
    follower = Follower(path)
    follower.poll()
    other = tmp_path / "other"
    other.write_bytes(lines(300, 400))
    os.replace(other, path)
    assert seqs(follower.poll()) == list(range(300, 400))
    assert follower.generation == 1


def test_a_log_rewritten_in_place_and_grown_is_noticed(path):
    path.write_bytes(lines(100, 110))
    follower = Follower(path)
    follower.poll()
    path.write_bytes(lines(500, 520))
    assert seqs(follower.poll()) == list(range(500, 520))
    assert follower.generation == 1


def test_a_rotated_log_goes_on_in_the_new_file(path):
    path.write_bytes(lines(0, 10))
    follower = Follower(path)
    follower.poll()
    os.rename(path, path.with_suffix(".1"))
    assert follower.poll() == []
    assert follower.poll() is None
    path.write_bytes(lines(10, 12))
    assert seqs(follower.poll()) == [10, 11]


def test_damaged_lines_are_no_events():
    for line in (b"", b"{", b"[]", b"1", b'{"event": 3}', b"\xff\xfe", b'{"event":"x"} trailing'):
        assert event_log.parse(line) is None


def shown(pane: EventsPane, height: int) -> list[int]:
    while pane.tick(height):
        pass
    return [event["seq"] for event in pane.rows(height)]


def make_pane(path: Path) -> EventsPane:
    follower = Follower(path)
    follower.poll()
    return EventsPane(follower)


def test_the_pane_follows_the_newest_events(path):
    path.write_bytes(lines(0, 500))
    follower = Follower(path)
    follower.poll()
    pane = EventsPane(follower)
    assert shown(pane, 10) == list(range(490, 500))
    with open(path, "ab") as stream:
        stream.write(lines(500, 503))
    follower.poll()
    assert shown(pane, 10) == list(range(493, 503))


def test_every_event_can_be_scrolled_to_and_back(path, monkeypatch):
    monkeypatch.setattr(event_log, "BLOCK_BYTES", 3000)
    monkeypatch.setattr(event_log.Pager, "MAX_ROWS", 120)
    path.write_bytes(lines(0, 2000))
    pane = make_pane(path)
    height, bottom = 10, 2000
    assert shown(pane, height) == list(range(1990, 2000))
    generator = random.Random(7)
    for _ in range(600):
        move = generator.choice([-25, -10, -9, -3, -1, 1, 4, 10, 10])
        pane.scroll(move, height)
        bottom = max(height, min(2000, bottom + move))
        assert shown(pane, height) == list(range(bottom - height, bottom))


def test_home_and_end_reach_both_ends_of_the_log(path):
    path.write_bytes(lines(0, 5000))
    pane = make_pane(path)
    pane.home(10)
    assert shown(pane, 10) == list(range(10)) and not pane.follow
    pane.end()
    assert shown(pane, 10) == list(range(4990, 5000)) and pane.follow


def test_scrolled_back_rows_stay_while_new_events_come(path):
    path.write_bytes(lines(0, 100))
    follower = Follower(path)
    follower.poll()
    pane = EventsPane(follower)
    shown(pane, 10)
    pane.scroll(-30, 10)
    before = shown(pane, 10)
    with open(path, "ab") as stream:
        stream.write(lines(100, 200))
    follower.poll()
    assert shown(pane, 10) == before == list(range(60, 70))


def test_a_text_filter_finds_a_rare_event_far_back(path):
    path.write_bytes(lines(0, 20_000))
    pane = make_pane(path)
    pane.set_filter(text="N17")
    assert shown(pane, 10)[-1] == 17_999
    pane.set_filter(text="n17 ")
    assert shown(pane, 10) == [17]
    pane.set_filter(text="no such thing")
    assert shown(pane, 10) == []
    pane.set_filter(text="step n17")
    assert shown(pane, 5) == [17995, 17996, 17997, 17998, 17999]


def test_a_level_filter_keeps_that_level_and_above(path):
    rows = [{"event": "e", "level": level, "seq": n} for n, level in enumerate(("debug", "info", "warning", "error"))]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    pane = make_pane(path)
    for level, expected in (("", [0, 1, 2, 3]), ("info", [1, 2, 3]), ("warning", [2, 3]), ("error", [3])):
        pane.set_filter(level=level)
        assert shown(pane, 10) == expected


def test_the_pane_begins_anew_when_the_log_is_replaced(path):
    path.write_bytes(lines(0, 100))
    follower = Follower(path)
    follower.poll()
    pane = EventsPane(follower)
    shown(pane, 10)
    path.write_bytes(lines(900, 903))
    follower.poll()
    assert shown(pane, 10) == [900, 901, 902]


def test_a_log_that_does_not_exist_shows_nothing(path):
    pane = make_pane(path)
    assert shown(pane, 10) == []
    pane.scroll(-5, 10)
    pane.home(10)
    assert shown(pane, 10) == []
