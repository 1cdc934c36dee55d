"""Link: one connection to a broker, from the attempt to its end.

paho-mqtt has a thread of its own for the network; everything here is called in the event loop, and
what comes from the thread is handed over to it. A link that has ended is never used again: what it
had not delivered would arrive late, after what is newer.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from smartx96.errors import MissingExtraError, X96Error
from smartx96.outputs.mqtt.terms import Broker
from smartx96.outputs.mqtt.topics import Message
from smartx96.samples.given.broker import PASSWORD_VARIABLE, unreached

if TYPE_CHECKING:
    from paho.mqtt.client import Client
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

AT_LEAST_ONCE = 1
"""Quality of service of everything: so it is known what has arrived."""

KEEPALIVE = 15
"""Longest silence of a link [s]; a broker says that we are gone half as long after it."""

PATIENCE = 10.0
"""Longest wait for a broker's answer to a connection [s]."""

_FAREWELL = 0.5
"""Longest wait for the end of a link that we leave [s]."""

_UNSUPPORTED_VERSION = 0x84
_DENIED = (0x86, 0x87)
"""Reason codes (MQTT 5.0, 3.2.2.2)."""

_MOST_IN_FLIGHT = 10
"""Messages at once without an answer: a broker closes links with more than it allows (MQTT 5.0,
4.9), and of those that are in use HiveMQ allows least; paho cannot go by what it says."""

Received = Callable[[str, bytes], None]
Refused = Callable[[str, str], None]


class BrokerError(X96Error, OSError):
    """A broker that cannot be reached, or does not want us.

    Parameters
    ----------
    text : str
    older : bool
        Whether an older version of the protocol may help.
    """

    def __init__(self, text: str, *, older: bool = False) -> None:
        super().__init__(text)
        self.older = older


