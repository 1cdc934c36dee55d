"""Modbus: register map, framing and server."""
