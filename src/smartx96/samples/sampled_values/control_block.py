"""ControlBlock: under which names and addresses a stream is published (IEC 61850-9-2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from smartx96.errors import OptionError
from smartx96.samples.sampled_values.profiles import PROFILES, Profile, parse_profile

ADDRESS = re.compile(r"[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}")

PRIORITY = 4
"""Priority of sampled values in a VLAN (9-2LE)."""

LONGEST_NAME = 129
"""Characters of an svID that IEC 61850-7-2 allows."""


@dataclass(frozen=True, slots=True)
class ControlBlock:
    """What the head of every frame says.

    Parameters
    ----------
    profile : Profile, optional
        None is the usual one of the sampling rate.
    svid : str
        Name of the stream.
    appid : int
        0x4000 to 0x7FFF are for sampled values.
    vlan : int, optional
        Identifier of the VLAN; None sends no tag.
    source, destination : bytes
        Addresses of 6 octets.

    Raises
    ------
    OptionError
        A value that frames cannot hold.
    """

    profile: Profile | None = None
    svid: str = "SMARTX96MU0101"
    appid: int = 0x4000
    vlan: int | None = None
    source: bytes = b"\x02\x00\x00\x96\x00\x01"
    destination: bytes = b"\x01\x0c\xcd\x04\x00\x00"

    def __post_init__(self) -> None:
        if not self.svid or len(self.svid) > LONGEST_NAME or not _visible(self.svid):
            raise OptionError(
                f"--svid {self.svid}: 1 to {LONGEST_NAME} ASCII characters without blanks are due"
            )
        if not 0 <= self.appid <= 0xFFFF:
            raise OptionError(f"--appid {self.appid:#x}: 0x0000 to 0xFFFF are due")
        if self.vlan is not None and not 0 <= self.vlan <= 4095:
            raise OptionError(f"--vlan {self.vlan}: 0 to 4095 are due")

    def profile_at(self, rate: float) -> Profile:
        """The profile for samples of a rate.

        Parameters
        ----------
        rate : float
            Samples per second.

        Raises
        ------
        OptionError
            The profile has another rate, or no usual one has this.
        """
        profile = self.profile or PROFILES.get(int(rate) if rate == int(rate) else 0)
        if profile is None:
            known = ", ".join(f"{own.rate} ({own.name})" for own in PROFILES.values())
            raise OptionError(
                f"sampled values of {rate:g} S/s are of no usual profile: {known}; "
                "`x96 generate` makes any of these with --rate, another is said by --sv-profile"
            )
        if profile.rate != rate:
            raise OptionError(
                f"--sv-profile {profile.name} has {profile.rate} S/s, the samples {rate:g}; "
                "they are not resampled"
            )
        return profile


def _visible(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def parse_control_block(
    profile: str | None = None,
    svid: str | None = None,
    appid: str | None = None,
    vlan: int | None = None,
    source: str | None = None,
    destination: str | None = None,
) -> ControlBlock:
    """A control block from the texts of options; what is not given is as usual.

    Parameters
    ----------
    profile, svid, appid, source, destination : str, optional
    vlan : int, optional

    Raises
    ------
    OptionError
        A text that is not what it should be.
    """
    usual = ControlBlock()
    return ControlBlock(
        None if profile is None else parse_profile(profile),
        usual.svid if svid is None else svid,
        usual.appid if appid is None else _appid(appid),
        vlan,
        usual.source if source is None else _address("--source-mac", source),
        usual.destination if destination is None else _address("--destination-mac", destination),
    )


def _appid(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise OptionError(f"--appid {text}: give a number such as 0x4000") from None


def _address(option: str, text: str) -> bytes:
    if ADDRESS.fullmatch(text.casefold()) is None:
        raise OptionError(f"{option} {text}: give an address such as 01:0c:cd:04:00:00")
    return bytes.fromhex(text.replace(":", "").replace("-", ""))
