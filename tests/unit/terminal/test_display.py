"""Display and frame: what a terminal of somebody else shows of what is written."""

from __future__ import annotations

import os
from dataclasses import replace

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.models import MODELS
from smartx96.panel.seen import seen
from smartx96.panel.terminal import WIDTH, terminal
from smartx96.terminal.display import Display, Look, TextLine
from smartx96.terminal.frame import LARGE, SMALL, frame
from smartx96.terminal.strokes import HELP
from smartx96.terminal.viewer import Sight
from support.screens import DEMAND, EDITING, VOLTAGE

MODEL = MODELS["X96-5A"]
TEXT = st.text("ab \u28ff", max_size=12)
LINES = st.lists(st.builds(TextLine, TEXT, st.sampled_from(Look)), max_size=5)


class Glass:
    """A terminal at the other end of a pipe."""

    def __init__(self, columns: int = 12, lines: int = 5) -> None:
        self.read, self.write = os.pipe()
        os.set_blocking(self.read, False)
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        self.display = Display(self.read, self.write)

    def show(self, lines: list[TextLine]) -> int:
        """Show lines; how many bytes that took."""
        self.display.show(lines)
        try:
            data = os.read(self.read, 1 << 16)
        except BlockingIOError:
            return 0
        self.stream.feed(data)
        return len(data)

    @property
    def text(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]

    def close(self) -> None:
        os.close(self.read)
        os.close(self.write)


@pytest.fixture
def glass():
    found = Glass(80, 24)
    yield found
    found.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=5))
def test_every_picture_is_there_after_any_other(pictures: list[list[TextLine]]) -> None:
    glass = Glass()
    for lines in pictures:
        glass.show(lines)
        wanted = [line.text.rstrip() for line in lines] + [""] * 5
        assert glass.text == wanted[:5]
        for number, line in enumerate(lines):
            for column, sign in enumerate(line.text):
                if sign != " ":
                    cell = glass.screen.buffer[number][column]
                    assert cell.reverse is (line.look is Look.ALERT)
    glass.close()


def test_the_same_picture_writes_nothing(glass) -> None:
    lines = frame(Sight(MODEL, seen(VOLTAGE)), (80, 24))
    assert glass.show(lines) > 1000
    assert glass.show(lines) == 0


def test_one_digit_more_is_one_digit_written(glass) -> None:
    row = VOLTAGE.rows[0]
    other = replace(VOLTAGE, rows=(replace(row, text="230.7"), *VOLTAGE.rows[1:]))
    glass.show(frame(Sight(MODEL, seen(VOLTAGE)), (80, 24)))
    assert 0 < glass.show(frame(Sight(MODEL, seen(other)), (80, 24))) < 80


def test_the_face_is_that_of_the_panel(glass) -> None:
    glass.show(frame(Sight(MODEL, seen(DEMAND)), (80, 24)))
    shown = [line.strip() for line in glass.text]
    assert shown[:23] == [line.strip() for line in terminal(DEMAND, MODEL)]
    assert shown[23] == HELP[0]


@pytest.mark.parametrize(
    ("size", "height"),
    [((WIDTH, SMALL + 1), SMALL), ((200, LARGE), SMALL), ((WIDTH, LARGE + 1), LARGE)],
)
def test_the_face_is_as_large_as_there_is_room_for(size: tuple[int, int], height: int) -> None:
    lines = frame(Sight(MODEL, seen(VOLTAGE)), size)
    assert sum("\u2502" in line.text or "\u2500" in line.text for line in lines) == height


@given(st.tuples(st.integers(1, 250), st.integers(1, 80)), st.booleans(), st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_whatever_is_shown_fits(size: tuple[int, int], dark: bool, trouble: str) -> None:
    for screen in (None, seen(VOLTAGE), seen(EDITING)):
        lines = frame(Sight(MODEL, screen, trouble), size, dark=dark)
        assert len(lines) <= size[1]
        assert all(len(line.text) <= size[0] and line.text.isprintable() for line in lines)


def test_small_terminals_have_the_values_in_words() -> None:
    lines = frame(Sight(MODEL, seen(VOLTAGE)), (40, 8))
    texts = [line.text for line in lines]
    for spoken in (VOLTAGE.title, *VOLTAGE.spoken):
        assert spoken in texts


def test_what_flashes_comes_and_goes() -> None:
    sight = Sight(MODEL, seen(EDITING))
    assert frame(sight, (80, 24)) != frame(sight, (80, 24), dark=True)
    steady = Sight(MODEL, seen(VOLTAGE))
    assert frame(steady, (80, 24)) == frame(steady, (80, 24), dark=True)


def test_what_is_old_looks_so() -> None:
    lines = frame(Sight(MODEL, seen(VOLTAGE), "the meter has stopped"), (80, 24))
    assert {line.look for line in lines[:-1]} == {Look.DIM}
    assert lines[-1] == TextLine("the meter has stopped", Look.ALERT)


def test_without_backlight_it_is_dim() -> None:
    assert {line.look for line in frame(Sight(MODEL, seen(EDITING)), (80, 24))[:-1]} == {Look.DIM}
