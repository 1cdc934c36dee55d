"""Captures are what Wireshark takes for Modbus without any setting up; scapy reads them too."""

import asyncio
import json
import os
import shutil
import socket
import struct
import subprocess
import time
from contextlib import closing

import pytest

from smartx96.modbus.bank import RegisterBank
from smartx96.modbus.line.over_tcp import RtuTcpServer
from smartx96.modbus.line.server import RtuServer
from smartx96.modbus.server import ModbusTcpServer
from smartx96.modbus.terms import Terms
from smartx96.modbus.traffic import Framing, Message
from smartx96.modbus.watch.capture import Capture

pytestmark = pytest.mark.interop

TIME = 1_767_225_600.25
READ = bytes.fromhex("000100000006 01 03 0014 0002")
ANSWER = bytes.fromhex("000100000007 01 03 04 3f800000")
UNLOCK = bytes.fromhex("00020000000b 01 10 0018 0002 04 5ec4e75a")

# Frames with their check sums: the read is the specification's own way to write one, the others
# were reckoned by pymodbus.
RTU_READ = bytes.fromhex("01 04 0000 0002 71cb")
RTU_ANSWER = bytes.fromhex("01 04 04 41424344 7eaf")
RTU_UNLOCK = bytes.fromhex("01 10 0018 0002 04 5ec4e75a")
RTU_FOREIGN = bytes.fromhex("11 03 006b 0003 7687")


@pytest.fixture
def tshark():
    """Fields of each packet; no preference is set but those that check sums are looked at."""
    program = shutil.which("tshark")
    if program is None:
        pytest.skip("tshark is not installed")

    def fields(path, *names, only=""):
        checks = [f"{layer}.check_checksum:TRUE" for layer in ("ip", "tcp")]
        command = [program, "-n", "-r", str(path), *(["-Y", only] if only else []), "-T", "json"]
        for check in (*checks, "mbrtu.crc_verification:TRUE"):
            command += ["-o", check]
        for name in (*names, "_ws.malformed", "_ws.expert.message"):
            command += ["-e", name]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        found = [packet["_source"]["layers"] for packet in json.loads(done.stdout)]
        assert not [p for p in found if "_ws.malformed" in p]
        return [[",".join(packet.get(name, [])) for name in names] for packet in found]

    return fields


@pytest.fixture
def capture(tmp_path):
    told = []
    capture = Capture(tmp_path / "c.pcapng", told.append)
    capture.path = tmp_path / "c.pcapng"
    yield capture
    capture.close()
    assert told == []


def converse(server_of, host, *pieces):
    """Send pieces apart from each other, and return the answers to all."""

    def talk(address):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with closing(socket.socket(family)) as client:
            client.settimeout(5)
            client.connect(address)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in pieces:
                client.sendall(piece)
                time.sleep(0.05)
            client.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: client.recv(4096), b""))

    async def serve():
        server = server_of()
        await server.start(host, 0)
        try:
            return await asyncio.to_thread(talk, server.address)
        finally:
            server.close()
            await server.wait_closed()

    return asyncio.run(asyncio.wait_for(serve(), 20))


def tcp_server(capture):
    return lambda: ModbusTcpServer([RegisterBank()], Terms(watchers=(capture,)))


@pytest.mark.parametrize(("host", "layer"), [("127.0.0.1", "ip"), ("::1", "ipv6")])
def test_modbus_tcp_of_a_real_connection(capture, tshark, host, layer):
    before = time.time()
    answers = converse(
        tcp_server(capture), host, READ, READ[:9], READ[9:] + READ + UNLOCK[:16], UNLOCK[16:]
    )
    assert answers.startswith(ANSWER * 3)
    names = ("frame.protocols", "mbtcp.trans_id", "modbus.func_code", "modbus.reference_num",
             "modbus.regval_uint16", f"{layer}.src", "tcp.srcport", "tcp.dstport",
             "tcp.analysis.flags", "tcp.checksum.status", "frame.time_epoch",
             "frame.packet_flags_direction")  # fmt: skip
    packets = tshark(capture.path, *names)
    assert all(p[0].startswith(f"raw:{layer}:tcp") for p in packets)
    # 1 is good; three packets for the connection, then one for each piece in either direction.
    assert {p[9] for p in packets} == {"1"}
    assert {p[8] for p in packets} == {""}
    assert {p[5] for p in packets} == {host}
    modbus = [p for p in packets if p[1]]
    asked = [(p[1], p[2]) for p in modbus if p[7] == "502"]
    answered = [(p[1], p[2]) for p in modbus if p[6] == "502"]
    assert ",".join(a for a, _ in asked) == "1,1,1,2"
    assert ",".join(b for _, b in asked) == "3,3,3,16"
    assert ",".join(a for a, _ in answered) == "1,1,1,2"
    assert modbus[1][4] == "16256,0"  # 3f80 0000
    assert modbus[-2][4] == "65535,65535"
    assert all(before - 0.01 < float(p[10]) < time.time() for p in packets)
    assert [int(p[11], 16) & 3 for p in modbus[:2]] == [1, 2]
    assert b"\x5e\xc4" not in capture.path.read_bytes()


