"""Home Assistant's validation of device discovery payloads, as its MQTT integration applies it.

Takes payloads as a list in JSON; prints for each the components that are refused, and why.
"""

import asyncio
import importlib
import json
import sys
import tempfile

import voluptuous
from homeassistant import core
from homeassistant.components.mqtt.schemas import DEVICE_DISCOVERY_SCHEMA
from homeassistant.helpers import frame


def refused(payload):
    DEVICE_DISCOVERY_SCHEMA(payload)
    found = []
    for key, component in payload["components"].items():
        settings = dict(component)
        module = importlib.import_module(
            f"homeassistant.components.mqtt.{settings.pop('platform')}"
        )
        if not settings:
            continue
        shared = {name: payload[name] for name in ("availability", "availability_mode")}
        whole = {**shared, "device": payload["device"], "origin": payload["origin"], **settings}
        try:
            module.DISCOVERY_SCHEMA(whole)
        except voluptuous.Invalid as error:
            found.append([key, str(error)])
    return found


async def main():
    with tempfile.TemporaryDirectory() as folder:
        home = core.HomeAssistant(folder)
        frame.async_setup(home)
        print(json.dumps([refused(payload) for payload in json.load(sys.stdin)]))
        await home.async_stop(force=True)


asyncio.run(main())
