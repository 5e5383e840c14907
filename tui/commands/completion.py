"""`pli completion bash|zsh|fish`: what a shell reads to complete our commands and options.

click makes the script; at each Tab the shell then asks `pli` itself, so it is never out of date.
"""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from store.host.i18n import sentence
from store.plain import plain_block, said

SHELLS = {
    "bash": 'eval "$(pli completion bash)"  (~/.bashrc)',
    "zsh": 'eval "$(pli completion zsh)"  (~/.zshrc)',
    "fish": "pli completion fish | source  (~/.config/fish/config.fish)",
}
ASKED_BY = "_PLI_COMPLETE"
"""The variable by which the shell asks; click's own name for a program called `pli`."""


@click.command(help=sentence("cli.completion.help"))
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """The script, on standard output; where to put it, on standard error."""
    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(ctx.find_root().command, {}, "pli", ASKED_BY).source()
    click.echo(plain_block(script))
    click.echo(said("cli.completion.where", line=SHELLS[shell]), err=True)
