"""simulate and its options: what a test asks for, checked, and a meter that has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Unpack

from smartx96.errors import OptionError
from smartx96.modbus.faults import Chances
from smartx96.modbus.functions.request import MAX_READ
from smartx96.modbus.relative import Relative
from smartx96.models import MODELS, SYSTEM_TYPES, Wiring
from smartx96.samples.operating_point import Changes
from smartx96.samples.operating_point.given import Limits, number
from smartx96.settings import BY_ID, Value, coded
from smartx96.settings.setting import brief, nearest
from smartx96.simulation.building import MeterPlan
from smartx96.simulation.ports import PortPlan
from smartx96.simulation.simulated_meter import SimulatedMeter, moment_of
from smartx96.simulation.simulation import Simulation

FLUCTUATION = Limits("%", 0.0, 50.0)
"""Of voltages and currents."""

SUPPLIES = ("auxiliary", "self")

_FIRST_SERIAL_NUMBER = 10_000_001


def simulate(
    *,
    model: str = "X96-5A",
    wiring: str | None = None,
    ct: tuple[int, int] | None = None,
    vt: int | None = None,
    settings: Mapping[str, object] | None = None,
    unit: int | Sequence[int] | None = None,
    meters: int | None = None,
    serial_number: int = _FIRST_SERIAL_NUMBER,
    supply: str = "auxiliary",
    start: datetime | str | None = None,
    fluctuation: float = 0.0,
    seed: int = 0,
    tcp: bool | int = True,
    rtu: bool | str | Path = False,
    read_only: bool = False,
    max_read: int = MAX_READ,
    serve_as: str | None = None,
    faults: str | None = None,
    state: str | Path | None = None,
    **point: Unpack[Changes],
) -> SimulatedMeter:
    """Start a live meter for a test: Modbus clients read what the test sets.

    Parameters
    ----------
    model : {'X96-5A', 'X96-5E'}
    wiring : {'1p2w', '3p3w', '3p4w'}, optional
        None is 3p4w, or as stored.
    ct : tuple of int, optional
        Current transformers, primary and secondary [A]; None is 5/5, or as stored.
    vt : int, optional
        Voltage transformer ratio; None is 1, or as stored.
    settings : mapping, optional
        Any other settings, by id.
    unit : int or sequence of int, optional
        Modbus address; several are as many meters. None is 1, or as stored.
    meters : int, optional
        Meters behind the same ports, with addresses that count on from the first;
        `meter.meters` has them all.
    serial_number : int
        Of the first; the others count on.
    supply : {'auxiliary', 'self'}
        What the meter lives on: a voltage of its own, or those that it measures, as the real one
        does: that goes off 0.5 s after they fall below 60 % of 230 V, and starts from 75 %.
    start : datetime or str, optional
        Time of day at the begin; without a time zone it is UTC. None is midnight before
        2026-06-21, or where a stored meter stopped.
    fluctuation : float
        By how much voltages and currents sway at most, slowly [% of their value].
    seed : int
        Another seed is another fluctuation.
    tcp : bool or int
        Whether Modbus TCP listens on a free port of 127.0.0.1, or on which.
    rtu : bool or str or Path
        Whether Modbus RTU is spoken on a pseudo-terminal, or the link that is its name.
    read_only : bool
        Whether everything that clients write is refused.
    max_read : int
        Most registers of one read; real models have 50, 60 or 80.
    serve_as : {'sdm630'}, optional
        Another model, with whose registers, type code and limit of a read the meter is served.
    faults : str, optional
        What goes wrong with answers, as `x96 run --faults` takes it: `late=200,silent=0.1,seed=7`.
    state : str or Path, optional
        Folder in which meters are kept, and from which they go on; None keeps nothing.
    **point
        Voltages, currents and loads, as `SimulatedMeter.set` takes them: 230 V, 5 A, power
        factor 1 and 50 Hz unless stated.

    Returns
    -------
    SimulatedMeter
        A context manager; `close` ends it elsewhere.

    Raises
    ------
    OptionError
        A value is not allowed, or does not go with the others.
    ListenError, StoreError
        A port or the folder cannot be opened.

    Examples
    --------
    >>> import smartx96
    >>> with smartx96.simulate(voltage=230, current=5, power_factor=0.9) as meter:
    ...     print(f"{meter['active_power']:.1f} W")
    ...     meter.set(current=[10, 9, 11], power_factor=-0.8)
    ...     print(f"{meter['active_power']:.1f} W")
    3105.0 W
    -5520.0 W
    """
    _check_known(point)
    if model not in MODELS:
        raise OptionError(f"model {brief(model)}: use {' or '.join(MODELS)}")
    if supply not in SUPPLIES:
        raise OptionError(f"supply {brief(supply)}: use {' or '.join(SUPPLIES)}")
    stated = _settings(wiring, ct, vt, settings)
    units = _units(unit, meters)
    plans = [
        MeterPlan(
            name=f"meter{n + 1}" if len(units) > 1 else "meter",
            model=MODELS[model],
            changes=stated if address is None else {**stated, "unit_address": address},
            serial_number=_whole("serial_number", serial_number, 0, 99_999_999 - len(units)) + n,
            auxiliary=supply == "auxiliary",
        )
        for n, address in enumerate(units)
    ]
    return SimulatedMeter(
        Simulation(
            plans,
            point,
            _ports(tcp, rtu, read_only, max_read, faults, serve_as),
            start=None if start is None else moment_of(start),
            state=None if state is None else Path(state),
            fluctuation=number("fluctuation", fluctuation, FLUCTUATION),
            seed=_whole("seed", seed, 0, 2**63 - 1),
        )
    )


def _check_known(point: Mapping[str, object]) -> None:
    """Refuse what is neither an option nor a quantity; those of one phase have a hint elsewhere."""
    options, quantities = tuple(simulate.__kwdefaults__ or ()), tuple(Changes.__annotations__)
    for name in point:
        if name.rstrip("123").removesuffix("_l") not in quantities:
            near = nearest(name, (*options, *quantities))
            known = f"options are {', '.join(options)}; quantities are {', '.join(quantities)}"
            raise OptionError(f"{name}: unknown; {near if near.startswith('did') else known}")


def _settings(wiring: str | None, ct: tuple[int, int] | None, vt: int | None,
              settings: Mapping[str, object] | None) -> dict[str, Value]:  # fmt: skip
    """Settings that are stated, checked; twice is once too often."""
    found: dict[str, Value] = {}
    if wiring is not None:
        if wiring not in list(Wiring):
            raise OptionError(f"wiring {brief(wiring)}: use {', '.join(Wiring)}")
        found["system_type"] = SYSTEM_TYPES[Wiring(wiring)]
    if ct is not None:
        if not isinstance(ct, Sequence) or isinstance(ct, str) or len(ct) != 2:
            raise OptionError(f"ct {brief(ct)}: give primary and secondary, such as (200, 5)")
        found |= {id: coded(id, n) for id, n in zip(("ct_primary", "ct_secondary"), ct)}  # noqa: B905
    if vt is not None:
        found["vt_ratio"] = coded("vt_ratio", vt)
    for id, value in (settings or {}).items():
        checked = coded(id, value)
        if found.setdefault(id, checked) != checked:
            raise OptionError(f"settings {id}: is stated twice, with different values")
    return found


def _units(unit: int | Sequence[int] | None, meters: int | None) -> list[int | None]:
    """Address of each meter; None is as stored, else as a new one has it."""
    allowed = BY_ID["unit_address"].allowed or range(1, 248)
    if isinstance(unit, Sequence) and not isinstance(unit, str):
        found = [int(coded("unit_address", each)) for each in unit]
        if not found or len(set(found)) < len(found) or meters not in (None, len(found)):
            raise OptionError(f"unit {brief(unit)}: give each meter an address of its own")
        return list(found)
    count = 1 if meters is None else _whole("meters", meters, 1, len(allowed))
    if unit is None and count == 1:
        return [None]
    first = 1 if unit is None else int(coded("unit_address", unit))
    if first + count - 1 > max(allowed):
        raise OptionError(f"{count} meters from unit {first}: the last address is {max(allowed)}")
    return list(range(first, first + count))


def _ports(tcp: bool | int, rtu: bool | str | Path, read_only: bool, max_read: int,
           faults: str | None, serve_as: str | None) -> PortPlan:  # fmt: skip
    port = {True: 0, False: None}[tcp] if isinstance(tcp, bool) else _whole("tcp", tcp, 0, 0xFFFF)
    if not isinstance(rtu, bool | str | Path) or rtu == "":
        raise OptionError(f"rtu {brief(rtu)}: use True, False or the path of a link")
    link = None if isinstance(rtu, bool) else Path(rtu)
    if not 1 <= max_read <= MAX_READ:
        raise OptionError(f"max_read {max_read}: must be 1 to {MAX_READ}")
    if serve_as not in (None, *Relative):
        raise OptionError(f"serve_as {brief(serve_as)}: use {', '.join(Relative)}")
    return PortPlan(
        port, bool(rtu), link, bool(read_only), max_read,
        None if faults is None else Chances.parse(faults),
        None if serve_as is None else Relative(serve_as),
    )  # fmt: skip


def _whole(name: str, value: object, low: int, high: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise OptionError(f"{name} {brief(value)}: must be a whole number, {low} to {high}")
