"""Values: what a file or a variable states, as an option takes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from smartx96.errors import OptionError

_WITH_PASSWORD = re.compile(
    r"://(?:[^/@\s]*:[^/@\s]+@|\S*[?&](?:p|pass|password|token)=)", re.IGNORECASE
)
"""Of the user, or in the query, as databases take them."""


def value_of_file(option: click.Option, stated: object, folder: Path) -> Any:
    """What a file states, as click takes a default.

    Parameters
    ----------
    option : click.Option
    stated : object
        As TOML has it.
    folder : Path
        Of the file: where paths that begin with `./` or `../` start.

    Raises
    ------
    OptionError
        It is nothing that the option can be.
    """
    if _is_switch(option):
        if not isinstance(stated, bool):
            raise OptionError("must be true or false")
        return _switched(option, stated)
    if option.multiple:
        listed = stated if isinstance(stated, list) else [stated]
        return checked(option, [_placed(_text(each), folder) for each in listed])
    if stated is True and _may_be_bare(option):
        return option.flag_value
    return checked(option, _placed(_text(stated), folder))


def value_of_variable(option: click.Option, text: str) -> Any:
    """What an environment variable states, as click takes a default.

    Raises
    ------
    OptionError
        It is nothing that the option can be.
    """
    if _is_switch(option):
        return _switched(option, bool(_converted(option, click.BOOL, text)))
    if option.multiple:
        return checked(option, list(option.type.split_envvar_value(text)))
    return checked(option, text)


def checked(option: click.Option, value: Any) -> Any:
    """The value, which the option takes."""
    for each in value if option.multiple else [value]:
        _converted(option, option.type, each)
    return value


def _converted(option: click.Option, type: click.ParamType[Any], value: Any) -> Any:
    try:
        return type.convert(value, option, None)
    except click.BadParameter as error:
        raise OptionError(" ".join(error.message.split()).rstrip(".")) from None


def _is_switch(option: click.Option) -> bool:
    return bool(option.is_flag)


def _switched(option: click.Option, on: bool) -> Any:
    """A switch that is one of several, as `--csv`, is the value that it stands for, or nothing."""
    if option.is_bool_flag:
        return on
    return option.flag_value if on else None


def _may_be_bare(option: click.Option) -> bool:
    """Whether an option can be given without a value, as `--trace`."""
    return isinstance(option.flag_value, str)


def _text(stated: object) -> str:
    if isinstance(stated, bool) or not isinstance(stated, str | int | float):
        raise OptionError("must be a text or a number")
    text = str(stated)
    if not text.isprintable():
        raise OptionError("must be a text of printable characters")
    if has_password(text):
        raise OptionError("has a password or token in it, which stands in no such file: "
                          "leave it out; a variable has it")  # fmt: skip
    return text


def has_password(stated: object) -> bool:
    """Whether something stated has a password or token in a URL, which no message repeats."""
    return _WITH_PASSWORD.search(str(stated)) is not None


def _placed(text: str, folder: Path) -> str:
    """Paths that begin with `./`, `../` or `~/`, also several with commas, from where they are."""
    return ",".join(_path(part, folder) for part in text.split(","))


def _path(text: str, folder: Path) -> str:
    if text.startswith("~/"):
        return str(Path(text).expanduser())
    return str(folder / text) if text.startswith(("./", "../")) else text


def as_stated(option: click.Option, value: Any) -> Any:
    """A value that click takes for an option, as a file would state it."""
    if value is None:
        return None
    if _is_switch(option):
        return bool(value)
    if option.multiple:
        return [_plain(option.type.convert(each, option, None)) for each in value]
    return _plain(option.type.convert(value, option, None))


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float) else str(value)


def shown(value: object) -> str:
    """A value as files have it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(shown(each) for each in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    import json

    # A string of JSON is one of TOML.
    return json.dumps(str(value), ensure_ascii=False)
