"""Encoder: samples to frames of sampled values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from smartx96.block import Samples
from smartx96.errors import OptionError, RecordingError
from smartx96.samples.capture.frames import Bytes, Integers
from smartx96.samples.sampled_values.ber import encode
from smartx96.samples.sampled_values.control_block import PRIORITY, ControlBlock
from smartx96.samples.sampled_values.message import (
    ASDU,
    COUNT,
    ETHERTYPE,
    HEADER,
    NO_ASDU,
    REVISION,
    SAMPLE,
    SAV_PDU,
    SEQUENCE,
    SVID,
    SYNCH,
    VALUE,
    VLAN_TYPES,
    parse_message,
)
from smartx96.samples.sampled_values.profiles import Profile
from smartx96.samples.sampled_values.quality import ValueQuality
from smartx96.samples.sampled_values.survey import EPOCH, GLOBAL
from smartx96.samples.source import ROLES

LONGEST_FRAME = 1518
"""Octets of an Ethernet frame without the check sequence, with a VLAN tag."""

ADDRESSES = 18
"""Octets before APPID, with a VLAN tag."""

LIMIT = 2**31 - 1

LOCAL = 1
"""smpSynch of a publisher on a clock of its own."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Frames of one length.

    Parameters
    ----------
    frames : ndarray of uint8, shape (frame, octet)
    times : ndarray of int, shape (frame,)
        When each is due: at the time of its last sample [ns since 1970].
    """

    frames: Bytes
    times: Integers


class Encoder:
    """Makes frames of the samples of a source.

    Parameters
    ----------
    control : ControlBlock
    roles : tuple of str
        Role of each channel of the samples.
    rate : float
        Sampling rate [1/s].
    start : datetime, optional
        Time of the first sample; None is the beginning of 1970.

    Raises
    ------
    OptionError
        The rate is not the profile's, the data set has no place for a role, or a frame would be
        too long.
    """

    def __init__(
        self,
        control: ControlBlock,
        roles: tuple[str, ...],
        rate: float,
        start: datetime | None = None,
    ) -> None:
        self.control = control
        self.profile = control.profile_at(rate)
        self._places = _places(self.profile, roles)
        self._scales = np.array(self.profile.dataset.scales)[:, np.newaxis]
        self._start = EPOCH if start is None else start
        phase = self._start.microsecond * self.profile.rate
        self._first, odd = divmod(phase, 1_000_000)
        # Only samples that fall on the full second can be said to be synchronised to it.
        self._synch = LOCAL if odd or start is None else GLOBAL
        self._position = 0
        self._rest = np.zeros((len(roles), 0))
        self._template(self.profile.asdus)

    def encode(self, samples: Samples) -> Encoded:
        """The frames that more samples complete.

        Parameters
        ----------
        samples : ndarray, shape (channel, n)
            In V and A, NaN where missing: these are sent as 0 of invalid quality.

        Raises
        ------
        RecordingError
            A value is beyond what the 32 bits hold.
        """
        samples = np.concatenate((self._rest, samples), axis=1)
        whole = samples.shape[1] // self.profile.asdus * self.profile.asdus
        self._rest = samples[:, whole:]
        return self._encode(samples[:, :whole], self.profile.asdus)

    def finish(self) -> Encoded:
        """A last frame of fewer samples, where some are left."""
        rest, self._rest = self._rest, self._rest[:, :0]
        return self._encode(rest, max(1, rest.shape[1]))

    def _encode(self, samples: Samples, asdus: int) -> Encoded:
        count = samples.shape[1] // asdus
        template = self._template(asdus)
        frames = np.tile(np.frombuffer(template, dtype=np.uint8), (count, 1))
        positions = self._position + np.arange(samples.shape[1], dtype=np.int64)
        self._position += samples.shape[1]
        message = parse_message(template)
        assert message is not None
        numbers = ((self._first + positions) % self.profile.rate).astype(">u2")
        counts = numbers.reshape(count, asdus, 1).view(np.uint8)
        content = self._content(samples).reshape(count, asdus, VALUE * self.profile.dataset.values)
        for number, asdu in enumerate(message.asdus):
            at, stop = asdu.fields[COUNT].start, asdu.fields[COUNT].stop
            frames[:, at:stop] = counts[:, number]
            at, stop = asdu.fields[SAMPLE].start, asdu.fields[SAMPLE].stop
            frames[:, at:stop] = content[:, number]
        return Encoded(frames, self._times(positions[asdus - 1 :: asdus]))

    def _times(self, positions: Integers) -> Integers:
        begun = (self._start - EPOCH) // timedelta(microseconds=1) * 1000
        seconds, rest = np.divmod(positions, self.profile.rate)
        times: Integers = seconds * 1_000_000_000 + rest * 1_000_000_000 // self.profile.rate
        return times + begun

    def _content(self, samples: Samples) -> Bytes:
        """Octets of values and qualities, shape (n, 8 * channel)."""
        dataset = self.profile.dataset
        physical = np.zeros((dataset.values, samples.shape[1]))
        derived = np.zeros(dataset.values, dtype=np.uint32)
        for place, own in self._places.items():
            physical[place] = samples[own].sum(axis=0)
            derived[place] = ValueQuality.DERIVED if len(own) > 1 else 0
        counts = np.round(physical / self._scales)
        missing = np.isnan(counts)
        self._check(counts, physical)
        content = np.zeros((samples.shape[1], dataset.values, 2), dtype=">u4")
        content[:, :, 0] = np.where(missing, 0, counts).astype(np.int64).T & 0xFFFFFFFF
        content[:, :, 1] = (derived[:, np.newaxis] | missing * np.uint32(ValueQuality.INVALID)).T
        octets: Bytes = content.view(np.uint8).reshape(samples.shape[1], VALUE * dataset.values)
        return octets

    def _check(self, counts: Samples, physical: Samples) -> None:
        beyond = np.abs(counts) > LIMIT
        if beyond.any():
            place = int(np.argmax(beyond.any(axis=1)))
            channel = self.profile.dataset.channels[place]
            value = physical[place][beyond[place]][0]
            limit = LIMIT * float(self._scales[place, 0])
            raise RecordingError(
                f"{channel.name} of {value:.6g} {channel.unit} is beyond the {limit:.7g} "
                f"{channel.unit} that sampled values hold"
            )

    def _template(self, asdus: int) -> bytes:
        """A frame whose counters and samples are 0."""
        control, values = self.control, self.profile.dataset.values
        asdu = encode(
            ASDU,
            encode(SVID, control.svid.encode("ascii"))
            + encode(COUNT, bytes(2))
            + encode(REVISION, (1).to_bytes(4))
            + encode(SYNCH, bytes((self._synch,)))
            + encode(SAMPLE, bytes(VALUE * values)),
        )
        count = asdus.to_bytes(1 if asdus < 0x80 else 2)
        pdu = encode(SAV_PDU, encode(NO_ASDU, count) + encode(SEQUENCE, asdu * asdus))
        tag = b""
        if control.vlan is not None:
            tag = VLAN_TYPES[0].to_bytes(2) + (PRIORITY << 13 | control.vlan).to_bytes(2)
        length = HEADER + len(pdu)
        if ADDRESSES + length > LONGEST_FRAME:
            raise OptionError(
                f"--sv-profile {self.profile.name}: frames would have more than the "
                f"{LONGEST_FRAME} octets of Ethernet"
            )
        head = control.appid.to_bytes(2) + length.to_bytes(2) + bytes(4)
        return control.destination + control.source + tag + ETHERTYPE.to_bytes(2) + head + pdu


def _places(profile: Profile, roles: tuple[str, ...]) -> dict[int, list[int]]:
    """Channels whose sum each value of the data set is; values without any stay 0."""
    strange = [role for role in roles if role not in ROLES]
    if strange:
        raise OptionError(
            f"sampled values hold phase voltages and currents, which {strange[0]} is none of"
        )
    dataset = profile.dataset
    kinds = {"i": (0, dataset.currents), "v": (dataset.currents, dataset.voltages)}
    places: dict[int, list[int]] = {}
    for index, role in enumerate(roles):
        first, width = kinds[role[0]]
        phase = int(role[1]) - 1
        if phase >= width:
            raise OptionError(f"--sv-profile {profile.name}: has no place for {role}")
        places.setdefault(first + phase, []).append(index)
        if width > 3:
            places.setdefault(first + 3, []).append(index)
    return places


def encoded(encoder: Encoder, pieces: Iterable[Samples]) -> Iterator[Encoded]:
    """Frames of consecutive samples, and of what is left at their end.

    Parameters
    ----------
    encoder : Encoder
    pieces : iterable of ndarray, shape (channel, n)
    """
    for samples in pieces:
        yield encoder.encode(samples)
    yield encoder.finish()
