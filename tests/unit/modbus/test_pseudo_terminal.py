"""A line on a pseudo-terminal, as a client finds it."""

import asyncio
import os

import minimalmodbus
import pytest

from smartx96.errors import ListenError
from smartx96.modbus.line.server import RtuServer
from support.modbus_unit import ScriptedUnit

pytestmark = pytest.mark.alone

READ = bytes.fromhex("11 03 0032 0002 6754")
ZERO = bytes.fromhex("11 03 04 00000000 ebf2")


async def heard(far: int, seconds: float) -> bytes:
    loop, found = asyncio.get_running_loop(), bytearray()
    loop.add_reader(far, lambda: found.extend(os.read(far, 4096)))
    await asyncio.sleep(seconds)
    loop.remove_reader(far)
    return bytes(found)


def dialogue(link, *script):
    """What a client is sent that writes one part after the other, 50 ms apart."""

    async def talk():
        server = RtuServer([ScriptedUnit(0x11)])
        await server.start(f"pty:{link}")
        found = []
        far = os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            for part in script:
                os.write(far, part)
                found.append(await heard(far, 0.05))
        finally:
            os.close(far)
            server.close()
        return found

    return asyncio.run(talk())


def test_a_client_that_opens_the_link_is_answered(tmp_path):
    assert dialogue(tmp_path / "meter", READ) == [ZERO]
    assert not (tmp_path / "meter").is_symlink()


def test_every_octet_passes_unchanged(tmp_path):
    """What terminals like to take for their own: line ends, ends of file, interrupts, stops."""
    echo = bytes.fromhex("11 08 0000 00010203040a0d11131a1c7f80ff0a0d0304")
    request = echo + minimalmodbus._calculate_crc(echo)
    assert dialogue(tmp_path / "meter", request) == [request]


def test_half_a_request_and_the_next_whole(tmp_path):
    assert dialogue(tmp_path / "meter", READ[:4], READ) == [b"", ZERO]


def test_a_link_that_is_left_over_is_replaced(tmp_path):
    (tmp_path / "meter").symlink_to("/dev/pts/gone")
    assert dialogue(tmp_path / "meter", READ) == [ZERO]


def test_a_file_is_not_replaced(tmp_path):
    (tmp_path / "meter").write_text("mine")
    with pytest.raises(ListenError, match=r"^pty:.*is there already; give another name$"):
        dialogue(tmp_path / "meter", READ)
    assert (tmp_path / "meter").read_text() == "mine"


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_file_can_have(tmp_path, name):
    with pytest.raises(ListenError, match=r"^pty:[^\n]*; give another name$"):
        dialogue(tmp_path / name, READ)


def test_a_folder_that_there_is_not(tmp_path):
    with pytest.raises(ListenError, match=r"^pty:.*No such file or directory; give another name$"):
        dialogue(tmp_path / "nowhere" / "meter", READ)


def test_a_port_that_another_program_has_is_told_as_such():
    import fcntl

    near, far = os.openpty()
    path = os.ttyname(far)
    fcntl.flock(far, fcntl.LOCK_EX | fcntl.LOCK_NB)
    told = rf"^Modbus RTU cannot open {path}: another program has it [^\n]*: stop that, or give "
    try:
        with pytest.raises(ListenError, match=told):
            asyncio.run(RtuServer([ScriptedUnit(0x11)]).start(path))
    finally:
        os.close(near)
        os.close(far)


def test_a_device_that_no_system_has_is_one_line():
    opening = RtuServer([ScriptedUnit(0x11)]).start("nowhere://1")
    with pytest.raises(ListenError, match=r"^Modbus RTU cannot open nowhere://1: [^\n]+$"):
        asyncio.run(opening)
