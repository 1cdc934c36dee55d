"""The live line of `x96 run`, and what is said of a live input as a whole."""

from __future__ import annotations

import math
import shutil
import sys
import time

import click

from smartx96.meter.snapshot import InputState, Snapshot
from smartx96.quantities import LINES, PHASES

_PAUSE_SECONDS = 0.2
"""Time between them at least [s]."""

_LINE_SECONDS = 10.0
"""Time between lines of readings where the output is no terminal [s of signal]."""


def say(text: str, *, nl: bool = True, err: bool = False) -> None:
    """Print a line; a full disk behind the output ends no meter.

    Raises
    ------
    BrokenPipeError
        Nobody reads any more.
    """
    try:
        click.echo(text, nl=nl, err=err)
    except BrokenPipeError:
        raise
    except OSError:
        return


class LiveLine:
    """Readings in one line: renewed in place on a terminal, as wide as that is; now and then
    elsewhere.

    Parameters
    ----------
    name : str
        Of the meter, where there are several; those have lines of their own, and none is renewed.
    """

    def __init__(self, name: str = "") -> None:
        self._name = f"{name}  " if name else ""
        self._terminal = sys.stdout.isatty() and not name
        self._next = self._told = -math.inf
        self._dry = False
        self._waiting: Snapshot | None = None

    def __call__(self, snapshot: Snapshot) -> None:
        """Take a snapshot."""
        self._waiting = snapshot
        if self._terminal:
            # A line that fills the last column is renewed a line below.
            width = shutil.get_terminal_size().columns - 1
            say(f"\r\x1b[K{line(snapshot, width)}", nl=False)
        elif self._due(snapshot) or _is_dry(snapshot) is not self._dry:
            self._next, self._told = snapshot.time + _LINE_SECONDS, time.monotonic()
            self._dry = _is_dry(snapshot)
            self._waiting = None
            say(self._name + line(snapshot))

    def _due(self, snapshot: Snapshot) -> bool:
        return snapshot.time >= self._next and time.monotonic() >= self._told + _PAUSE_SECONDS

    def close(self) -> None:
        """Leave the last readings to be read."""
        renewal = "\r\x1b[K" if self._terminal else ""
        if self._waiting is not None:
            say(f"{renewal}{self._name}{line(self._waiting)}")


def _is_dry(snapshot: Snapshot) -> bool:
    return not snapshot.powered or (snapshot.input is not None and snapshot.input.dry)


def summary(state: InputState, measured: float) -> str:
    """One line on a live input as a whole."""
    from smartx96.report.numbers import counted

    drift = "not known yet" if state.drift is None else str(state.drift)
    return (
        f"input: {measured:.1f} s measured, {counted(state.outages, 'outage')}, "
        f"{counted(state.gaps, 'gap')}, {counted(state.lost_samples, 'sample')} lost, "
        f"{counted(state.dropped_blocks, 'block')} dropped; "
        f"drift of the sample clock {drift}"
    )


def counter(id: str, number: int) -> str:
    """Some counters are called by a noun (`gaps`), others by what became of samples (`lost`)."""
    from smartx96.report.numbers import counted

    noun = id.removesuffix("s")
    return f"{number} {id}" if noun == id else counted(number, noun)


def line(snapshot: Snapshot, width: int | None = None) -> str:
    """One line of readings.

    Parameters
    ----------
    snapshot : Snapshot
    width : int, optional
        Columns that there are. Where they are too few, what matters least is left out.
    """
    parts = _parts(snapshot)
    while width is not None and len(parts) > 1 and len("  ".join(parts.values())) > width:
        del parts[next(id for id in _LEAST_FIRST if id in parts)]
    return "  ".join(parts.values())[:width]


_LEAST_FIRST = (
    "export", "var", "clock", "PF", "lost", "Hz", "import", "W", "A", "V", "time", "dry"
)  # fmt: skip
"""Parts of the line, in the order in which a narrow terminal does without them."""


def _parts(snapshot: Snapshot) -> dict[str, str]:
    """What the line says, in its order; of a live input only what there is to say."""

    def shown(id: str, form: str) -> str:
        value = snapshot[id]
        return "----" if value is None else format(value, form)

    lines = snapshot["voltage_ln_average"] is None and snapshot["voltage_l1_l2"] is not None
    places = LINES if lines else PHASES
    volts = " ".join(shown(f"voltage_{place}", ".1f") for place in places)
    amps = " ".join(shown(f"current_l{n}", ".3f") for n in (1, 2, 3))
    if not snapshot.powered:
        hint = "below 75 % of Un; --supply auxiliary keeps the meter on"
        return {"time": f"{snapshot.time:9.1f} s", "dry": "NO SUPPLY", "why": hint}
    return {
        "time": f"{snapshot.time:9.1f} s",
        "V": f"{volts} V",
        "A": f"{amps} A",
        "W": f"{shown('active_power', '.1f')} W",
        "var": f"{shown('reactive_power', '.1f')} var",
        "PF": f"PF {shown('power_factor', '.3f')}",
        "Hz": f"{shown('frequency', '.3f')} Hz",
        "import": f"import {shown('active_energy_import', '.5f')} kWh",
        "export": f"export {shown('active_energy_export', '.5f')} kWh",
        **_input_parts(snapshot.input),
    }


def _input_parts(state: InputState | None) -> dict[str, str]:
    from smartx96.report.numbers import counted

    if state is None:
        return {}
    said = {
        "clock": f"clock {state.drift}" if state.drift is not None else "",
        "lost": f"{counted(state.lost_samples, 'sample')} lost" if state.lost_samples else "",
        "dry": "NO SAMPLES" if state.dry else "",
    }
    return {id: text for id, text in said.items() if text}
