"""sdm_modbus, device SDM630: read_all of both tables, printed with the address of each value."""

import json
import sys

from sdm_modbus import SDM630, registerType

task = json.loads(sys.argv[1])
target = task["target"]
if "device" in target:
    line = {"device": target["device"], "baud": target["speed"],
            "parity": target["parity"], "stopbits": target["stop_bits"]}  # fmt: skip
else:
    line = {"host": target["host"], "port": target["port"]}
meter = SDM630(unit=task["unit"], timeout=2, **line)
if not meter.connected():
    sys.exit(f"no connection to {target}")
found = []
for table in (registerType.INPUT, registerType.HOLDING):
    values = meter.read_all(table)
    for key, (address, _, kind, *_) in meter.registers.items():
        if kind is table:
            if key not in values:
                sys.exit(f"read_all of {table.name} has brought no {key} (0x{address:04X})")
            found.append([table.name.lower(), address, values[key]])
meter.disconnect()
print(json.dumps(found))
