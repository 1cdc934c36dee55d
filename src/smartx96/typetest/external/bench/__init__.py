"""Bench: sets the points of a plan and reads the meter and the reference that stand there."""
