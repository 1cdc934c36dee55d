"""Watchers take whatever passes: none of them raises, and the table adds up."""

import csv

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartx96.modbus.traffic import Exchange, Framing, Message
from smartx96.modbus.watch.capture import Capture
from smartx96.modbus.watch.exchange_file import ExchangeFile
from smartx96.modbus.watch.traffic_log import TrafficLog
from smartx96.modbus.watch.traffic_text import WIDTH, traffic_text

TIMES = st.floats(0, 4e9)
NAMES = st.one_of(
    st.sampled_from(["127.0.0.1:1", "[::1]:65535", "[fe80::1%eth0]:5", "line", ""]), st.text()
)
EXCHANGES = st.builds(
    Exchange, TIMES, NAMES, NAMES, st.integers(0, 255), st.binary(max_size=260),
    st.none() | st.binary(max_size=260),
)  # fmt: skip
MESSAGES = st.builds(Message, TIMES, NAMES, NAMES, st.booleans(), st.binary(max_size=600),
                     st.sampled_from(Framing))  # fmt: skip
HERE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@given(st.lists(EXCHANGES, max_size=30))
def test_the_table_adds_up(exchanges):
    log = TrafficLog(0.0, rows=4, clients=3)
    for each in exchanges:
        log.exchange(each)
    found = log.document()
    for kind in ("requests", "clients"):
        tallies = [*found[kind], *([found["others"][kind]] if found["others"][kind] else [])]
        assert sum(t["requests"] for t in tallies) == len(exchanges)
        for t in tallies:
            failed = t["silent"] + sum(t["exceptions"].values())
            assert t["requests"] == t["answered"] + failed
    lines = traffic_text(found).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert all(line.isprintable() for line in lines)


@HERE
@given(st.lists(EXCHANGES, max_size=5))
def test_files_take_anything(tmp_path, exchanges):
    for kind in ("csv", "jsonl"):
        path = tmp_path / f"t.{kind}"
        told = []
        file = ExchangeFile(path, told.append)
        for each in exchanges:
            file.exchange(each)
        file.close()
        assert told == []
        if kind == "csv":
            with path.open(newline="", encoding="utf-8") as text:
                assert len(list(csv.reader(text))) == 1 + len(exchanges)
        else:
            assert path.read_bytes().count(b"\n") == len(exchanges)


@HERE
@given(st.lists(MESSAGES, max_size=5))
def test_captures_take_anything(tmp_path, messages):
    told = []
    capture = Capture(tmp_path / "c.pcapng", told.append)
    for each in messages:
        capture.message(each)
    capture.close()
    assert told == []
    assert blocks((tmp_path / "c.pcapng").read_bytes())[0] == 0x0A0D0D0A


def blocks(content):
    """Types of the blocks, if their lengths add up."""
    found, at = [], 0
    while at < len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        assert content[at + size - 4 : at + size] == content[at + 4 : at + 8]
        found.append(int.from_bytes(content[at : at + 4], "little"))
        at += size
    return found


@pytest.mark.parametrize("answer", [b"", b"\x84", None])
def test_answers_that_are_none(answer):
    log = TrafficLog(0.0)
    log.exchange(Exchange(0.0, "a:1", "b:2", 1, b"", answer))
    assert log.document()["requests"][0]["requests"] == 1
