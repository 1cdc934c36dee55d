"""HttpSink: a server that takes lines: InfluxDB 1, 2 and 3, and whatever speaks as they do."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from contextlib import suppress

from smartx96.errors import printable
from smartx96.outputs.influx.sink import RefusedError, UnreachableError
from smartx96.outputs.influx.terms import Address, authorization

TIMEOUT = 10.0
"""For an answer [s]."""

_TOLD = 200
_LONGEST_ANSWER = 4096
_TOO_LARGE, _TOO_MANY = 413, 429
_HOPELESS = (400, 422)
"""Lines that were understood and not taken, some or all: again they would not be either."""


class HttpSink:
    """A connection that is kept, and made anew where it broke.

    Parameters
    ----------
    address : Address
    secret : str or None
        A token, or USER:PASSWORD.
    """

    patience = 1.0

    def __init__(self, address: Address, secret: str | None) -> None:
        self.name = str(address)
        self._address = address
        self._headers = {"content-type": "text/plain; charset=utf-8"}
        if secret is not None:
            self._headers["authorization"] = authorization(secret)
        self._connection: http.client.HTTPConnection | None = None

    def write(self, data: bytes) -> None:
        """Post lines."""
        try:
            status, pause, text = self._posted(data)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise UnreachableError(_reason(error)) from None
        if 200 <= status < 300:
            return
        said = f"status {status}{f': {text}' if text else ''}"
        if status in _HOPELESS:
            raise RefusedError(said)
        raise UnreachableError(said, pause, smaller=status == _TOO_LARGE)

    def close(self) -> None:
        """Close the connection; another write makes another one."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
        self._connection = None

    def _posted(self, data: bytes) -> tuple[int, float | None, str]:
        kept = self._connection is not None
        try:
            return self._post(data)
        except (http.client.RemoteDisconnected, ConnectionError):
            # What was kept may have been closed by the other side meanwhile.
            self.close()
            if not kept:
                raise
            return self._post(data)

    def _post(self, data: bytes) -> tuple[int, float | None, str]:
        if self._connection is None:
            self._connection = self._made()
        self._connection.request("POST", self._address.target, data, self._headers)
        answer = self._connection.getresponse()
        body = answer.read(_LONGEST_ANSWER)
        if answer.read(1) or answer.will_close:
            self.close()
        return answer.status, _pause(answer.getheader("retry-after")), _message(body)

    def _made(self) -> http.client.HTTPConnection:
        host, port = self._address.host, self._address.port
        if self._address.secure:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT)


def _pause(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdecimal() and len(text) < 6 else None


def _message(body: bytes) -> str:
    """What a server says of itself, in one line."""
    text = body.decode("utf-8", "replace")
    with suppress(ValueError, RecursionError):
        found = json.loads(text)
        if isinstance(found, dict):
            text = str(found.get("error") or found.get("message") or text)
    return printable(" ".join(text.split()))[:_TOLD]


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate: {error.verify_message}"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return printable(str(error) or type(error).__name__)[:_TOLD]
