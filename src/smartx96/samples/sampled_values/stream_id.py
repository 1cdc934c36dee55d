"""StreamId: what tells the streams of a network apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class StreamId:
    """One stream of sampled values.

    Parameters
    ----------
    svid : str
    appid : int
    source : str
        Address of the sender, such as `00:21:c1:40:7b:5d`.
    values : int
        Values per sample.
    """

    svid: str
    appid: int
    source: str
    values: int

    def __str__(self) -> str:
        return f"{self.svid or '(no svID)'} (APPID 0x{self.appid:04X}, {self.source})"

    def answers_to(self, text: str) -> bool:
        """Whether a user's text means this stream.

        Parameters
        ----------
        text : str
            The svID, the APPID as `0x4000`, the sender's address, or several of them separated
            by commas.
        """
        labels = {self.svid, f"0x{self.appid:04x}", f"0x{self.appid:x}", self.source}
        parts = [part.strip() for part in text.split(",")]
        return text == self.svid or all(p in labels or p.casefold() in labels for p in parts)
