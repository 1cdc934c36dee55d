"""Live PCM by its text: what is opened, and the one line that says what is wrong."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import numpy as np
import pytest

from smartx96.errors import OptionError, X96Error
from smartx96.samples.arrays import ArraySource
from smartx96.samples.live import is_live
from smartx96.samples.sources import never_ends, open_source


def test_a_live_source_has_roles_scale_and_side() -> None:
    source = open_source(
        "udp:0", rate=1000.0, channels="4,i1=4,v1=2", scale="v=500,i1=-20", side="primary",
        live=True,
    )  # fmt: skip
    assert is_live(source)
    assert (source.roles, source.rate, source.side) == (("v1", "i1"), 1000.0, "primary")
    assert source.length is None
    port = int(str(source.recording.path).rpartition(":")[2])
    frame = np.array([[1, 16384, 3, -16384]], "<i2")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(frame.tobytes() * 100, ("127.0.0.1", port))
    block = next(iter(source.blocks(0.1)))
    assert block.physical()[:, 0].tolist() == [250.0, 10.0]
    source.close()
    assert source.counters()["received"] == 100


def test_a_pipe_is_live_in_run_and_a_recording_in_measure(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    for text in (str(path), f"pipe:{path}"):
        live = open_source(text, rate=1000.0, live=True)
        assert is_live(live)
        live.close()
        source = open_source(text, rate=1000.0)
        assert not is_live(source)
        assert not never_ends(source)
    assert not is_live(ArraySource(np.zeros((6, 1)), 1000.0))


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("udp:0", {}, "do not tell their rate; give --rate HZ"),
        ("udp:0", {"rate": 5.0}, "--rate 5: rates from 400 to 4e"),
        ("udp:0", {"rate": float("nan")}, "--rate nan"),
        ("udp:0", {"rate": 1e3, "format": "u8"}, "--format u8: give one of s16le"),
        ("udp:0", {"rate": 1e3, "channels": "7"}, "7 channels: say which is which"),
        ("udp:0", {"rate": 1e3, "scale": "i4=1"}, "--scale i4=1"),
        ("udp:0", {"rate": 1e3, "channels": "2", "scale": "i3=1"}, "has no i3"),
        ("udp:0", {"rate": 1e3, "start": 1.0}, "--from and --to are for recordings"),
        ("udp:0", {"rate": 1e3, "again": False}, "datagrams have no end"),
        ("udp:a:b", {"rate": 1e3}, "give udp:[HOST:]PORT"),
        ("tcp:9000", {"rate": 1e3}, "give tcp:HOST:PORT"),
        ("tcp:9000", {"rate": 1e3, "live": False}, "tcp:9000 has no end: use `x96 run --source"),
        ("pipe:nothing", {"rate": 1e3}, "no named pipe; make one with `mkfifo nothing`"),
        ("mains", {"format": "s16le"}, "--format is for recordings, not for mains"),
        ("a.csv", {"format": "s16le"}, "--format is for raw samples"),
    ],
)
def test_what_is_wrong_is_one_line(text: str, options: dict, message: str) -> None:
    with pytest.raises(OptionError) as found:
        open_source(text, **{"live": True, **options})
    assert message in str(found.value)
    assert "\n" not in str(found.value)


def test_an_address_that_is_not_ours_is_one_line() -> None:
    with pytest.raises(X96Error, match="cannot listen on 203"):
        open_source("tcp-listen:203.0.113.1:9", rate=1e3, live=True)  # of nobody (RFC 5737)
