"""`x96 push`: a file's settings go to a meter, or those of a project to many."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.asking import asking
from smartx96.commands.changing import exit_code, report, told_plan, write
from smartx96.commands.json_document import write_json
from smartx96.commands.meter_options import meter_options
from smartx96.commands.options import typed_options
from smartx96.commands.project_options import refuse
from smartx96.errors import ConfigurationError

if TYPE_CHECKING:
    from smartx96.configuration.changing.plan import Plan
    from smartx96.configuration.link import Link
    from smartx96.configuration.profile.file import Profile
    from smartx96.configuration.profile.leaving import Terms

_OF_PROJECT = ("resume", "strict", "only", "output")
_OF_FILE = ("everything", "leave_unknown", "dry_run", "password", "as_json")
"""Options that a project knows as well; all others are of one meter."""

_EXAMPLES = """\b
Examples:
  x96 push feeder.toml --tcp 192.168.1.20 --dry-run
  x96 push feeder.toml --port /dev/ttyUSB0 --unit 7
  x96 push building.toml --dry-run
  x96 push building.toml -o report.json
  x96 push building.toml --resume
"""


@click.command("push", epilog=_EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.toml")
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@click.option("--all", "everything", is_flag=True,
              help="Also write address, speed, parity and calibration that the file has of another "
              "meter.")  # fmt: skip
@click.option("--leave-unknown", is_flag=True,
              help="Leave settings alone that the meter is not known to have, rather than refuse "
              "the file.")  # fmt: skip
@click.option("--resume", is_flag=True,
              help="Of a project: leave out the meters that the push before has done.")  # fmt: skip
@click.option("--strict", is_flag=True,
              help="Of a project: write nothing where a meter does not answer, nor any more after "
              "a failure.")  # fmt: skip
@click.option("--only", multiple=True, metavar="NAME",
              help="Of a project: only this meter; may be given several times.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
              metavar="REPORT.json",
              help="Of a project: write the report of each meter.")  # fmt: skip
@meter_options
def command(file: Path, **options: Any) -> int:
    """Set a meter as FILE.toml says, or many where it is a project.

    Nothing is written unless all is valid. What is written is read back and compared; exit code 1
    says that not every meter has all of it. Address, speed, parity and calibration are left alone
    unless the file was pulled from this very meter.
    """
    from smartx96.configuration.project.project_file import LARGEST, is_project
    from smartx96.toml_file import read_toml

    given = typed_options(click.get_current_context())
    if is_project(read_toml(file, LARGEST, ConfigurationError)):
        from smartx96.commands.push_project import push_project

        refuse(given - {*_OF_PROJECT, *_OF_FILE, "file"}, "a project says it of each meter itself")
        return push_project(file, options)
    refuse(given & set(_OF_PROJECT), f"{file} is of one meter, no project")
    return _push_profile(file, options)


def _push_profile(file: Path, options: dict[str, Any]) -> int:
    from smartx96.configuration.profile.file import read_profile
    from smartx96.configuration.profile.leaving import Terms

    profile = read_profile(file)
    terms = Terms(options["everything"], options["leave_unknown"])
    with asking(options) as ask:
        plan, target, heading = ask(partial(_planned, profile=profile, terms=terms))
        if not options["as_json"]:
            told_plan(heading, plan)
        outcome = None if options["dry_run"] else write(ask, plan, options)
    if options["as_json"]:
        write_json({
            "target": target if outcome is None else outcome.target,
            "dry_run": options["dry_run"],
            "plan": plan.document(),
            "outcome": None if outcome is None else outcome.document(),
        })  # fmt: skip
    else:
        report(outcome, target)
    return exit_code(outcome)


async def _planned(link: Link, profile: Profile, terms: Terms) -> tuple[Plan, str, str]:
    """The plan, where the meter is asked, and what it is."""
    from smartx96.configuration.overview import plate_line
    from smartx96.configuration.profile.leaving import planned_push

    plan = planned_push(link, await link.read_settings(), profile, terms)
    return plan, str(link.target), plate_line(link)
