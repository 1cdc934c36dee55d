"""Source: what sets the points: a person, or a command that a programmable source understands."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
from collections.abc import Iterator
from enum import Enum, auto
from typing import Any, Protocol

from smartx96.errors import OptionError, X96Error
from smartx96.typetest.external.set_points import SetPoint
from smartx96.typetest.external.setting import OFF, command

PATIENCE = 300.0
"""A command that needs longer to set a point hangs [s]."""
_TOLD = 300
"""Signs of a command's own words that a message repeats."""


class Answer(Enum):
    """What whoever sets a point says."""

    SET = auto()
    SKIP = auto()
    END = auto()


class Source(Protocol):
    """Sets points."""

    def set(self, point: SetPoint) -> Answer:
        """Set a point, if it is to be measured."""

    def off(self) -> None:
        """No more points come."""


class CommandSource:
    """A command that gets each point as JSON on its standard input.

    Parameters
    ----------
    text : str
        The command and its arguments, as a shell splits them; no shell runs it.

    Raises
    ------
    OptionError
        There is no command in it.
    """

    def __init__(self, text: str) -> None:
        try:
            self._arguments = shlex.split(text)
        except ValueError as error:
            raise OptionError(f"--set-command {text}: {error}") from None
        if not self._arguments:
            raise OptionError("--set-command: give a command")
        self._text, self._on = text, False

    def set(self, point: SetPoint) -> Answer:
        """Run the command with a point; it has set the point when it ends with 0.

        Raises
        ------
        X96Error
            It does not, or does not end.
        """
        self._on = True
        self._run(command(point), f"point {point.number}")
        return Answer.SET

    def off(self) -> None:
        """Run it once more, so that the source is not left on."""
        if self._on:
            self._on = False
            self._run(OFF, "switching off")

    def _run(self, what: dict[str, Any], name: str) -> None:
        where = f"--set-command {self._text}: {name}"
        try:
            done = subprocess.run(
                self._arguments, input=json.dumps(what) + "\n", text=True, capture_output=True,
                timeout=PATIENCE, check=False, errors="replace",
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise X96Error(f"{where}: does not end within {PATIENCE:g} s") from None
        except OSError as error:
            raise OptionError(f"{where}: cannot be run: {error.strerror}") from None
        if done.returncode:
            lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
            said = f": {lines[-1][-_TOLD:]}" if lines else ""
            raise X96Error(f"{where}: ended with {done.returncode}{said}")


@contextlib.contextmanager
def switched_off(source: Source) -> Iterator[Source]:
    """Switch the source off at the end; where something failed, that is what is told."""
    try:
        yield source
    except BaseException:
        with contextlib.suppress(X96Error):
            source.off()
        raise
    source.off()
