"""Verdict: what there is to look at in a measurement, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from smartx96.metrology.derived import REVERSE
from smartx96.metrology.windows import Flag
from smartx96.quantities import HARMONIC_ORDERS
from smartx96.report.numbers import formatted, moment
from smartx96.report.stretches import Event
from smartx96.report.subject import Subject, place_text
from smartx96.wording import counted

_FLAGS = {
    Flag.MISSING: "samples are missing: values there are those of the samples that were left, "
                  "spectra are not to be used",
    Flag.CLIPPED: "samples stand at the converter's limit: peaks are cut off, and values there are "
                  "uncertain; choose a larger measuring range",
    Flag.QUESTIONABLE: "the source itself doubts samples",
    Flag.FREQUENCY_OUT_OF_RANGE: "the frequency left 45 to 65 Hz, for which the meter is specified",
    Flag.UNSYNCHRONISED: "no voltage or current of 40 to 70 Hz carried the windows throughout: "
                         "they have no frequency, reactive power, angles or harmonics",
    Flag.CURRENT_SUM: "the three currents sum to more than 1 % of the largest, which three wires "
                      "cannot: check the current transformers, or whether there is a neutral",
    Flag.WIRING_SUSPECT: "the angles are those of a wrong wiring",
    Flag.INCOMPLETE: "windows do not cover the whole of an interval",
}  # fmt: skip
"""What is to be looked at. Findings and gaps say more of their own."""

_NOTES = {Flag.ORDERS_LIMITED, Flag.SHORT}
"""What only limits the measurement."""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to say; a note where nothing is wrong."""

    text: str
    note: bool = False


def verdict(subject: Subject) -> list[Point]:
    """Everything to look at, then the notes."""
    points = [*_flags(subject), *_losses(subject), *_wiring(subject), *_events(subject),
              *_limits(subject)]  # fmt: skip
    return sorted(points, key=lambda point: point.note)


def _flags(subject: Subject) -> Iterator[Point]:
    measured = subject.measured
    for flag, text in _FLAGS.items():
        if flag not in measured.flags or (flag is Flag.WIRING_SUSPECT and measured.wiring_findings):
            continue
        tally = subject.observation.tallies.flags.get(flag)
        where = "outside the windows"
        if tally is not None:
            where = f"in {tally.windows} of {counted(measured.windows, 'window')}"
            where += f", first in the one that ends at {moment(tally.first)}"
        cut = f" ({counted(measured.clipped_samples, 'sample')})" if flag is Flag.CLIPPED else ""
        yield Point(f"{text} \u2013 {where}{cut}" if flag is not Flag.WIRING_SUSPECT else text)


def _losses(subject: Subject) -> Iterator[Point]:
    losses = subject.measured.losses
    if not losses.gaps:
        return
    text = f"not measured: {losses.time:.4g} s in {counted(losses.gaps, 'gap')}, "
    text += f"{'at' if losses.gaps == 1 else 'the first at'} {moment(losses.listed[0].start)}"
    if losses.gaps > 1:
        text += f", the longest {losses.longest:.4g} s"
    energy = subject.measured.energy_not_measured
    if energy:
        text += f"; about {energy:.4g} kWh at the mean power, an estimate that no register counts"
    yield Point(text)


def _wiring(subject: Subject) -> Iterator[Point]:
    findings = subject.measured.wiring_findings
    for finding in findings:
        kind = "wiring" if finding.suspect else "wiring, perhaps"
        kind += f", {finding.when}" if finding.when else ""
        yield Point(f"{kind}: {finding.of_recording}", note=not finding.suspect)
    turned = subject.observation.tallies.sequence[int(REVERSE)]
    if turned and not any(finding.kind == "voltage_sequence" for finding in findings):
        windows = counted(subject.measured.windows, "window")
        yield Point(f"the phase sequence is L1-L3-L2 in {turned} of {windows}")


def _events(subject: Subject) -> Iterator[Point]:
    """Voltages far from their median; those of one window and one way together."""
    ratio = subject.observation.ratio
    together: dict[tuple[bool, float], list[Event]] = {}
    for event in subject.observation.outliers():
        if event.id.startswith("voltage"):
            together.setdefault((ratio(event) < 1, event.time), []).append(event)
    for (fell, time), found in together.items():
        values = ", ".join(
            f"{place_text(e.id.partition('_')[2])} {formatted(e.id, {e.id: e.value})}"
            for e in found
        )
        shares = [100 * ratio(event) for event in found]
        yield Point(
            f"the voltage {'fell' if fell else 'rose'} to {(min if fell else max)(shares):.0f} % "
            f"of its median ({values}) in the window that ends at {moment(time)}"
        )


def _limits(subject: Subject) -> Iterator[Point]:
    measured = subject.measured
    if not measured.windows:
        yield Point("no reading: give at least two cycles; energy covers all samples")
    elif math.isnan(measured.values["frequency"]):
        yield Point("no fundamental between 40 and 70 Hz: is the sampling rate right?")
    if Flag.SHORT in measured.flags:
        yield Point("the recording holds no whole window: its most whole cycles are one", note=True)
    if 0 < measured.thd_order < HARMONIC_ORDERS:
        text = f"the sampling rate carries harmonics and THD up to order {measured.thd_order}"
        yield Point(text, note=True)


def untold(flags: Flag) -> Flag:
    """Flags that no words are found for; none, as a test holds."""
    told = Flag(0)
    for flag in (*_FLAGS, *_NOTES):
        told |= flag
    return flags & ~told
