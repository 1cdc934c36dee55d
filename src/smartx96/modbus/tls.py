"""TLS: what Modbus/TCP Security needs of certificates and keys.

Mutual authentication where the certificates of those who may connect are given; otherwise only we
prove who we are.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from smartx96.errors import OptionError
from smartx96.modbus.certificate import Certificate, CertificateError

OPTION = "--tls"
PASSWORD_VARIABLE = "X96_TLS_PASSWORD"
"""Environment variable with the password of an encrypted key."""

PORT = 802
"""Port of Modbus/TCP Security."""

_LARGEST = 10_000_000
"""Bytes of a file of certificates at most; the authorities of a browser take a quarter of it."""

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_REVOCATIONS = "-----BEGIN X509 CRL-----"
_KEY = "PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files.

    Parameters
    ----------
    certificate : Path
        Ours, and behind it those between ours and the authority's.
    key : Path
    clients : Path or None
        Authorities whose clients may connect, and lists of what they revoked; None is everybody.
    """

    certificate: Path
    key: Path
    clients: Path | None = None

    @classmethod
    def parse(cls, text: str) -> TlsFiles:
        """From `CERT.pem,KEY.pem[,CLIENTS.pem]`.

        Raises
        ------
        OptionError
            It is something else.
        """
        names = [name.strip() for name in text.split(",")]
        if not 2 <= len(names) <= 3 or not all(names):
            raise OptionError(
                f"{OPTION} {text}: give CERT.pem,KEY.pem or CERT.pem,KEY.pem,CLIENTS.pem"
            )
        return cls(*(Path(name) for name in names))

    def context(self, now: datetime, password: str | None = None) -> ssl.SSLContext:
        """What a server speaks TLS with.

        Parameters
        ----------
        now : datetime
            By which the certificate is valid or not, with a time zone.
        password : str, optional
            Of the key.

        Raises
        ------
        OptionError
            A file is missing, is not what it should be or can be read by everybody, the key is not
            that of the certificate or needs another password, or the certificate is not valid now.
        """
        _check_validity(self.certificate, now)
        _check_key(self.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        self._load(context, password)
        if self.clients is not None:
            _admit(context, self.clients)
        return context

    def _load(self, context: ssl.SSLContext, password: str | None) -> None:
        def given() -> str:
            if password is None:
                raise _refusal(self.key, f"is encrypted; give its password in {PASSWORD_VARIABLE}")
            return password

        try:
            context.load_cert_chain(self.certificate, self.key, given)
        except OptionError:
            raise
        except (ssl.SSLError, ValueError) as error:
            raise _refusal(self.key, self._why(error, password)) from None

    def _why(self, error: Exception, password: str | None) -> str:
        """What is wrong with the key, and what to do."""
        if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
            return f"is not the key of {self.certificate}; give the two that belong together"
        if password is not None and "ENCRYPTED" in _text(self.key):
            return f"does not open with the password in {PASSWORD_VARIABLE}"
        return f"cannot be used with {self.certificate}: {reason(error)}"


def reason(error: Exception) -> str:
    """Why a certificate, a key or a handshake was no good, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _admit(context: ssl.SSLContext, clients: Path) -> None:
    """Let in who has a certificate of these authorities, and nobody else."""
    text = _text(clients)
    if _BEGIN not in text:
        raise _refusal(
            clients, "holds no certificate in PEM; give those of the clients' authorities"
        )
    try:
        context.load_verify_locations(clients)
    except ssl.SSLError as error:
        raise _refusal(clients, f"cannot be used: {reason(error)}") from None
    context.verify_mode = ssl.CERT_REQUIRED
    if _REVOCATIONS in text:
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF


def _check_validity(path: Path, now: datetime) -> None:
    begin, mark, _ = _text(path).partition(_END)
    try:
        if not mark or _BEGIN not in begin:
            raise CertificateError("it holds none in PEM")
        own = begin[begin.index(_BEGIN) :] + mark
        found = Certificate.parse(ssl.PEM_cert_to_DER_cert(own))
    except ValueError as error:
        raise _refusal(path, f"is no certificate ({error}); give ours in PEM") from None
    if now < found.begin:
        raise _refusal(path, f"is valid from {_shown(found.begin)} on; look at the clock")
    if now > found.end:
        raise _refusal(path, f"has expired on {_shown(found.end)}; renew it")


def _check_key(path: Path) -> None:
    if _KEY not in _text(path):
        raise _refusal(path, "holds no private key in PEM; give that of the certificate")
    # A group may be made for those who read keys; everybody is not.
    if path.stat().st_mode & 0o007:
        raise _refusal(path, f"can be read or written by everybody: chmod 600 {path}")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise _refusal(path, f"cannot be read: {error.strerror}; give a file in PEM") from None
    if len(content) > _LARGEST:
        raise _refusal(path, f"is longer than {_LARGEST} bytes; give a file in PEM")
    return content.decode("ascii", "replace")


def _shown(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _refusal(path: Path, what: str) -> OptionError:
    return OptionError(f"{OPTION} {path}: {what}")
