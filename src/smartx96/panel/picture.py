"""Picture: a screen's face as a file, SVG or PNG."""

from __future__ import annotations

from pathlib import Path

from smartx96.errors import MissingExtraError, OptionError
from smartx96.models import Model
from smartx96.panel.face import picture
from smartx96.panel.screen import Screen
from smartx96.panel.seen import Seen
from smartx96.partial_file import whole_file

SUFFIXES = (".svg", ".png")

WIDTH = 960
"""Of a PNG [pixels] where nothing is said: ten for each millimetre of the meter."""

WIDTHS = range(48, 4097)
"""Widths that a PNG may have [pixels]."""


def write_picture(path: Path, screen: Screen | Seen, model: Model, *, width: int = WIDTH,
                  flashing: bool = True, whole: bool = True) -> None:  # fmt: skip
    """Write a picture, whole or not at all.

    Parameters
    ----------
    path : Path
        Its suffix, one of `SUFFIXES`, says the format.
    screen : Screen or Seen
    model : Model
    width : int
        Of a PNG [pixels]; SVG has any size.
    flashing : bool
        Whether what flashes is shown as lit; else as unlit.
    whole : bool
        Whether the face is drawn with its housing; else the glass alone.

    Raises
    ------
    OptionError
        Another suffix, a width outside `WIDTHS`, or a file that cannot be written.
    MissingExtraError
        What PNG needs is not installed.
    """
    suffix = check_suffix(path)
    drawing = picture(screen, model, flashing=flashing, whole=whole)
    content = drawing.encode() if suffix == ".svg" else png(drawing, width)
    with whole_file(path, "picture") as file:
        file.write(content)


def check_suffix(path: Path) -> str:
    """The suffix of a picture's file.

    Raises
    ------
    OptionError
        It is none of `SUFFIXES`.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        written = " or ".join(SUFFIXES)
        raise OptionError(f"picture {path}: cannot write {suffix or 'no suffix'}; use {written}")
    return suffix


def png(drawing: str, width: int = WIDTH) -> bytes:
    """An SVG drawing without text as PNG, its background transparent.

    Raises
    ------
    OptionError
        A width outside `WIDTHS`.
    MissingExtraError
        What it needs is not installed.
    """
    if width not in WIDTHS:
        raise OptionError(f"picture of {width} pixels: use {WIDTHS[0]} to {WIDTHS[-1]} pixels")
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        raise MissingExtraError(
            "resvg_py is not installed: pip install 'smartx96[pictures]' for PNG, or write .svg"
        ) from None
    return bytes(svg_to_bytes(svg_string=drawing, width=width, skip_system_fonts=True))
