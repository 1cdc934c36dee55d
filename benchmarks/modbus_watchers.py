"""What watching the traffic costs the Modbus TCP server.

    python benchmarks/modbus_watchers.py [SECONDS]

The load is that of `modbus_server.py`: 32 connections, each with one read of 80 input registers
under way. "Per core" counts the server's CPU time only. Files go to a temporary folder.
"""

import asyncio
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from modbus_server import LIMIT, measure


def watchers(kind, folder):
    from smartx96.modbus.watch.capture import Capture
    from smartx96.modbus.watch.exchange_file import ExchangeFile
    from smartx96.modbus.watch.traffic_log import TrafficLog

    return {
        "nobody": lambda: (),
        "table": lambda: (TrafficLog(time.time()),),
        "table and CSV": lambda: (
            TrafficLog(time.time()),
            ExchangeFile(folder / "t.csv", print),
        ),
        "table and JSON": lambda: (
            TrafficLog(time.time()),
            ExchangeFile(folder / "t.jsonl", print),
        ),
        "capture": lambda: (Capture(folder / "t.pcapng", print),),
    }[kind]()


async def serve(kind, folder, port, stop):
    from smartx96.modbus.bank import RegisterBank
    from smartx96.modbus.server import ModbusTcpServer
    from smartx96.modbus.terms import Terms

    server = ModbusTcpServer([RegisterBank()], Terms(watchers=watchers(kind, folder)))
    await server.start(port=0)
    port.send((server.address[1], time.process_time()))
    await asyncio.to_thread(stop.wait, LIMIT)
    server.close()


def main() -> None:
    seconds = min(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0, 10.0)
    before = 0.0
    for kind in ("nobody", "table", "table and CSV", "table and JSON", "capture"):
        with tempfile.TemporaryDirectory() as folder:
            wall, core = measure(partial(serve, kind, Path(folder)), seconds)
        before = before or core
        cost = 1e6 * (1 / core - 1 / before)
        print(
            f"{kind:15} {wall:7.0f} reads/s {core:7.0f} reads per CPU second, {cost:5.1f} us more"
        )


if __name__ == "__main__":
    main()