def test_rtu_frames_of_a_line(capture, tshark):
    line = Message(TIME, "/dev/ttyUSB0", "/dev/ttyUSB0", False, RTU_READ, Framing.RTU)
    capture.message(line)
    capture.message(line._replace(time=TIME + 0.01, sent=True, data=RTU_ANSWER))
    capture.message(line._replace(data=RTU_FOREIGN + RTU_READ))
    capture.message(line._replace(data=b"\xfe\xff\x13" + RTU_READ))
    capture.message(line._replace(data=RTU_READ[:-1] + b"\0"))
    packets = tshark(
        capture.path, "frame.protocols", "mbrtu.unit_id", "modbus.func_code", "mbrtu.crc16.status",
        "frame.interface_name", "frame.interface_description", "frame.time_epoch",
        "modbus.request_frame",
    )  # fmt: skip
    protocols = "exported_pdu:mbrtu:modbus"
    assert [p[:4] for p in packets] == [
        [protocols, "1", "4", "1"],
        [protocols, "1", "4", "1"],
        [protocols, "17", "3", "1"],
        [protocols, "1", "4", "1"],
        ["exported_pdu:data", "", "", ""],
        [protocols, "1", "4", "1"],
        [protocols, "1", "4", "0"],
    ]
    assert packets[0][4:6] == ["/dev/ttyUSB0", "Modbus RTU /dev/ttyUSB0"]
    assert float(packets[1][6]) == TIME + 0.01
    assert packets[1][7] == "1"


def test_password_on_a_line_is_hidden_under_a_right_check_sum(capture, tshark):
    framer = pytest.importorskip("pymodbus.framer.rtu").FramerRTU
    total = framer.compute_CRC(RTU_UNLOCK)
    data = RTU_UNLOCK + struct.pack(">H", total)
    capture.message(Message(TIME, "line", "line", False, data, Framing.RTU))
    (packet,) = tshark(capture.path, "modbus.regval_uint16", "mbrtu.crc16.status")
    assert packet == ["65535,65535", "1"]


def test_rtu_over_tcp_says_who_spoke(capture, tshark):
    def server():
        return RtuTcpServer([RegisterBank()], Terms(watchers=(capture,)))

    frame = bytes.fromhex("01 03 0014 0002 840f")
    answer = converse(server, "127.0.0.1", frame, b"")
    assert answer[:3] == bytes.fromhex("010304")
    packets = tshark(capture.path, "ip.src", "modbus.func_code", "mbrtu.crc16.status",
                     "exported_pdu.dst_port", "frame.interface_name")  # fmt: skip
    assert [p[:3] for p in packets] == [["127.0.0.1", "3", "1"]] * 2
    assert packets[0][4] == f"127.0.0.1:{packets[0][3]}"


def test_a_real_line(capture, tshark, tmp_path):
    """A pseudo-terminal, from the server's own port to the packets."""
    link = tmp_path / "line"

    def talk():
        device = os.open(link, os.O_RDWR | os.O_NOCTTY)
        try:
            os.write(device, bytes.fromhex("01 03 0014 0002 840f"))
            return os.read(device, 9)
        finally:
            os.close(device)

    async def serve():
        server = RtuServer([RegisterBank()], Terms(watchers=(capture,)))
        await server.start(f"pty:{link}")
        try:
            return await asyncio.to_thread(talk)
        finally:
            server.close()
            await server.wait_closed()

    answer = asyncio.run(asyncio.wait_for(serve(), 20))
    assert answer[:3] == bytes.fromhex("010304")
    packets = tshark(capture.path, "modbus.func_code", "mbrtu.crc16.status", "ip.src",
                     "frame.packet_flags_direction", "frame.interface_name")  # fmt: skip
    assert [p[:3] for p in packets] == [["3", "1", ""]] * 2
    assert [int(p[3], 16) & 3 for p in packets] == [1, 2]
    assert packets[0][4] == str(link)


def test_begun_anew_the_file_reads_for_itself(tmp_path, tshark):
    capture = Capture(tmp_path / "c.pcapng", print, limit=6000)
    port, client = "0.0.0.0:5020", "192.168.1.20:40000"
    for n in range(100):
        capture.message(Message(TIME + n, port, client, False, READ))
        capture.message(Message(TIME + n, port, client, True, ANSWER))
    capture.close()
    for name in ("c.pcapng", "c.1.pcapng"):
        assert (tmp_path / name).stat().st_size <= 6000
        packets = tshark(tmp_path / name, "modbus.func_code", "ip.src", "ip.dst", only="mbtcp")
        assert {p[0] for p in packets} == {"3"}
        assert {p[1] for p in packets} == {"192.168.1.20", "0.0.0.0"}


def test_scapy_reads_it_as_well(capture):
    scapy = pytest.importorskip("scapy.all")
    converse(tcp_server(capture), "127.0.0.1", READ, READ)
    packets = scapy.rdpcap(str(capture.path))
    assert [str(p[scapy.TCP].flags) for p in packets[:3]] == ["S", "SA", "A"]
    said = [bytes(p[scapy.TCP].payload) for p in packets[3:]]
    assert said == [READ, ANSWER, READ, ANSWER]
    for p in packets:
        again = p.__class__(bytes(p))
        del again[scapy.IP].chksum, again[scapy.TCP].chksum
        assert bytes(again) == bytes(p)
