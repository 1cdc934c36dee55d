"""New files: what people go on to change by hand is not written over unasked."""

from __future__ import annotations

from pathlib import Path

import click

from smartx96.commands.options import options_together
from smartx96.errors import OptionError

force_option = click.option("--force", is_flag=True, help="Replace a file that is there.")

text_file_options = options_together(
    click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
                 help="File to write; without it the text is printed."),
    force_option,
)  # fmt: skip


def check_new(path: Path | None, force: bool) -> None:
    """Raise an OptionError where a file is there that is not to be replaced."""
    if path is not None and path.exists() and not force:
        raise OptionError(f"{path} is there already: give another name, or --force")
