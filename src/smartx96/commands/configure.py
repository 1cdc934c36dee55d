"""`x96 configure`: a page that finds, sets, checks and records meters."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

import click

from smartx96.commands.live_line import notify, say
from smartx96.commands.meter_options import policy_of, policy_options
from smartx96.commands.state import folder_of
from smartx96.errors import OptionError

FOLDER = "configure"
"""In the state folder: the token of this page, which is none of a meter's."""


@click.command("configure")
@click.option("--web", default="127.0.0.1:8097", show_default=True, metavar="HOST:PORT",
              help="Where the page is. Beyond this computer it asks for a token: that of "
              "X96_WEB_TOKEN, or one that is made and told at the first start.")  # fmt: skip
@click.option("--web-name", "names", multiple=True, metavar="HOST",
              help="Name under which the page is reached beside its own, as through a reverse "
              "proxy; may be given several times, and asks for a token.")  # fmt: skip
@click.option("--new-web-token", is_flag=True, help="Make another token for the page.")
@click.option("--allow", multiple=True, metavar="ADDRESS|NETWORK",
              help="Who may connect; may be given several times. Otherwise everybody.")  # fmt: skip
@click.option("--state", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Where the token is kept; otherwise X96_STATE, else the user's data.",
              )  # fmt: skip
@policy_options
def command(**options: Any) -> None:
    """Find, set, check and record meters on a page in the browser.

    Meters are only read until you press Write. The page itself is for this computer alone unless
    --web says otherwise.

    \b
    x96 configure
    x96 configure --web 0.0.0.0:8097
    x96 configure --timeout 2 --retries 4
    """
    asyncio.run(_serve(options))


async def _serve(options: dict[str, Any]) -> None:
    """Serve until a signal comes."""
    from smartx96.assembly.plan import web_name
    from smartx96.modbus.admission import networks
    from smartx96.web.configure.server import ConfigureServer

    host, port = _place(options["web"])
    names = [web_name(name) for name in options["names"]]
    folder: Path = folder_of(options["state"]) / FOLDER
    server = ConfigureServer(policy_of(options), folder, names, notify)
    try:
        allowed = networks(options["allow"])
        for line in await server.start(host, port, allowed=allowed,
                                       new_token=options["new_web_token"]):  # fmt: skip
            say(line)
        await _signal()
    finally:
        await server.close()


async def _signal() -> None:
    """Wait for the end."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()


def _place(text: str) -> tuple[str, int]:
    from smartx96.modbus.place import Kind, Place

    try:
        found = Place.parse(Kind.TCP, text)
    except OptionError as error:
        raise OptionError(f"--web {text}: {error}") from None
    return found.where, found.port
