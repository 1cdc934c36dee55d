"""Modbus/TCP Security with TLS clients of others: openssl, pymodbus, Python's ssl."""

import asyncio
import socket
import ssl
import subprocess
import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from smartx96.modbus import handshake
from smartx96.modbus.admission import networks
from smartx96.modbus.bank import RegisterBank
from smartx96.modbus.line.over_tcp import RtuTcpServer
from smartx96.modbus.server import ModbusTcpServer
from smartx96.modbus.terms import Terms
from smartx96.modbus.tls import TlsFiles
from support.certificates import ROLE, Authority

pytestmark = pytest.mark.interop

SOON = datetime.now(UTC) + timedelta(minutes=5)
READ = bytes.fromhex("000100000006 01 03 0014 0002")
ANSWER = bytes.fromhex("000100000007 01 03 04 3f800000")
WRITE = bytes.fromhex("00020000000b 01 10 0034 0002 04 42c80000")
RTU_READ = bytes.fromhex("01 03 0014 0002 840f")


class Bank(RegisterBank):
    """Takes every write of those who may write."""

    def write(self, address, data, session=None, *, read_only=False):
        if read_only:
            super().write(address, data, session)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def meter(authority):
    return authority.sign("meter")


@pytest.fixture(scope="module")
def people(authority):
    """Certificates and keys of clients by name."""
    return {
        "operator": authority.sign("operator", f"{ROLE}=ASN1:UTF8String:Operator"),
        "reader": authority.sign("reader", f"{ROLE}=ASN1:UTF8String:ReadOnly"),
        "odd": authority.sign("odd", f"{ROLE}=ASN1:INTEGER:7"),
        "nobody": authority.sign("nobody"),
        "late": authority.sign("late", days=("20200101000000Z", "20210101000000Z")),
        "stranger": Authority(authority.folder / "elsewhere", "elsewhere").sign("stranger"),
        "revoked": authority.sign("revoked"),
    }


