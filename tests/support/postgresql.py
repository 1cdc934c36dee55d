"""A PostgreSQL server of a test's own: a new cluster in a temporary folder, on a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from support.ports import free_port

USER, PASSWORD, DATABASE = "meters", "s3cret/of:meters@home", "postgres"


def programs() -> Path | None:
    """The folder of the newest server that is installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in folders), key=_release, default=None)


def _release(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdecimal() else 0


class Server:
    """A server that is started and stopped; it refuses to run as root, and so runs as another."""

    def __init__(self) -> None:
        found = programs()
        assert found is not None
        self._programs, self.port = found, free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._user: dict[str, object] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("nobody")
            os.chown(self._folder, account.pw_uid, account.pw_gid)
            self._user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        secret = self._folder / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._call("initdb", "-D", self._data, "-U", USER, "-A", "scram-sha-256", "--pwfile",
                   str(secret), "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip

    def __enter__(self) -> Server:
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.remove()

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    @property
    def url(self) -> str:
        """With the password, the signs of which are escaped."""
        return f"postgresql://{USER}:s3cret%2Fof%3Ameters%40home@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def name(self) -> str:
        """What a user is told."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{DATABASE}"

    def start(self) -> None:
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1"
        self._call("pg_ctl", "-D", self._data, "-o", options, "-l", f"{self._folder}/log", "-w",
                   "-t", "60", "start")  # fmt: skip

    def stop(self) -> None:
        """At once, as when the machine goes down."""
        self._call("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        if (self._folder / "data/postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def psql(self, statement: str) -> list[list[str]]:
        """Rows of a statement, by PostgreSQL's own client."""
        command = [str(self._programs / "psql"), "-XAtq", "-F", "\t", "-c", statement, self.url]
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert found.returncode == 0, found.stderr
        return [line.split("\t") for line in found.stdout.splitlines()]

    def _call(self, program: str, *arguments: str) -> None:
        with open(os.devnull, "r+b") as nowhere:
            subprocess.run(
                [self._programs / program, *arguments], cwd=self._folder, stdin=nowhere,
                stdout=nowhere, stderr=nowhere, timeout=120, check=True, **self._user,
            )  # fmt: skip
