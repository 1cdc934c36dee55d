"""`x96 settings`: the settings there are, and files of them; no meter is needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from smartx96.commands.new_file import check_new, text_file_options
from smartx96.commands.state import folder_of, meter_option, meters_of, state_option
from smartx96.errors import ConfigurationError, OptionError
from smartx96.models import MODELS
from smartx96.settings import GROUPS, Group, Setting, Settings, Value, changes, consequences
from smartx96.wording import counted

COLUMNS = ("id", "setting", "allowed", "default", "protected")

_EXAMPLES = """\b
Examples:
  x96 settings
  x96 settings --json
  x96 settings template -o feeder.toml
  x96 settings check feeder.toml
"""


def row(setting: Setting) -> dict[str, str]:
    """A setting as a row of a table, by `COLUMNS`."""
    values = (
        setting.id,
        setting.label,
        setting.choices,
        str(setting.shown(setting.default)),
        "yes" if setting.protected else "",
    )
    return dict(zip(COLUMNS, values, strict=True))


def as_json() -> str:
    """Every setting as one JSON document, in the order of the menu."""
    return json.dumps([_document(s) for group in GROUPS.values() for s in group], indent=1) + "\n"


def _document(setting: Setting) -> dict[str, Any]:
    allowed = setting.allowed
    return {
        "id": setting.id,
        "label": setting.label,
        "text": setting.text,
        "unit": setting.unit,
        "group": setting.group.value,
        "allowed": setting.choices,
        "range": [allowed[0], allowed[-1]] if isinstance(allowed, range) else None,
        "values": list(allowed) if isinstance(allowed, tuple) else None,
        "codes": {str(code): name for code, name in setting.codes.items()},
        "default": setting.default,
        "protected": setting.protected,
        "secret": setting.secret,
        "menu": setting.menu,
    }


def as_markdown() -> str:
    """Every setting as Markdown, a section for each group."""
    return "\n".join(_section(group) for group in Group)


def _section(group: Group) -> str:
    lines = [f"## {group}", "", f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
    for setting in GROUPS[group]:
        cells = (cell.replace("|", "\\|") for cell in row(setting).values())
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _show() -> None:
    """Print tables, as wide as the terminal; piped, every setting on one line."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if not console.is_terminal:
        console.width = 500
    for group, settings in GROUPS.items():
        table = Table(title=group, title_justify="left", box=None)
        for name in COLUMNS:
            table.add_column(name, justify="left")
        for setting in settings:
            table.add_row(*map(Text, row(setting).values()))
        console.print(table)


_FORMATS = {"json": as_json, "markdown": as_markdown}


@click.group("settings", invoke_without_command=True, epilog=_EXAMPLES)
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown.")
@click.option("--json", "form", flag_value="json", help="Print one JSON document.")
@click.pass_context
def command(context: click.Context, form: str | None) -> None:
    """Print the settings of a meter, check or write a file of them."""
    if context.invoked_subcommand is not None:
        if form is not None:
            raise OptionError(f"--{form}: give it behind {context.invoked_subcommand}, or alone")
    elif form is None:
        _show()
    else:
        click.echo(_FORMATS[form](), nl=False)


@command.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--model", type=click.Choice(list(MODELS)), default="X96-5A", show_default=True,
              help="Model of the meter that is to be set so.")  # fmt: skip
@click.option("--json", "as_document", is_flag=True, help="Print one JSON document.")
def check(file: Path, model: str, as_document: bool) -> None:
    """Check FILE.toml: whether every setting is allowed, and what comes of them together."""
    from smartx96.configuration.settings_file import read_settings

    stated = read_settings(file)
    settings = Settings(stated)
    try:
        warnings = consequences(settings, MODELS[model])
    except OptionError as error:
        raise ConfigurationError(f"{file}: {error}") from None
    if as_document:
        found = {"file": str(file), "model": model, "settings": stated, "warnings": warnings}
        click.echo(json.dumps(found, indent=1))
        return
    for line in _told(str(file), stated, settings):
        click.echo(line)
    for line in warnings:
        click.echo(f"warning: {line}")


def _told(file: str, stated: dict[str, Value], settings: Settings) -> list[str]:
    """What a file states, and what of it is not the default."""
    from smartx96.settings import BY_ID

    other = changes(Settings(), settings)
    lines = [f"{file}: {counted(len(stated), 'setting')}, {len(other)} other than the default"]
    for id, old, new in other:
        shown = BY_ID[id].shown
        unit = BY_ID[id].unit if isinstance(shown(new), int) else ""
        lines.append(f"  {id} = {shown(new)} {unit}".rstrip() + f"  (default {shown(old)})")
    return lines


@command.command("template")
@text_file_options
def template(output: Path | None, force: bool) -> None:
    """Write a file of the defaults, each with what it may be; to be changed and checked."""
    from smartx96.configuration.settings_file import settings_text, write_settings

    if output is None:
        click.echo(settings_text(Settings()), nl=False)
        return
    check_new(output, force)
    write_settings(Settings(), output)


@command.command("export")
@state_option
@meter_option
@text_file_options
def export(state: Path | None, meter: str | None, output: Path | None, force: bool) -> None:
    """Write what a stored meter is set to, as a file for `x96 run --settings`."""
    from smartx96.configuration.settings_file import settings_text, write_settings
    from smartx96.meter.state import settings_of
    from smartx96.store.reading import read_state

    folder = folder_of(state)
    names = meters_of(folder, meter)
    if len(names) > 1:
        raise OptionError(f"{folder} has several meters: give --meter, one of {', '.join(names)}")
    settings = settings_of(read_state(folder, names[0]))
    if output is None:
        click.echo(settings_text(settings), nl=False)
        return
    check_new(output, force)
    write_settings(settings, output)
