"""Modbus: register map, framing, server and client."""
