"""TABLE: every quantity of the meter, declared once.

Id, text and unit stand here and nowhere else; the register map, tables, JSON and documentation
derive from it. A harmonic quantity carries orders 1..63; `id[n]` names one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smartx96.status import LEGEND

HARMONIC_ORDERS = 63
"""Highest harmonic order of the meter (datasheet: 2nd to 63rd)."""

PHASES = ("l1", "l2", "l3")
LINES = ("l1_l2", "l2_l3", "l3_l1")
TARIFFS = ("t1", "t2", "t3", "t4")


class Kind(Enum):
    """What sort of value a quantity has, and so where it comes from."""

    INSTANTANEOUS = "instantaneous"
    """One value a window."""
    HARMONIC = "harmonic"
    """Orders 1..63 a window, in % of the fundamental."""
    ENERGY = "energy"
    """A register that integrates over time."""
    EXACT = "exact"
    """An energy register in its integer quantum."""
    DEMAND = "demand"
    """A mean over the demand period, or the maximum of such means."""
    COUNT = "count"
    """An integer count."""
    STATUS = "status"
    """Flags."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity: `id` as in the register list, `text` for people, SI `unit` text."""

    id: str
    text: str
    unit: str = ""
    kind: Kind = Kind.INSTANTANEOUS


def _per_phase(id: str, text: str, unit: str) -> list[Quantity]:
    return [Quantity(id.format(p), text.format(p.upper()), unit) for p in PHASES]


def _instantaneous() -> list[Quantity]:
    return [
        *_per_phase("voltage_{}", "{} line-to-neutral voltage", "V"),
        *_per_phase("current_{}", "{} current", "A"),
        *_per_phase("active_power_{}", "{} active power", "W"),
        *_per_phase("apparent_power_{}", "{} apparent power", "VA"),
        *_per_phase("reactive_power_{}", "{} reactive power", "var"),
        *_per_phase("power_factor_{}", "{} power factor", ""),
        *_per_phase("phase_angle_{}", "{} phase angle", "deg"),
        Quantity("voltage_ln_average", "average line-to-neutral voltage", "V"),
        Quantity("current_average", "average line current", "A"),
        Quantity("current_sum", "sum of line currents", "A"),
        Quantity("active_power", "total active power", "W"),
        Quantity("apparent_power", "total apparent power", "VA"),
        Quantity("reactive_power", "total reactive power", "var"),
        Quantity("power_factor", "total power factor", ""),
        Quantity("phase_angle", "total phase angle", "deg"),
        Quantity("frequency", "frequency", "Hz"),
        *_per_phase("displacement_power_factor_{}", "{} displacement power factor", ""),
        Quantity("displacement_power_factor", "total displacement power factor", ""),
        Quantity("voltage_sequence", "voltage phase sequence (1 normal, 2 reverse)", ""),
        Quantity("current_sequence", "current phase sequence (1 normal, 2 reverse)", ""),
        Quantity(
            "load_nature",
            "nature of load (1 resistive, 2 inductive, 3 capacitive)",
            "",
        ),
        Quantity("voltage_l1_l2", "L1-L2 voltage", "V"),
        Quantity("voltage_l2_l3", "L2-L3 voltage", "V"),
        Quantity("voltage_l3_l1", "L3-L1 voltage", "V"),
        Quantity("voltage_ll_average", "average line-to-line voltage", "V"),
        Quantity("current_n", "neutral current", "A"),
        *_per_phase("voltage_thd_{}", "{} voltage THD", "%"),
        *_per_phase("current_thd_{}", "{} current THD", "%"),
        Quantity("voltage_thd_ln_average", "average line-to-neutral voltage THD", "%"),
        Quantity("current_thd_average", "average line current THD", "%"),
        Quantity("power_factor_inverted", "total power factor, sign inverted", ""),
        Quantity("voltage_thd_l1_l2", "L1-L2 voltage THD", "%"),
        Quantity("voltage_thd_l2_l3", "L2-L3 voltage THD", "%"),
        Quantity("voltage_thd_l3_l1", "L3-L1 voltage THD", "%"),
        Quantity("voltage_thd_ll_average", "average line-to-line voltage THD", "%"),
        Quantity("active_power_import", "total import active power", "W"),
        Quantity("active_power_export", "total export active power", "W"),
        Quantity(
            "voltage_unbalance_negative",
            "negative over positive sequence voltage (IEC 61000-4-30, 5.7)",
            "%",
        ),
        Quantity(
            "voltage_unbalance_zero",
            "zero over positive sequence voltage (IEC 61000-4-30, 5.7)",
            "%",
        ),
    ]


def _harmonics() -> list[Quantity]:
    return [
        Quantity(f"{kind}_harmonic_{p}", f"{p.upper()} {kind} harmonic", "%", Kind.HARMONIC)
        for kind in ("voltage", "current")
        for p in PHASES
    ]