class Link:
    """A connection that carries messages out, and those of a few topics in.

    Parameters
    ----------
    broker : Broker
    password : str or None
    context : ssl.SSLContext or None
        None is in clear.
    will : Message
        What the broker publishes when we vanish.
    received : callable
        Called with the topic and payload of what comes in.
    refused : callable
        Called with a topic that the broker does not take, and why.
    newest : bool
        Whether MQTT 5 is spoken, and not 3.1.1.

    Attributes
    ----------
    acknowledged : float
        When the broker last said that something has arrived [s since 1970].

    Raises
    ------
    MissingExtraError
        The library is not installed.
    """

    def __init__(self, broker: Broker, password: str | None, context: ssl.SSLContext | None,
                 will: Message, received: Received, refused: Refused, *,
                 newest: bool = True) -> None:  # fmt: skip
        self._loop = asyncio.get_running_loop()
        self._broker, self._received, self._refused = broker, received, refused
        self._connected: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[str] = self._loop.create_future()
        self._waiting: dict[int, Message] = {}
        self._topics: Counter[str] = Counter()
        self._newest, self.acknowledged = newest, time.time()
        self._client = self._made(password, context, will)

    async def open(self) -> None:
        """Connect.

        Raises
        ------
        BrokerError
            It cannot be; the link has ended.
        """
        client, broker = self._client, self._broker
        try:
            await asyncio.to_thread(client.connect, broker.host, broker.port, KEEPALIVE)
        except (OSError, ValueError) as error:
            raise BrokerError(unreached(error)) from None
        client.loop_start()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._connected
        except TimeoutError:
            self._cut()
            raise BrokerError("no answer to the connection; is it an MQTT broker?") from None
        except BaseException:
            self._cut()
            raise

    async def ended(self) -> str:
        """Wait for the end; why it was."""
        return await asyncio.shield(self._ended)

    @property
    def undelivered(self) -> list[Message]:
        """What was published and is not known to have arrived, in its order."""
        return list(self._waiting.values())

    def is_free(self, topic: str) -> bool:
        """Whether nothing of a topic is on its way."""
        return topic not in self._topics

    def publish(self, message: Message) -> None:
        """Send a message as soon as can be; never waits."""
        properties, retain = None, message.retain
        if message.life is not None:
            # Before MQTT 5 a broker keeps for ever what it keeps.
            properties, retain = self._expiring(message.life), retain and self._newest
        info = self._client.publish(
            message.topic, message.payload, AT_LEAST_ONCE, retain, properties
        )
        self._waiting[info.mid] = message
        self._topics[message.topic] += 1

    def subscribe(self, topic: str) -> None:
        """Have what comes in on a topic."""
        self._client.subscribe(topic, AT_LEAST_ONCE)

    async def delivered(self, seconds: float) -> None:
        """Wait until everything has arrived, so long at most [s]."""
        until = self._loop.time() + seconds
        while self._waiting and not self._ended.done() and self._loop.time() < until:
            await asyncio.sleep(0.005)

    async def close(self) -> None:
        """Take leave of the broker, who then does not publish the will."""
        self._client.disconnect()
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await self.ended()
        self._cut()

    def _cut(self) -> None:
        """End the connection, and with it paho's thread, whatever state they are in."""
        self._client.on_connect = self._client.on_disconnect = None
        found = self._client.socket()
        if isinstance(found, socket.socket):
            with suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)

    def _expiring(self, seconds: int) -> Properties | None:
        if not self._newest:
            return None
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        found = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        found.MessageExpiryInterval = seconds
        return found

    def _made(self, password: str | None, context: ssl.SSLContext | None, will: Message) -> Client:
        client = new_client(newest=self._newest)
        if self._broker.user is not None:
            client.username_pw_set(self._broker.user, password)
        if context is not None:
            client.tls_set_context(context)
        client.will_set(will.topic, will.payload, AT_LEAST_ONCE, retain=will.retain)
        client.max_inflight_messages_set(_MOST_IN_FLIGHT)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = lambda client, data, message: self._call(
            self._received, message.topic, bytes(message.payload)
        )
        return client

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        """Hand something over from paho's thread; a loop that is closed needs nothing any more."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *arguments)

    def _on_connect(self, client: Client, data: Any, flags: Any, code: ReasonCode,
                    properties: Any) -> None:  # fmt: skip
        self._call(self._answered, code)

    def _on_disconnect(self, client: Client, data: Any, flags: Any, code: ReasonCode,
                       properties: Any) -> None:  # fmt: skip
        self._call(self._lost, str(code))

    def _on_publish(self, client: Client, data: Any, mid: int, code: ReasonCode,
                    properties: Any) -> None:  # fmt: skip
        self._call(self._arrived, mid, str(code) if code.is_failure else "")

    def _answered(self, code: ReasonCode) -> None:
        if self._connected.done():
            return
        if not code.is_failure:
            self._connected.set_result(None)
            return
        text, denied = f"it refuses us: {code}", code.value in _DENIED
        if denied:
            text += f"; check the user and {PASSWORD_VARIABLE}"
        older = self._newest and code.value == _UNSUPPORTED_VERSION
        self._connected.set_exception(BrokerError(text, older=older))

    def _lost(self, reason: str) -> None:
        if not self._ended.done():
            self._ended.set_result(reason)
        if not self._connected.done():
            # So older brokers answer to what they do not understand.
            error = BrokerError("it ended the connection at once", older=self._newest)
            self._connected.set_exception(error)

    def _arrived(self, mid: int, failure: str) -> None:
        message = self._waiting.pop(mid, None)
        if message is None:
            return
        self.acknowledged = time.time()
        self._topics -= Counter([message.topic])
        if failure:
            self._refused(message.topic, failure)


def new_client(*, newest: bool = True) -> Client:
    """A client of paho-mqtt that does not connect anew by itself.

    Raises
    ------
    MissingExtraError
        The library is not installed.
    """
    try:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
    except ImportError:
        raise MissingExtraError(
            "MQTT needs paho-mqtt, which is not installed: pip install 'smartx96[mqtt]'"
        ) from None
    return Client(
        CallbackAPIVersion.VERSION2,
        f"x96-{secrets.token_hex(6)}",
        protocol=MQTTProtocolVersion.MQTTv5 if newest else MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,
    )
