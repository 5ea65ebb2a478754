"""`datassay completion`: the shell's completion script."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(*, shell: str) -> int:
    r"""Print the completion script of SHELL.

    \b
    bash:  datassay completion bash >> ~/.bashrc
    zsh:   datassay completion zsh >> ~/.zshrc
    fish:  datassay completion fish > ~/.config/fish/completions/datassay.fish
    """
    from datassay.cli.main import group

    kind = get_completion_class(shell)
    assert kind is not None  # click.Choice allows only shells that click knows
    # Not .source(): that asks the installed bash for its version, and a CI image may have none.
    script = kind(group, {}, "datassay", "_DATASSAY_COMPLETE")
    click.echo(script.source_template % script.source_vars())
    return 0
