"""The one command, `pli`. Its subcommands are loaded by name when they are run.

Loading by name keeps `pli --help` quick and keeps `tui` from importing `sync`. Every failure
becomes one sentence on standard error and a documented exit code:
0 done, 1 needs attention, 2 usage, 3 locked.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from store.errors import MailError, Usage
from store.host.i18n import explain, sentence
from store.host.invocation import Invocation
from store.host.log import unexpected
from store.host.version import VERSION
from tui.command_help import in_our_words

COMMANDS = {
    "init": "tui.commands.init:init",
    "account": "sync.commands.account:account",
    "sync": "sync.commands.run:sync",
    "node": "sync.commands.run:node",
    "status": "tui.commands.look:status",
    "list": "tui.commands.look:list_",
    "show": "tui.commands.look:show",
    "search": "tui.commands.look:search",
    "mark": "tui.commands.change:mark",
    "move": "tui.commands.change:move",
    "fetch": "tui.commands.change:fetch",
    "send": "sync.commands.send:send",
    "handover": "sync.commands.handover:handover",
    "answer-integration": "sync.commands.answer_integration:answer_integration",
    "mailbox": "tui.commands.mailbox:mailbox",
    "outbox": "tui.commands.outbox:outbox",
    "works": "tui.commands.works:works",
    "drop": "sync.commands.drop:drop",
    "directory": "sync.commands.directory:directory",
    "contact": "tui.commands.contact:contact",
    "template": "tui.commands.template:template",
    "words": "tui.commands.words:words",
    "whitelist": "sync.commands.whitelist:whitelist",
    "apicrypt": "sync.commands.apicrypt:apicrypt",
    "policy": "sync.commands.whitelist:policy",
    "link": "sync.commands.link:link",
    "anchors": "sync.commands.anchors:anchors",
    "key": "sync.commands.key:key",
    "rederive": "sync.commands.rederive:rederive",
    "settings": "tui.commands.settings:settings",
    "completion": "tui.commands.completion:completion",
    "doctor": "sync.commands.doctor:doctor",
    "demo": "sync.demo.command:demo",
}
WITHOUT_STORE = ("demo", "completion")
"""Commands that no option needs to tell which store is meant."""


class Commands(click.Group):
    """A group whose commands are imported when named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command and give it the common options."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        if cmd_name in WITHOUT_STORE:
            in_our_words(command)
            return command
        return with_common_options(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the unknown command in the person's language."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise Usage("cli.no_such_command", name=args[0], command="pli")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by their sentences, importing none of them."""
        with formatter.section(sentence("cli.commands")):
            formatter.write_dl([(name, sentence(f"cli.{name}")) for name in COMMANDS])


def _remember(ctx: click.Context, param: click.Parameter, value: object) -> object:
    if value is not None:
        assert param.name is not None
        setattr(ctx.ensure_object(Invocation), param.name, value)
    return value


def common_options() -> list[click.Option]:
    """The options every command takes, before or after its name."""
    path = click.Path(path_type=Path)
    return [
        click.Option(
            [f"--{name}"],
            type=click.INT if name == "key-fd" else path,
            callback=_remember,
            expose_value=False,
            hidden=name == "key-fd",
            help=sentence(f"cli.option.{name}"),
            metavar=None if name == "key-fd" else "D" if name == "home" else "F",
        )
        for name in ("home", "key-file", "passphrase-file", "key-fd")
    ]


def with_common_options(command: click.Command) -> click.Command:
    """`command` with the common options added, and so each of its own subcommands."""
    in_our_words(command)
    taken = {option for param in command.params for option in param.opts}
    command.params += [o for o in common_options() if not taken & set(o.opts)]
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            with_common_options(inner)
    return command


@click.command(cls=Commands, invoke_without_command=True)
@click.version_option(VERSION, message="%(prog)s %(version)s", help=sentence("cli.version"))
@click.option("--flat", is_flag=True, help=sentence("cli.option.flat"))
@click.pass_context
def pli(ctx: click.Context, flat: bool) -> None:
    """Pli."""
    if ctx.invoked_subcommand is None:
        from tui.start import run, run_flat

        ctx.exit((run_flat if flat else run)(ctx.ensure_object(Invocation)))


in_our_words(pli)
pli.params += common_options()
pli.help = sentence("cli.help")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `pli` and leave with its exit code. Whatever it writes is for its owner only."""
    os.umask(0o077)
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run `pli` and return its exit code."""
    invocation = Invocation()
    try:
        outcome = pli.main(
            args=None if arguments is None else list(arguments),
            prog_name="pli",
            standalone_mode=False,
            obj=invocation,
        )
        return outcome if isinstance(outcome, int) else 0
    except click.UsageError as error:
        from tui.command_errors import usage_sentence

        return _say(usage_sentence(error), 2)
    except (click.Abort, KeyboardInterrupt):
        return _say(sentence("cli.interrupted"), 130)
    except MailError as error:
        return _say(explain(error), error.exit_code)
    except Exception as error:
        if os.environ.get("PLI_TRACE"):
            raise
        if unexpected(invocation.chosen_home(), error):
            return _say(explain(error), 1)
        return _say(sentence("bug.unexpected_not_logged", kind=type(error).__name__), 1)


def _say(words: str, code: int) -> int:
    from store.plain import plain_words

    click.echo(plain_words(f"pli: {words}"), err=True)
    return code


if __name__ == "__main__":
    main()
