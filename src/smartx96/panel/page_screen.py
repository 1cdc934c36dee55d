"""Page screen: a page with a meter's values on the glass."""

from __future__ import annotations

import math
from dataclasses import dataclass

from smartx96.meter.alarms import OVER
from smartx96.meter.configuration import Configuration
from smartx96.metrology.derived import NORMAL, REVERSE
from smartx96.models import NOMINAL_LINE_VOLTAGE, NOMINAL_VOLTAGE, Wiring
from smartx96.panel.pages import WORDS, Cell, Kind, Page, Word, mode
from smartx96.panel.screen import (
    EVERY_DIGIT,
    Label,
    Line,
    LineUnit,
    Row,
    Screen,
    Symbol,
    Unit,
)
from smartx96.panel.values import (
    MISSING,
    NO_NUMBER,
    Indication,
    Shown,
    charge,
    date_text,
    local,
    register,
    time_text,
)
from smartx96.panel.view import View
from smartx96.quantities import BY_ID, HARMONIC_INDEX, LINES, PHASES
from smartx96.settings import shows_mega
from smartx96.status import Status

_LABELS = {
    **dict(zip(PHASES, (Label.L1, Label.L2, Label.L3), strict=True)),
    **dict(zip(LINES, (Label.L12, Label.L23, Label.L31), strict=True)),
    "n": Label.NEUTRAL,
}
"""Conductors by the end of a quantity's id."""

_BETWEEN = dict(zip(PHASES, LINES, strict=True))
"""Lines whose harmonics the rows of the phases hold where there is no neutral."""

_UNITS = {unit.value: unit for unit in Unit} | {"deg": Unit.DEGREE, "": Unit.FACTOR}
_PREFIXED = {Unit.VOLT, Unit.AMPERE, Unit.WATT, Unit.VAR, Unit.VOLT_AMPERE}
_LINE_UNITS = {
    "kWh": LineUnit.WATT_HOUR,
    "kvarh": LineUnit.VAR_HOUR,
    "kVAh": LineUnit.VOLT_AMPERE_HOUR,
    "Ah": LineUnit.AMPERE_HOUR,
}
_SEQUENCES = {NORMAL: ("123", "L1 L2 L3"), REVERSE: ("321", "reversed")}
"""In a row and in words."""


def unit_of(id: str) -> Unit:
    """The unit of a quantity on the glass."""
    return _UNITS[BY_ID[id].unit]


def labels_of(id: str, wiring: Wiring) -> tuple[Label, ...]:
    """What stands at the left of a quantity."""
    found = [Label.MAXIMUM] if "_max" in id else []
    found += [Label.DEMAND] if "_demand" in id else []
    place = _place(id, wiring)
    if place is not None:
        found.append(_LABELS[place])
    elif not found and "average" not in id and id != "frequency":
        found.append(Label.TOTAL)
    return tuple(found)


def _place(id: str, wiring: Wiring) -> str | None:
    """The conductor or line that a quantity is of."""
    ends = (end for end in (*LINES, *PHASES, "n") if id.endswith(f"_{end}"))
    place = next(ends, None)
    if id.startswith("voltage_harmonic") and not wiring.has_neutral:
        return _BETWEEN.get(place or "")
    return place


def range_maximum(id: str, configuration: Configuration) -> float:
    """Range maximum of a quantity on the primary side (datasheet: 276 V, 6 A, 1656 W a phase)."""
    settings, wiring = configuration.settings, configuration.wiring
    ratio, current = settings.number("vt_ratio"), settings.number("ct_primary")
    kind, _, place = id.partition("_")
    if kind == "voltage" and place in (*PHASES, *LINES):
        nominal = NOMINAL_VOLTAGE if place in PHASES else NOMINAL_LINE_VOLTAGE
        return OVER * nominal * ratio
    if kind == "current" and place in PHASES:
        return OVER * current
    power, _, place = place.partition("_")
    if power != "power" or kind not in ("active", "reactive", "apparent"):
        return math.inf
    if place in PHASES:
        return OVER**2 * NOMINAL_VOLTAGE * ratio * current
    if place:
        return math.inf
    return OVER**2 * wiring.balanced_power(wiring.nominal_voltage * ratio, current)


