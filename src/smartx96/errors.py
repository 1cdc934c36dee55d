"""One tree of exceptions.

Every message is one line that says what is wrong, where, and what to do. The command line turns
these into an exit code in one place (`smartx96.commands.main`); a traceback means a defect.
"""

from __future__ import annotations


def printable(text: str) -> str:
    """A text on one line, with escapes for signs that steer a terminal or have no encoding."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


class X96Error(Exception):
    """Root of everything the project raises on purpose; exit code 1.

    What a message repeats of a file's own text can hold signs that steer a terminal or that no
    encoding has; they are shown as escapes.
    """

    def __str__(self) -> str:
        return printable(super().__str__())


class OptionError(X96Error, ValueError):
    """An option or argument that cannot be met; exit code 2."""


class RecordingError(X96Error, ValueError):
    """A recording that is missing, damaged or not what its name says."""


class RateError(RecordingError, OptionError):
    """A recording does not tell its sampling rate and the user did not; exit code 2."""


class ChannelError(OptionError):
    """The channels of a recording cannot be told apart; the message lists them and the option."""


class ScenarioError(X96Error, ValueError):
    """A scenario file with an unknown key, a wrong type or a value out of range."""


class ConfigurationError(X96Error, ValueError):
    """A file of settings, of an installation or of a calendar that cannot be taken as it is."""


class StreamError(X96Error, ValueError):
    """A sample stream that the engine cannot measure, with the limit it violates."""


class MissingExtraError(X96Error, ImportError):
    """An optional dependency is not installed; the message names the extra."""


class ListenError(X96Error, OSError):
    """A port or line cannot be opened."""


class StoreError(X96Error, OSError):
    """The state folder cannot be used: another process has it, or it cannot be read or written."""


class LogError(X96Error, OSError):
    """A log of meters' values that cannot be written or read: a full disk, a database that is down.

    Attributes
    ----------
    kept : int
        Rows of those to be added, from the first on, that are there all the same.
    """

    kept = 0


class ClusterError(X96Error, OSError):
    """A cluster that cannot be reached, or whose workers cannot measure."""


class LockedError(X96Error, PermissionError):
    """A protected change to a locked meter, or a meter locked out after wrong passwords."""


class PasswordError(LockedError):
    """A password that the meter does not take: a wrong one, or at a time when it takes none."""
