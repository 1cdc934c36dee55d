"""Authorities, certificates and keys, made by openssl."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

ROLE = "1.3.6.1.4.1.50316.802.1"


class Authority:
    """An authority in a folder of its own, and what it signs.

    Files are named after their owner: `NAME.pem`, `NAME.key`.
    """

    def __init__(self, folder: Path, name: str = "authority") -> None:
        if shutil.which("openssl") is None:
            pytest.skip("openssl is not installed")
        self.folder, self.name = folder, name
        folder.mkdir(exist_ok=True)
        self.certificate = self._path(".pem")
        request, lines = self._requested(name, "basicConstraints=critical,CA:TRUE")
        self._enter(request, self.certificate, lines, _usual(), "-selfsign")

    def sign(
        self, name: str, *extensions: str, days: tuple[str, str] | None = None
    ) -> tuple[Path, Path]:
        """Certificate and key of somebody.

        Parameters
        ----------
        name : str
        extensions : str
            As in the configuration of openssl, such as `1.2.3=ASN1:UTF8String:text`.
        days : (str, str), optional
            Begin and end, as `20200101000000Z`; unless given from an hour ago, as a clock may be
            set back a little, for nine days.
        """
        request, lines = self._requested(name, "subjectAltName=IP:127.0.0.1", *extensions)
        certificate, key = self._path(".pem", name), self._path(".key", name)
        self._enter(request, certificate, lines, days or _usual())
        return certificate, key

    def revoked(self, *certificates: Path) -> Path:
        """The authority's certificate with a list of those that it has taken back."""
        configuration = self._configuration()
        for certificate in certificates:
            self._openssl("ca", "-config", configuration, "-revoke", certificate)
        crl = self._path(".crl")
        self._openssl("ca", "-config", configuration, "-gencrl", "-out", crl)
        both = self._path(".with-crl.pem")
        both.write_text(self.certificate.read_text() + crl.read_text())
        return both

    def encrypt(self, key: Path, password: str) -> Path:
        """A key that opens with a password."""
        locked = key.with_suffix(".locked")
        self._openssl("pkey", "-in", key, "-aes256", "-passout", f"pass:{password}", "-out", locked)
        locked.chmod(0o600)
        return locked

    def _requested(self, name: str, *extensions: str) -> tuple[Path, Path]:
        """A new key's request to be signed, and a file of the extensions."""
        request, lines = self._path(".csr", name), self._path(".cnf", name)
        self._openssl("req", *self._new_key(name), "-subj", f"/CN={name}", "-out", request)
        lines.write_text("\n".join(["[v]", *extensions]))
        return request, lines

    def _enter(
        self, request: Path, certificate: Path, lines: Path, days: tuple[str, str], *options: str
    ) -> None:
        """Sign for a certain time, which openssl does with a register of certificates only."""
        self._openssl("ca", "-batch", "-config", self._configuration(), "-in", request, "-out",
                      certificate, "-startdate", days[0], "-enddate", days[1], "-extfile", lines,
                      "-extensions", "v", "-notext", *options)  # fmt: skip

    def _configuration(self) -> Path:
        path, register = self._path(".ca"), self._path(".index")
        if not path.exists():
            register.touch()
            path.write_text(
                f"[ca]\ndefault_ca=d\n[d]\ndatabase={register}\nnew_certs_dir={self.folder}\n"
                f"certificate={self.certificate}\nprivate_key={self._path('.key')}\n"
                "default_md=sha256\ndefault_crl_days=9\nrand_serial=yes\nunique_subject=no\n"
                "policy=p\n"
                "[p]\ncommonName=supplied\n"
            )
        return path

    def _path(self, suffix: str, name: str = "") -> Path:
        return self.folder / f"{name or self.name}{suffix}"

    def _new_key(self, name: str) -> list[str | Path]:
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                self._path(".key", name)]  # fmt: skip

    @staticmethod
    def _openssl(*arguments: str | Path) -> None:
        done = subprocess.run(
            ["openssl", *map(str, arguments)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def _usual() -> tuple[str, str]:
    now = datetime.now(UTC)
    begin, end = now - timedelta(hours=1), now + timedelta(days=9)
    return f"{begin:%Y%m%d%H%M%SZ}", f"{end:%Y%m%d%H%M%SZ}"
