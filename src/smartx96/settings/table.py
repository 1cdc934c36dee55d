"""TABLE: every setting of the meter, declared once.

Range, default, names of codes, protection and place in the set-up menu stand here and nowhere else.
Addresses belong to the register map.
"""

from __future__ import annotations

from smartx96.models import WIRINGS
from smartx96.settings.setting import TEXT_LENGTH, Group, Setting, listed

_WATT_SECONDS = 3_600_000
"""In one kWh."""

PULSE1_STEPS: dict[int, int] = {code: _WATT_SECONDS * 10**code // 1000 for code in range(1, 6)}
"""Energy of a pulse of output 1 by the setting `pulse1_rate` [Ws, vars]."""

GAIN_STEP, PHASE_STEP = 0.001, 0.01
"""What one of a gain [%], and of a phase correction [min], means."""

_GAINS, _PHASES = range(-5000, 5001), range(-6000, 6001)
"""+-5 % and +-60 min: a transformer of class 1 at its rated current (IEC 61869-2) and a divider of
some percent. What is beyond is a fault of wiring or parts, which a gain would only hide."""
_GAIN_UNIT = f"x {GAIN_STEP:g} %"

_WIRINGS = {code: wiring.upper() for code, wiring in WIRINGS.items()}
_PARITIES = dict(enumerate(("N1", "E1", "O1", "N2")))
_BAUD_RATES = dict(enumerate(("2400", "4800", "9600", "19200", "38400")))
_PREFIXES = dict(enumerate("kM"))
_WORD_ORDERS = dict(enumerate(("high word first", "low word first")))
_DIRECTIONS = dict(enumerate(("forward", "reverse")))
_BALANCES = dict(enumerate(("per_phase", "sum")))
_APPARENT_POWERS = dict(enumerate(("arithmetic", "vector", "effective")))
_DISPLAYED = dict(enumerate(("import", "import + export", "net (export - import)"), 1))
_STEPS = {code: f"{step / _WATT_SECONDS:g}" for code, step in PULSE1_STEPS.items()}
_WAYS = ("import", "total", "net", "export")
_PULSED = {
    unit: dict(enumerate(_WAYS, first)) for unit, first in (("kWh", 1), ("kvarh", 1 + len(_WAYS)))
}

# fmt: off
TABLE: tuple[Setting, ...] = (
    Setting("demand_period", "demand period", "min", (0, 5, 8, 10, 15, 20, 30, 60), 60,
            Group.DEMAND, menu=16, codes={0: "instantaneous"},
            wording="demand period; 0 = instantaneous with running maximum"),
    Setting("demand_slide", "demand slide time", "min", range(1, 61), 1, Group.DEMAND, menu=17,
            note="a divisor of demand_period; else slide = period"),
    Setting("system_type", "wiring", "", tuple(WIRINGS), 3, Group.TRANSFORMERS,
            protected=True, menu=8, codes=_WIRINGS, note="X96-5E: 1|3"),
    Setting("pulse1_width", "pulse output 1 width", "ms", (60, 100, 200), 100, Group.PULSES,
            menu=15),
    Setting("parity_stop", "parity and stop bits", "", tuple(_PARITIES), 0, Group.COMMUNICATION,
            menu=3, codes=_PARITIES),
    Setting("unit_address", "Modbus address", "", range(1, 248), 1, Group.COMMUNICATION, menu=1),
    Setting("pulse1_rate", "pulse output 1 rate", "", range(1, 6), 3, Group.PULSES, menu=14,
            codes={code: f"{step} kWh (kvarh)" for code, step in _STEPS.items()},
            wording=f"pulse output 1 rate: {listed(_STEPS)} kWh (kvarh) per pulse"),
    Setting("password", "password", "", range(10_000), 1000, Group.ACCESS, menu=26, secret=True,
            wording="write the password to unlock; "
            "another value while unlocked sets a new password"),
    Setting("baud_rate", "baud rate", "bit/s", range(5), 2, Group.COMMUNICATION, menu=2,
            codes=_BAUD_RATES, wording=listed(_BAUD_RATES)),
    Setting("energy_prefix", "unit of the energy registers", "", (0, 1), 0, Group.COMMUNICATION,
            codes=_PREFIXES),
    Setting("word_order", "word order of float registers", "", (0, 1), 0, Group.COMMUNICATION,
            codes=_WORD_ORDERS),
    Setting("ct_secondary", "CT secondary current", "A", (1, 5), 5, Group.TRANSFORMERS,
            protected=True, menu=4),
    Setting("ct_primary", "CT primary current", "A", range(1, 10_000), 5, Group.TRANSFORMERS,
            protected=True, menu=5),
    Setting("vt_secondary", "VT secondary voltage (nameplate only; scaling is vt_ratio)", "V",
            range(100, 501), 400, Group.TRANSFORMERS, protected=True, menu=6),
    Setting("vt_ratio", "VT ratio (1 = direct connection)", "", range(1, 10_000), 1,
            Group.TRANSFORMERS, protected=True, menu=7),
    Setting("scroll_time", "automatic page scroll", "s", range(61), 0, Group.DISPLAY, menu=24,
            codes={0: "off"}),
    Setting("backlight_time", "backlight", "min", range(122), 60, Group.DISPLAY, menu=23,
            codes={0: "always on", 121: "always off"},
            wording="0 = always on; 121 = always off"),
    *(Setting(f"current_direction_l{n}", f"L{n} current direction", "", (0, 1), 0,
              Group.TRANSFORMERS, protected=True, menu=8 + n, codes=_DIRECTIONS,
              wording=f"L{n} current direction: 0 forward 1 reverse") for n in (1, 2, 3)),
    Setting("pulse1_energy", "pulse output 1 energy", "", range(1, 9), 1, Group.PULSES, menu=13,
            codes={n: f"{way} {unit}" for unit, ways in _PULSED.items() for n, way in ways.items()},
            wording="pulse output 1 energy: "
            + "; ".join(f"{listed(ways)} {unit}" for unit, ways in _PULSED.items())),
    Setting("energy_balance", "netting over the phases shown", "", (0, 1), 0, Group.ENERGY,
            protected=True, menu=18, codes=_BALANCES),
    Setting("apparent_power_method", "total apparent power", "", (0, 1, 2), 0, Group.ENERGY,
            protected=True, codes=_APPARENT_POWERS),
    Setting("nominal_frequency", "nominal frequency", "Hz", (0, 50, 60), 0, Group.ENERGY,
            protected=True, codes={0: "automatic"}, wording="0 = automatic 50 60"),
    Setting("load_profile_period", "load profile period", "min", (1, 5, 10, 15, 30, 60), 15,
            Group.DEMAND, protected=True),
    Setting("time_zone", "time zone", "", None, "UTC", Group.TARIFFS, protected=True, menu=22,
            wording="IANA time zone name",
            note=f"a name such as Europe/Berlin or UTC, up to {TEXT_LENGTH} characters"),
    *(Setting(f"voltage_gain_l{n}", f"L{n} voltage gain", _GAIN_UNIT, _GAINS, 0,
              Group.CALIBRATION, protected=True,
              wording=f"L{n} voltage gain; of L{n}-L{n % 3 + 1} where line voltages are connected")
      for n in (1, 2, 3)),
    *(Setting(f"current_gain_l{n}", f"L{n} current gain", _GAIN_UNIT, _GAINS, 0,
              Group.CALIBRATION, protected=True) for n in (1, 2, 3)),
    *(Setting(f"phase_correction_l{n}", f"L{n} phase correction", f"x {PHASE_STEP:g} min", _PHASES,
              0, Group.CALIBRATION, protected=True,
              wording=f"L{n} phase correction: delay of the current at 50 Hz") for n in (1, 2, 3)),
    Setting("tariff_control", "tariff (1 to 4: fixed)", "", range(5), 0, Group.TARIFFS,
            protected=True, menu=19, codes={0: "by calendar"},
            wording="0 = by calendar; 1..4 = fixed tariff"),
    Setting("measurement_mode", "what the kWh display totals", "", (1, 2, 3), 2, Group.ENERGY,
            protected=True, menu=12, codes=_DISPLAYED),
)
# fmt: on
"""Every setting, in the order of the register map."""

BY_ID: dict[str, Setting] = {s.id: s for s in TABLE}

KEPT: tuple[Setting, ...] = tuple(s for s in TABLE if not s.secret)
"""Settings whose values may be kept, shown and written: all but secret ones."""

MENU: tuple[Setting, ...] = tuple(
    sorted((s for s in TABLE if s.menu is not None), key=lambda s: s.menu or 0)
)
"""Settings of the set-up menu in its order."""

_OTHERS = tuple(s for s in TABLE if s.menu is None)

GROUPS: dict[Group, tuple[Setting, ...]] = {
    group: tuple(s for s in (*MENU, *_OTHERS) if s.group is group) for group in Group
}
"""Settings by group, in the order of the menu; those that it lacks after them."""


def _check_table() -> None:
    if len(BY_ID) != len(TABLE):
        raise RuntimeError("settings: an id is declared twice")
    if len({s.menu for s in MENU}) != len(MENU):
        raise RuntimeError("settings: a menu place is taken twice")
    for setting in TABLE:
        setting.check(setting.default)
        for code in setting.codes:
            # A name that reads as another code would be taken for that.
            if setting.coded(setting.shown(code)) != code:
                raise RuntimeError(f"settings: a name of {setting.id} {code} is ambiguous")


_check_table()