@dataclass(frozen=True, slots=True)
class PageScreen:
    """Makes the screen of a page.

    Parameters
    ----------
    page : Page
    view : View
    indication : Indication
        How the values were shown before.
    order : int
        Of the harmonics.
    """

    page: Page
    view: View
    indication: Indication
    order: int

    def screen(self) -> Screen:
        """The page, without what all pages have."""
        if self.page.kind is Kind.CLOCK:
            return self._clock()
        rows, spoken = [], []
        for cell in self.page.rows(self.view.configuration.wiring):
            row, words = self._row(cell)
            rows.append(row)
            spoken.append(words)
        if self.page.kind is Kind.HARMONICS:
            rows.append(Row(f"H{self.order:3d}"))
            spoken.insert(0, f"order {self.order}")
        line, words = self._line()
        if self.page.kind is Kind.MAXIMUM:
            rows, line, words = self._maximum(rows, line, words)
        symbols = frozenset({Symbol.THD} if self.page.text.startswith("THD") else ())
        said = tuple(filter(None, (*spoken, words)))
        return Screen(tuple(rows), line, symbols, title=self.page.title, spoken=said)

    @property
    def _mega(self) -> bool:
        settings = self.view.configuration.settings
        return bool(settings.number("energy_prefix")) or shows_mega(settings)

    def _row(self, cell: Cell) -> tuple[Row, str]:
        if isinstance(cell, Word):
            own, tariff = mode(self.view.configuration), self.view.snapshot.standing.tariff
            return Row(cell.text.format(mode=WORDS[own], tariff=f"t{tariff}")), ""
        if self.page.kind is Kind.SEQUENCE:
            return self._sequence(cell)
        configuration, unit = self.view.configuration, unit_of(cell)
        key = f"{cell}[{self.order}]" if cell in HARMONIC_INDEX else cell
        shown = self.indication.show(
            key, self.view.snapshot.shown(key), prefixed=unit in _PREFIXED,
            maximum=range_maximum(cell, configuration),
        )  # fmt: skip
        row = Row(shown.text, labels_of(cell, configuration.wiring), unit, shown.prefix,
                  EVERY_DIGIT if shown.flashing else frozenset())  # fmt: skip
        return row, self._words(cell, shown, unit)

    def _words(self, id: str, shown: Shown, unit: Unit) -> str:
        name, wiring = BY_ID[id].text, self.view.configuration.wiring
        if id in HARMONIC_INDEX:
            # Without neutral the rows of the phases hold those of the lines.
            name = f"{_LABELS[_place(id, wiring) or id[-2:]]}{name[2:]}"
        if shown.text == MISSING:
            return f"{name} {'above range' if shown.flashing else 'not available'}"
        shown_unit = "" if unit is Unit.FACTOR else f" {shown.prefix}{unit}"
        return f"{name} {shown.text}{shown_unit}"

    def _sequence(self, id: str) -> tuple[Row, str]:
        value = self.view.snapshot[id]
        text, words = _SEQUENCES.get(value or 0.0, (MISSING, "not determined"))
        flashing = EVERY_DIGIT if value == REVERSE else frozenset()
        unit = Unit.VOLT if id.startswith("voltage") else Unit.AMPERE
        name = BY_ID[id].text.partition(" (")[0]
        return Row(text, unit=unit, flashing=flashing), f"{name} {words}"

    def _line(self) -> tuple[Line, str]:
        """The bottom line: an energy, or a text."""
        if self.page.kind is Kind.TARIFF:
            tariff = self.view.snapshot.standing.tariff
            return Line(f"TARIFF {tariff}"), f"tariff {tariff}"
        if self.page.text:
            return Line(self.page.text), ""
        id = self.page.energy.format(mode=mode(self.view.configuration))
        quantity, value = BY_ID[id], self.view.snapshot[id]
        unit = _LINE_UNITS[quantity.unit]
        counted = unit is LineUnit.AMPERE_HOUR
        shown = charge(value) if counted else register(value, mega=self._mega)
        known = "not available" if shown.text == NO_NUMBER else f"{shown.text} {shown.prefix}{unit}"
        flashing = EVERY_DIGIT if shown.flashing else frozenset()
        return Line(shown.text, unit, shown.prefix, flashing), f"{quantity.text} {known}"

    def _maximum(self, rows: list[Row], line: Line, words: str) -> tuple[list[Row], Line, str]:
        """When the maximum was reached, in the last row and the line; else the energy stays."""
        id = str(self.page.cells[-1])
        reached = self.view.snapshot.standing.maxima.get(id)
        settings = self.view.configuration.settings
        time = None if reached is None else local(reached, settings.name("time_zone"))
        if time is None:
            return rows, line, words
        row = Row(f"{time.hour:02d}.{time.minute:02d}")
        return [*rows, Row(), row], Line(date_text(time)), f"reached {time:%Y-%m-%d %H:%M}"

    def _clock(self) -> Screen:
        zone = self.view.configuration.settings.name("time_zone")
        time = local(self.view.snapshot.clock, zone)
        known = Status.CLOCK_INVALID not in self.view.status
        flashing = frozenset() if known else EVERY_DIGIT
        if time is None:
            return Screen((Row(MISSING),), Line(NO_NUMBER), title=self.page.title)
        rows = (
            Row(f"{time.year:4d}", flashing=flashing),
            Row(f"{time.month:02d}.{time.day:02d}", flashing=flashing),
        )
        words = f"{time:%Y-%m-%d %H:%M:%S} {zone}" if known else "the clock is not set"
        line = Line(time_text(time), flashing=flashing)
        return Screen(rows, line, title=self.page.title, spoken=(words,))
