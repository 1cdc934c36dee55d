"""Metrology: pure functions on arrays of windows, and the engine that cuts a stream into them."""
