"""TABLE: every setting of the meter, declared once.

Range, default, protection and place in the set-up menu stand here and nowhere else; register
writes, menu, web form and documentation derive from it. Addresses belong to the register map.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from smartx96.errors import OptionError

Value = int | str
"""What a setting holds: a number, or a name."""

TEXT_LENGTH = 32
"""Longest text setting [characters]."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Parameters
    ----------
    id, text, unit : str
        Name in programs, text for people, unit.
    allowed : range or tuple of int or None
        Numbers that may be set; None where the setting is the name of a time zone.
    default : int or str
        Value of a new meter.
    protected : bool
        Only an unlocked meter takes a change over Modbus.
    menu : int or None
        Order in the set-up menu; numbers left out are entries that are no settings.
    note : str
        What `allowed` cannot say.
    secret : bool
        Never shown, logged or read back.
    """

    id: str
    text: str
    unit: str
    allowed: range | tuple[int, ...] | None
    default: Value
    protected: bool = False
    menu: int | None = None
    note: str = ""
    secret: bool = False

    @property
    def values(self) -> str:
        """The allowed values as one text: `1..9999`, `60|100|200`."""
        if self.allowed is None:
            return ""
        if isinstance(self.allowed, range):
            text = f"{self.allowed[0]}..{self.allowed[-1]}"
        else:
            text = "|".join(str(n) for n in self.allowed)
        return f"{text} ({self.note})" if self.note else text

    def check(self, value: object) -> Value:
        """Return the value as the setting keeps it.

        Raises
        ------
        OptionError
            The value is not allowed; names value, limits and unit.
        """
        if self.allowed is None:
            return self._zone(value)
        # 5.0 is 5, as it comes from a float register; True is no number here.
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if isinstance(number, int) and not isinstance(number, bool) and number in self.allowed:
            return number
        shown = "the value given" if self.secret else f"{_brief(value)}{self._suffix}"
        raise OptionError(
            f"{self.id}: {shown} is not allowed; allowed: {self.values}{self._suffix}"
        )

    @property
    def _suffix(self) -> str:
        return f" {self.unit}" if self.unit else ""

    def _zone(self, value: object) -> str:
        if isinstance(value, str) and len(value) <= TEXT_LENGTH and _is_zone(value):
            return value
        raise OptionError(
            f"{self.id}: {_brief(value)} is no IANA time zone known here; "
            f"allowed: a name such as Europe/Berlin or UTC, up to {TEXT_LENGTH} characters"
        )


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _is_zone(name: str) -> bool:
    if name == "UTC":
        return True
    # Late: the default needs no time zone data base.
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


_PULSE1_ENERGY = (
    "pulse output 1 energy: 1 = import 2 = total 3 = net 4 = export kWh; "
    "5 = import 6 = total 7 = net 8 = export kvarh"
)
_SLIDE_NOTE = "a divisor of demand_period; else slide = period"

# fmt: off
TABLE: tuple[Setting, ...] = (
    Setting("demand_period", "demand period; 0 = instantaneous with running maximum", "min",
            (0, 5, 8, 10, 15, 20, 30, 60), 60, menu=16),
    Setting("demand_slide", "demand slide time", "min", range(1, 61), 1, menu=17,
            note=_SLIDE_NOTE),
    Setting("system_type", "wiring: 1 = 1P2W 2 = 3P3W 3 = 3P4W", "", (1, 2, 3), 3,
            protected=True, menu=8, note="X96-5E: 1|3"),
    Setting("pulse1_width", "pulse output 1 width", "ms", (60, 100, 200), 100, menu=15),
    Setting("parity_stop", "parity and stop bits: 0 = N1 1 = E1 2 = O1 3 = N2", "",
            (0, 1, 2, 3), 0, menu=3),
    Setting("unit_address", "Modbus address", "", range(1, 248), 1, menu=1),
    Setting("pulse1_rate",
            "pulse output 1 rate: 1 = 0.01 2 = 0.1 3 = 1 4 = 10 5 = 100 kWh (kvarh) per pulse",
            "", range(1, 6), 3, menu=14),
    Setting("password",
            "write the password to unlock; another value while unlocked sets a new password",
            "", range(10_000), 1000, menu=26, secret=True),
    Setting("baud_rate", "0 = 2400 1 = 4800 2 = 9600 3 = 19200 4 = 38400", "bit/s",
            range(5), 2, menu=2),
    Setting("energy_prefix", "unit of the energy registers: 0 = k 1 = M", "", (0, 1), 0),
    Setting("word_order", "words of a float register: 0 = high word first 1 = low word first",
            "", (0, 1), 0),
    Setting("ct_secondary", "CT secondary current", "A", (1, 5), 5, protected=True, menu=4),
    Setting("ct_primary", "CT primary current", "A", range(1, 10_000), 5,
            protected=True, menu=5),
    Setting("vt_secondary", "VT secondary voltage (nameplate only; scaling is vt_ratio)", "V",
            range(100, 501), 400, protected=True, menu=6),
    Setting("vt_ratio", "VT ratio (1 = direct connection)", "", range(1, 10_000), 1,
            protected=True, menu=7),
    Setting("scroll_time", "automatic page scroll; 0 = off", "s", range(61), 0, menu=24),
    Setting("backlight_time", "0 = always on; 121 = always off", "min", range(122), 60, menu=23),
    *(Setting(f"current_direction_l{n}", f"L{n} current direction: 0 forward 1 reverse", "",
              (0, 1), 0, protected=True, menu=8 + n) for n in (1, 2, 3)),
    Setting("pulse1_energy", _PULSE1_ENERGY, "", range(1, 9), 1, menu=13),
    Setting("energy_balance", "netting over the phases shown: 0 = per_phase 1 = sum", "",
            (0, 1), 0, protected=True, menu=18),
    Setting("apparent_power_method",
            "total apparent power: 0 = arithmetic 1 = vector 2 = effective", "",
            (0, 1, 2), 0, protected=True),
    Setting("nominal_frequency", "0 = automatic 50 60", "Hz", (0, 50, 60), 0, protected=True),
    Setting("load_profile_period", "load profile period", "min", (1, 5, 10, 15, 30, 60), 15,
            protected=True),
    Setting("time_zone", "IANA time zone name", "", None, "UTC", protected=True, menu=22),
    Setting("tariff_control", "0 = by calendar; 1..4 = fixed tariff", "", range(5), 0,
            protected=True, menu=19),
    Setting("measurement_mode",
            "what the kWh display totals: 1 = import 2 = import + export "
            "3 = net (export - import)", "", (1, 2, 3), 2, protected=True, menu=12),
)
# fmt: on
"""Every setting, in the order of the register map."""

BY_ID: dict[str, Setting] = {s.id: s for s in TABLE}

MENU: tuple[Setting, ...] = tuple(
    sorted((s for s in TABLE if s.menu is not None), key=lambda s: s.menu or 0)
)
"""Settings of the set-up menu in its order."""


def _check_table() -> None:
    if len(BY_ID) != len(TABLE):
        raise RuntimeError("settings: an id is declared twice")
    if len({s.menu for s in MENU}) != len(MENU):
        raise RuntimeError("settings: a menu place is taken twice")
    for setting in TABLE:
        setting.check(setting.default)


_check_table()


class Settings(Mapping[str, Value]):
    """All settings of a meter: immutable, complete, checked.

    Parameters
    ----------
    changes : Mapping, optional
        Values by setting id that differ from the defaults.

    Raises
    ------
    OptionError
        An id is unknown or a value is not allowed.
    """

    __slots__ = ("_values",)

    def __init__(self, changes: Mapping[str, object] | None = None) -> None:
        values = {s.id: s.default for s in TABLE}
        for name, value in (changes or {}).items():
            if name not in BY_ID:
                raise OptionError(f"{_brief(name)} is no setting; settings: {', '.join(BY_ID)}")
            values[name] = BY_ID[name].check(value)
        self._values: Mapping[str, Value] = MappingProxyType(values)

    def __getitem__(self, id: str) -> Value:
        return self._values[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(tuple(self._values.items()))

    def __repr__(self) -> str:
        changed = (
            f"{s.id}={'***' if s.secret else repr(self[s.id])}"
            for s in TABLE
            if self[s.id] != s.default
        )
        return f"Settings({', '.join(changed)})"

    def number(self, id: str) -> int:
        """Value of a setting that is a number."""
        value = self._values[id]
        if isinstance(value, str):
            raise TypeError(f"{id} is a text")
        return value

    def name(self, id: str) -> str:
        """Value of a setting that is a name."""
        value = self._values[id]
        if isinstance(value, int):
            raise TypeError(f"{id} is a number")
        return value

    @property
    def effective_demand_slide(self) -> int:
        """Slide that rules [min]: one that does not divide the period counts as the period.

        The setting itself stays as written, so that period and slide may come in either order.
        """
        period, slide = self.number("demand_period"), self.number("demand_slide")
        return slide if period % slide == 0 and slide <= period else period

    def replace(self, **changes: object) -> Settings:
        """Return settings with changes: all of them, or `OptionError` and none."""
        return Settings({**self._values, **changes})
