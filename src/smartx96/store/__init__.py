"""Store: what survives power-off: records of the registers, the event log, the load profile."""
