"""Notes: how the values of a page are defined, with the clauses that rule."""

from __future__ import annotations

from collections.abc import Iterator

from smartx96.metrology.conditions import ApparentPower
from smartx96.report.subject import Subject

_APPARENT = {
    ApparentPower.ARITHMETIC: "the sum of those of the phases",
    ApparentPower.VECTOR: "the root of the squares of total active and total reactive power",
    ApparentPower.EFFECTIVE: "three times effective voltage and effective current "
                             "(IEEE 1459-2010, 3.2.2.8)",
}  # fmt: skip


def definitions(subject: Subject) -> Iterator[tuple[str, str]]:
    """Terms of this page and what they mean."""
    measured, wiring = subject.measured, subject.wiring
    cycles = 12 if measured.nominal_frequency == 60 else 10
    squared = (
        "voltages, currents and THD" if measured.harmonics_measured else "voltages and currents"
    )
    yield ("Windows", f"Values come from windows of {cycles} cycles, about 0.2 s, without gap or "
           "overlap and synchronised to the measured fundamental (IEC 61000-4-30, 4.4). The value "
           f"of the recording is the root mean square of {squared}, and the mean of powers and "
           "frequency (IEC 61000-4-30, 4.5).")  # fmt: skip
    mean = "stays in the values" if subject.configuration.keep_dc else "is removed from each window"
    yield ("Voltage, current", "True root mean square over the whole band of the samples "
           f"(IEC 61000-4-30, 5.2). A direct component {mean}.")  # fmt: skip
    yield ("Active power", "Mean of the product of voltage and current, positive on import "
           "(IEEE 1459-2010, 3.1.2). It holds the power of all harmonics.")  # fmt: skip
    yield ("Reactive power", "That of the fundamental only, positive where the current lags "
           "(IEC 62053-24). So active and reactive power make up the apparent power for sine waves "
           "only.")  # fmt: skip
    if len(subject.phases) > 1:
        method = subject.configuration.conditions().apparent_power
        if not wiring.has_neutral:
            method = ApparentPower.EFFECTIVE
        yield ("Apparent power, power factor", f"The total apparent power is {_APPARENT[method]}. "
               "A power factor is active over apparent power, with the sign of the active "
               "power.")  # fmt: skip
    if measured.harmonics_measured:
        reach = f" to {measured.thd_order}" if measured.thd_order else ""
        yield ("Harmonics, THD", "An order is the root mean square of one spectral line over the "
               "window, in % of the fundamental (IEC 61000-4-7, 4.4.1). THD is the root of the sum "
               f"of the squares of the orders 2{reach}.")  # fmt: skip
    if len(subject.phases) > 1:
        yield ("Unbalance", "Negative or zero sequence voltage over the positive sequence voltage, "
               "of the fundamentals (IEC 61000-4-30, 5.7). 0 % is a balanced supply.")  # fmt: skip
    yield ("Energy", "Counted over every sample that there is, also outside the windows, in whole "
           "micro-watthours. Time without samples counts nothing; what its energy may have been is "
           "told as an estimate.")  # fmt: skip
