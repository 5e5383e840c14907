"""The manual page, pli(1), made of the commands themselves: `make man` writes docs/man anew.

`python -m tui.command_manual` prints it in the language that PLI_LANG asks for.
"""

from __future__ import annotations

from collections.abc import Iterator

import click

from store.host.i18n import sentence
from store.host.version import VERSION
from store.plain import plain_block
from tui.cli import pli
from tui.command_help import option_rows

FILES = ("mail.db", "keys.json", "settings.toml", "pli.log")
ENVIRONMENT = ("PLI_HOME", "PLI_KEY_FILE", "PLI_PASSPHRASE_FILE", "PLI_LANG", "NO_COLOR")


def page() -> str:
    """The whole page, in roff's man macros (man-pages(7))."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield f'.TH PLI 1 "" "Pli {VERSION}" "{_roff(sentence("man.manual"))}"'
    yield from _section("man.name")
    yield rf"pli \- {_roff(sentence('man.what'))}"
    yield from _section("man.synopsis")
    yield r".B pli"
    yield _roff("[--home D] [--flat | " + sentence("cli.help.subcommand_metavar") + "]")
    yield from _section("man.description")
    yield _roff(sentence("cli.help"))
    yield from _section("cli.help.options")
    context = click.Context(pli, info_name="pli")
    yield from _options(pli, context)
    yield from _section("cli.commands")
    yield from _inside(pli, context)
    for heading, names in (("man.environment", ENVIRONMENT), ("man.files", FILES)):
        yield from _section(heading)
        for name in names:
            yield from _item(name, sentence(f"man.about.{name}"))
    yield from _section("man.exit")
    yield _roff(sentence("man.exit_codes"))


def _inside(group: click.Group, ctx: click.Context) -> Iterator[str]:
    """Every command of a group, and theirs."""
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if command is None or command.hidden:
            continue
        context = click.Context(command, info_name=name, parent=ctx)
        usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
        yield f".SS {_roff(usage)}"
        yield _roff(" ".join((command.help or "").split()))
        common = {row[0] for row in option_rows(pli, ctx.find_root())}
        yield from _options(command, context, common)
        if isinstance(command, click.Group):
            yield from _inside(command, context)


def _options(
    command: click.Command, ctx: click.Context, said: set[str] | None = None
) -> Iterator[str]:
    for names, words in option_rows(command, ctx):
        if names not in (said or ()):
            yield from _item(names, words)


def _section(key: str) -> Iterator[str]:
    yield f".SH {_roff(sentence(key).upper())}"


def _item(name: str, words: str) -> Iterator[str]:
    yield from (".TP", f".B {_roff(name)}", _roff(words))


def _roff(words: str) -> str:
    """Words that roff reads as words."""
    safe = words.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{safe}" if safe[:1] in (".", "'") else safe


if __name__ == "__main__":
    click.echo(plain_block(page()), nl=False)
