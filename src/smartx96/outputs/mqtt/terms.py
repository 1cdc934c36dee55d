"""Terms: at which broker meters are published, under what, and how often."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from smartx96.errors import OptionError
from smartx96.samples.given.broker import PASSWORD_VARIABLE, PORTS, Certificates

PREFIX = "x96"
"""What topics begin with unless told."""

DISCOVERY = "homeassistant"
"""What the topics begin with on which Home Assistant looks for devices, unless it was told."""

INTERVAL = 10.0
"""From one message of readings to the next, unless told [s]."""

LONGEST_PREFIX = 200

_LARGEST_PASSWORD = 65_535
"""MQTT 5.0, 3.1.3.6 [bytes]."""

_TOPIC = re.compile(r"[^\s+#/\x00]+(/[^\s+#/\x00]+)*")


def topic_prefix(value: object) -> str:
    """What topics begin with, as files and options state it.

    Raises
    ------
    OptionError
        It is no part of a topic.
    """
    fits = isinstance(value, str) and len(value) <= LONGEST_PREFIX and value.isprintable()
    if not fits or not _TOPIC.fullmatch(str(value)) or str(value).startswith("$"):
        raise OptionError("must be parts of a topic, such as x96 or house/meters, without + # $")
    return str(value)


def discovery_prefix(value: object) -> str | None:
    """Where Home Assistant looks for devices, as files and options state it; None for `off`.

    Raises
    ------
    OptionError
        It is neither.
    """
    return None if value == "off" else topic_prefix(value)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is, and what topics there begin with.

    Parameters
    ----------
    host : str
    port : int
    tls : bool
    user : str or None
    prefix : str
    """

    host: str
    port: int
    tls: bool = False
    user: str | None = None
    prefix: str = PREFIX

    @classmethod
    def parse(cls, value: object) -> Broker:
        """From `mqtt[s]://[USER@]HOST[:PORT][/PREFIX]`.

        Raises
        ------
        OptionError
            It is something else, or holds a password, which everybody would see.
        """
        text = value if isinstance(value, str) else ""
        try:
            parts = urlsplit(text)
            port = parts.port if parts.port is not None else PORTS[parts.scheme]
        except (KeyError, ValueError):
            parts, port = urlsplit(""), 0
        if parts.password is not None:
            raise OptionError(f"no password here: put it in the variable {PASSWORD_VARIABLE}")
        odd = not text.isprintable() or any(sign in text for sign in "?# ")
        if not parts.hostname or not port or odd:
            raise OptionError(
                "must be mqtt://[USER@]HOST[:PORT][/PREFIX], or mqtts:// for TLS, such as "
                "mqtt://broker.local/x96"
            )
        prefix = unquote(parts.path.strip("/"))
        user = unquote(parts.username) if parts.username else None
        return cls(parts.hostname, port, parts.scheme == "mqtts", user,
                   topic_prefix(prefix) if prefix else PREFIX)  # fmt: skip

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class MqttTerms:
    """How meters are published.

    Parameters
    ----------
    broker : Broker
    interval : float
        From one message of readings to the next [s].
    discovery : str or None
        Where Home Assistant looks for devices; None tells it nothing.
    harmonics : bool
        Whether harmonics are published too.
    tls : Certificates
    password_file : Path or None
        That holds the user's password; None is the environment variable.
    """

    broker: Broker
    interval: float = INTERVAL
    discovery: str | None = DISCOVERY
    harmonics: bool = False
    tls: Certificates = field(default_factory=Certificates)
    password_file: Path | None = None

    def context(self) -> ssl.SSLContext | None:
        """What is spoken with the broker beneath MQTT; None is in clear.

        Raises
        ------
        OptionError
            Files that cannot be used, or that nothing is encrypted with.
        """
        return self.tls.beneath(tls=self.broker.tls)

    def password(self, environment: Mapping[str, str] = os.environ) -> str | None:
        """The user's password, of the file or else of the environment.

        Raises
        ------
        OptionError
            The file cannot be read, or everybody can; there is a password and no user.
        """
        if self.broker.user is None:
            if self.password_file is not None:
                raise OptionError(
                    f"{self.password_file}: whose password? Give mqtt://USER@{self.broker}"
                )
            return None
        if self.password_file is None:
            return environment.get(PASSWORD_VARIABLE)
        return _read(self.password_file)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_PASSWORD + 1)
            mode = os.fstat(file.fileno()).st_mode
        found = text.decode().rstrip("\r\n")
    except OSError as error:
        raise OptionError(f"{path}: {error.strerror}; give a file with the password") from None
    except UnicodeDecodeError:
        raise OptionError(f"{path}: no text; give a file with the password alone") from None
    if os.name == "posix" and mode & 0o007:
        raise OptionError(f"{path}: can be read or written by everybody: chmod 600 {path}")
    if not found or len(text) > _LARGEST_PASSWORD or not found.isprintable():
        raise OptionError(f"{path}: must hold the password alone, on one line")
    return found
