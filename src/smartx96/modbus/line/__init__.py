"""Modbus RTU: frames by silence, the units of a line, and the ports that it runs on."""
