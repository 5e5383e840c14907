"""`pli settings`: what is chosen about the screen, where it is written, what it could be."""

from __future__ import annotations

import click

from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.plain import facts_line, plain_words, said
from tui.commands.look import as_json_option


@click.group(invoke_without_command=True, help=sentence("cli.settings.help"))
@as_json_option
@click.pass_context
def settings(ctx: click.Context, as_json: bool) -> None:
    """Every setting, its value, what it takes. Exit code 2 where the file is wrong."""
    if ctx.invoked_subcommand is not None:
        return
    from tui.settings import FIELDS, read, written

    home = ctx.ensure_object(Invocation).chosen_home()
    home.check()
    chosen = read(home)
    if as_json:
        facts: dict[str, object] = {name: written(name, chosen) for name in FIELDS}
        click.echo(facts_line(facts | {"keys": dict(chosen.keys)}))
        return
    for name, field in FIELDS.items():
        click.echo(plain_words(f"{name} = {written(name, chosen)}"))
        about, wants = sentence(f"settings.about.{name}"), field.wants
        click.echo(plain_words(f"    {about} ({sentence('settings.wants', wants=wants)})"))
    if chosen.keys:
        pairs = ", ".join(f"{action} = {bound}" for action, bound in chosen.keys.items())
        click.echo(said("settings.keys", keys=pairs))
    else:
        click.echo(said("settings.no_keys"))
    click.echo(said("settings.where", path=home.settings), err=True)
    if not home.settings.exists():
        click.echo(said("settings.no_file"), err=True)


@settings.command("set", help=sentence("cli.settings.set"))
@click.argument("name")
@click.argument("value")
@click.pass_obj
def set_(invocation: Invocation, name: str, value: str) -> None:
    """Write one setting; every other line of the file stays."""
    from tui.settings import change

    home = invocation.chosen_home()
    home.check()
    change(home, name, value)
    click.echo(said("settings.changed", name=name, value=value), err=True)


@settings.command("keys", help=sentence("cli.settings.keys"))
@click.pass_obj
def keys(invocation: Invocation) -> None:
    """Every action, the keys that call it now, and what it does."""
    from tui.actions import bound_keys
    from tui.keymap import titled
    from tui.settings import read

    home = invocation.chosen_home()
    home.check()
    chosen = read(home).keys
    for title, actions in titled():
        click.echo(plain_words(f"# {sentence(title)}"))
        for action in actions:
            bound = ",".join(bound_keys(action, chosen))
            click.echo(plain_words(f'{action.bare_name} = "{bound}"  # {action.words}'))
