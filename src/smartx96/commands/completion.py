"""`x96 completion`: what makes a shell complete commands and options."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print what makes a shell complete commands, options and files.

    \b
    bash: eval "$(x96 completion bash)"                 in ~/.bashrc
    zsh:  eval "$(x96 completion zsh)"                  in ~/.zshrc
    fish: x96 completion fish > ~/.config/fish/completions/x96.fish
    """
    from click.shell_completion import get_completion_class

    from smartx96.commands.main import x96

    made = get_completion_class(shell)
    assert made is not None
    # Not `source`, which asks for the bash that is there, though another may read it.
    script = made(x96, {}, "x96", "_X96_COMPLETE")
    click.echo(script.source_template % script.source_vars())
