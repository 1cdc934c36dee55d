"""mosquitto as a process of a test's own, and clients of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.certificates import Authority
from support.ports import free_port

PATIENCE = 60.0


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed; `make test` installs Debian's mosquitto")
    return found


class Broker:
    """mosquitto on a free port of this computer.

    Parameters
    ----------
    folder : Path
        Of its files.
    lines : str
        Of its configuration, beside the port.
    """

    def __init__(self, folder: Path, *lines: str) -> None:
        self.port, self.folder = free_port(), folder
        self.configuration = folder / "mosquitto.conf"
        # Started by root it would become a user who cannot read the test's files.
        own = ("user root",) if os.getuid() == 0 else ()
        said = (*own, *(lines or ("allow_anonymous true",)))
        self.configuration.write_text("\n".join([f"listener {self.port} 127.0.0.1", *said, ""]))
        self.start()

    def start(self) -> None:
        with (self.folder / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen(
                [program("mosquitto"), "-c", str(self.configuration)], stdout=log, stderr=log
            )
        self.listens()

    def listens(self) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, (self.folder / "mosquitto.log").read_text()
                assert time.monotonic() < until
                time.sleep(0.02)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait(PATIENCE)

    def knows_another(self) -> bool:
        """Whether others than meters and mosquitto's own clients connected since its start."""
        lines = (self.folder / "mosquitto.log").read_text().splitlines()
        begun = max(n for n, line in enumerate(lines) if " starting" in line)
        names = re.findall(r"New client connected from \S+ as (\S+)", "\n".join(lines[begun:]))
        return any(not name.startswith(("x96-", "auto-")) for name in names)

    def freeze(self) -> None:
        """It neither reads nor answers, and its connections stand."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def url(self, user: str = "", prefix: str = "", scheme: str = "mqtt") -> str:
        return f"{scheme}://{user and user + '@'}127.0.0.1:{self.port}{prefix and '/' + prefix}"


def encrypted(folder: Path) -> tuple[Broker, str, tuple[str, ...]]:
    """A broker that shows a certificate of an authority of its own, and asks for one.

    Returns
    -------
    tuple
        The broker, our files as options of `x96` state them, and those of mosquitto's clients.
    """
    authority = Authority(folder / "known")
    certificate, key = authority.sign("broker")
    ours, our_key = authority.sign("meter")
    key.chmod(0o644)
    broker = Broker(
        folder, "allow_anonymous true", f"cafile {authority.certificate}",
        f"certfile {certificate}", f"keyfile {key}", "require_certificate true",
    )  # fmt: skip
    login = ("--cafile", str(authority.certificate), "--cert", str(ours), "--key", str(our_key))
    return broker, f"{authority.certificate},{ours},{our_key}", login


def say(broker: Broker, topic: str, payload: str, *arguments: str) -> None:
    """Publish by mosquitto's own client."""
    done = subprocess.run(
        [program("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(broker.port), "-t", topic,
         "-m", payload, *arguments],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


class Ear:
    """Everything that mosquitto's own client hears, from what the broker keeps on.

    Attributes
    ----------
    heard : list of (str, str, bool)
        Topic, payload, and whether the broker had kept it.
    """

    def __init__(self, broker: Broker, *arguments: str, topic: str = "#") -> None:
        self.heard: list[tuple[str, str, bool]] = []
        self.process = subprocess.Popen(
            [program("mosquitto_sub"), "-h", "127.0.0.1", "-p", str(broker.port), "-t", topic,
             "-F", "%r %t %p", "-q", "1", *arguments],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def __enter__(self) -> Ear:
        return self

    def __exit__(self, *raised: object) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)
        self._thread.join()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                kept, topic, *payload = line.rstrip("\n").split(" ", 2)
                self.heard.append((topic, payload[0] if payload else "", kept == "1"))

    def of(self, topic: str) -> list[str]:
        return [payload for heard, payload, _ in list(self.heard) if heard == topic]

    def documents(self, topic: str) -> list[dict[str, Any]]:
        return [json.loads(payload) for payload in self.of(topic)]

    def waits(self, condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        """What a condition gives once it holds."""
        until = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < until, [topic for topic, *_ in self.heard]
            time.sleep(0.01)
        return found

    def next(self, topic: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next message of a topic from now on."""
        count = len(self.of(topic))
        self.waits(lambda: len(self.of(topic)) > count, seconds)
        return self.documents(topic)[count]
