"""The command `x96`: finds a command's module, and turns errors into one line and an exit code."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import click

from smartx96.errors import OptionError, X96Error

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "run": "Run a meter: live readings, Modbus TCP.",
    "measure": "Measure a recording.",
    "generate": "Write a recording from a scenario.",
    "convert": "Convert a recording into another format.",
    "registers": "Print the Modbus register map.",
    "settings": "Print the settings, check or write a file of them.",
    "panel": "Show the front panel of a running meter in the terminal, or as a picture.",
    "events": "Show or verify the event log of a meter.",
    "profile": "Show or write the load profile of a meter.",
    "scan": "Find meters on lines and in networks.",
    "show": "Show what a meter is, how it is set and what it measures.",
    "get": "Print values of a meter by id.",
    "set": "Change settings of a meter: checked before, compared after.",
    "pull": "Write the settings of a meter to a file.",
    "push": "Set a meter, or many, as a file says.",
    "diff": "Compare a meter with a file or another meter.",
    "reset": "Reset maxima, demand or the resettable energies of a meter.",
    "clock": "Show or set the clock of a meter.",
    "password": "Give a meter a new password.",
    "tariffs": "Read or set the tariff calendar of a meter.",
    "commission": "Check a meter in place: values, phasors, wiring; write the record.",
    "log": "Record the values of meters at an interval.",
    "configure": "The configuration software with its web page.",
    "typetest": "Test the accuracy against the standards and the datasheet.",
    "bench": "Measure the speed of the engine on this machine.",
    "config": "Show what configuration files and variables say, and where they are.",
    "completion": "Print what makes a shell complete commands and options.",
}
"""Commands with the line that `x96 --help` shows; each is `smartx96.commands.NAME:command`."""

FAILED, WRONG_USE, INTERRUPTED, TERMINATED = 1, 2, 130, 143


class _Commands(click.Group):
    """Imports a command's module only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"smartx96.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete names of commands without importing them all."""
        from click.shell_completion import CompletionItem

        named = [
            CompletionItem(name, help=text)
            for name, text in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="smartx96", prog_name="x96")
@click.option("--config", metavar="FILE.toml", envvar="X96_CONFIG", show_envvar=True,
              help="Defaults of options, which rule over variables X96_..., the x96.toml of this "
              "folder or one above, and the user's; `off` takes those of no file.")  # fmt: skip
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def x96(context: click.Context, config: str | None, debug: bool) -> None:
    """SMART X96: a three-phase energy meter in software.

    \b
    x96 run                               a live meter on its built-in mains
    x96 measure fault.cfg                 a summary of a recording
    x96 measure day.csv --json            the same for programs
    """
    from smartx96.commands.defaults.defaults import Defaults
    from smartx96.commands.defaults.unread import unread_variables

    for note in unread_variables(x96):
        click.echo(f"note: {note}", err=True)
    context.obj = Defaults(x96, config)
    context.default_map = context.obj.commands()


_COLLECTED = 20_000
"""New objects after which those that hold each other are looked for."""


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the console script."""
    # The engine's matrices are small: a second BLAS thread would only spin.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Some thousand objects are made at the start, and few of them ever end.
    gc.set_threshold(_COLLECTED)
    # Asked to end, a command leaves by its exits and takes its unfinished files along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    arguments = sys.argv[1:] if arguments is None else arguments
    sys.exit(_run(arguments))


def _run(arguments: list[str]) -> int:
    try:
        result: Any = x96.main(arguments or ["--help"], prog_name="x96", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        return _say(_click_line(error), WRONG_USE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        if "--debug" in arguments:
            raise
        return _say(_line(error), WRONG_USE if isinstance(error, OptionError) else FAILED)


def _line(error: Exception) -> str:
    if isinstance(error, X96Error):
        return str(error)
    if isinstance(error, MemoryError):
        return "out of memory: use a shorter --from/--to stretch, or report this as a defect"
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror[0].lower()}{error.strerror[1:]}"
    kind = type(error).__name__
    return f"unexpected {kind}: {error}; run again with `x96 --debug ...` and report it"


def _click_line(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    hint = f" (see `{context.command_path} --help`)" if context is not None else ""
    return error.format_message().replace("\n", " ") + hint


def _say(line: str, code: int) -> int:
    click.echo(f"x96: {' '.join(line.split())}", err=True)
    return code
