"""Profiles: sampling rates, ASDUs per frame and data sets (IEC 61869-9, 9-2LE)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from smartx96.errors import OptionError
from smartx96.samples.recording import Channel

AMPERE, VOLT = 0.001, 0.01
"""Primary value of one count (9-2LE, taken over by IEC 61869-9)."""

PHASES = "abcn"

VARIANT = re.compile(r"(?:F(?P<rate>\d{1,6})S(?P<asdus>\d{1,3}))?I(?P<i>\d{1,2})U(?P<v>\d{1,2})")

MOST_VALUES = 24
"""Values of a data set (IEC 61869-9)."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """Currents and voltages of a sample, in this order.

    Parameters
    ----------
    currents, voltages : int
    """

    currents: int
    voltages: int

    @property
    def values(self) -> int:
        """Values per sample."""
        return self.currents + self.voltages

    @property
    def scales(self) -> tuple[float, ...]:
        """Ampere or volt of one count of each value."""
        return (AMPERE,) * self.currents + (VOLT,) * self.voltages

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels as recordings have them, on the primary side."""
        return (
            *(Channel(f"I{own}", phase, "A", "primary") for own, phase in _places(self.currents)),
            *(Channel(f"V{own}", phase, "V", "primary") for own, phase in _places(self.voltages)),
        )


def _places(count: int) -> list[tuple[str, str]]:
    """Name and phase of so many values: phases and neutral, several systems one after the other."""
    width = next((n for n in (4, 3) if count % n == 0), 4) if count > 4 else count
    places = []
    for number in range(count):
        system, place = divmod(number, width)
        suffix = f"_{system + 1}" if system else ""
        places.append((PHASES[place] + suffix, PHASES[place].upper()))
    return places


@dataclass(frozen=True)
class Profile:
    """What a publisher sends.

    Parameters
    ----------
    rate : int
        Samples per second.
    asdus : int
        Samples per frame.
    dataset : DataSet
    """

    rate: int
    asdus: int
    dataset: DataSet

    @cached_property
    def name(self) -> str:
        """Variant code of IEC 61869-9, such as `F4800S2I4U4`."""
        return f"F{self.rate}S{self.asdus}I{self.dataset.currents}U{self.dataset.voltages}"


LE_DATASET = DataSet(4, 4)

PROFILES = {
    rate: Profile(rate, asdus, LE_DATASET)
    for rate, asdus in (
        (4000, 1),  # 9-2LE, 80 per cycle of 50 Hz
        (4800, 2),  # preferred by IEC 61869-9; 9-2LE sends 80 per cycle of 60 Hz one by one
        (5760, 1),  # IEC 61869-9, for 96 per cycle of 60 Hz
        (12800, 8),  # 9-2LE, 256 per cycle of 50 Hz
        (14400, 6),  # preferred by IEC 61869-9
        (15360, 8),  # 9-2LE, 256 per cycle of 60 Hz
    )
}
"""The usual profile of each sampling rate."""


def parse_profile(text: str) -> Profile:
    """A profile from its variant code.

    Parameters
    ----------
    text : str
        Such as `F4800S2I4U4`.

    Raises
    ------
    OptionError
        It is no such code, or sends nothing or more than the standard allows.
    """
    found = VARIANT.fullmatch(text.strip().upper())
    if found is None or found["rate"] is None:
        raise OptionError(f"--sv-profile {text}: give a code such as F4000S1I4U4 or F14400S6I4U4")
    dataset = parse_dataset(text)
    profile = Profile(int(found["rate"]), int(found["asdus"]), dataset)
    if profile.rate == 0 or profile.asdus == 0:
        raise OptionError(f"--sv-profile {text}: sends nothing")
    return profile


def parse_dataset(text: str) -> DataSet:
    """A data set from `I4U4` or a whole variant code.

    Parameters
    ----------
    text : str

    Raises
    ------
    OptionError
        It is no such code, or of no or too many values.
    """
    found = VARIANT.fullmatch(text.strip().upper())
    if found is None:
        raise OptionError(f"--sv-dataset {text}: give a code such as I3U3")
    dataset = DataSet(int(found["i"]), int(found["v"]))
    if not 0 < dataset.values <= MOST_VALUES:
        raise OptionError(f"--sv-dataset {text}: 1 to {MOST_VALUES} values are due")
    return dataset


def dataset_of(values: int, *names: str) -> DataSet | None:
    """The data set of a stream; None where nothing tells it.

    Frames only tell how many values there are. Eight are 9-2LE's, six the same without the
    neutrals; else a name in the stream may hold the code.

    Parameters
    ----------
    values : int
    names : str
        svID and the name of the data set.
    """
    for name in names:
        found = re.search(r"I(\d{1,2})U(\d{1,2})", name)
        if found is not None and int(found[1]) + int(found[2]) == values:
            return DataSet(int(found[1]), int(found[2]))
    return {8: LE_DATASET, 6: DataSet(3, 3)}.get(values)