_DIRECTIONS = ("import", "export", "total")


def _energies() -> list[Quantity]:
    found: list[Quantity] = []

    def add(id: str, text: str, unit: str) -> None:
        found.append(Quantity(id, text, unit, Kind.ENERGY))

    for kind, unit in (("active", "kWh"), ("reactive", "kvarh")):
        for way in _DIRECTIONS:
            prefix = "" if way == "total" else "total "
            add(f"{kind}_energy_{way}", f"{prefix}{way} {kind} energy", unit)
            for p in PHASES:
                add(f"{kind}_energy_{way}_{p}", f"{p.upper()} {way} {kind} energy", unit)
            add(f"{kind}_energy_{way}_resettable", f"resettable {way} {kind} energy", unit)
            add(f"{kind}_energy_{way}_tariffs", f"all tariffs {way} {kind} energy", unit)
            for t in TARIFFS:
                add(f"{kind}_energy_{way}_{t}", f"tariff {t[1]} {way} {kind} energy", unit)
        add(f"{kind}_energy_net", f"net {kind} energy (export - import)", unit)
    add("apparent_energy", "total apparent energy", "kVAh")
    add("charge", "total charge", "Ah")
    return found


def _exact_energies() -> list[Quantity]:
    found: list[Quantity] = []

    def add(id: str, text: str, unit: str) -> None:
        found.append(Quantity(id, text, unit, Kind.EXACT))

    for kind, unit in (("active", "uWh"), ("reactive", "uvarh")):
        for way in _DIRECTIONS:
            add(f"{kind}_energy_{way}_exact", f"{way} {kind} energy exact", unit)
        for netting in ("per_phase", "sum"):
            for way in ("import", "export"):
                add(
                    f"{kind}_energy_{way}_{netting}_exact",
                    f"{way} {kind} energy netted {netting} exact",
                    unit,
                )
    for q in range(1, 5):
        add(f"reactive_energy_q{q}_exact", f"reactive energy quadrant {q} exact", "uvarh")
    add("apparent_energy_exact", "apparent energy exact", "uVAh")
    add("charge_exact", "charge exact", "uAh")
    return found


def _demands() -> list[Quantity]:
    found: list[Quantity] = []

    def add(id: str, max_id: str, text: str, max_text: str, unit: str) -> None:
        found.append(Quantity(id, text, unit, Kind.DEMAND))
        found.append(Quantity(max_id, max_text, unit, Kind.DEMAND))

    for way in ("total", "import", "export"):
        id = "active_power_demand" + ("" if way == "total" else f"_{way}")
        text = f"{way} active power demand"
        add(id, f"{id}_max", text, f"maximum {text}", "W")
    for kind, unit in (("apparent", "VA"), ("reactive", "var")):
        text = f"total {kind} power demand"
        add(f"{kind}_power_demand", f"{kind}_power_demand_max", text, f"maximum {text}", unit)
    add("current_demand_n", "current_demand_max_n", "neutral current demand",
        "maximum neutral current demand", "A")  # fmt: skip
    for p in PHASES:
        add(f"current_demand_{p}", f"current_demand_max_{p}", f"{p.upper()} current demand",
            f"{p.upper()} maximum current demand", "A")  # fmt: skip
    for t in TARIFFS:
        text = f"tariff {t[1]} maximum total active power demand"
        found.append(Quantity(f"active_power_demand_max_{t}", text, "W", Kind.DEMAND))
    return found


def _counts() -> list[Quantity]:
    pulses = [
        Quantity(f"pulse{n}_{what}", f"pulses {text} on output {n}", "", Kind.COUNT)
        for what, text in (("count", "emitted"), ("pending", "waiting"))
        for n in (1, 2)
    ]
    return [*pulses, Quantity("status", f"flags: bit {LEGEND}", "", Kind.STATUS)]


TABLE: tuple[Quantity, ...] = (
    *_instantaneous(),
    *_energies(),
    *_exact_energies(),
    *_demands(),
    *_counts(),
)
"""Every quantity with one value."""

HARMONICS: tuple[Quantity, ...] = tuple(_harmonics())
"""Quantities with one value for each order; rows of a snapshot's harmonics in this order."""

BY_ID: dict[str, Quantity] = {q.id: q for q in (*TABLE, *HARMONICS)}
if len(BY_ID) != len(TABLE) + len(HARMONICS):
    raise RuntimeError("quantities: an id is declared twice")

INDEX: dict[str, int] = {q.id: n for n, q in enumerate(TABLE)}
"""Place of each quantity in a snapshot's vector of values."""

HARMONIC_INDEX: dict[str, int] = {q.id: n for n, q in enumerate(HARMONICS)}
"""Row of each harmonic quantity in a snapshot's harmonics."""

INSTANTANEOUS: tuple[str, ...] = tuple(q.id for q in TABLE if q.kind is Kind.INSTANTANEOUS)
"""Ids that every window has a value of."""
