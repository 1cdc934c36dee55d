"""Digits: the segments of seven- and fourteen-segment characters, mitred, with even gaps."""

from __future__ import annotations

from dataclasses import dataclass

from smartx96.panel.shape import Point, Shape, area, leaning


@dataclass(frozen=True, slots=True)
class Size:
    """Of a character before it leans.

    Parameters
    ----------
    width, height : float
    bar : float
        Width of a segment.
    gap : float
        Between two segments, across it.
    """

    width: float
    height: float
    bar: float
    gap: float

    @property
    def mitre(self) -> float:
        """Half the gap, measured along the edges of a mitre of 45 degrees."""
        return self.gap / 2**0.5

    @property
    def middle(self) -> float:
        """Height of the middle bar's axis."""
        return self.height / 2


_SLOPE_SHARE = 0.42
"""Of the room between the bars, in width and in height, that a slope's end takes."""

Outlines = dict[str, list[Point]]


def seven_segments(size: Size) -> dict[str, Shape]:
    """Segments `a` to `f` around the character, clockwise from the top, and `g` in the middle."""
    outlines = _frame(size) | {"g": _bar(size, size.bar / 2, size.width - size.bar / 2)}
    return _shapes(outlines, size.height)


def fourteen_segments(size: Size) -> dict[str, Shape]:
    """Segments `a` to `f` as of seven, `g` and `h` of the middle bar's halves, and the star.

    The star is `i` to `n`: upper left, upper middle, upper right, lower right, lower middle, lower
    left.
    """
    centre, half = size.width / 2, size.bar / 2
    outlines = _frame(size) | _star(size)
    outlines["g"] = _bar(size, half, centre)
    outlines["h"] = _bar(size, centre, size.width - half)
    return _shapes(outlines, size.height)


def point(size: Size) -> Shape:
    """The decimal point in the space at the right of a character."""
    return area(leaning(_square(size, size.height - size.bar), size.height))


def colon(size: Size) -> Shape:
    """Two points in the space at the right of a character."""
    heights = (size.height * share - size.bar / 2 for share in (0.3, 0.7))
    return area(*(leaning(_square(size, y), size.height) for y in heights))


def minus(size: Size, width: float) -> Shape:
    """A middle bar by itself, of the same cut."""
    bar = Size(width, size.height, size.bar, size.gap)
    return area(leaning(_bar(bar, 0.0, width), size.height))


def _square(size: Size, y: float) -> list[Point]:
    x, side = size.width + size.bar * 0.45, size.bar * 1.1
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]


def _frame(size: Size) -> Outlines:
    w, h, t, e, m = size.width, size.height, size.bar, size.mitre, size.middle
    half, nib = t / 2 - e + size.gap / 2, m - size.gap / 2
    a = [(e, 0.0), (w - e, 0.0), (w - t - e, t), (t + e, t)]
    f = [(0.0, e), (t, t + e), (t, m - t / 2 - e), (half, nib), (0.0, nib)]
    return {
        "a": a,
        "b": _across(f, w),
        "c": _across(_down(f, h), w),
        "d": _down(a, h),
        "e": _down(f, h),
        "f": f,
    }


def _bar(size: Size, left: float, right: float) -> list[Point]:
    t, e, m = size.bar, size.mitre, size.middle
    left, right = left + e, right - e
    top, foot = m - t / 2, m + t / 2
    return [(left, m), (left + t / 2, top), (right - t / 2, top), (right, m),
            (right - t / 2, foot), (left + t / 2, foot)]  # fmt: skip


def _star(size: Size) -> Outlines:
    w, h, t, e, m = size.width, size.height, size.bar, size.mitre, size.middle
    centre = w / 2
    shoulder = m - t / 2 - e
    upright = [(centre - t / 2, t + size.gap), (centre + t / 2, t + size.gap),
               (centre + t / 2, shoulder), (centre, m - e), (centre - t / 2, shoulder)]  # fmt: skip
    slope = _slope(size)
    return {
        "i": slope,
        "j": upright,
        "k": _across(slope, w),
        "l": _across(_down(slope, h), w),
        "m": _down(upright, h),
        "n": _down(slope, h),
    }


def _slope(size: Size) -> list[Point]:
    """A band from the upper left corner to the centre, cut off by the bars around it."""
    t, gap = size.bar, size.gap
    left, right = t + gap, size.width / 2 - t / 2 - gap
    top, foot = t + gap, size.middle - t / 2 - gap
    drop = (foot - top) * _SLOPE_SHARE
    run = (right - left) * _SLOPE_SHARE
    return [(left, top), (left + run, top), (right, foot - drop),
            (right, foot), (right - run, foot), (left, top + drop)]  # fmt: skip


def _across(points: list[Point], width: float) -> list[Point]:
    return [(width - x, y) for x, y in points]


def _down(points: list[Point], height: float) -> list[Point]:
    return [(x, height - y) for x, y in points]


def _shapes(outlines: Outlines, height: float) -> dict[str, Shape]:
    return {name: area(leaning(outlines[name], height)) for name in sorted(outlines)}
