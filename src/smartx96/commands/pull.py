"""`x96 pull`: the settings of a meter as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from smartx96.commands.asking import asked
from smartx96.commands.json_document import write_json
from smartx96.commands.meter_options import meter_options
from smartx96.commands.new_file import check_new, text_file_options
from smartx96.wording import counted

_EXAMPLES = """\b
Examples:
  x96 pull --tcp 192.168.1.20 -o feeder.toml
  x96 pull --port /dev/ttyUSB0 --unit 7
  x96 pull --tcp 192.168.1.20 --json
"""


@click.command("pull", epilog=_EXAMPLES)
@meter_options
@text_file_options
def command(output: Path | None, force: bool, **options: Any) -> None:
    """Write what a meter is set to as a file, each setting with what it may be.

    Everything that the meter has is written, its address, speed and calibration too: `x96 push`
    knows what belongs to this meter alone. The password is in no file.
    """
    from datetime import datetime

    from smartx96.configuration.link import Link
    from smartx96.configuration.profile.file import Profile, profile_text, write_profile
    from smartx96.configuration.profile.pulling import pulled

    check_new(output, force)

    async def pull(link: Link) -> Profile:
        return await pulled(link, datetime.now().astimezone().replace(microsecond=0))

    profile: Profile = asked(options, pull)
    if output is not None:
        write_profile(profile, output)
    if options["as_json"]:
        write_json(profile.document())
    elif output is None:
        click.echo(profile_text(profile), nl=False)
    else:
        click.echo(f"{output}: {counted(len(profile.values), 'setting')} of {profile.origin}")
        for line in profile.wrong.values():
            click.echo(f"warning: no value of {line}")
