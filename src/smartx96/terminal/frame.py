"""Frame: the lines of a terminal of some size, with as much of the front as it has room for."""

from __future__ import annotations

from smartx96.errors import printable
from smartx96.panel.terminal import WIDTH, terminal
from smartx96.terminal.display import Look, TextLine
from smartx96.terminal.strokes import HELP
from smartx96.terminal.viewer import Sight

LARGE, SMALL = 33, 23
"""Lines that the forms of the face need."""


def frame(sight: Sight, size: tuple[int, int], *, note: str = "", dark: bool = False,
          ) -> list[TextLine]:  # fmt: skip
    """What a terminal shows.

    Parameters
    ----------
    sight : Sight
    size : tuple of int
        Columns and lines of the terminal.
    note : str
        Told for the moment in place of the help.
    dark : bool
        Whether this is the moment in which what flashes is not seen.
    """
    columns, lines = size
    help = next((text for text in HELP if len(text) <= columns), HELP[-1])
    alert = Look.ALERT if sight.trouble else Look.PLAIN
    foot = TextLine(printable(sight.trouble or note or help)[:columns], alert)
    body = _body(sight, columns, lines - 1, dark)
    above = max(0, (lines - 1 - len(body)) // 2)
    shown = [TextLine()] * above + body + [foot]
    return shown[-lines:]


def _body(sight: Sight, columns: int, lines: int, dark: bool) -> list[TextLine]:
    """The face, as large as there is room for; where there is none for it, the values in words."""
    if sight.seen is None:
        return [TextLine("waiting for the meter"[:columns])]
    look = Look.PLAIN if sight.seen.backlight and not sight.trouble else Look.DIM
    if columns < WIDTH or lines < SMALL:
        words = [sight.seen.title, *sight.seen.spoken]
        return [TextLine(printable(text)[:columns], look) for text in words[: max(lines, 0)]]
    face = terminal(sight.seen, sight.model, large=lines >= LARGE, dark=dark)
    margin = " " * ((columns - WIDTH) // 2)
    return [TextLine(margin + line, look) for line in face]
