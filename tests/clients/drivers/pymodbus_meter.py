"""pymodbus as a meter: the task is the JSON file in its argument.

Says its port once it listens, writes every request as a line of JSON, and ends when its standard
input ends.
"""

import asyncio
import json
import sys
from pathlib import Path

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


def blocks(runs):
    return [SimData(int(first), values=values, datatype=DataType.REGISTERS)
            for first, values in runs.items()]  # fmt: skip


def device(task):
    taken = {first + n for first, count in task["writable"] for n in range(count)}

    async def rules(function, start, address, count, registers, values):
        if values is None:
            return ExcCodes.ILLEGAL_VALUE if count > task["max_read"] else None
        if not taken.issuperset(range(address, address + count)):
            return ExcCodes.ILLEGAL_ADDRESS
        return None

    unused = [SimData(0, values=[False], datatype=DataType.BITS)]
    tables = (unused, unused, blocks(task["holding"]), blocks(task["input"]))
    return SimDevice(task["unit"], simdata=tables, action=rules)


async def serve(task, record):
    def trace(sending, pdu):
        if not sending:
            count = len(pdu.registers) if pdu.function_code == 16 else pdu.count
            json.dump([pdu.function_code, pdu.address, count], record)
            record.write("\n")
        return pdu

    if task["device"]:
        server = ModbusSerialServer(device(task), port=task["device"], baudrate=9600,
                                    trace_pdu=trace)  # fmt: skip
    else:
        server = ModbusTcpServer(device(task), address=("127.0.0.1", 0), trace_pdu=trace)
    await server.serve_forever(background=True)
    sockets = getattr(server.transport, "sockets", None)
    print(sockets[0].getsockname()[1] if sockets else "ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.shutdown()


task = json.loads(Path(sys.argv[1]).read_text())
with Path(task["record"]).open("a", buffering=1) as record:
    asyncio.run(serve(task, record))
