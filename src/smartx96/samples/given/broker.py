"""Broker: what all who speak with an MQTT broker go by: ports, secrets, certificates."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from smartx96.errors import OptionError

PORTS = {"mqtt": 1883, "mqtts": 8883}
"""Usual ports by scheme (IANA); `mqtts` is with TLS."""

PASSWORD_VARIABLE = "X96_MQTT_PASSWORD"
"""Of the environment, that holds the user's password."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files by which broker and meter know each other.

    Parameters
    ----------
    authority : Path or None
        Who vouches for the broker; None is whom the system trusts.
    certificate, key : Path or None
        Ours, where the broker asks for one.
    """

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @classmethod
    def parse(cls, text: str) -> Certificates:
        """From `CA.pem[,CERT.pem,KEY.pem]`.

        Raises
        ------
        OptionError
            It is something else.
        """
        names = [name.strip() for name in text.split(",")]
        if len(names) not in (1, 3) or not all(names):
            raise OptionError("give CA.pem or CA.pem,CERT.pem,KEY.pem")
        return cls(*(Path(name) for name in names))

    def context(self) -> ssl.SSLContext:
        """What a client speaks TLS with; the broker's name must be that of its certificate.

        Raises
        ------
        OptionError
            A file is missing or is not what it should be.
        """
        place = self.authority
        try:
            context = ssl.create_default_context(cafile=self.authority)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            place = self.certificate
            if self.certificate is not None:
                # Without a password: OpenSSL would ask for one at the terminal.
                context.load_cert_chain(self.certificate, self.key, lambda: "")
        except ssl.SSLError:
            raise OptionError(
                f"{place}: no certificate in PEM, or not with the key that belongs to it"
            ) from None
        except OSError as error:
            raise OptionError(f"{place} or its key: {error.strerror}; give a file in PEM") from None
        return context

    def beneath(self, *, tls: bool) -> ssl.SSLContext | None:
        """What is spoken with a broker beneath MQTT; None is in clear.

        Raises
        ------
        OptionError
            Files that cannot be used, or that nothing is encrypted with.
        """
        if tls:
            return self.context()
        if self != Certificates():
            raise OptionError("certificates are for mqtts://, and the broker is given as mqtt://")
        return None


def unreached(error: Exception) -> str:
    """Why a broker could not be reached, in a few words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError) and error.reason:
        return f"no TLS: {error.reason.lower().replace('_', ' ')}"
    if isinstance(error, TimeoutError):
        return "no answer"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
