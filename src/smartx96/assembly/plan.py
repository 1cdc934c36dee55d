"""Plans: what an installation file asks for, before anything is opened."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from smartx96.errors import OptionError
from smartx96.modbus.functions.request import MAX_READ
from smartx96.modbus.place import Kind, Place
from smartx96.modbus.readings import METER_CODE
from smartx96.modbus.relative import Relative
from smartx96.modbus.terms import CONNECTIONS, IDLE_TIMEOUT
from smartx96.modbus.tls import TlsFiles
from smartx96.models import MODELS, Model
from smartx96.outputs.influx.terms import InfluxTerms
from smartx96.outputs.mqtt.terms import MqttTerms
from smartx96.samples.given.broker import Certificates
from smartx96.settings import Settings, Value

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")

OFF = "off"
"""What is said where there shall be no port, and no state."""

FASTEST = 1e6
"""Largest speed that is a number."""


def speed(value: object) -> float:
    """Seconds of signal per second, as files and options state it; infinity for `max`.

    Raises
    ------
    OptionError
        It is none.
    """
    if value == "max":
        return math.inf
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= FASTEST:
        return float(value)
    raise OptionError("must be a factor above 0, such as 10, or max")


def place(kind: Kind, value: object) -> Place | None:
    """Where meters are read, as files and options state it; None for `off`.

    Raises
    ------
    OptionError
        It is neither.
    """
    if value == OFF:
        return None
    if not isinstance(value, str):
        raise OptionError("must be a text, or off")
    return Place.parse(kind, value)


@dataclass(frozen=True, slots=True)
class WebPlan:
    """Where the page is.

    Parameters
    ----------
    host : str
    port : int
    stated : bool
        Whether somebody has said so; where nobody has, the meters do without it if they must.
    """

    host: str = "127.0.0.1"
    port: int = 8096
    stated: bool = False

    @classmethod
    def parse(cls, value: object) -> WebPlan | None:
        """Where the page is, as files and options state it; None for `off`.

        Raises
        ------
        OptionError
            It is neither.
        """
        try:
            found = place(Kind.TCP, value)
        except OptionError:
            raise OptionError("must be HOST:PORT, such as 127.0.0.1:8096, or off") from None
        return None if found is None else cls(found.where, found.port, stated=True)


def web_name(value: object) -> str:
    """A name of a host, as files and options state it.

    Raises
    ------
    OptionError
        It is none.
    """
    if not isinstance(value, str) or not _HOST.fullmatch(value):
        raise OptionError("must be the name of a host, such as meter.example.org")
    return value.lower()


class SupplyKind(StrEnum):
    """What a meter lives on; the values are those of files."""

    SELF = "self"
    """The voltages that it measures."""
    AUXILIARY = "auxiliary"
    """A voltage of its own that never fails."""


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """Where samples come from.

    Parameters
    ----------
    text : str
        As `smartx96.samples.sources.open_source` takes it; paths no longer depend on the folder.
    channels, rate, scale, side, start, stop, format, stream, dataset, keep_skew, stale,
    stale_after, values_tls
        Options of that function; None where nothing is said.
    """

    text: str = "mains"
    channels: str | None = None
    rate: float | None = None
    scale: str | None = None
    side: str | None = None
    start: float | None = None
    stop: float | None = None
    format: str | None = None
    stream: str | None = None
    dataset: str | None = None
    keep_skew: bool | None = None
    stale: str | None = None
    stale_after: float | None = None
    values_tls: Certificates | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Every option by the name under which `open_source` takes it."""
        return {f.name: getattr(self, f.name) for f in fields(self)[1:]}


@dataclass(frozen=True, slots=True)
class ProfilePlan:
    """What a load profile holds.

    Parameters
    ----------
    quantities : tuple of str or None
        Ids of its columns; None is the usual ones.
    size : int or None
        Rows that are kept; None is the usual number.
    """

    quantities: tuple[str, ...] | None = None
    size: int | None = None


