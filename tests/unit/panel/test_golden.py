"""Golden pictures: everything that the panels of chosen meters show, as masks, words and text.

`X96_GOLDEN=write pytest tests/unit/panel/test_golden.py` writes them anew; as drawings they are in
the documentation, where `docs/generate.py --check` compares them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from smartx96.panel.lit import misfits
from smartx96.panel.seen import Seen, seen
from smartx96.panel.stills import stills
from smartx96.panel.terminal import terminal
from smartx96.panel.view import View
from support.specimens import SPECIMENS, feeder, flat, generator

GOLDEN = Path(__file__).parent / "golden"
WRITE = os.environ.get("X96_GOLDEN") == "write"


def drawn(image: Seen, view: View) -> str:
    """The glass as text, without the frame."""
    lines = terminal(image, view.configuration.model)[3:19]
    inner = [line[2:-2].rstrip() for line in lines]
    return "\n".join(line for line in inner if line)


def recorded(name: str) -> str:
    view, found = SPECIMENS[name](), []
    for still in stills(view.configuration):
        screen = still.screen(view)
        assert misfits(screen) == [], still.name
        image = seen(screen)
        light = "light" if image.backlight else "dark"
        found.append(
            f"== {still.name}: {screen.title}\n{'; '.join(screen.spoken)}\n"
            f"{image.masks.on:x} {image.masks.flashing:x} {light}\n"
        )
        if name == "feeder":
            found.append(drawn(image, view) + "\n")
    return "\n".join(found)


@pytest.mark.parametrize("name", SPECIMENS)
def test_every_screen_is_as_it_was(name: str) -> None:
    path, text = GOLDEN / f"{name}.txt", recorded(name)
    if WRITE:
        path.write_text(text, encoding="utf-8")
    was = path.read_text(encoding="utf-8")
    changed = [
        now.partition(":")[0]
        for now, before in zip(parts(text), parts(was), strict=False)
        if now != before
    ]
    assert changed == []
    assert text == was


def parts(text: str) -> list[str]:
    return re.split("^== ", text, flags=re.M)


def test_golden_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in GOLDEN.iterdir()) < 150_000


def test_specimens_show_what_they_are_for() -> None:
    """That the pictures are of different things, as numbers of the snapshots say."""
    assert feeder().snapshot["active_power"] > 60_000
    assert feeder().snapshot.standing.tariff == 3
    assert generator().snapshot["active_power"] == pytest.approx(-1.124e6, rel=0.01)
    assert generator().snapshot["voltage_sequence"] == 2
    assert flat().snapshot["voltage_l1"] == pytest.approx(281, abs=0.1)
    assert flat().snapshot["current_l2"] is None
