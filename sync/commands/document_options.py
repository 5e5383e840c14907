"""What `pli send --as xdm` takes beside the options of an ordinary letter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from store.errors import Usage
from store.host.i18n import sentence
from store.host.invocation import Invocation

F = TypeVar("F", bound=Callable[..., Any])
FORMS = ("xdm",)
SHARED = {
    *("--to", "--account", "--sign", "--encrypt", "--dry-run", "--json"),
    *("--card", "--card-label", "--card-pin-file"),
}
"""Options of an ordinary letter that a document's understands; any other is refused beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentOptions:
    """The files and the wishes of one dispatch."""

    patient: Path | None
    ins: str | None
    document: Path | None
    results: Path | None
    to_patient: bool
    to_dmp: bool
    close: bool
    urgent: bool
    again: bool

    def said(self) -> dict[str, object]:
        """What was said, by its option."""
        return {f"--{name.replace('_', '-')}": value for name, value in asdict(self).items()}


def document_options(command: F) -> F:
    """Add them to `pli send`, whose options end here when a document is to be sent."""

    @wraps(command)
    def chosen(**given: Any) -> object:
        ctx, form = click.get_current_context(), given.pop("form")
        own = {each.name: given.pop(each.name) for each in fields(DocumentOptions)}
        documents = DocumentOptions(**own)
        if form is None:
            _refuse(documents.said(), "send.only_with_xdm")
            _require(ctx, "to", "subject")
            return command(**given)
        from sync.commands.send_document import send_document  # with the builders

        others = {p.opts[0]: given[p.name] for p in ctx.command.params if p.name in given}
        _refuse({each: others[each] for each in others.keys() - SHARED}, "send.not_with_xdm")
        return ctx.exit(send_document(ctx.ensure_object(Invocation), documents, given))

    file = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
    options = (
        click.option("--as", "form", type=click.Choice(FORMS), help=sentence("cli.send.as")),
        click.option("--patient", type=file, metavar="F", help=sentence("cli.send.patient")),
        click.option("--ins", metavar="MATRICULE", help=sentence("cli.send.ins")),
        click.option("--document", type=file, metavar="F", help=sentence("cli.send.document")),
        click.option("--results", type=file, metavar="F", help=sentence("cli.send.results")),
        click.option("--to-patient", is_flag=True, help=sentence("cli.send.to_patient")),
        click.option("--to-dmp", is_flag=True, help=sentence("cli.send.to_dmp")),
        click.option("--close", is_flag=True, help=sentence("cli.send.close")),
        click.option("--urgent", is_flag=True, help=sentence("cli.send.urgent")),
        click.option("--again", is_flag=True, help=sentence("cli.send.again")),
    )
    wrapped = cast(F, chosen)
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


def _refuse(options: Mapping[str, object], code: str) -> None:
    for option, value in options.items():
        if value:
            raise Usage(code, option=option)


def _require(ctx: click.Context, *names: str) -> None:
    """What an ordinary letter must have, said as click says it of any option."""
    for param in ctx.command.params:
        if param.name in names and ctx.params[param.name] in ((), None):
            raise click.MissingParameter(ctx=ctx, param=param)
