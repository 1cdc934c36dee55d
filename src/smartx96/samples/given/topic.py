"""Topic: messages from an MQTT broker."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from smartx96.errors import MissingExtraError, OptionError
from smartx96.samples.given.broker import PASSWORD_VARIABLE, PORTS, Certificates, unreached

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.reasoncodes import ReasonCode

_SLOWEST = 10
"""Longest pause before it connects anew [s]."""
_AT_LEAST_ONCE = 1


class Topic:
    """Messages of a topic; a broker that is not there is asked again.

    A message that the broker had kept is passed over: nobody knows how old its values are.

    Parameters
    ----------
    where : str
        `mqtt://[USER@]HOST[:PORT]/TOPIC`, or `mqtts://` with TLS. The password is that of the
        environment variable X96_MQTT_PASSWORD.
    certificates : Certificates
        By which the broker is known.

    Attributes
    ----------
    trouble : str
        Why nothing comes, where that is known; otherwise empty.

    Raises
    ------
    OptionError
        It is none, or a certificate cannot be used.
    MissingExtraError
        The library is not installed.
    """

    def __init__(self, where: str, certificates: Certificates) -> None:
        parts = urlsplit(where)
        self._topic = unquote(parts.path.removeprefix("/"))
        try:
            port = parts.port or PORTS[parts.scheme]
        except ValueError:
            port = 0
        if not parts.hostname or not port or not self._topic or parts.password is not None:
            raise OptionError(
                f"values:{parts.scheme}: give mqtt://[USER@]HOST[:PORT]/TOPIC, and a password in "
                f"the variable {PASSWORD_VARIABLE}"
            )
        try:
            context = certificates.beneath(tls=parts.scheme == "mqtts")
        except OptionError as error:
            raise OptionError(f"values:{parts.scheme}: {error}") from None
        self.trouble, self.ended = "", False
        self._client = _client()
        self._client.on_connect = self._connected
        self._client.on_connect_fail = self._unreachable
        self._client.on_disconnect = self._lost
        self._client.on_subscribe = self._subscribed
        self._client.reconnect_delay_set(1, _SLOWEST)
        if parts.username:
            self._client.username_pw_set(unquote(parts.username), os.environ.get(PASSWORD_VARIABLE))
        if context is not None:
            self._client.tls_set_context(context)
        self._where = parts.hostname, port

    def begin(self, take: Callable[[bytes], None]) -> None:
        """Begin to call `take` with each message, in a thread of the library's."""
        self._take = take
        self._client.on_message = self._received
        self._client.connect_async(*self._where)
        self._client.loop_start()

    def close(self) -> None:
        """Bring no more."""
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: Client, data: Any, flags: Any, code: ReasonCode,
                   properties: Any) -> None:  # fmt: skip
        if code.is_failure:
            self.trouble = f"the broker refuses us: {code}; check the user and {PASSWORD_VARIABLE}"
            return
        self.trouble = ""
        # Anew with each connection: the broker may have forgotten.
        client.subscribe(self._topic, _AT_LEAST_ONCE)

    def _unreachable(self, client: Client, data: Any) -> None:
        # It is called where the attempt failed, and is not told why.
        error = sys.exception()
        why = f": {unreached(error)}" if isinstance(error, Exception) else ""
        self.trouble = f"the broker cannot be reached{why}"

    def _lost(self, client: Client, data: Any, flags: Any, code: ReasonCode,
              properties: Any) -> None:  # fmt: skip
        # A refusal says more than the end of the connection that follows it.
        self.trouble = self.trouble or "the broker has gone"

    def _subscribed(self, client: Client, data: Any, mid: int, codes: list[ReasonCode],
                    properties: Any) -> None:  # fmt: skip
        if any(code.is_failure for code in codes):
            self.trouble = f"the broker does not let us read {self._topic}"

    def _received(self, client: Client, data: Any, message: MQTTMessage) -> None:
        if message.retain:
            self.trouble = "the broker has kept a message, of which nobody knows how old it is"
            return
        self.trouble = ""
        self._take(bytes(message.payload))


def _client() -> Client:
    try:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion
    except ImportError:
        raise MissingExtraError(
            "values:mqtt needs paho-mqtt, which is not installed: pip install 'smartx96[mqtt]'"
        ) from None
    return Client(CallbackAPIVersion.VERSION2)
