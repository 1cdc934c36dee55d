"""Certificate: what the standard library does not tell of an X.509 certificate (RFC 5280)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from smartx96.errors import X96Error

_SEQUENCE, _OBJECT_ID, _OCTETS, _UTF8 = 0x30, 0x06, 0x04, 0x0C
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_VERSION, _EXTENSIONS = 0xA0, 0xA3

_ROLE = bytes.fromhex("2b060104018389 0c 8622 01")
"""1.3.6.1.4.1.50316.802.1 (Modbus/TCP Security 3.6, clause 8.3)."""


class CertificateError(X96Error, ValueError):
    """Bytes that are no certificate."""


class _Element(NamedTuple):
    """An element of DER (X.690, clause 8.1)."""

    tag: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Certificate:
    """A part of a certificate.

    Parameters
    ----------
    begin, end : datetime
        When it is valid, UTC.
    role : str or None
        Modbus role of its owner.
    """

    begin: datetime
    end: datetime
    role: str | None

    @classmethod
    def parse(cls, der: bytes) -> Certificate:
        """From DER.

        Raises
        ------
        CertificateError
            The bytes are no certificate, or its role is no text.
        """
        try:
            begin, end, extensions = _parts(der)
            return cls(_time(begin), _time(end), _role(extensions))
        except (ValueError, IndexError, StopIteration) as error:
            raise CertificateError(f"no certificate: {error or 'it is cut off'}") from None


def _elements(data: bytes) -> Iterator[_Element]:
    at = 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            width = size & 0x7F
            size, at = int.from_bytes(data[at : at + width]), at + width
        if at + size > len(data):
            raise ValueError("it is cut off")
        yield _Element(tag, data[at : at + size])
        at += size


def _inside(element: _Element, tag: int) -> list[_Element]:
    if element.tag != tag:
        raise ValueError(f"element {element.tag:02x} where {tag:02x} is due")
    return list(_elements(element.content))


def _parts(der: bytes) -> tuple[_Element, _Element, list[_Element]]:
    """Begin, end and extensions."""
    body = _inside(_inside(next(_elements(der)), _SEQUENCE)[0], _SEQUENCE)
    if body[0].tag == _VERSION:
        del body[0]
    # Serial number, signature, issuer, validity, subject, key, and then what may be missing.
    begin, end = _inside(body[3], _SEQUENCE)
    found = [each for each in body[6:] if each.tag == _EXTENSIONS]
    return begin, end, _inside(_inside(found[0], _EXTENSIONS)[0], _SEQUENCE) if found else []


def _time(element: _Element) -> datetime:
    """A time of validity; years of two digits are 1950 to 2049 (clause 4.1.2.5.1)."""
    text = element.content.decode("ascii")
    if element.tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif element.tag != _GENERALIZED_TIME:
        raise ValueError(f"element {element.tag:02x} where a time is due")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _role(extensions: list[_Element]) -> str | None:
    for extension in extensions:
        id, *_, value = _inside(extension, _SEQUENCE)
        if id == (_OBJECT_ID, _ROLE):
            (text,) = _inside(_Element(_SEQUENCE, value.content), _SEQUENCE)
            if value.tag != _OCTETS or text.tag != _UTF8:
                raise ValueError("its role is no UTF8String")
            return text.content.decode("utf-8")
    return None
