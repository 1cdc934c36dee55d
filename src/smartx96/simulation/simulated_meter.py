"""SimulatedMeter: one meter of a simulation, as a test holds it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Unpack

from smartx96.errors import OptionError
from smartx96.meter.clock import moment
from smartx96.meter.commands import ChangeSettings, Command, Reset, Resettable
from smartx96.meter.pulse import OUTPUTS, Pulse
from smartx96.meter.snapshot import Snapshot
from smartx96.quantities import TABLE
from smartx96.samples.operating_point import Changes, OperatingPoint
from smartx96.settings import BY_ID, Settings, coded
from smartx96.simulation.building import TEST
from smartx96.simulation.simulation import PATIENCE, Simulation

if TYPE_CHECKING:
    from smartx96.simulation.building import Built

LONGEST = timedelta(days=3660)
"""Longest step of time."""

_FADING = 0.6
"""How long a meter without voltage takes until it goes off, and a window more [s]."""


class SimulatedMeter:
    """A live meter in a test: set what it measures, read what its clients read.

    Its time stands still but for the steps of the test: `set` takes one window of 0.2 s, `advance`
    as long as it says. The same steps give the same registers. Several meters of one simulation
    share ports and time.

    Parameters
    ----------
    simulation : Simulation
    number : int
        Which of its meters, from 0.
    """

    def __init__(self, simulation: Simulation, number: int = 0) -> None:
        self._simulation, self._number = simulation, number

    def __enter__(self) -> SimulatedMeter:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close()

    def __repr__(self) -> str:
        live = self._built.live
        where = [f"{self.tcp[0]}:{self.tcp[1]}"] if self._simulation.ports.tcp else []
        where += [self.rtu] if self._simulation.ports.rtu else []
        ports = ", ".join(where) or "no port"
        model, wiring = live.configuration.model.name, live.configuration.wiring
        return f"<SimulatedMeter: {model}, {wiring}, {ports}, unit {self.unit}>"

    def __getitem__(self, id: str) -> float | int | None:
        """Value of a quantity, or as `id[n]` of a harmonic; None where not available.

        Raises
        ------
        KeyError
            There is no such quantity.
        """
        return self.snapshot()[id]

    @property
    def _built(self) -> Built:
        return self._simulation.built[self._number]

    @property
    def meters(self) -> tuple[SimulatedMeter, ...]:
        """All meters of the simulation, this one among them."""
        count = len(self._simulation.built)
        return tuple(
            self if n == self._number else SimulatedMeter(self._simulation, n) for n in range(count)
        )

    @property
    def tcp(self) -> tuple[str, int]:
        """Host and port of Modbus TCP.

        Raises
        ------
        OptionError
            It was not asked for.
        """
        found = self._simulation.ports.tcp
        if found is None:
            raise OptionError("the meter has no TCP port, or is closed: simulate with tcp=True")
        return found

    @property
    def rtu(self) -> str:
        """Path of the pseudo-terminal on which Modbus RTU is spoken.

        Raises
        ------
        OptionError
            It was not asked for.
        """
        found = self._simulation.ports.rtu
        if found is None:
            raise OptionError("the meter has no line, or is closed: simulate with rtu=True")
        return found

    @property
    def unit(self) -> int:
        """Modbus address."""
        return self.settings.number("unit_address")

    @property
    def settings(self) -> Settings:
        """What the meter is set to, as it stands."""
        return self._built.live.configuration.settings

    @property
    def point(self) -> OperatingPoint:
        """Voltages and currents as they are set."""
        return self._built.source.point

    @property
    def time(self) -> datetime:
        """The meter's clock (UTC)."""
        return moment(self.snapshot().clock)

    @property
    def powered(self) -> bool:
        """Whether the meter has a supply; without one it answers nobody."""
        return self._built.powered

    @property
    def notes(self) -> tuple[str, ...]:
        """What the settings bring about, and what failed: a line each."""
        return tuple(self._simulation.notes)

    def set(self, **changes: Unpack[Changes]) -> None:
        """Set voltages, currents and loads; what is not named stays. Returns when the registers
        show it, one window of the meter's time later.

        One number is for all phases, a list for each of them, with None for what stays. Values are
        on the primary side, as the registers show them.

        Parameters
        ----------
        voltage, current : float or list, optional
            True rms [V, A]; in 3p3w voltages between lines.
        voltage_angle : float or list, optional
            Lead on the phase's place in the sequence [degrees].
        power_factor : float or list, optional
            Active over apparent power, negative on export.
        leading : bool or list, optional
            Whether the current of a power factor leads.
        phase_angle : float or list, optional
            Lag of the current's fundamental, in place of a power factor [degrees].
        active_power, reactive_power : float or list, optional
            One number is the total. The current follows, and with both the angle; an active power
            with a current makes the power factor [W, var].
        voltage_harmonics, current_harmonics : dict, or list of them, optional
            `{order: percent}` of the fundamental, or `{order: (percent, degrees)}`, the angle
            against the voltage's fundamental.
        voltage_thd, current_thd : float or list, optional
            [%]; the harmonics keep their proportions, and are the 5th alone where there are none.
        frequency : float, optional
            [Hz]
        reverse : bool, optional
            The phases follow each other L1, L3, L2.

        Raises
        ------
        OptionError
            A value is not allowed, or cannot be had with the others; nothing is changed.
        """
        self._change(partial(self._built.set, changes))

    def advance(self, *, days: float = 0.0, hours: float = 0.0, minutes: float = 0.0,
                seconds: float = 0.0, to: datetime | str | None = None) -> None:  # fmt: skip
        """Let time pass at once: energies, demands, tariffs and pulses follow.

        Parameters
        ----------
        days, hours, minutes, seconds : float
            Added up.
        to : datetime or str, optional
            Until the meter's clock shows this; without a time zone it is UTC.

        Raises
        ------
        OptionError
            Time does not go back, and not further than ten years at once.
        """
        step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if to is not None:
            if step:
                raise OptionError("advance by a length of time, or to a time: leave one out")
            step = moment_of(to) - self.time
        if not timedelta() <= step <= LONGEST:
            raise OptionError(f"advance by {step}: must be 0 to {LONGEST.days} days")
        if step:
            self._simulation.thread.run(self._simulation.timeline.advance(step.total_seconds()))

    def power_off(self) -> None:
        """Interrupt the supply, voltages and currents alike: the meter answers nobody."""
        self._change(self._built.interrupt, _FADING)

    def power_on(self) -> None:
        """End the interruption; energies, maxima and settings are as they were.

        Raises
        ------
        OptionError
            The meter lives on its voltages, and they are too low for it.
        """
        self._change(self._built.restore)
        if not self.powered:
            raise OptionError(
                "the meter lives on its voltages, and they are too low: set others, or simulate "
                'with supply="auxiliary"'
            )

    def change(self, **settings: object) -> None:
        """Change settings, all or none, by id; `password` among them sets another one.

        Raises
        ------
        OptionError
            An id is unknown, or a value is not allowed; nothing is changed.
        """
        self.apply(
            ChangeSettings(
                {
                    id: value if id in BY_ID and BY_ID[id].secret else coded(id, value)
                    for id, value in settings.items()
                }
            )
        )

    def reset(self, what: str = "energy") -> None:
        """Clear resettable energies (`energy`), demand maxima (`maxima`), or maxima and the present
        demand (`demand`).
        """
        if not isinstance(what, str) or what.upper() not in Resettable.__members__:
            known = ", ".join(name.lower() for name in Resettable.__members__)
            raise OptionError(f"reset {what!r}: use {known}")
        self.apply(Reset(Resettable[what.upper()]))

    def apply(self, command: Command) -> None:
        """Give the meter any command of `smartx96.meter.commands`, without a password.

        Raises
        ------
        OptionError
            A value is not allowed; nothing is changed.
        """
        self._simulation.thread.run(self._apply(command), PATIENCE)

    def snapshot(self) -> Snapshot:
        """Everything as it is shown."""
        return self._simulation.thread.run(self._snapshot(), PATIENCE)

    def readings(self) -> dict[str, float | int | None]:
        """Every quantity with one value, by id; None where not available."""
        snapshot = self.snapshot()
        return {quantity.id: snapshot[quantity.id] for quantity in TABLE}

    def pulses(self, output: int = 1) -> tuple[Pulse, ...]:
        """Pulses of an output since the begin, the last 100 000 of them at most.

        Raises
        ------
        OptionError
            There is no such output.
        """
        if output not in OUTPUTS:
            raise OptionError(f"output {output!r}: the meter has {' and '.join(map(str, OUTPUTS))}")
        return self._built.pulses.of(output)

    def close(self) -> None:
        """End all meters of the simulation, and let go of ports, thread and files; a second time
        does nothing.
        """
        self._simulation.close()

    def _change(self, change: Callable[[], None], seconds: float = 0.0) -> None:
        simulation = self._simulation
        simulation.thread.run(simulation.timeline.change(change, seconds), PATIENCE)

    async def _apply(self, command: Command) -> None:
        self._built.live.apply(command, TEST)

    async def _snapshot(self) -> Snapshot:
        return self._built.live.snapshot()


def moment_of(time: datetime | str) -> datetime:
    """A time as tests write it, timezone-aware."""
    try:
        found = datetime.fromisoformat(time) if isinstance(time, str) else time
    except ValueError:
        raise OptionError(f"time {time!r}: give date and time, such as 2026-06-21T12:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
