"""Role: what a client's certificate lets it do (Modbus/TCP Security 3.6, clause 8)."""

from __future__ import annotations

import asyncio

from smartx96.modbus.certificate import Certificate, CertificateError

READING = frozenset({"readonly", "viewer"})
"""Roles that read only, in lower case and without blanks, `-` and `_`; VIEWER is IEC 62351-8's."""


def reads_only(role: str | None) -> bool:
    """Whether a role does not write; what is not known here leaves it to the meter's password."""
    if role is None:
        return False
    return "".join(sign for sign in role.casefold() if sign not in " -_") in READING


def connection_reads_only(transport: asyncio.BaseTransport) -> bool:
    """Whether the client of a connection does not write; never without TLS and a certificate.

    One whose certificate cannot be understood does not.
    """
    link = transport.get_extra_info("ssl_object")
    der = None if link is None else link.getpeercert(binary_form=True)
    if der is None:
        return False
    try:
        return reads_only(Certificate.parse(der).role)
    except CertificateError:
        return True
