"""Options by which a command asks all meters of a project, instead of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.options import options_together, typed_options
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.configuration.project.project import Project

project_options = options_together(
    click.option("--project", type=click.Path(path_type=Path), metavar="FILE.toml",
                 help="The meters of a project file."),
    click.option("--only", multiple=True, metavar="NAME",
                 help="Of a project: only this meter; may be given several times."),
)  # fmt: skip

_OF_EACH = ("project", "only", "password", "as_json")


def project_given(options: Mapping[str, Any], taken: Collection[str]) -> Project | None:
    """The project that is named, whole; None where one meter is asked.

    Parameters
    ----------
    options : mapping
    taken : collection of str
        Parameters of the command that mean something for a project as well.

    Raises
    ------
    OptionError
        An option is given that means nothing so.
    ConfigurationError
        The file is no project.
    """
    given = typed_options(click.get_current_context())
    if options["project"] is None:
        refuse(given & {"only"}, "is for the meters of a --project")
        return None
    refuse(given - {*_OF_EACH, *taken}, "a project says it of each meter itself")
    from smartx96.configuration.project.project_file import read_project

    return read_project(options["project"])


def refuse(names: Collection[str], why: str) -> None:
    """Refuse options that mean nothing so.

    Raises
    ------
    OptionError
        There are any.
    """
    if names:
        raise OptionError(f"--{min(names).replace('_', '-')}: {why}")
