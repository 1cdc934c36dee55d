"""minimalmodbus: does the steps of the JSON task in its argument, prints the values read."""

import json
import sys

import minimalmodbus
import serial

FUNCTIONS = {"holding": 3, "input": 4}


def written(meter, step):
    place, value = step["address"], step["value"]
    if step["kind"] == "float32":
        meter.write_float(place, value)
    elif step["kind"] == "uint32":
        meter.write_long(place, int(value))
    else:
        meter.write_register(place, int(value))


def read(meter, step):
    place, function = step["address"], FUNCTIONS[step["table"]]
    if step["kind"] == "uint16":
        return meter.read_registers(place, step["count"], functioncode=function)
    if step["count"] > 1:
        sys.exit("minimalmodbus reads one value of two words at a time")
    one = meter.read_float if step["kind"] == "float32" else meter.read_long
    return [one(place, functioncode=function)]


task = json.loads(sys.argv[1])
target, values = task["target"], []
# Opened with all settings at once: a pseudo-terminal refuses a change of nothing but the parity.
line = serial.Serial(
    target["device"], target["speed"], parity=target["parity"], stopbits=target["stop_bits"],
    timeout=2,
)  # fmt: skip
meter = minimalmodbus.Instrument(line, task["unit"])
try:
    for step in task["steps"]:
        if step["step"] == "write":
            written(meter, step)
        else:
            values += read(meter, step)
except minimalmodbus.ModbusException as error:
    sys.exit(f"minimalmodbus: {type(error).__name__}: {error}")
print(json.dumps(values))
