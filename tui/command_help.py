"""The help of every command in the person's language: headings, defaults, the words of an option.

click writes "Usage:", "Options:" and their like itself, in English. Its commands are told here to
write ours instead; nothing else of them is changed. The sentences for what is wrong with a command
line are in tui/command_errors.py.
"""

from __future__ import annotations

from types import MethodType

import click

from store.host.i18n import sentence


def in_our_words(command: click.Command) -> click.Command:
    """`command` with its help said by us; done once, however often it is asked for."""
    command.options_metavar = sentence("cli.help.options_metavar")
    command.format_usage = MethodType(_usage, command)  # type: ignore[method-assign]
    command.format_options = MethodType(_options, command)  # type: ignore[method-assign]
    command.get_help_option = MethodType(_help_option, command)  # type: ignore[method-assign]
    if isinstance(command, click.Group):
        command.subcommand_metavar = sentence("cli.help.subcommand_metavar")
    return command


def _usage(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    pieces = command.collect_usage_pieces(ctx)
    formatter.write_usage(ctx.command_path, " ".join(pieces), f"{sentence('cli.help.usage')} ")


def _options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    if rows := option_rows(command, ctx):
        with formatter.section(sentence("cli.help.options")):
            formatter.write_dl(rows)
    if isinstance(command, click.Group):
        _commands(command, ctx, formatter)


def _commands(group: click.Group, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """A group that lists its commands in its own way goes on doing so."""
    if type(group).format_commands is not click.Group.format_commands:
        group.format_commands(ctx, formatter)
        return
    inner = ((name, group.get_command(ctx, name)) for name in group.list_commands(ctx))
    shown = [(name, each) for name, each in inner if each and not each.hidden]
    room = formatter.width - 6 - max((len(name) for name, _ in shown), default=0)
    if rows := [(name, each.get_short_help_str(room)) for name, each in shown]:
        with formatter.section(sentence("cli.commands")):
            formatter.write_dl(rows)


def option_rows(command: click.Command, ctx: click.Context) -> list[tuple[str, str]]:
    """Each option as it is written, and what it does. Arguments are said in the usage line."""
    rows = []
    for param in command.get_params(ctx):
        if isinstance(param, click.Option) and (row := param.get_help_record(ctx)) is not None:
            rows.append((_metavar(row[0]), _extra(row[1], param)))
    return rows


def _metavar(names: str) -> str:
    """What stands for a value, where it is click's own word."""
    names = names.replace(" INTEGER RANGE", " INTEGER")
    for word in ("INTEGER", "TEXT", "PATH", "FILE", "DIRECTORY"):
        names = names.replace(f" {word}", f" {sentence(f'cli.help.{word.lower()}')}")
    return names


def _extra(words: str, option: click.Option) -> str:
    """click's own remarks in brackets: a default, a range, an option that must be given."""
    words = words.replace("[default: ", f"[{sentence('cli.help.default')} ")
    words = words.replace("; default: ", f"; {sentence('cli.help.default')} ")
    if option.required:
        words = words.replace("required]", f"{sentence('cli.help.required')}]")
    return words


def _help_option(command: click.Command, ctx: click.Context) -> click.Option | None:
    option = click.Command.get_help_option(command, ctx)
    if option is not None:
        option.help = sentence("cli.help.help")
    return option
