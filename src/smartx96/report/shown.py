"""Shown: which quantities of a measurement people are shown, and in which words."""

from __future__ import annotations

from smartx96.quantities import BY_ID, LINES, PHASES

PER_PHASE = (
    ("voltage", "voltage_{}", "voltage_ln_average"),
    ("current", "current_{}", "current_average"),
    ("active power", "active_power_{}", "active_power"),
    ("reactive power", "reactive_power_{}", "reactive_power"),
    ("apparent power", "apparent_power_{}", "apparent_power"),
    ("power factor", "power_factor_{}", "power_factor"),
    ("phase angle", "phase_angle_{}", "phase_angle"),
    ("voltage THD", "voltage_thd_{}", "voltage_thd_ln_average"),
    ("current THD", "current_thd_{}", "current_thd_average"),
)
"""Text, id of a phase, and id of all together: the mean of what is an average, else the total."""

PER_LINE = (
    ("voltage", "voltage_{}", "voltage_ll_average"),
    ("voltage THD", "voltage_thd_{}", "voltage_thd_ll_average"),
)
"""The same of line voltages."""

SINGLE = (
    "frequency", "voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1", "current_n",
    "voltage_unbalance_negative", "active_energy_import", "active_energy_export",
    "reactive_energy_import", "reactive_energy_export",
)  # fmt: skip
"""Ids with a line of their own."""

PER_ENERGY = tuple(
    (f"{kind} energy, {way}", f"{kind}_energy_{way}_{{}}", f"{kind}_energy_{way}")
    for kind in ("active", "reactive")
    for way in ("import", "export", "total")
)
"""Energies by phase and together."""

OTHER_ENERGIES = ("active_energy_net", "reactive_energy_net", "apparent_energy", "charge")

EXTREMES = (
    *(f"voltage_{p}" for p in (*PHASES, *LINES)), *(f"current_{p}" for p in (*PHASES, "n")),
    *(f"active_power_{p}" for p in PHASES), "active_power",
    *(f"reactive_power_{p}" for p in PHASES), "reactive_power", "apparent_power", "power_factor",
    "frequency", *(f"voltage_thd_{p}" for p in (*PHASES, *LINES)),
    *(f"current_thd_{p}" for p in PHASES),
    "voltage_unbalance_negative", "voltage_unbalance_zero",
)  # fmt: skip
"""Ids whose lowest and highest values are told."""

SEQUENCE = {0: "undetermined", 1: "L1-L2-L3", 2: "L1-L3-L2 (reversed)"}
"""`voltage_sequence` in words."""

NATURE = {1: "resistive", 2: "inductive", 3: "capacitive"}
"""`load_nature` in words."""


def name(id: str) -> str:
    """A quantity's text without what stands in brackets."""
    return BY_ID[id].text.partition(" (")[0]
