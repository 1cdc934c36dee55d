"""Pages: what each key steps through, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache

from smartx96.errors import OptionError
from smartx96.meter.configuration import Configuration
from smartx96.models import Wiring
from smartx96.panel.keys import Key
from smartx96.quantities import BY_ID, LINES, PHASES, TARIFFS
from smartx96.settings.setting import brief, nearest

MODES = {1: "import", 2: "total", 3: "net"}
"""What the setting `measurement_mode` makes of kWh: the energy of that name."""

ENERGY = "active_energy_{mode}"
"""The energy by measurement mode."""


class Kind(Enum):
    """How a page is made."""

    VALUES = "values"
    SEQUENCE = "sequence"
    """Which way round the phases follow each other."""
    HARMONICS = "harmonics"
    """Of one order, that M and P change."""
    MAXIMUM = "maximum"
    """Values, and when the last of them was reached."""
    CLOCK = "clock"
    TARIFF = "tariff"


@dataclass(frozen=True, slots=True)
class Word:
    """A word in a value row, in letters that seven segments can show; `{mode}` is that of the kWh,
    `{tariff}` the tariff that rules.
    """

    text: str


Cell = str | Word
"""A value row: the id of a quantity, or a word."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One page, of which there is but one.

    Parameters
    ----------
    name : str
        In options and file names.
    title : str
        In words.
    key : Key
        That steps to it.
    cells : tuple of Cell
        Value rows from above.
    energy : str
        Quantity of the bottom line; with `{mode}` by measurement mode.
    text : str
        Bottom line in its place.
    kind : Kind
    between_lines : tuple of Cell
        Value rows where there is no neutral, if they differ.
    wirings : tuple of Wiring
        That have it.
    harmonics : bool
        Whether only models with harmonics have it.
    modes : tuple of str
        Measurement modes that have it.
    """

    name: str
    title: str
    key: Key
    cells: tuple[Cell, ...] = ()
    energy: str = ENERGY
    text: str = ""
    kind: Kind = Kind.VALUES
    between_lines: tuple[Cell, ...] = ()
    wirings: tuple[Wiring, ...] = tuple(Wiring)
    harmonics: bool = False
    modes: tuple[str, ...] = tuple(MODES.values())

    def available(self, configuration: Configuration) -> bool:
        """Whether a meter that is set so has this page."""
        return self in available(configuration)

    def rows(self, wiring: Wiring) -> tuple[Cell, ...]:
        """Value rows in a wiring."""
        return self.cells if wiring.has_neutral or not self.between_lines else self.between_lines


def mode(configuration: Configuration) -> str:
    """What kWh are by the measurement mode."""
    return MODES[configuration.settings.number("measurement_mode")]


_WITH_NEUTRAL = (Wiring.ONE_PHASE, Wiring.FOUR_WIRE)
_THREE_PHASE = (Wiring.THREE_WIRE, Wiring.FOUR_WIRE)

_BESIDE_POWER = {"reactive": "reactive_energy_total", "apparent": "apparent_energy"}
"""Energy beside a kind of power, where it is not the one by measurement mode."""

WORDS = {"total": "tot", "import": "In", "export": "OUt", "net": "nEt"}
"""Ways of energy in a value row."""


def _phases(id: str, *others: str) -> tuple[Cell, ...]:
    return (*(f"{id}_{phase}" for phase in PHASES), *others)


def _lines(id: str) -> tuple[Cell, ...]:
    return tuple(f"{id}_{line}" for line in LINES)


def _summary(phase: str) -> Page:
    wirings = (Wiring.FOUR_WIRE,) if phase != PHASES[0] else _WITH_NEUTRAL
    ids = ("voltage", "current", "active_power", "power_factor")
    return Page(f"summary-{phase}", f"summary of {phase.upper()}", Key.UI,
                tuple(f"{id}_{phase}" for id in ids), wirings=wirings)  # fmt: skip


def _demand(kind: str) -> Page:
    id = f"{kind}_power_demand"
    return Page(f"demand-{kind}", f"{kind} power demand and its maximum", Key.M,
                (id, f"{id}_max"), kind=Kind.MAXIMUM)  # fmt: skip


def _power(kind: str) -> Page:
    id = f"{kind}_power"
    return Page(f"{kind}-power", f"{kind} power", Key.P, _phases(id, id),
                _BESIDE_POWER.get(kind, ENERGY), wirings=_WITH_NEUTRAL)  # fmt: skip


def _active(way: str) -> Page:
    power = f"active_power_{way}" if way in ("import", "export") else "active_power"
    return Page(f"energy-{way}", BY_ID[f"active_energy_{way}"].text, Key.E,
                (Word(WORDS[way]), power), f"active_energy_{way}")  # fmt: skip


def _reactive(way: str) -> Page:
    name = "reactive-energy" + ("" if way == "total" else f"-{way}")
    return Page(name, BY_ID[f"reactive_energy_{way}"].text, Key.E,
                (Word(WORDS[way]), "reactive_power"), f"reactive_energy_{way}")  # fmt: skip


def _tariffs(tariff: str) -> tuple[Page, ...]:
    """Of a tariff: its total; its import where that is what counts; with net, which has no register
    by tariff, import and export.
    """
    ways = {"total": ("total",), "import": ("import", "net"), "export": ("net",)}
    return tuple(
        Page(
            f"tariff-{tariff[1]}-{way}", BY_ID[f"active_energy_{way}_{tariff}"].text, Key.E,
            (Word(tariff), Word(WORDS[way]), f"active_power_demand_max_{tariff}"),
            f"active_energy_{way}_{tariff}", modes=modes,
        )
        for way, modes in ways.items()
    )  # fmt: skip


# fmt: off
PAGES: tuple[Page, ...] = (
    Page("voltage-ln", "line-to-neutral voltages", Key.UI, _phases("voltage"),
         wirings=_WITH_NEUTRAL),
    Page("voltage-ll", "line-to-line voltages", Key.UI, _lines("voltage"), wirings=_THREE_PHASE),
    Page("current", "currents", Key.UI, _phases("current", "current_n")),
    Page("sequence", "phase sequence of voltages and currents", Key.UI,
         ("voltage_sequence", "current_sequence"), text="SEQUENCE", kind=Kind.SEQUENCE,
         wirings=_THREE_PHASE),
    Page("thd-voltage", "voltage THD", Key.UI, _phases("voltage_thd"), text="THD V",
         between_lines=_lines("voltage_thd"), harmonics=True),
    Page("thd-current", "current THD", Key.UI, _phases("current_thd"), text="THD I",
         harmonics=True),
    Page("harmonics-voltage", "voltage harmonics", Key.UI, _phases("voltage_harmonic"),
         text="HARMON V", kind=Kind.HARMONICS, harmonics=True),
    Page("harmonics-current", "current harmonics", Key.UI, _phases("current_harmonic"),
         text="HARMON I", kind=Kind.HARMONICS, harmonics=True),
    *(_summary(phase) for phase in PHASES),
    Page("summary", "summary of all phases", Key.UI,
         ("voltage_ln_average", "current_sum", "active_power", "power_factor"),
         between_lines=("voltage_ll_average", "current_sum", "active_power", "power_factor")),
    Page("frequency", "frequency, total power factor and phase angle", Key.M,
         ("frequency", "power_factor", "phase_angle")),
    Page("power-factor", "power factors", Key.M, _phases("power_factor", "power_factor"),
         wirings=_WITH_NEUTRAL),
    Page("displacement-power-factor", "displacement power factors", Key.M,
         _phases("displacement_power_factor", "displacement_power_factor"), text="DISPL PF",
         between_lines=("displacement_power_factor",)),
    Page("demand-current", "maximum demand of the currents", Key.M,
         _phases("current_demand_max", "current_demand_max_n")),
    *(_demand(kind) for kind in ("active", "apparent", "reactive")),
    *(_power(kind) for kind in ("active", "reactive", "apparent")),
    Page("totals", "total powers", Key.P, ("active_power", "reactive_power", "apparent_power")),
    Page("energy", "active energy by measurement mode", Key.E, (Word("{mode}"), "active_power")),
    *(_active(way) for way in ("import", "export", "net")),
    *(_reactive(way) for way in ("total", "import", "export")),
    Page("apparent-energy", "apparent energy", Key.E, ("apparent_power",), "apparent_energy"),
    Page("charge", "charge", Key.E, ("current_sum",), "charge"),
    *(page for tariff in TARIFFS for page in _tariffs(tariff)),
    Page("clock", "date and time", Key.E, kind=Kind.CLOCK),
    Page("tariff", "tariff now", Key.E, (Word("{tariff}"),), kind=Kind.TARIFF),
)
# fmt: on
"""Every page, in the order in which its key, and automatic scroll, step through them."""

BY_NAME: dict[str, Page] = {page.name: page for page in PAGES}


def _check_pages() -> None:
    if len(BY_NAME) != len(PAGES):
        raise RuntimeError("pages: a name is declared twice")
    for page in PAGES:
        ids = {cell for cell in (*page.cells, *page.between_lines) if isinstance(cell, str)}
        ids |= {page.energy.format(mode=mode) for mode in MODES.values()}
        if unknown := ids - BY_ID.keys():
            raise RuntimeError(f"pages: {page.name} has unknown quantities {sorted(unknown)}")


_check_pages()

HOME = BY_NAME["energy"]
"""Shown after the start."""


def available(configuration: Configuration) -> tuple[Page, ...]:
    """Pages of a meter."""
    return _available(configuration.wiring, configuration.model.harmonics, mode(configuration))


@cache
def _available(wiring: Wiring, harmonics: bool, mode: str) -> tuple[Page, ...]:
    return tuple(
        page
        for page in PAGES
        if wiring in page.wirings and (harmonics or not page.harmonics) and mode in page.modes
    )


def of_key(key: Key, configuration: Configuration) -> tuple[Page, ...]:
    """Pages that a key steps through."""
    return tuple(page for page in available(configuration) if page.key is key)


def named(name: str, configuration: Configuration) -> Page:
    """A page of a meter by name.

    Raises
    ------
    OptionError
        There is none.
    """
    page = BY_NAME.get(name)
    if page is None:
        raise OptionError(f"{brief(name)} is no page; {nearest(name, BY_NAME)}")
    if not page.available(configuration):
        raise OptionError(
            f"page {name}: a {configuration.model.name} with wiring {configuration.wiring} whose "
            f"kWh are {mode(configuration)} has no such page; take another one"
        )
    return page
