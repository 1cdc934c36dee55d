"""Entries of the set-up menu: what each kind holds, how it is edited, and what it commands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from smartx96.errors import OptionError
from smartx96.meter.calendar.local_clock import instant, offset, time_zone
from smartx96.meter.clock import Clock, moment
from smartx96.meter.commands import ChangeSettings, Command, Reset, Resettable, SetClock
from smartx96.panel.editing import Choice, Digits, Editor, Zone
from smartx96.panel.screen import LINE_CHARACTERS, ROW_DIGITS, Unit
from smartx96.panel.values import NO_NUMBER, local
from smartx96.panel.view import View
from smartx96.settings import Setting, Value

WORDS = {
    "import + export": "TOTAL",
    "import kvarh": "IMPKVARH",
    "total kwh": "TOT KWH",
    "total kvarh": "TOTKVARH",
    "import kwh": "IMP KWH",
    "net kvarh": "NETKVARH",
    "export kwh": "EXP KWH",
    "export kvarh": "EXPKVARH",
    "per_phase": "PER PH",
    "instantaneous": "INSTANT",
    "by calendar": "CALENDAR",
}
"""Names of codes in the bottom line, of those that are too long for it."""

_ROW_WORDS = {"off": "OFF", "always on": "On", "always off": "OFF"}
"""Names of codes in a value row."""

_UNITS = {"A": Unit.AMPERE, "V": Unit.VOLT}


@dataclass(frozen=True, slots=True)
class Content:
    """What an entry holds: in a value row, or in the bottom line in turn with its name.

    Parameters
    ----------
    spoken : str
    row, line : str
    unit : Unit or None
    """

    spoken: str
    row: str = ""
    line: str = ""
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Entry(ABC):
    """An entry of the menu.

    Parameters
    ----------
    number : int
        Place in the menu.
    name : str
        In the bottom line.
    text : str
        In words.
    """

    number: int
    name: str
    text: str

    @abstractmethod
    def content(self, view: View) -> Content:
        """What it holds now."""

    def editor(self, view: View) -> Editor | None:
        """Where it can be changed."""
        return None

    def edited(self, editor: Editor, view: View) -> Content:
        """What it would hold."""
        return Content(editor.spoken, line=editor.text)

    def command(self, editor: Editor, view: View) -> Command | None:
        """What changes it; None where nothing is to be changed.

        Raises
        ------
        OptionError
            The value cannot be.
        """
        return None


@dataclass(frozen=True, slots=True)
class Information(Entry):
    """A text that is only read."""

    read: Callable[[View], str]

    def content(self, view: View) -> Content:
        """The text."""
        text = self.read(view)
        return Content(text, line=text)


@dataclass(frozen=True, slots=True)
class Number(Entry):
    """A setting whose digits are set."""

    setting: Setting

    def content(self, view: View) -> Content:
        """The number, or its name."""
        if self.setting.secret:
            return Content("is not shown", row="-" * ROW_DIGITS)
        value = view.configuration.settings.number(self.setting.id)
        name = self.setting.codes.get(value)
        text = str(value) if name is None else _ROW_WORDS[name]
        return Content(_in_words(self.setting, value), text, unit=_UNITS.get(self.setting.unit))

    def editor(self, view: View) -> Digits:
        """Its digits; those of a secret begin with 0."""
        secret, id = self.setting.secret, self.setting.id
        value = 0 if secret else view.configuration.settings.number(id)
        most = max(self.setting.allowed or (0,))
        return Digits(f"{value:0{len(str(most))}d}", ROW_DIGITS)

    def edited(self, editor: Editor, view: View) -> Content:
        """The digits; of a secret is said only which of them is set."""
        spoken = editor.spoken
        if self.setting.secret and isinstance(editor, Digits):
            spoken = editor.place
        return Content(spoken, editor.text, unit=_UNITS.get(self.setting.unit))

    def command(self, editor: Editor, view: View) -> Command:
        """Change the setting."""
        return ChangeSettings({self.setting.id: int(str(editor.value))})


@dataclass(frozen=True, slots=True)
class Code(Entry):
    """A setting that is one of some."""

    setting: Setting

    def content(self, view: View) -> Content:
        """The value as the glass has it."""
        value = view.configuration.settings.number(self.setting.id)
        return Content(_in_words(self.setting, value), line=word(self.setting, value))

    def editor(self, view: View) -> Choice:
        """What it may be in this model."""
        wirings = {w.value.upper() for w in view.configuration.model.wirings}
        options: dict[object, str] = {
            code: word(self.setting, code)
            for code in self.setting.allowed or ()
            if self.setting.id != "system_type" or self.setting.codes[code] in wirings
        }
        return Choice(options, view.configuration.settings[self.setting.id])

    def command(self, editor: Editor, view: View) -> Command:
        """Change the setting."""
        return ChangeSettings({self.setting.id: editor.value})


@dataclass(frozen=True, slots=True)
class ZoneEntry(Entry):
    """The time zone, with what its clock is ahead."""

    def content(self, view: View) -> Content:
        """The place, and its offset now."""
        return self._content(view, Zone(view.configuration.settings.name("time_zone"), False))

    def editor(self, view: View) -> Zone:
        """Area and place."""
        return Zone(view.configuration.settings.name("time_zone"))

    def edited(self, editor: Editor, view: View) -> Content:
        """As it would be."""
        return self._content(view, editor)

    def command(self, editor: Editor, view: View) -> Command:
        """Change the zone."""
        return ChangeSettings({"time_zone": editor.value})

    def _content(self, view: View, zone: Editor) -> Content:
        ahead = offset(time_zone(str(zone.value)), view.snapshot.clock // 1_000_000) // 60
        sign, (hours, minutes) = "-" if ahead < 0 else "", divmod(abs(ahead), 60)
        return Content(zone.spoken.partition(",")[0], f"{sign}{hours}.{minutes:02d}", zone.text)


@dataclass(frozen=True, slots=True)
class TimeEntry(Entry):
    """A part of the local time: its text changes the clock."""

    shown: Callable[[datetime], str]
    changed: Callable[[datetime, str], datetime]

    def content(self, view: View) -> Content:
        """The part now."""
        time = _local_time(view)
        text = NO_NUMBER if time is None else self.shown(time)
        return Content(text.strip(), line=text)

    def editor(self, view: View) -> Digits:
        """Its digits; before anybody told the time they begin with 2000."""
        time = _local_time(view)
        if time is None or not 2000 <= time.year < 2100:
            time = datetime(2000, 1, 1, tzinfo=UTC)
        return Digits(self.shown(time), LINE_CHARACTERS)

    def command(self, editor: Editor, view: View) -> Command:
        """Set the clock, of which the other part stays."""
        zone = view.configuration.settings.name("time_zone")
        time = _local_time(view) or moment(Clock.settable.start)
        try:
            own = self.changed(time.replace(tzinfo=None), str(editor.value))
            begun = instant(time_zone(zone), own.replace(microsecond=0))
            return SetClock(begun + own.microsecond)
        except (ValueError, OverflowError) as error:
            raise OptionError(f"{self.text} {editor.text.strip()}: {error}") from None


@dataclass(frozen=True, slots=True)
class ClearEntry(Entry):
    """What can be cleared."""

    def content(self, view: View) -> Content:
        """Nothing."""
        return Content("")

    def editor(self, view: View) -> Choice:
        """Nothing, unless something is chosen."""
        options: dict[object, str] = {None: "NO", Resettable.MAXIMA: "MAXIMA",
                                      Resettable.ENERGY: "ENERGY"}  # fmt: skip
        return Choice(options, None)

    def command(self, editor: Editor, view: View) -> Command | None:
        """Clear what is chosen."""
        what = editor.value
        return Reset(what) if isinstance(what, Resettable) else None


def word(setting: Setting, value: Value) -> str:
    """A value of a setting in the bottom line: its name, or the number with its unit."""
    name = setting.codes.get(value) if isinstance(value, int) else None
    if name is None:
        return f"{value} {setting.unit}".strip().upper()
    name = name.partition(" (")[0].lower()
    return WORDS.get(name, name.upper())


def _in_words(setting: Setting, value: Value) -> str:
    shown = setting.shown(value)
    return f"{shown} {setting.unit}".strip() if isinstance(shown, int) else shown


def _local_time(view: View) -> datetime | None:
    return local(view.snapshot.clock, view.configuration.settings.name("time_zone"))
