"""Home Assistant's core with its modbus integration: a hub and a sensor for each read.

Takes the JSON task in its argument, prints the sensors' states. Set up as Home Assistant sets
itself up, short of the web pages; writing is the integration's action `modbus.write_register`.
"""

import asyncio
import json
import logging
import struct
import sys
import tempfile

from homeassistant import bootstrap, config_entries, core, loader
from homeassistant.setup import async_setup_component

FORMATS = {"float32": ">f", "uint16": ">H", "uint32": ">I"}
FIRST_VALUES = 20.0
"""Longest wait for the sensors' first values [s]."""


def hub(target, unit, steps):
    """The integration's configuration, as it would stand in configuration.yaml."""
    if "device" in target:
        line = {"type": "serial", "method": "rtu", "port": target["device"], "bytesize": 8,
                "baudrate": target["speed"], "parity": target["parity"],
                "stopbits": target["stop_bits"]}  # fmt: skip
    else:
        line = {"type": "tcp", "host": target["host"], "port": target["port"]}
    line |= {"name": "meter", "timeout": 1}
    line["sensors"] = [
        {"name": f"value {n}", "unique_id": f"value_{n}", "slave": unit,
         "address": step["address"], "input_type": step["table"], "data_type": step["kind"],
         "precision": 9, "scan_interval": 60}
        for n, step in enumerate(steps)
    ]  # fmt: skip
    return line


class Errors(logging.Handler):
    """What the integration complains of; its actions and sensors raise nothing."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.texts = []

    def emit(self, record):
        self.texts.append(record.getMessage())


async def write(hass, unit, step):
    data = struct.pack(FORMATS[step["kind"]], step["value"])
    words = list(struct.unpack(f">{len(data) // 2}H", data))
    await hass.services.async_call(
        "modbus", "write_register",
        {"hub": "meter", "slave": unit, "address": step["address"], "value": words},
        blocking=True,
    )  # fmt: skip


async def states(hass, count):
    """The sensors' states once all have one."""
    names = [f"sensor.value_{n}" for n in range(count)]
    deadline = asyncio.get_running_loop().time() + FIRST_VALUES
    while True:
        found = [hass.states.get(name) for name in names]
        known = [s.state for s in found if s is not None and s.state != "unknown"]
        if len(known) == count:
            return known
        if asyncio.get_running_loop().time() > deadline:
            sys.exit(f"home-assistant: {count - len(known)} of {count} sensors have no state")
        await asyncio.sleep(0.02)


async def main(task, folder):
    errors = Errors()
    logging.getLogger("homeassistant").addHandler(errors)
    hass = core.HomeAssistant(folder)
    loader.async_setup(hass)
    hass.config.skip_pip = True
    hass.config_entries = config_entries.ConfigEntries(hass, {})
    await bootstrap.async_load_base_functionality(hass)
    reads = [step for step in task["steps"] if step["step"] == "read"]
    if any(step["count"] > 1 for step in reads):
        sys.exit("home-assistant: a sensor has one value")
    if reads and len(reads) < len(task["steps"]):
        sys.exit("home-assistant: reads or writes, not both; its sensors read when they like")
    config = {"modbus": [hub(task["target"], task["unit"], reads)]}
    if not await async_setup_component(hass, "modbus", config):
        sys.exit("home-assistant: the modbus integration was not set up")
    for step in task["steps"]:
        if step["step"] == "write":
            await write(hass, task["unit"], step)
    await hass.async_start()
    found = await states(hass, len(reads))
    await hass.async_stop()
    if errors.texts:
        sys.exit(f"home-assistant: {errors.texts}; states of the sensors: {found}")
    return [float(state) for state in found]


with tempfile.TemporaryDirectory() as folder:
    print(json.dumps(asyncio.run(main(json.loads(sys.argv[1]), folder))))
