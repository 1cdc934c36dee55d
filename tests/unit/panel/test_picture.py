"""Pictures as another renderer draws them, and as files."""

from __future__ import annotations

import builtins
import functools
import math
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from smartx96.errors import MissingExtraError, OptionError
from smartx96.models import MODELS
from smartx96.panel import housing
from smartx96.panel.face import picture
from smartx96.panel.glass import LAMP, SEGMENTS
from smartx96.panel.lit import lit
from smartx96.panel.picture import png, write_picture
from smartx96.panel.screen import OFF, Screen
from support.screens import DEMAND, EDITING, LAMP_TEST, VOLTAGE

MODEL = MODELS["X96-5A"]
SIDE = 480


def pixels(data: bytes) -> NDArray[np.uint8]:
    """Rows, columns and colours of a PNG of eight bits with transparency, not interlaced."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, place = [], 8
    while place < len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        chunks.append((kind, data[place + 8 : place + 8 + length]))
        place += 12 + length
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (depth, colour, interlaced) == (8, 6, 0)
    raw = zlib.decompress(b"".join(content for kind, content in chunks if kind == b"IDAT"))
    lines = np.frombuffer(raw, np.uint8).reshape(height, 1 + 4 * width)
    return unfiltered(lines[:, 0], lines[:, 1:].reshape(height, width, 4))


def unfiltered(filters: NDArray[np.uint8], lines: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Undo the filters of PNG (ISO/IEC 15948, clause 9)."""
    above = bytes(lines[0].size)
    image = []
    for kind, line in zip(filters.tolist(), lines, strict=True):
        row = line.tobytes() if kind == 0 else bytes(restored(kind, line.tobytes(), above))
        image.append(row)
        above = row
    return np.frombuffer(b"".join(image), np.uint8).reshape(lines.shape)


def restored(kind: int, row: bytes, above: bytes) -> list[int]:
    made: list[int] = [0] * 4
    corners = bytes(4) + above
    for value, up, corner in zip(row, above, corners, strict=False):
        left = made[-4]
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        else:
            a, b, c = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
            guess = left if a <= b and a <= c else up if b <= c else corner
        made.append((value + guess) & 255)
    return made[4:]


@functools.cache
def rendered(screen: Screen, *, flashing: bool = True) -> NDArray[np.int64]:
    return pixels(png(picture(screen, MODEL, flashing=flashing), SIDE)).astype(np.int64)


def region(box: tuple[float, float, float, float], margin: float = 0.0) -> tuple[slice, slice]:
    """Pixels of a box of the glass."""
    left, top, right, foot = box
    scale = SIDE / housing.SIDE
    x, y = housing.GLASS_LEFT, housing.GLASS_TOP
    return (
        slice(math.floor((y + top - margin) * scale), math.ceil((y + foot + margin) * scale)),
        slice(math.floor((x + left - margin) * scale), math.ceil((x + right + margin) * scale)),
    )


@pytest.mark.parametrize("screen", [VOLTAGE, DEMAND, LAMP_TEST])
def test_what_is_lit_and_nothing_else_gets_dark(screen: Screen) -> None:
    pytest.importorskip("resvg_py")
    change = np.abs(rendered(screen) - rendered(Screen())).max(axis=2)
    spared = np.ones_like(change, bool)
    for n, segment in enumerate(SEGMENTS):
        if lit(screen).on >> n & 1:
            assert change[region(segment.box)].max() > 90, segment.id
            # A segment throws a shadow, the lamp shines.
            spared[region(segment.box, 12.0 if segment is LAMP else 4.0)] = False
    assert spared.any()
    assert change[spared].max() == 0


def test_flashing_segments_are_lit_or_not() -> None:
    pytest.importorskip("resvg_py")
    blank, without = rendered(Screen()), rendered(DEMAND, flashing=False)
    warning = next(segment for segment in SEGMENTS if segment.id == "warning")
    assert (without[region(warning.box)] == blank[region(warning.box)]).all()
    assert (rendered(DEMAND)[region(warning.box)] != blank[region(warning.box)]).any()


def test_the_backlight_shows() -> None:
    pytest.importorskip("resvg_py")
    spot = region((600.0, 60.0, 620.0, 80.0))
    assert rendered(Screen())[spot][..., :3].min() > rendered(OFF)[spot][..., :3].max()


def test_the_background_is_transparent() -> None:
    pytest.importorskip("resvg_py")
    assert rendered(OFF)[0, 0, 3] == 0
    assert rendered(OFF)[SIDE // 2, SIDE // 2, 3] == 255


@pytest.mark.parametrize("width", [48, 300, 1200])
def test_a_png_has_the_size_that_was_asked_for(tmp_path: Path, width: int) -> None:
    pytest.importorskip("resvg_py")
    file = tmp_path / "face.png"
    write_picture(file, VOLTAGE, MODEL, width=width)
    data = file.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (width, width)
    assert [path.name for path in tmp_path.iterdir()] == ["face.png"]


def test_an_svg_is_the_picture(tmp_path: Path) -> None:
    file = tmp_path / "face.SVG"
    write_picture(file, EDITING, MODEL, flashing=False)
    assert file.read_text(encoding="utf-8") == picture(EDITING, MODEL, flashing=False)


@pytest.mark.parametrize(
    ("name", "width", "message"),
    [
        ("face.jpg", 960, "cannot write .jpg; use .svg or .png"),
        ("face", 960, "cannot write no suffix"),
        ("face.png", 5000, "picture of 5000 pixels: use 48 to 4096 pixels"),
        ("face.png", 0, "use 48 to 4096 pixels"),
        ("missing/face.svg", 960, "cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_written_is_said(
    tmp_path: Path, name: str, width: int, message: str
) -> None:
    with pytest.raises(OptionError, match=message) as caught:
        write_picture(tmp_path / name, VOLTAGE, MODEL, width=width)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_missing_library_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name == "resvg_py":
            raise ImportError(name)
        return known(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"pip install 'smartx96\[pictures\]'"):
        write_picture(tmp_path / "face.png", VOLTAGE, MODEL)
    assert not list(tmp_path.iterdir())
