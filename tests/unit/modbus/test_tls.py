"""Certificates, keys and roles: made by openssl, and every fault a line of its own."""

import re
import ssl
import subprocess
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.errors import OptionError
from smartx96.modbus.certificate import Certificate, CertificateError
from smartx96.modbus.role import reads_only
from smartx96.modbus.tls import TlsFiles
from support.certificates import ROLE, Authority


def later(**span):
    """A time after the certificates were made."""
    return datetime.now(UTC) + timedelta(minutes=5) + timedelta(**span)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def meter(authority):
    return authority.sign("meter")


def der(path):
    return ssl.PEM_cert_to_DER_cert(path.read_text())


def refused(files, password=None, now=None):
    with pytest.raises(OptionError) as caught:
        files.context(now or later(), password)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("--tls ")
    return line


@pytest.mark.parametrize("options", [["-newkey", "rsa:2048"], ["-newkey", "ed25519"]])
def test_validity_is_what_openssl_says(tmp_path, options):
    path = tmp_path / "c.pem"
    subprocess.run(
        ["openssl", "req", "-x509", *options, "-nodes", "-keyout", tmp_path / "k", "-out", path,
         "-days", "30000", "-subj", "/C=DE/O=Ä Ö/CN=x"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    said = subprocess.run(
        ["openssl", "x509", "-in", path, "-noout", "-dates"],
        check=True, capture_output=True, text=True, timeout=30,
    ).stdout  # fmt: skip
    dates = [ssl.cert_time_to_seconds(date) for date in re.findall(r"=(.*)", said)]
    found = Certificate.parse(der(path))
    # The end is beyond 2049, where the format of the date changes.
    assert [found.begin.timestamp(), found.end.timestamp()] == dates
    assert found.end.year > 2050
    assert found.role is None


@pytest.mark.parametrize("role", ["ReadOnly", "Betriebsführer", "x" * 300, ""])
def test_the_role_is_read(authority, role):
    certificate, _ = authority.sign("role", f"{ROLE}=ASN1:FORMAT:UTF8,UTF8String:{role}")
    assert Certificate.parse(der(certificate)).role == role


def test_a_role_that_is_no_text_is_a_fault(authority):
    certificate, _ = authority.sign("number", f"{ROLE}=ASN1:INTEGER:7")
    with pytest.raises(CertificateError, match="no UTF8String"):
        Certificate.parse(der(certificate))


@given(st.data())
def test_damaged_certificates_are_faults_or_certificates(meter, data):
    content = bytearray(der(meter[0]))
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(CertificateError):
        Certificate.parse(bytes(content[: data.draw(st.integers(0, len(content)))]))


@given(st.binary(max_size=200))
def test_noise_is_no_certificate(content):
    with pytest.raises(CertificateError):
        Certificate.parse(content)


@pytest.mark.parametrize(
    ("role", "only"),
    [(None, False), ("", False), ("Operator", False), ("ReadOnly", True), ("read only", True),
     ("READ_ONLY", True), ("read-only", True), ("VIEWER", True), ("Viewers", False)],
)  # fmt: skip
def test_roles_that_read_only(role, only):
    assert reads_only(role) is only


def test_what_is_typed():
    files = TlsFiles.parse("a.pem, b.key,c d.pem")
    assert [str(p) for p in (files.certificate, files.key, files.clients)] == [
        "a.pem", "b.key", "c d.pem",
    ]  # fmt: skip
    assert TlsFiles.parse("a,b").clients is None


@pytest.mark.parametrize("text", ["", "a.pem", "a,", ",b", "a,b,", "a,b,c,d"])
def test_what_is_mistyped(text):
    with pytest.raises(OptionError, match=r"^--tls .*give CERT\.pem,KEY\.pem"):
        TlsFiles.parse(text)


def test_a_context_for_mutual_authentication(authority, meter):
    context = TlsFiles(*meter, authority.certificate).context(later())
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert TlsFiles(*meter).context(later()).verify_mode is ssl.CERT_NONE


def test_an_encrypted_key_opens_with_its_password_only(authority, meter, capfd):
    locked = authority.encrypt(meter[1], "correct horse")
    files = TlsFiles(meter[0], locked)
    files.context(later(), "correct horse")
    assert refused(files) == f"--tls {locked}: is encrypted; give its password in X96_TLS_PASSWORD"
    line = refused(files, "wrong battery")
    assert line == f"--tls {locked}: does not open with the password in X96_TLS_PASSWORD"
    refused(files, "x" * 2000)
    assert capfd.readouterr() == ("", "")  # nobody was asked


def test_files_that_are_missing_or_something_else(authority, meter, tmp_path):
    certificate, key = meter
    other = authority.sign("other")
    text, missing = tmp_path / "text", tmp_path / "missing"
    text.write_text("hello")
    text.chmod(0o600)
    assert "missing: cannot be read: No such file or directory" in refused(TlsFiles(missing, key))
    assert "missing: cannot be read: No such" in refused(TlsFiles(certificate, missing))
    assert "missing: cannot be read: No such" in refused(TlsFiles(certificate, key, missing))
    assert "cannot be read: Is a directory" in refused(TlsFiles(tmp_path, key))
    assert "text: is no certificate (it holds none in PEM)" in refused(TlsFiles(text, key))
    assert "text: holds no private key" in refused(TlsFiles(certificate, text))
    assert "text: holds no certificate" in refused(TlsFiles(certificate, key, text))
    line = refused(TlsFiles(certificate, other[1]))
    assert f"{other[1]}: is not the key of {certificate}" in line


def test_pem_with_damage_inside(meter, tmp_path):
    damaged = tmp_path / "damaged.pem"
    damaged.write_text(meter[0].read_text().replace("MII", "M!I", 1))
    assert "is no certificate" in refused(TlsFiles(damaged, meter[1]))
    key = tmp_path / "damaged.key"
    key.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    key.chmod(0o600)
    assert "cannot be used" in refused(TlsFiles(meter[0], key))
    clients = tmp_path / "clients.pem"
    clients.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert "cannot be used" in refused(TlsFiles(*meter, clients))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs an endless file")
def test_an_endless_file_is_refused(meter):
    assert "is longer than" in refused(TlsFiles(Path("/dev/zero"), meter[1]))


def test_time_of_validity(authority, meter):
    files = TlsFiles(*meter)
    assert re.search(r"has expired on \d{4}-\d\d-\d\d .* UTC; renew it$",
                     refused(files, now=later(days=10)))  # fmt: skip
    assert "is valid from" in refused(files, now=later(days=-1))
    old = authority.sign("old", days=("20200101000000Z", "20210101000000Z"))
    assert "has expired on 2021-01-01 00:00:00 UTC" in refused(TlsFiles(*old))


@pytest.mark.parametrize(("mode", "good"), [(0o600, True), (0o400, True), (0o640, True),
                                            (0o644, False), (0o602, False)])  # fmt: skip
def test_keys_that_everybody_can_read(authority, meter, mode, good):
    certificate, key = authority.sign("modes")
    key.chmod(mode)
    files = TlsFiles(certificate, key)
    if good:
        files.context(later())
    else:
        assert refused(files).endswith(f"can be read or written by everybody: chmod 600 {key}")
