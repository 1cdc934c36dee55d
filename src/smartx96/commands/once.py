"""Once: an option that is refused where it is given twice, instead of the last one counting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from smartx96.errors import OptionError


class Once(click.Option):
    """An option of which a second one would be lost: nothing is done."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Have every one of them kept, the first as well."""
        parser.add_option(obj=self, opts=self.opts, dest=self.name, action="append", nargs=1)

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> Any:
        """The one that is given, or what stands for it where none is.

        Raises
        ------
        OptionError
            Several are given.
        """
        given = opts.get(self.name or "", ())
        if len(given) > 1:
            raise OptionError(
                f"{self.opts[0]}: one {self.human_readable_name}, not {len(given)}; "
                "run the command once for each"
            )
        return super().consume_value(ctx, {self.name or "": given[0]} if given else {})
