"""Message: one frame of sampled values, element by element (IEC 61850-9-2)."""

from __future__ import annotations

from dataclasses import dataclass

from smartx96.errors import RecordingError
from smartx96.samples.capture.frames import ETHERNET, LINKS
from smartx96.samples.sampled_values.ber import Element, elements, read_element

ETHERTYPE = 0x88BA
VLAN_TYPES = (0x8100, 0x88A8, 0x9100)
"""Ethertypes of tags: 802.1Q, 802.1ad, and its predecessor."""

HEADER = 8
"""Octets of APPID, length and two reserved words."""

SIMULATED = 0x8000
"""Bit of the first reserved word: sent by a test set (IEC 61850-9-2 edition 2)."""

SAV_PDU, NO_ASDU, SECURITY, SEQUENCE, ASDU = 0x60, 0x80, 0x81, 0xA2, 0x30
SVID, DATASET, COUNT, REVISION, TIME, SYNCH, RATE, SAMPLE, MODE, GRANDMASTER = range(0x80, 0x8A)

LENGTHS = {COUNT: 2, REVISION: 4, TIME: 8, SYNCH: 1, RATE: 2, MODE: 2, GRANDMASTER: 8}
"""Octets of the fields of fixed length."""

VALUE = 8
"""Octets of a value and its quality, 4 each."""


@dataclass(frozen=True, slots=True)
class Asdu:
    """One application data unit: the samples of all channels at one moment.

    Parameters
    ----------
    svid, dataset : str
        Names of the stream and of its data set; the latter may be empty.
    fields : dict of int to Element
        Where each field stands, by its tag.
    octets : bytes
        The frame.
    """

    svid: str
    dataset: str
    fields: dict[int, Element]
    octets: bytes

    def number(self, tag: int) -> int | None:
        """An unsigned field; None where it is not sent."""
        element = self.fields.get(tag)
        if element is None:
            return None
        return int.from_bytes(self.octets[element.start : element.stop])

    @property
    def values(self) -> int:
        """Values of the data set."""
        sample = self.fields[SAMPLE]
        return (sample.stop - sample.start) // VALUE


@dataclass(frozen=True, slots=True)
class Message:
    """One frame.

    Parameters
    ----------
    source : str
        Address of the sender.
    vlan : int or None
        Identifier of the innermost tag.
    appid : int
    simulated : bool
    asdus : tuple of Asdu
    stop : int
        End of the message in the frame; padding and trailers follow.
    """

    source: str
    vlan: int | None
    appid: int
    simulated: bool
    asdus: tuple[Asdu, ...]
    stop: int


def parse_message(octets: bytes, link: int = ETHERNET) -> Message | None:
    """The message in a frame; None for a frame of another protocol.

    Parameters
    ----------
    octets : bytes
        The frame from its first octet.
    link : int
        Link type of the capture.

    Raises
    ------
    RecordingError
        The frame says that it holds sampled values, but does not, or is cut off.
    """
    found = _header(octets, link)
    if found is None:
        return None
    start, vlan = found
    if len(octets) < start + HEADER:
        raise RecordingError("the frame is cut off within its header")
    appid, length, reserved = (_word(octets, start + n) for n in (0, 2, 4))
    stop = start + length
    if length < HEADER or stop > len(octets):
        raise RecordingError(
            f"the frame says {length} octets from APPID on, {len(octets) - start} were captured"
        )
    pdu = read_element(octets, start + HEADER, stop)
    if pdu.tag != SAV_PDU:
        raise RecordingError(f"the message is of tag {pdu.tag:#04x}, {SAV_PDU:#04x} is due")
    at = LINKS[link].source_at
    return Message(
        octets[at : at + 6].hex(":"),
        vlan,
        appid,
        bool(reserved & SIMULATED),
        _asdus(octets, pdu),
        stop,
    )


def _word(octets: bytes, at: int) -> int:
    return int.from_bytes(octets[at : at + 2])


def _header(octets: bytes, link: int) -> tuple[int, int | None] | None:
    """Where APPID stands, and the VLAN; None for another protocol."""
    where = LINKS[link]
    kind, start, vlan = _word(octets, where.type_at), where.payload_at, None
    while kind in VLAN_TYPES and start + 4 <= len(octets):
        vlan = _word(octets, start) & 0x0FFF
        kind, start = _word(octets, start + 2), start + 4
    return (start, vlan) if kind == ETHERTYPE else None


def _asdus(octets: bytes, pdu: Element) -> tuple[Asdu, ...]:
    parts = {element.tag: element for element in elements(octets, pdu.start, pdu.stop)}
    if NO_ASDU not in parts or SEQUENCE not in parts:
        raise RecordingError("the message has no noASDU or no sequence of ASDUs")
    count = int.from_bytes(octets[parts[NO_ASDU].start : parts[NO_ASDU].stop])
    found = [
        _asdu(octets, element)
        for element in elements(octets, parts[SEQUENCE].start, parts[SEQUENCE].stop)
        if element.tag == ASDU
    ]
    if len(found) != count or count == 0:
        raise RecordingError(f"the message declares {count} ASDUs and holds {len(found)}")
    return tuple(found)


def _asdu(octets: bytes, element: Element) -> Asdu:
    fields = {part.tag: part for part in elements(octets, element.start, element.stop)}
    for tag, length in LENGTHS.items():
        if tag in fields and fields[tag].stop - fields[tag].start != length:
            raise RecordingError(f"field {tag:#04x} of an ASDU is not of {length} octets")
    for tag, name in ((SVID, "svID"), (COUNT, "smpCnt"), (SAMPLE, "sample")):
        if tag not in fields:
            raise RecordingError(f"an ASDU has no {name}")
    size = fields[SAMPLE].stop - fields[SAMPLE].start
    if size == 0 or size % VALUE:
        raise RecordingError(
            f"the sample of an ASDU has {size} octets; {VALUE} per value and quality are due"
        )
    svid = _text(octets, fields[SVID])
    dataset = _text(octets, fields[DATASET]) if DATASET in fields else ""
    return Asdu(svid, dataset, fields, octets)


def _text(octets: bytes, element: Element) -> str:
    """A VisibleString; what is not visible becomes a question mark."""
    text = octets[element.start : element.stop].decode("ascii", "replace")
    return "".join(sign if sign.isascii() and sign.isprintable() else "?" for sign in text)
