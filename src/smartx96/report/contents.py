"""Contents: what a report says, before it is a page or a PDF."""

from __future__ import annotations

from dataclasses import dataclass

from smartx96.markup import Markup

GOOD, BAD, OPEN = "pass", "fail", "not judged"
"""Words of a verdict."""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list of sentences or terms."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Terms and what they are."""

    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under their headings.

    Parameters
    ----------
    caption : str
    headings : tuple of str
    rows : tuple of tuple of str
        The first cell names the row.
    words : tuple of int
        Columns of words, which stand at the left; all others are numbers.
    """

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with what stands above it and below."""

    title: str
    caption: str
    drawing: Markup


@dataclass(frozen=True, slots=True)
class Charts:
    """Drawings of one kind with their common legend: text, and style of the line."""

    title: str
    caption: str
    legend: tuple[tuple[str, str], ...]
    charts: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing of its own size, and what it shows.

    Parameters
    ----------
    drawing : Markup
        SVG, whose `viewBox` is what there is to see.
    caption : str
    width : float
        On paper [mm].
    """

    drawing: Markup
    caption: str
    width: float


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to sign on, each with what is to be written there."""

    lines: tuple[str, ...]


Block = Text | Items | Facts | Table | Charts | Figure | Signatures


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a heading."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out, in one line, and what is to be said of it at once.

    Parameters
    ----------
    tone : {'good', 'look', 'fail'}
        Whether all is well, open, or not well.
    """

    tone: str
    headline: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """All of a report, in its order."""

    kind: str
    title: str
    facts: Facts
    verdict: Verdict
    sections: tuple[Section, ...]
    footer: str
