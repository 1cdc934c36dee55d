"""Meter: registers, and the snapshot that everything shows."""
