"""Plans: what an installation file asks for, before anything is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from smartx96.models import MODELS, Model
from smartx96.settings import Settings, Value


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
    channels, rate, scale, side, start, stop, format, stream, dataset
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
        At least one; names differ, and unit addresses where Modbus listens.
    state : Path or None
        Folder of what survives; None is the usual one.
    tcp : (str, int) or None
        Host and port of Modbus TCP; None does not listen.
    speed : float
        Seconds of signal per second; infinity is as fast as it goes.
    seconds : float or None
        Length of the run [s of signal]; None is without an end.
    once : bool
        Whether a recording ends the run, which otherwise repeats.
    """

    meters: tuple[MeterPlan, ...]
    state: Path | None = None
    tcp: tuple[str, int] | None = ("127.0.0.1", 5020)
    speed: float = 1.0
    seconds: float | None = None
    once: bool = False
