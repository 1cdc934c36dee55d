"""`x96 configure` in the loop of simulated meters, or as a process."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from smartx96.modbus.client.policy import Policy
from smartx96.simulation.simulated_meter import SimulatedMeter
from smartx96.web.configure.server import ConfigureServer
from support.running import X96

PATIENCE = 60.0


class Configured:
    """The server of the page in the loop of a simulated meter.

    Attributes
    ----------
    notes : list of str
        What the console was told.
    """

    def __init__(self, meter: SimulatedMeter, policy: Policy) -> None:
        self.meter, self.notes = meter, list[str]()
        self._thread = meter._simulation.thread
        self.told = self._thread.run(self._start(policy), PATIENCE)
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE, trust_env=False
        )

    async def _start(self, policy: Policy) -> list[str]:
        self.server = ConfigureServer(policy, None, (), self.notes.append)
        told = await self.server.start("127.0.0.1", 0)
        self.port = self.server.address[1]
        return told

    def close(self) -> None:
        self.client.close()
        self._thread.run(self.server.close(), PATIENCE)

    def open(self, port: int | None = None, **more: Any) -> str:
        """The path of the meter, opened."""
        place = f"tcp:127.0.0.1:{port or self.meter.tcp[1]}"
        answer = self.client.post("/api/meters", json={"place": place, **more})
        assert answer.status_code == 201, answer.text
        return f"/api/meters/{answer.json()['id']}"

    def plan(self, meter: str, **settings: object) -> dict[str, Any]:
        answer = self.client.post(f"{meter}/plan", json={"settings": settings})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def write(self, meter: str, password: str | None = None, **settings: object) -> dict[str, Any]:
        """The job of writing, once it is over."""
        changes = self.plan(meter, **settings)["changes"]
        body = {"settings": settings, "changes": changes, "password": password}
        return self.over(self.client.post(f"{meter}/write", json=body))

    def over(self, answer: httpx.Response) -> dict[str, Any]:
        """A job, once it is over."""
        assert answer.status_code == 202, answer.text
        job, until = answer.json(), time.monotonic() + PATIENCE
        while job["state"] == "running":
            assert time.monotonic() < until, job
            job = self.client.get(f"/api/jobs/{job['id']}?after={job['version']}").json()
        return dict(job)

    def values(self, meter: str) -> dict[str, Any]:
        return dict(self.client.get(f"{meter}/settings").json()["values"])


@contextmanager
def configured(meter: SimulatedMeter, policy: Policy | None = None) -> Iterator[Configured]:
    found = Configured(meter, policy or Policy(timeout=0.3, retries=1))
    try:
        yield found
    finally:
        found.close()


class ConfigureProcess:
    """`x96 configure` as a process; what it says goes into a file."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self._said = folder / "configure.txt"
        with self._said.open("w") as said:
            self.process = subprocess.Popen(
                [*X96, "configure", "--web", "127.0.0.1:0", "--state", str(folder / "state"),
                 "--timeout", "0.5", "--retries", "1", *arguments],
                stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
                env=os.environ | environment,
            )  # fmt: skip
        self.url = self._address()

    def __enter__(self) -> ConfigureProcess:
        return self

    def __exit__(self, *why: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def said(self) -> str:
        return self._said.read_text()

    def _address(self) -> str:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = re.search(r"page at (http://\S+/)", self.said)
            if found:
                return found[1]
            assert self.process.poll() is None, self.said
            time.sleep(0.05)
        self.process.kill()
        raise AssertionError(self.said)

    def at(self, part: str, port: int, unit: int = 1) -> str:
        """The address of a part of the page, for the meter of a port."""
        return f"{self.url}#/{part}?place=tcp%3A127.0.0.1%3A{port}&unit={unit}"
