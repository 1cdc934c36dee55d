"""Modbus client: asks meters, ours and those of others, over TCP and lines.

A `Client` has one place and asks its units by registers, a `Meter` by the ids of the register map:

    async with Client(Place.named("rtu:/dev/ttyUSB0"), LineParameters(19200, "E")) as client:
        meter = Meter(client, unit=1)
        print(await meter.read(["voltage_l1", "active_energy_import"]))
        await meter.unlock(1000)
        await meter.write({"ct_secondary": 5, "ct_primary": 200})
"""
