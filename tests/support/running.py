"""`x96 run` as a process, and its registers."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from functools import cached_property
from types import TracebackType
from typing import Any

import pytest

from smartx96.status import Status

X96 = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]

VOLTAGE, CURRENT, POWER, FREQUENCY = 0x00, 0x06, 0x34, 0x46
STATUS, EXACT_IMPORT = 0x2064, 0x2004


def rest(process: subprocess.Popen[str], seconds: float = 30.0) -> tuple[str, str]:
    """What a process says until it ends, after lines of it were read; one that hangs is killed.

    `communicate` would leave out what was read ahead with those lines.
    """
    watch = threading.Timer(seconds, process.kill)
    watch.start()
    try:
        said = [pipe.read() if pipe else "" for pipe in (process.stdout, process.stderr)]
        process.wait()
    finally:
        watch.cancel()
        watch.join()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()
    return said[0], said[1]


class Running:
    """`x96 run` on a free port; it keeps nothing unless told where."""

    def __init__(self, *arguments: str, stdin: Any = None) -> None:
        self.process = subprocess.Popen(
            [*X96, "run", "--tcp", "127.0.0.1:0", "--state", "off", *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.heading = self.process.stdout.readline()
        listens = self.process.stdout.readline()
        while listens.startswith("SMART"):  # several meters have a heading each
            listens = self.process.stdout.readline()
        found = re.search(r"listens on 127\.0\.0\.1:(\d+)", listens)
        assert found, listens or self.process.communicate(timeout=10)
        self.port = int(found[1])

    @cached_property
    def line(self) -> str:
        """The first line of readings."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    @cached_property
    def page(self) -> str:
        """Where its page is: the line after those of its ports."""
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        found = re.search(r"page at (http://[\d.:]+)", said)
        assert found, said
        return found[1]

    @property
    def source_port(self) -> int:
        """Where samples are listened for, as the heading says."""
        return int(self.heading.rstrip().rpartition(":")[2])

    def stop(self) -> tuple[str, str]:
        self.process.send_signal(signal.SIGTERM)
        return rest(self.process)

    def end(self) -> tuple[str, str]:
        """Wait until it ends by itself."""
        return rest(self.process)


class Registers:
    """The input registers of a running meter, read by pymodbus."""

    def __init__(self, port: int, unit: int = 1, **options: Any) -> None:
        self._unit = unit
        module = pytest.importorskip("pymodbus.client")
        self._client = module.ModbusTcpClient("127.0.0.1", port=port, **options)

    def __enter__(self) -> Registers:
        assert self._client.connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self._client.close()

    def value(self, address: int) -> float:
        return self._read(address, 2, "FLOAT32")

    def exact(self, address: int = EXACT_IMPORT) -> int:
        return int(self._read(address, 4, "UINT64"))

    @property
    def lost(self) -> bool:
        return bool(int(self._read(STATUS, 1, "UINT16")) & Status.SAMPLES_LOST)

    def words(self, address: int, count: int) -> list[int]:
        """Input registers as they come in one answer."""
        answer = self._client.read_input_registers(address, count=count, device_id=self._unit)
        assert not answer.isError()
        return list(answer.registers)

    def _read(self, address: int, count: int, kind: str) -> float:
        answer = self._client.read_input_registers(address, count=count, device_id=self._unit)
        assert not answer.isError()
        type_ = getattr(self._client.DATATYPE, kind)
        return self._client.convert_from_registers(answer.registers, type_)
