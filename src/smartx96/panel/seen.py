"""Seen: what of a screen reaches the eye, and is sent to where it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smartx96.panel.glass import ALL
from smartx96.panel.lit import Lit, lit
from smartx96.panel.screen import Screen


@dataclass(frozen=True, slots=True)
class Seen:
    """A screen as it is seen.

    Parameters
    ----------
    masks : Lit
    backlight : bool
        Whether the glass shines.
    powered : bool
    title : str
        What it is, in words.
    spoken : tuple of str
        Each value in words.
    """

    masks: Lit
    backlight: bool = True
    powered: bool = True
    title: str = ""
    spoken: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "on": f"{self.masks.on:x}",
            "flashing": f"{self.masks.flashing:x}",
            "backlight": self.backlight,
            "powered": self.powered,
            "title": self.title,
            "spoken": self.spoken,
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Seen:
        """From plain data.

        Raises
        ------
        ValueError
            They say no screen of this glass.
        """
        masks = [int(str(document.get(name)), 16) for name in ("on", "flashing")]
        spoken = document.get("spoken")
        if not all(0 <= mask <= ALL for mask in masks) or not isinstance(spoken, list):
            raise ValueError("no screen of this glass")
        return cls(
            Lit(*masks),
            bool(document.get("backlight")),
            bool(document.get("powered")),
            str(document.get("title")),
            tuple(map(str, spoken)),
        )


def seen(screen: Screen | Seen) -> Seen:
    """What is seen of a screen."""
    if isinstance(screen, Seen):
        return screen
    shines = screen.backlight and screen.powered
    return Seen(lit(screen), shines, screen.powered, screen.title, screen.spoken)
