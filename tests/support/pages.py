"""Pages of a simulated meter, and a reader of server-sent events that knows nothing of ours."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from smartx96.simulation.simulated_meter import SimulatedMeter
from smartx96.web.server import WebServer

PATIENCE = 60.0


class Pages:
    """A page server in the loop of simulated meters."""

    def __init__(self, meter: SimulatedMeter, folder: Path | None = None, *,
                 host: str = "127.0.0.1", names: tuple[str, ...] = (), new_token: bool = False,
                 spoken: Callable[[str], dict[str, str]] = lambda name: {}) -> None:  # fmt: skip
        self.meter, self.notes = meter, list[str]()
        self._simulation = meter._simulation
        self._how = (host, folder, names, new_token, spoken)
        self.told = self._simulation.thread.run(self._start(), PATIENCE)

    async def _start(self) -> list[str]:
        host, folder, names, new_token, spoken = self._how
        lives = [each.live for each in self._simulation.built]
        self.server = WebServer(lives, folder, names, self.notes.append)
        told = await self.server.start(host, 0, spoken, new_token=new_token)
        self.port = self.server._listener.address[1]
        return told

    @property
    def name(self) -> str:
        """Of the first meter."""
        return self._simulation.built[0].live.name

    @property
    def path(self) -> str:
        return f"/api/meters/{self.name}"

    def client(self, **more: Any) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE, trust_env=False, **more
        )

    def call(self, function: Callable[[], Any]) -> Any:
        """Call something in the loop of the meters."""

        async def called() -> Any:
            return function()

        return self._simulation.thread.run(called(), PATIENCE)

    def close(self) -> None:
        self._simulation.thread.run(self.server.close(), PATIENCE)


@contextmanager
def pages(meter: SimulatedMeter, *arguments: Any, **more: Any) -> Iterator[Pages]:
    found = Pages(meter, *arguments, **more)
    try:
        yield found
    finally:
        found.close()


def events(answer: httpx.Response) -> Iterator[tuple[str, Any]]:
    """Name and data of each event (WHATWG HTML, 9.2.6)."""
    name = ""
    for line in answer.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def raw(port: int, *lines: str, body: bytes = b"", timeout: float = PATIENCE) -> socket.socket:
    """A request written by hand."""
    client = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    client.sendall("\r\n".join([*lines, "", ""]).encode() + body)
    return client
