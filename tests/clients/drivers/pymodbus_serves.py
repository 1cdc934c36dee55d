"""pymodbus as a meter on a serial line: registers as the JSON task in its argument gives them.

Says `ready` once it listens, and ends when its standard input ends.
"""

import asyncio
import json
import sys

from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice


def blocks(words):
    return [SimData(int(first), values=values, datatype=DataType.REGISTERS)
            for first, values in words.items()]  # fmt: skip


async def main(task):
    target = task["target"]
    unused = [SimData(0, values=[False], datatype=DataType.BITS)]
    device = SimDevice(
        task["unit"], simdata=(unused, unused, blocks(task["holding"]), blocks(task["input"]))
    )
    server = ModbusSerialServer(
        device, port=target["device"], baudrate=target["speed"], parity=target["parity"],
        stopbits=target["stop_bits"],
    )  # fmt: skip
    await server.serve_forever(background=True)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.shutdown()


asyncio.run(main(json.loads(sys.argv[1])))
