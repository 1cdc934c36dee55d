"""Status: bits of the status register, the same wherever the meter's condition is shown."""

from __future__ import annotations

from enum import IntFlag


class Status(IntFlag):
    """Condition of a meter, as its status register has it."""

    WARMING_UP = 1 << 0
    """It has not been under power for a minute: its accuracy is not reached yet."""
    PHASE_MISSING = 1 << 1
    """A phase that the wiring has lacks its voltage."""
    SEQUENCE_REVERSED = 1 << 2
    """The phases follow each other the other way round."""
    OVER_VOLTAGE = 1 << 3
    """A voltage is above its continuous range."""
    OVER_CURRENT = 1 << 4
    """A current is above its continuous range."""
    SAMPLES_LOST = 1 << 5
    """Samples are missing, or none come."""
    CLIPPING = 1 << 6
    """Samples stand at the converter's limits."""
    FREQUENCY_OUT_OF_RANGE = 1 << 7
    """The frequency is outside of what the meter is specified for."""
    PULSE_OVERFLOW = 1 << 8
    """Pulses wait in a counter, since energy comes faster than an output can tell."""
    STORE_FAULT = 1 << 9
    """Nothing can be stored: what is shown of registers stands still."""
    CLOCK_INVALID = 1 << 10
    """Nobody has told the time of day."""
    WIRING_SUSPECT = 1 << 11
    """Voltages and currents stand to each other as wrong wiring makes them."""
    UNLOCKED = 1 << 12
    """Somebody may change protected settings."""

    @property
    def text(self) -> str:
        """A bit in words."""
        return str(self.name).lower().replace("_", " ").replace("over ", "over-")


LEGEND = " ".join(f"{bit.value.bit_length() - 1} {bit.text}" for bit in Status)
"""Every bit with its number."""
