"""pymodbus, newest: does the steps of the JSON task in its argument, prints the values read."""

import json
import sys

from pymodbus import ModbusException
from pymodbus.client import ModbusSerialClient, ModbusTcpClient


def connected(target):
    if "device" in target:
        return ModbusSerialClient(
            target["device"], baudrate=target["speed"], parity=target["parity"],
            stopbits=target["stop_bits"], timeout=2, retries=0,
        )  # fmt: skip
    return ModbusTcpClient(target["host"], port=target["port"], timeout=2, retries=0)


def checked(answer):
    if answer.isError():
        sys.exit(f"the meter answered {answer}")
    return answer


def done(client, unit, step):
    """The values of a read; none of a write."""
    kind = client.DATATYPE[step["kind"].upper()]
    if step["step"] == "write":
        value = step["value"] if step["kind"] == "float32" else int(step["value"])
        words = client.convert_to_registers(value, kind)
        checked(client.write_registers(step["address"], words, device_id=unit))
        return []
    read = getattr(client, f"read_{step['table']}_registers")
    words = step["count"] * kind.value[1]
    answer = checked(read(step["address"], count=words, device_id=unit))
    found = client.convert_from_registers(answer.registers, kind)
    return found if isinstance(found, list) else [found]


task = json.loads(sys.argv[1])
values = []
try:
    with connected(task["target"]) as client:
        for step in task["steps"]:
            values += done(client, task["unit"], step)
except ModbusException as error:
    sys.exit(f"pymodbus: {error}")
print(json.dumps(values))
