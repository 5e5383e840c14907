"""What is wrong with a command line, in one sentence in the person's language.

click's own sentences are English, and it does not let them be replaced. So none of them is shown:
what is said follows from the kind of the error and of the parameter.
"""

from __future__ import annotations

import re

import click
from click.exceptions import NoSuchCommand

from store.host.i18n import sentence


def usage_sentence(error: click.UsageError) -> str:
    """What is wrong with the command line, and where to read how it is written."""
    command = error.ctx.command_path if error.ctx else "pli"
    match error:
        case click.NoSuchOption():
            return sentence("cli.no_such_option", option=error.option_name, command=command)
        case NoSuchCommand():
            return sentence("cli.no_such_command", name=error.command_name, command=command)
        case click.MissingParameter():
            return sentence("cli.missing", parameter=_parameter(error), command=command)
        case click.BadOptionUsage():
            # Said of two things, and neither the option nor the command is named otherwise.
            alone = "does not take a value" in error.message
            key = "cli.option_alone" if alone else "cli.option_value"
            return sentence(key, option=error.option_name, command=command)
        case click.BadParameter():
            why = _why(error)
            return sentence("cli.bad_value", parameter=_parameter(error), why=why, command=command)
    if error.ctx and isinstance(error.ctx.command, click.Group):
        return sentence("cli.no_command", command=command)
    if extra := re.search(r"\((.+)\)", error.message, re.S):  # the one place that lists them
        return sentence("cli.too_many", words=extra[1], command=command)
    return sentence("cli.usage", command=command)


def _parameter(error: click.BadParameter) -> str:
    """'--limit' or 'MAILBOX', as the help writes it."""
    if error.param is None or error.ctx is None:
        return "?"
    return str(error.param.get_error_hint(error.ctx))


def _why(error: click.BadParameter) -> str:
    """What that parameter wants."""
    match error.param.type if error.param else None:
        case click.Choice() as choice:
            return sentence("cli.wants.choice", choices=", ".join(map(str, choice.choices)))
        case click.IntRange() as within if within.min is not None:
            return sentence("cli.wants.at_least", least=within.min)
        case kind if kind is click.INT or isinstance(kind, click.IntRange):
            return sentence("cli.wants.number")
        case click.Path():
            return sentence("cli.wants.file")
        case kind if kind is not None and not type(kind).__module__.startswith("click."):
            return error.message  # a type of ours says it itself
    return sentence("cli.wants.other")
