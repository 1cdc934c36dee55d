"""Home Assistant's core as a process of a test's own, asked over its own interfaces."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from support.ports import free_port

FOLDER = Path(__file__).resolve().parents[2] / "build" / "mqtt"
DRIVERS = Path(__file__).resolve().parents[1] / "clients" / "drivers"

PATIENCE = 60.0

_CONFIGURATION = """\
http:
  server_host: 127.0.0.1
  server_port: {port}
api:
config:
onboarding:
energy:
"""

_ENTRY = {
    "created_at": "2026-01-01T00:00:00+00:00", "modified_at": "2026-01-01T00:00:00+00:00",
    "data": {"broker": "127.0.0.1", "discovery": True}, "disabled_by": None,
    "discovery_keys": {}, "domain": "mqtt", "entry_id": "0" * 32, "minor_version": 2,
    "options": {}, "pref_disable_new_entities": False, "pref_disable_polling": False,
    "source": "user", "subentries": [], "title": "mqtt", "unique_id": None, "version": 1,
}  # fmt: skip
"""The MQTT integration as its dialogue would have set it up."""


def _python() -> str:
    if not (FOLDER / ".ready").exists():
        pytest.skip("Home Assistant is not installed; `make test` installs it")
    missing = dict(
        line.split(": ", 1) for line in (FOLDER / "missing").read_text("utf-8").splitlines()
    )
    if "home-assistant" in missing:
        pytest.skip(f"home-assistant: {missing['home-assistant']}")
    return str(FOLDER / "home-assistant" / "bin" / "python")


class HomeAssistant:
    """A new Home Assistant that knows a broker, and nothing of meters.

    Parameters
    ----------
    folder : Path
        Of its configuration.
    broker : int
        Port.
    """

    def __init__(self, folder: Path, broker: int) -> None:
        self._python, self.folder, self.port = _python(), folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / ".storage").mkdir(parents=True)
        (folder / "configuration.yaml").write_text(_CONFIGURATION.format(port=self.port))
        entry = _ENTRY | {"data": {**_ENTRY["data"], "port": broker}}
        (folder / ".storage/core.config_entries").write_text(
            json.dumps({"version": 1, "minor_version": 5, "key": "core.config_entries",
                        "data": {"entries": [entry]}})
        )  # fmt: skip
        self.start()
        self.token = self._owner()

    def start(self) -> None:
        with (self.folder / "printed.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self._python, str(DRIVERS / "home_assistant_core.py"), str(self.folder)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.waits(self._listens)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()

    @property
    def complaints(self) -> list[str]:
        """What its log has of discovery and entities that is worse than information."""
        lines = (self.folder / "printed.log").read_text("utf-8").splitlines()
        bad = (line for line in lines if " WARNING " in line or " ERROR " in line)
        about = (
            ".mqtt.discovery",
            ".mqtt.entity",
            ".mqtt.models",
            ".sensor",
            ".event",
            ".energy",
            "entity",
        )
        return [line for line in bad if any(word in line for word in about)][:10]

    def waits(self, condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        until = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < until, "\n".join(self.complaints)
            assert self.process.poll() is None
            time.sleep(0.1)
        return found

    def states(self, part: str = "smart_x96") -> dict[str, dict[str, Any]]:
        """States of the entities whose ids have a part, by id."""
        found = self._call("/api/states", token=self.token)
        return {state["entity_id"]: state for state in found if part in state["entity_id"]}

    def state(self, id: str) -> str:
        found = self.states(id).get(id)
        return "" if found is None else str(found["state"])

    def ask(self, *commands: dict[str, Any]) -> list[Any]:
        """What WebSocket commands give."""
        done = subprocess.run(
            [self._python, str(DRIVERS / "home_assistant_asks.py"), f"{self.url}/api/websocket",
             self.token, json.dumps(commands)],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout))

    def _listens(self) -> bool:
        try:
            self._call("/api/onboarding")
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def _owner(self) -> str:
        """Enter the owner, as the first visitor does; a token of his."""
        client = f"{self.url}/"
        owner = {
            "client_id": client,
            "name": "o",
            "username": "o",
            "password": "x",
            "language": "en",
        }
        code = self._call("/api/onboarding/users", json.dumps(owner))["auth_code"]
        grant = {"grant_type": "authorization_code", "code": code, "client_id": client}
        return str(self._call("/auth/token", urlencode(grant))["access_token"])

    def _call(self, path: str, body: str | None = None, *, token: str = "") -> Any:
        kind = "application/json" if body and body.startswith("{") else (
            "application/x-www-form-urlencoded")  # fmt: skip
        headers = {"Content-Type": kind, "Authorization": f"Bearer {token}"}
        data = None if body is None else body.encode()
        request = urllib.request.Request(
            f"{self.url}{path}", data, headers if token or data else {}
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)


def validated(payloads: list[Any]) -> list[list[list[str]]]:
    """Which components of discovery payloads its own validation refuses, and why."""
    done = subprocess.run(
        [_python(), str(DRIVERS / "home_assistant_validates.py")], input=json.dumps(payloads),
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))