@contextmanager
def serving(tls, kind=ModbusTcpServer, **terms):
    """A server in a thread of its own; gives it and what it reports."""
    told, loop = [], asyncio.new_event_loop()
    server = kind([Bank()], Terms(tls=tls, report=told.append, **terms))
    loop.run_until_complete(server.start("127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server, told
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(server.wait_closed(), loop).result(5)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


@pytest.fixture
def mutual(authority, meter):
    with serving(TlsFiles(*meter, authority.certificate).context(SOON)) as found:
        yield found


def context(authority, person=None, version=None):
    found = ssl.create_default_context(cafile=authority.certificate)
    if person is not None:
        found.load_cert_chain(*person)
    if version is not None:
        found.minimum_version = found.maximum_version = version
    return found


def ask(address, client, request=READ, size=13):
    with (
        socket.create_connection(address, timeout=5) as plain,
        client.wrap_socket(plain, server_hostname="127.0.0.1") as link,
    ):
        link.sendall(request)
        answer = b""
        while len(answer) < size:
            part = link.recv(size - len(answer))
            if not part:
                break
            answer += part
        return answer


def turned_away(address, client):
    """Whether the client gets an error, in TLS 1.3 only when it reads, or the end."""
    try:
        return ask(address, client) == b""
    except OSError:
        return True


def until(condition):
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.mark.parametrize("version", VERSIONS)
def test_who_is_known_is_answered(mutual, authority, people, version):
    server, told = mutual
    client = context(authority, people["nobody"], version)
    assert ask(server.address, client) == ANSWER
    # Many at once, the first of them together with the end of the handshake.
    assert ask(server.address, client, READ * 500, 500 * len(ANSWER)) == ANSWER * 500
    assert told == []


@pytest.mark.parametrize("kind", [ModbusTcpServer, RtuTcpServer])
def test_a_request_that_comes_with_the_end_of_the_handshake_is_answered(
    authority, meter, people, kind
):
    server_side = TlsFiles(*meter, authority.certificate).context(SOON)
    with (
        serving(server_side, kind) as (server, _),
        socket.create_connection(server.address, timeout=5) as link,
    ):
        coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context(authority, people["nobody"], ssl.TLSVersion.TLSv1_3)
        secure = client.wrap_bio(coming, going, server_hostname="127.0.0.1")
        while True:
            try:
                secure.do_handshake()
                break
            except ssl.SSLWantReadError:
                link.sendall(going.read())
                coming.write(link.recv(4096))
        request, answer = (READ, ANSWER) if kind is ModbusTcpServer else (RTU_READ, b"\1\3\4")
        secure.write(request)
        link.sendall(going.read())  # one segment: the end of the handshake, and the request
        while True:
            try:
                assert secure.read(100).startswith(answer)
                break
            except ssl.SSLWantReadError:
                coming.write(link.recv(4096))


REASONS = {
    "late": "TLS: certificate has expired",
    "stranger": "TLS: unable to get local issuer certificate",
    None: "TLS: peer did not return a certificate",
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", REASONS)
def test_who_is_not_known_is_turned_away(mutual, authority, people, name, version):
    server, told = mutual
    client = context(authority, people[name] if name else None, version)
    for _ in range(2):
        assert turned_away(server.address, client)
    until(lambda: server.refused == 2)
    assert told == [f"Modbus TCP {server.name}: refused 127.0.0.1: {REASONS[name]}"]
    assert server.clients == 0


def test_who_was_revoked_is_turned_away(authority, meter, people):
    clients = authority.revoked(people["revoked"][0])
    with serving(TlsFiles(*meter, clients).context(SOON)) as (server, told):
        assert ask(server.address, context(authority, people["nobody"])) == ANSWER
        assert turned_away(server.address, context(authority, people["revoked"]))
        until(lambda: told)
        assert told[0].endswith("refused 127.0.0.1: TLS: certificate revoked")


@pytest.mark.parametrize(
    ("name", "answer"),
    [("operator", "10 0034 0002"), ("nobody", "10 0034 0002"), ("reader", "90 04"),
     ("odd", "90 04")],
)  # fmt: skip
def test_the_role_decides_on_writes(mutual, authority, people, name, answer):
    server, _ = mutual
    pdu = bytes.fromhex(answer)
    size = 7 + len(pdu) + len(ANSWER)
    found = ask(server.address, context(authority, people[name]), WRITE + READ, size)
    assert found[7 : -len(ANSWER)] == pdu
    assert found[-len(ANSWER) :] == ANSWER


def test_the_role_counts_for_rtu_over_tcp(authority, meter, people):
    tls = TlsFiles(*meter, authority.certificate).context(SOON)
    with serving(tls, RtuTcpServer) as (server, _):
        answer = ask(server.address, context(authority, people["reader"]), RTU_READ, 9)
        assert answer[:7] == bytes.fromhex("01 03 04 3f800000")
        framer = pytest.importorskip("pymodbus.framer.rtu").FramerRTU
        write = bytes.fromhex("01 10 0034 0002 04 42c80000")
        write += framer.compute_CRC(write).to_bytes(2)
        assert ask(server.address, context(authority, people["reader"]), write, 5)[1:3] == b"\x90\4"


def test_without_authorities_everybody_is_answered_in_secret(authority, meter):
    with serving(TlsFiles(*meter).context(SOON)) as (server, _):
        assert ask(server.address, context(authority)) == ANSWER


def test_openssl_is_answered(mutual, authority, people):
    server, _ = mutual
    certificate, key = people["nobody"]
    with subprocess.Popen(
        ["openssl", "s_client", "-quiet", "-verify_return_error", "-connect", server.name,
         "-CAfile", authority.certificate, "-cert", certificate, "-key", key],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as client:  # fmt: skip
        client.stdin.write(READ)
        client.stdin.flush()
        assert client.stdout.read(len(ANSWER)) == ANSWER
        client.terminate()


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_old_versions_are_refused(mutual, authority, people, version):
    server, told = mutual
    certificate, key = people["nobody"]
    done = subprocess.run(
        ["openssl", "s_client", version, "-cipher", "ALL:@SECLEVEL=0", "-connect", server.name,
         "-cert", certificate, "-key", key],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    until(lambda: told)
    assert told == [f"Modbus TCP {server.name}: refused 127.0.0.1: TLS: unsupported protocol"]


def test_pymodbus_is_answered(mutual, authority, people):
    module = pytest.importorskip("pymodbus.client")
    server, _ = mutual
    host, port = server.address
    secure = context(authority, people["nobody"])
    secure.check_hostname = False  # it tells no name to look at
    client = module.ModbusTlsClient(host, port=port, sslctx=secure, timeout=3, retries=0)
    with closing(client):
        assert client.connect()
        answer = client.read_holding_registers(0x14, count=2, device_id=1)
        assert answer.registers == [0x3F80, 0]


def test_a_client_that_speaks_in_clear_is_turned_away(mutual):
    server, told = mutual
    with socket.create_connection(server.address, timeout=5) as client:
        client.sendall(READ)
        client.settimeout(5)
        assert ANSWER not in client.recv(100)
    until(lambda: told)
    assert told == [f"Modbus TCP {server.name}: refused 127.0.0.1: TLS: wrong version number"]


def test_handshakes_that_go_on_count_as_clients_and_end(authority, meter, monkeypatch):
    monkeypatch.setattr(handshake, "PATIENCE", 1.0)
    with serving(TlsFiles(*meter).context(SOON), connections=3) as (server, told):
        silent = [socket.create_connection(server.address, timeout=5) for _ in range(3)]
        until(lambda: server.clients == 3)
        with socket.create_connection(server.address, timeout=5):
            until(lambda: server.refused == 1)
        assert told[0].endswith("refused 127.0.0.1: 3 clients are connected already")
        until(lambda: server.clients == 0)
        assert told[1].endswith("refused 127.0.0.1: no TLS handshake within 1 s")
        assert ask(server.address, context(authority)) == ANSWER
        for client in silent:
            client.close()


def test_addresses_are_looked_at_before_the_handshake(authority, meter):
    tls = TlsFiles(*meter).context(SOON)
    with serving(tls, allowed=networks(["10.0.0.0/8"])) as (server, told):
        assert turned_away(server.address, context(authority))
        assert told == [
            f"Modbus TCP {server.name}: refused 127.0.0.1: is not among the allowed addresses"
        ]


def test_clients_who_leave_in_the_middle_leave_nothing_behind(mutual, authority, people):
    server, told = mutual
    for sent in (b"", b"\x16\x03\x01\x02\x00\x01", b"\x16"):
        with socket.create_connection(server.address, timeout=5) as client:
            client.sendall(sent)
    until(lambda: server.clients == 0)
    assert ask(server.address, context(authority, people["nobody"])) == ANSWER
    assert told == []
