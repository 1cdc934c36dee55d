"""libmodbus as a meter, by its C interface: the task is the JSON file in its argument.

Says its port once it listens, writes every request as a line of JSON, and is ended by a signal.
libmodbus keeps a table without holes; which addresses there are is decided here.
"""

import ctypes
import ctypes.util
import errno
import json
import os
import socket
import sys
from pathlib import Path

LIBRARY = ctypes.CDLL(ctypes.util.find_library("modbus") or "libmodbus.so.5", use_errno=True)
ILLEGAL_ADDRESS, ILLEGAL_VALUE = 2, 3
LONGEST = 260
SIZE = 0x10000
LINKED = (errno.ECONNRESET, errno.EBADF, errno.EPIPE)
"""Of a connection that has ended."""


class Mapping(ctypes.Structure):
    """`modbus_mapping_t` of libmodbus 3.1."""

    _fields_ = (
        *((name, ctypes.c_int) for name in (
            "nb_bits", "start_bits", "nb_input_bits", "start_input_bits", "nb_input_registers",
            "start_input_registers", "nb_registers", "start_registers",
        )),
        ("tab_bits", ctypes.POINTER(ctypes.c_uint8)),
        ("tab_input_bits", ctypes.POINTER(ctypes.c_uint8)),
        ("tab_input_registers", ctypes.POINTER(ctypes.c_uint16)),
        ("tab_registers", ctypes.POINTER(ctypes.c_uint16)),
    )  # fmt: skip


LIBRARY.modbus_new_tcp.restype = LIBRARY.modbus_new_rtu.restype = ctypes.c_void_p
LIBRARY.modbus_mapping_new.restype = ctypes.POINTER(Mapping)
for name in ("modbus_tcp_listen", "modbus_tcp_accept", "modbus_receive", "modbus_reply",
             "modbus_reply_exception", "modbus_connect", "modbus_set_slave", "modbus_close",
             "modbus_get_header_length"):  # fmt: skip
    getattr(LIBRARY, name).argtypes = None


class Meter:
    """The registers, and what of them there is."""

    def __init__(self, task, record):
        self.limit, self.record = task["max_read"], record
        self.mapping = LIBRARY.modbus_mapping_new(0, 0, SIZE, SIZE)
        tables = self.mapping.contents.tab_registers, self.mapping.contents.tab_input_registers
        self.there = {3: set(), 4: set()}
        for function, name, table in ((3, "holding", tables[0]), (4, "input", tables[1])):
            for first, words in task[name].items():
                for n, word in enumerate(words):
                    table[int(first) + n] = word
                    self.there[function].add(int(first) + n)
        self.there[16] = {first + n for first, count in task["writable"] for n in range(count)}

    def answer(self, context, query, length):
        at = LIBRARY.modbus_get_header_length(context)
        function = query[at]
        address, count = (int.from_bytes(query[at + n : at + n + 2], "big") for n in (1, 3))
        json.dump([function, address, count], self.record)
        self.record.write("\n")
        refused = self.refused(function, address, count)
        if refused:
            LIBRARY.modbus_reply_exception(context, query, refused)
        else:
            LIBRARY.modbus_reply(context, query, length, self.mapping)

    def refused(self, function, address, count):
        if function not in self.there:
            return 0  # libmodbus knows what to say
        if function != 16 and count > self.limit:
            return ILLEGAL_VALUE
        asked = range(address, address + count)
        return 0 if self.there[function].issuperset(asked) else ILLEGAL_ADDRESS


def serve(context, meter):
    """Until the connection ends."""
    query = (ctypes.c_uint8 * LONGEST)()
    while True:
        length = LIBRARY.modbus_receive(context, query)
        if length > 0:
            meter.answer(context, bytes(query), length)
        elif length < 0 and ctypes.get_errno() in LINKED:
            return


def over_tcp(meter):
    context = ctypes.c_void_p(LIBRARY.modbus_new_tcp(b"127.0.0.1", 0))
    listening = ctypes.c_int(LIBRARY.modbus_tcp_listen(context, 1))
    print(socket.socket(fileno=os.dup(listening.value)).getsockname()[1], flush=True)
    while True:
        LIBRARY.modbus_tcp_accept(context, ctypes.byref(listening))
        serve(context, meter)
        LIBRARY.modbus_close(context)


def on_a_line(meter, task):
    device = task["device"].encode()
    context = ctypes.c_void_p(LIBRARY.modbus_new_rtu(device, 9600, ctypes.c_char(b"N"), 8, 1))
    LIBRARY.modbus_set_slave(context, task["unit"])
    if LIBRARY.modbus_connect(context):
        sys.exit("the line does not open")
    print("ready", flush=True)
    serve(context, meter)


def main(task):
    with Path(task["record"]).open("a", buffering=1) as record:
        meter = Meter(task, record)
        if task["device"]:
            on_a_line(meter, task)
        else:
            over_tcp(meter)


main(json.loads(Path(sys.argv[1]).read_text()))
