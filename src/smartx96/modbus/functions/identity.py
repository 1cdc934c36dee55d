"""Identity: what a meter says of itself (functions 17 and 43/14)."""

from __future__ import annotations

from dataclasses import dataclass

VENDOR = "SMART"
PRODUCT = "SMART X96"


@dataclass(frozen=True, slots=True)
class Identity:
    """A meter as clients identify it.

    Parameters
    ----------
    model : str
        As `X96-5A`.
    meter_code : int
        Type code by which clients choose their register map.
    serial_number : int
    version : str
        Of the software, major and minor.
    name : str
        What its user calls it.
    """

    model: str = "X96-5A"
    meter_code: int = 0
    serial_number: int = 0
    version: str = "0.0"
    name: str = ""

    @property
    def objects(self) -> dict[int, str]:
        """Objects of function 43/14 by their ids (application protocol 1.1b3, clause 6.21): the
        basic ones are 0 to 2, the regular ones go to 6.
        """
        return {
            0: VENDOR,
            1: f"{self.meter_code:04X}",
            2: self.version,
            4: PRODUCT,
            5: self.model,
            6: self.name,
        }

    @property
    def server_id(self) -> bytes:
        """Data of function 17: type code, running, and in words what it is."""
        text = f"{PRODUCT} {self.model} {self.version} {self.serial_number}"
        return self.meter_code.to_bytes(2, "big") + b"\xff" + text.encode("ascii", "replace")
