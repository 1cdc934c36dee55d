"""GpioContacts: the pulse outputs as lines of a GPIO chip, through libgpiod."""

from __future__ import annotations

import contextlib
import errno
from typing import Any, NamedTuple

from smartx96.errors import ListenError, MissingExtraError, OptionError
from smartx96.meter.pulse import OUTPUTS, Pulse
from smartx96.samples.extras import library

SCHEME = "gpio:"

_FORM = f"give {SCHEME}CHIP:LINE1,LINE2, such as {SCHEME}/dev/gpiochip0:17,27"

_ACTIVE_LOW = "active-low"

_REASONS = {
    errno.ENOENT: "there is no such chip or line; gpiodetect and gpioinfo list those there are",
    errno.EACCES: "not permitted; your user must be in the group of the chip, often `gpio`",
    errno.EBUSY: "another program has a line of these, or the kernel itself",
    errno.ENOTTY: "is no GPIO chip; gpiodetect lists those there are",
    errno.ENODEV: "is no GPIO chip; gpiodetect lists those there are",
}


class Lines(NamedTuple):
    """Which lines of which chip are the contacts.

    Parameters
    ----------
    chip : str
        Path of its device.
    lines : dict of int to int or str
        Offset or name of the line of an output; an output without one is not shown.
    active_low : bool
        Whether a closed contact is a low level.
    """

    chip: str
    lines: dict[int, int | str]
    active_low: bool


def lines_of(text: str) -> Lines:
    """The lines that `gpio:CHIP:LINE1,LINE2[:active-low]` stands for.

    Raises
    ------
    OptionError
        The text is of another form, or one line is to be both outputs.

    Examples
    --------
    >>> lines_of("gpio:gpiochip0:17,27").lines
    {1: 17, 2: 27}
    >>> lines_of("gpio:/dev/gpiochip0:,PULSE2:active-low")
    Lines(chip='/dev/gpiochip0', lines={2: 'PULSE2'}, active_low=True)
    """
    chip, _, rest = text.removeprefix(SCHEME).partition(":")
    names, _, level = rest.partition(":")
    parts = [name.strip() for name in names.split(",")]
    lines: dict[int, int | str] = {
        output: int(name) if name.isdecimal() else name
        for output, name in zip(OUTPUTS, parts, strict=False)
        if name
    }
    if not chip or not lines or len(parts) > len(OUTPUTS) or level not in ("", _ACTIVE_LOW):
        raise OptionError(f"--pulses {text}: {_FORM}, and :{_ACTIVE_LOW} behind where it is so")
    if len(set(lines.values())) < len(lines):
        raise OptionError(f"--pulses {text}: one line cannot be both outputs; {_FORM}")
    if "/" not in chip:
        chip = f"/dev/gpiochip{chip}" if chip.isdecimal() else f"/dev/{chip}"
    return Lines(chip, lines, level == _ACTIVE_LOW)


class GpioContacts:
    """Contacts on lines of a chip: active where closed, inactive from the first moment on.

    Parameters
    ----------
    text : str
        As in `lines_of`.

    Raises
    ------
    MissingExtraError
        The binding of libgpiod 2 is not installed.
    OptionError
        The text is of another form.
    ListenError
        The lines cannot be had.
    """

    def __init__(self, text: str) -> None:
        self.name = text
        self._lines = lines_of(text)
        self._gpiod = library("gpiod", "gpio")
        if not hasattr(self._gpiod, "request_lines"):
            raise MissingExtraError(
                "gpiod is that of libgpiod 1: pip install 'gpiod>=2', or pip install "
                "'smartx96[gpio]'"
            )
        self._request: Any = self._requested()

    def emit(self, pulse: Pulse) -> None:
        """Close the contact of a pulse's output.

        Raises
        ------
        OSError
            The line does not do it; it is requested anew the next time.
        """
        self._set(pulse.output, self._gpiod.line.Value.ACTIVE)

    def open(self, output: int) -> None:
        """Open the contact of an output.

        Raises
        ------
        OSError
            The line does not do it; it is requested anew the next time.
        """
        self._set(output, self._gpiod.line.Value.INACTIVE)

    def close(self) -> None:
        """Open all contacts and give the lines back.

        Raises
        ------
        OSError
            A line does not do it.
        """
        if self._request is None:
            return
        try:
            inactive = self._gpiod.line.Value.INACTIVE
            self._request.set_values(dict.fromkeys(self._lines.lines.values(), inactive))
        finally:
            self._release()

    def _set(self, output: int, value: Any) -> None:
        line = self._lines.lines.get(output)
        if line is None:
            return
        if self._request is None:
            self._request = self._requested()
        try:
            self._request.set_value(line, value)
        except Exception:
            self._release()
            raise

    def _requested(self) -> Any:
        line = self._gpiod.line
        settings = self._gpiod.LineSettings(
            direction=line.Direction.OUTPUT,
            output_value=line.Value.INACTIVE,
            active_low=self._lines.active_low,
        )
        try:
            return self._gpiod.request_lines(
                self._lines.chip,
                consumer="smartx96",
                config={tuple(self._lines.lines.values()): settings},
            )
        except (OSError, ValueError) as error:
            number = error.errno if isinstance(error, OSError) else errno.ENOENT
            reason = _REASONS.get(number or 0, str(error))
            raise ListenError(f"--pulses {self.name}: {reason}") from None

    def _release(self) -> None:
        request, self._request = self._request, None
        with contextlib.suppress(Exception):
            request.release()
