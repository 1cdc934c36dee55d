"""The live line of `x96 run`, and what is said of a live input as a whole."""

from __future__ import annotations

import math
import shutil
import sys
import time

import click

from smartx96.meter.snapshot import InputState, Snapshot
from smartx96.meter.supply import ON_SHARE
from smartx96.quantities import LINES, PHASES
from smartx96.wording import counted

_PAUSE_SECONDS = 0.2
"""Time between them at least [s]."""

_LINE_SECONDS = 10.0
"""Time between lines of readings where the output is no terminal [s of signal]."""


RENEWAL = "\r\x1b[K"
"""To the beginning of the line, and clear it."""


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


def notify(text: str) -> None:
    """Print a line for the user on the error output, in place of a live line that stands there."""
    say(f"{RENEWAL}{text}" if sys.stderr.isatty() and sys.stdout.isatty() else text, err=True)


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
            say(f"{RENEWAL}{line(snapshot, width)}", nl=False)
        elif self._due(snapshot) or _is_dry(snapshot) is not self._dry:
            self._next, self._told = snapshot.time + _LINE_SECONDS, time.monotonic()
            self._dry = _is_dry(snapshot)
            self._waiting = None
            say(self._name + line(snapshot))

    def _due(self, snapshot: Snapshot) -> bool:
        return snapshot.time >= self._next and time.monotonic() >= self._told + _PAUSE_SECONDS

    def close(self, last: Snapshot) -> None:
        """Leave the last readings to be read, unless they are."""
        renewal = RENEWAL if self._terminal else ""
        if self._waiting is not None:
            say(f"{renewal}{self._name}{line(last)}")


def _is_dry(snapshot: Snapshot) -> bool:
    return not snapshot.powered or (snapshot.input is not None and snapshot.input.dry)


def summary(state: InputState, measured: float) -> str:
    """One line on a live input as a whole."""
    if state.age is not None:
        return f"input: {measured:.1f} s measured, {counted(state.outages, 'time')} without values"
    drift = "not known yet" if state.drift is None else str(state.drift)
    return (
        f"input: {measured:.1f} s measured, {counted(state.outages, 'outage')}, "
        f"{counted(state.gaps, 'gap')}, {counted(state.lost_samples, 'sample')} lost, "
        f"{counted(state.dropped_blocks, 'block')} dropped; "
        f"drift of the sample clock {drift}"
    )


def counter(id: str, number: int) -> str:
    """Some counters are called by a noun (`gaps`), others by what became of samples (`lost`)."""
    noun = id.removesuffix("s")
    return f"{number} {id}" if noun == id else counted(number, noun)


def line(snapshot: Snapshot, width: int | None = None) -> str:
    """One line of readings.

    Parameters
    ----------
    snapshot : Snapshot
    width : int, optional
        Columns that there are. Where they are too few, parts are said shorter, then those that
        matter least are left out.
    """
    parts, brief = _parts(snapshot), _brief(snapshot)
    for id in _ECONOMIES:
        if width is None or len(parts) == 1 or len("  ".join(parts.values())) <= width:
            break
        if id in brief:
            parts[id] = brief.pop(id)
        else:
            parts.pop(id, None)
    return "  ".join(parts.values())[:width]


_ECONOMIES = (
    "time", "why", "export", "clock", "var", "PF", "A", "V", "import", "lost", "Hz",
    "time", "export", "A", "V", "import", "W", "dry",
)  # fmt: skip
"""Parts of the line in the order in which a narrow terminal says them shorter, or does without
where there is no shorter way: what is named last matters most."""


def _parts(snapshot: Snapshot) -> dict[str, str]:
    """What the line says, in its order; of a live input only what there is to say."""

    def shown(id: str, form: str) -> str:
        value = snapshot[id]
        return "----" if value is None else format(value, form)

    if not snapshot.powered:
        if snapshot.input is not None and (silence := _dryness(snapshot.input)):
            return {"time": f"{snapshot.time:9.1f} s", "dry": silence, "why": "answers nobody"}
        why = f"below {100 * ON_SHARE:.0f} % of Un; --supply auxiliary keeps the meter on"
        return {"time": f"{snapshot.time:9.1f} s", "dry": "NO SUPPLY", "why": why}
    return {
        "time": f"{snapshot.time:9.1f} s",
        "V": f"{' '.join(shown(id, 'z.1f') for id in _voltages(snapshot))} V",
        "A": f"{' '.join(shown(id, 'z.3f') for id in _CURRENTS)} A",
        "W": f"{shown('active_power', 'z.1f')} W",
        "var": f"{shown('reactive_power', 'z.1f')} var",
        "PF": f"PF {shown('power_factor', 'z.3f')}",
        "Hz": f"{shown('frequency', '.3f')} Hz",
        "import": f"import {shown(_IMPORT, '.5f')} kWh",
        "export": f"export {shown(_EXPORT, '.5f')} kWh",
        **_input_parts(snapshot.input),
    }


def _brief(snapshot: Snapshot) -> dict[str, str]:
    """What can be said shorter; export only where there was some."""
    if not snapshot.powered:
        return {"time": f"{snapshot.time:.1f} s"}
    said = {
        "time": f"{snapshot.time:.1f} s",
        "A": f"{' '.join(_digits(snapshot[id], 3) for id in _CURRENTS)} A",
        "V": f"{' '.join(_digits(snapshot[id], 3) for id in _voltages(snapshot))} V",
        "import": f"imp {_digits(snapshot[_IMPORT], 6)} kWh",
    }
    if snapshot[_EXPORT]:
        said["export"] = f"exp {_digits(snapshot[_EXPORT], 6)} kWh"
    return said


_CURRENTS = tuple(f"current_{place}" for place in PHASES)
_IMPORT, _EXPORT = "active_energy_import", "active_energy_export"


def _voltages(snapshot: Snapshot) -> list[str]:
    lines = snapshot["voltage_ln_average"] is None and snapshot["voltage_l1_l2"] is not None
    return [f"voltage_{place}" for place in (LINES if lines else PHASES)]


def _digits(value: float | None, digits: int) -> str:
    """A number of so many digits, if those before the point are not more."""
    if value is None:
        return "----"
    return f"{value:.{max(0, digits - len(str(int(abs(value)))))}f}"


def _dryness(state: InputState) -> str:
    if not state.dry:
        return ""
    return "NO SAMPLES" if state.age is None else f"NO VALUES FOR {state.age:.0f} s"


def _input_parts(state: InputState | None) -> dict[str, str]:
    if state is None:
        return {}
    said = {
        "clock": f"clock {state.drift}" if state.drift is not None else "",
        "lost": f"{counted(state.lost_samples, 'sample')} lost" if state.lost_samples else "",
        "dry": _dryness(state),
    }
    return {id: text for id, text in said.items() if text}
