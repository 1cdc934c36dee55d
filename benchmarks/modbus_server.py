"""Reads per second of the Modbus TCP server, beside pymodbus's in the same run.

    python benchmarks/modbus_server.py [SECONDS]

Each server runs in a process of its own; a third process holds 32 connections, each with one read
of 80 input registers under way. "Per core" counts the server's CPU time only, so that a load
generator that is slower than the server does not hide it.
"""

import asyncio
import logging
import multiprocessing
import selectors
import socket
import struct
import sys
import time
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

CONNECTIONS = 32
REGISTERS = 80
REQUEST = struct.pack(">HHHBBHH", 1, 0, 6, 1, 4, 0, REGISTERS)
ANSWER_SIZE = 9 + 2 * REGISTERS
LIMIT = 20.0
"""Longest wait for any process [s]."""


async def serve_ours(port: Connection, stop: Event) -> None:
    from smartx96.modbus.bank import RegisterBank
    from smartx96.modbus.server import ModbusTcpServer

    server = ModbusTcpServer([RegisterBank()])
    await server.start(port=0)
    port.send((server.address[1], time.process_time()))
    await asyncio.to_thread(stop.wait, LIMIT)
    server.close()


async def serve_pymodbus(port: Connection, stop: Event) -> None:
    from pymodbus.server import ModbusTcpServer
    from pymodbus.simulator import DataType, SimData, SimDevice

    logging.disable(logging.CRITICAL)  # it dumps its traffic when the clients leave
    data = SimData(0, values=[0] * 1200, datatype=DataType.REGISTERS)
    server = ModbusTcpServer(SimDevice(1, simdata=[data]), address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    port.send((server.transport.sockets[0].getsockname()[1], time.process_time()))
    await asyncio.to_thread(stop.wait, LIMIT)
    await server.shutdown()


def server_process(serve, port: Connection, stop: Event) -> None:
    asyncio.run(serve(port, stop))
    port.send(time.process_time())


def load(port: int, seconds: float, result: Connection) -> None:
    """Keep one request under way on each connection; count the answers."""
    selector = selectors.DefaultSelector()
    for _ in range(CONNECTIONS):
        client = socket.create_connection(("127.0.0.1", port), timeout=5)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(client, selectors.EVENT_READ, client)
        client.sendall(REQUEST)
    count, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        for key, _ in selector.select(1.0):
            # Answers of this size come whole on loopback.
            answer = key.data.recv(512)
            if len(answer) != ANSWER_SIZE or answer[7] != 4:
                raise RuntimeError(f"not the answer to a read: {answer.hex()}")
            count += 1
            key.data.sendall(REQUEST)
    result.send((count, time.perf_counter() - begin))


def measure(serve, seconds: float) -> tuple[float, float]:
    """Reads per second of the wall clock, and per second of the server's CPU time."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    stop = context.Event()
    server = context.Process(target=server_process, args=(serve, theirs, stop), daemon=True)
    server.start()
    if not ours.poll(LIMIT):
        raise RuntimeError("the server did not start")
    port, before = ours.recv()
    answers, result = context.Pipe()
    client = context.Process(target=load, args=(port, seconds, result), daemon=True)
    client.start()
    if not answers.poll(seconds + LIMIT):
        raise RuntimeError("the load generator gave no result")
    count, elapsed = answers.recv()
    stop.set()
    busy = ours.recv() - before if ours.poll(LIMIT) else elapsed
    server.join(5)
    client.join(5)
    return count / elapsed, count / busy


def main() -> None:
    seconds = min(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0, 10.0)
    print(f"{CONNECTIONS} connections, {REGISTERS} registers a read, {seconds:g} s each")
    found = {}
    for name, serve in (("smartx96", serve_ours), ("pymodbus", serve_pymodbus)):
        wall, core = found[name] = measure(serve, seconds)
        print(f"{name:10} {wall:9.0f} reads/s   {core:9.0f} reads per CPU second")
    print(f"ratio per CPU second: {found['smartx96'][1] / found['pymodbus'][1]:.1f}")


if __name__ == "__main__":
    main()
