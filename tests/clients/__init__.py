"""Modbus programs of others as the tests drive them: each a process with time limits.

`ALL` names them; every one takes a target, a unit address and steps, and returns what it has read.
"""

from clients.catalogue import ALL, Client
from clients.process import ClientError
from clients.steps import Read, Serial, Tcp, Write

__all__ = ["ALL", "Client", "ClientError", "Read", "Serial", "Tcp", "Write"]