PORTS: Mapping[Kind, Place] = {Kind.TCP: Place(Kind.TCP, "127.0.0.1", 5020)}
"""Where meters are read unless told."""


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """On which terms meters are read and set.

    Parameters
    ----------
    max_read : int
        Most registers of one read.
    read_only : bool
        Whether everything written is refused.
    connections : int
        Most TCP clients of a port at once.
    idle : float
        A TCP client that sends nothing for so long is dropped [s].
    turnaround : float
        From the end of a frame on a line to the answer [ms].
    allow : tuple of str
        Addresses and networks that may connect; empty is everybody.
    faults : str or None
        What is done to answers, for those who test their clients.
    tls : TlsFiles or None
        None speaks in clear.
    trace : str or None
        File of the exchanges; empty shows a table at the end.
    capture : str or None
        File of what passes on the wires.
    """

    max_read: int = MAX_READ
    read_only: bool = False
    connections: int = CONNECTIONS
    idle: float = IDLE_TIMEOUT
    turnaround: float = 0.0
    allow: tuple[str, ...] = ()
    faults: str | None = None
    tls: TlsFiles | None = None
    trace: str | None = None
    capture: str | None = None


@dataclass(frozen=True, slots=True)
class MeterPlan:
    """One meter of an installation.

    Parameters
    ----------
    name : str
        By which its state, readings and errors are told from those of others.
    source : SourcePlan
    model : Model
    changes : Mapping
        Settings that the file states, by id, as `Settings` take them. `system_type` is among them
        only where a wiring is stated; elsewhere the source tells it.
    subgroups : bool
        Whether harmonics and THD are those of subgroups.
    supply : SupplyKind
    profile : ProfilePlan
    pulses : tuple of str
        Where pulses go: paths of files, `gpio:...`.
    tariffs : Path or None
        Calendar of the tariffs.
    front_end : str or None
        Preset or file of what stands between the source and the samples; None is nothing.
    ports : mapping of Kind to Place
        Where it is read.
    meter_code : int
        Type code by which clients choose their register map.
    serve_as : Relative or None
        Model as which it is served; None is its own.
    interval : float or None
        Length of windows that are made of phasors [s]; None is 10 or 12 cycles.
    place : str
        File and table, for the line of an error.
    """

    name: str
    source: SourcePlan = field(default_factory=SourcePlan)
    model: Model = MODELS["X96-5A"]
    changes: Mapping[str, Value] = field(default_factory=dict)
    subgroups: bool = False
    supply: SupplyKind = SupplyKind.SELF
    profile: ProfilePlan = field(default_factory=ProfilePlan)
    pulses: tuple[str, ...] = ()
    tariffs: Path | None = None
    front_end: str | None = None
    ports: Mapping[Kind, Place] = field(default_factory=lambda: dict(PORTS))
    meter_code: int = METER_CODE
    serve_as: Relative | None = None
    interval: float | None = None
    place: str = ""

    @property
    def settings(self) -> Settings:
        """Settings of a new meter of this plan."""
        return Settings(self.changes)


@dataclass(frozen=True, slots=True)
class InstallationPlan:
    """What a process runs.

    Parameters
    ----------
    meters : tuple of MeterPlan
        At least one; names differ, and at every place unit addresses.
    state : Path or None
        Folder of what survives; None is the usual one.
    service : ServicePlan
    speed : float
        Seconds of signal per second; infinity is as fast as it goes.
    seconds : float or None
        Length of the run [s of signal]; None is without an end.
    once : bool
        Whether a recording ends the run, which otherwise repeats.
    web : WebPlan or None
        Where the page is; None is nowhere.
    web_names : tuple of str
        Names of hosts under which it is reached beside its own, as a reverse proxy has one.
    new_web_token : bool
        Whether another token for it takes the place of the one that was.
    mqtt : MqttTerms or None
        How meters are published by MQTT; None is not at all.
    influx : InfluxTerms or None
        Where lines of the InfluxDB protocol go; None is nowhere.
    """

    meters: tuple[MeterPlan, ...]
    state: Path | None = None
    service: ServicePlan = ServicePlan()
    speed: float = 1.0
    seconds: float | None = None
    once: bool = False
    web: WebPlan | None = WebPlan()
    web_names: tuple[str, ...] = ()
    new_web_token: bool = False
    mqtt: MqttTerms | None = None
    influx: InfluxTerms | None = None
